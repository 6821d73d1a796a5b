#include "pushforward/flows/consistency.hpp"
#include "pushforward/flows/mean_velocity.hpp"
#include "pushforward/flows/two_steps.hpp"

#include "support/error.hpp"
#include "support/laws.hpp"

#include "pushforward/maps.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/graph.hpp"
#include "pushforward/measures/product.hpp"
#include "pushforward/measures/uniform.hpp"
#include "pushforward/objectives/regression.hpp"
#include "pushforward/optimizers/adam.hpp"
#include "pushforward/training/fit.hpp"

namespace pf = pushforward;
using pf::Index;
using Vector = pf::Vector<double>;
using Matrix = pf::Matrix<double>;
using Lane = pf::Lane<double>;

namespace {

/// The flow from N(0, 1) to N(m, s^2) along straight lines between independent ends: from time t,
/// x_r = r m + (d_r / d_t) (x_t - t m), d_t^2 = (1 - t)^2 + t^2 s^2.
constexpr double kMean = 1.5, kDeviation = 0.4;
Lane deviation(const Lane& t) { return ((1 - t).square() + (t * kDeviation).square()).sqrt(); }
Lane deviation_slope(const Lane& t) { return (t - 1 + t * kDeviation * kDeviation) / deviation(t); }

/// Its velocity, (x, t) -> m + (d'_t / d_t) (x - t m).
struct Velocity {
  using Scalar = double;
  Index input_dimension() const { return 2; }
  Index output_dimension() const { return 1; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> u) const {
    const Lane t = x.col(1);
    u.col(0) = kMean + deviation_slope(t) / deviation(t) * (x.col(0) - t * kMean);
  }
};

/// Its mean velocity (x, s, t) -> (X_(s->t)(x) - x) / (t - s), off by a parameter a that is 0.
struct ExactMean {
  using Scalar = double;
  struct Tape {
    pf::Block<double> x;
  };
  double a = 0;
  Index input_dimension() const { return 3; }
  Index output_dimension() const { return 1; }
  Index parameter_count() const { return 1; }
  Vector parameters() const { return Vector::Constant(1, a); }
  void set_parameters(pf::ConstVectorRef<double> theta) { a = theta[0]; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> u) const {
    const Lane s = x.col(1), t = x.col(2), ratio = deviation(t) / deviation(s);
    const Lane way = t * kMean + ratio * (x.col(0) - s * kMean) - x.col(0);
    pf::Block<double> v(64, 1);
    Velocity{}.apply(x.leftCols(2), v);
    u.col(0) = (t > s).select(way / (t - s), v.col(0)) + a;
  }
  void forward(pf::ConstBlockRef<double> x, pf::BlockRef<double> u, Tape& tape) const {
    tape.x = x;
    apply(x, u);
  }
  void backward(Tape&, pf::ConstBlockRef<double> du, pf::VectorRef<double> dtheta,
                pf::BlockRef<double> dx) const {
    dtheta[0] += du.col(0).sum();
    dx.setZero();
  }
  /// By central differences.
  void tangent(Tape& tape, pf::ConstBlockRef<double> dx, pf::BlockRef<double> du) const {
    const double h = 1e-6;
    pf::Block<double> low(64, 1);
    apply(tape.x + h * dx, du);
    apply(tape.x - h * dx, low);
    du = (du - low) / (2 * h);
  }
};

/// (x_t, t | x_1 - x_0) for independent x_0 ~ N(0, 1) and x_1 ~ N(m, s^2).
struct Straight {
  using Scalar = double;
  Index dimension() const { return 3; }
  void sample(pf::Key key, std::uint64_t first, pf::BlockRef<double> x) const {
    pf::Block<double> ends(64, 2);
    pf::normals<double>(key.part(0), first, ends);
    const Lane noise = ends.col(0), data = kMean + kDeviation * ends.col(1);
    pf::uniforms<double>(key.part(1), first, x.col(1));
    x.col(0) = noise + x.col(1) * (data - noise);
    x.col(2) = data - noise;
  }
};

/// (x_t, t | velocity) for x_t ~ N(0, 4) and t uniform below `last`.
auto points(double last = 1) {
  return pf::Graph(Velocity{},
                   pf::Product(pf::Gaussian<double>(0, 2),
                               pf::Uniform<double>(Vector::Zero(1), Vector::Constant(1, last))));
}

/// What the rule holds the map to at n inputs, and what it gives there.
template <class Rule, class Map>
std::pair<Vector, Vector> held_to(const Rule& rule, const Map& map, Index n) {
  Vector target(n), given(n);
  typename Rule::template Room<Map> room;
  typename Map::Tape tape;
  pf::Block<double> x(64, map.input_dimension()), y(64, 1), u(64, 1);
  for (Index done = 0; done < n; done += 64) {
    rule.draw({3, 1}, std::uint64_t(done), x, room);
    map.forward(x, u, tape);
    rule.target(map, tape, x, y, room);
    target.segment(done, 64) = y.col(0);
    given.segment(done, 64) = u.col(0);
  }
  return {target, given};
}

/// One pass from noise to data against m + s z: the largest gap for |z| < 2.
template <class Map>
double gap(const Map& map) {
  const Matrix z = Vector::LinSpaced(64, -2, 2).transpose();
  return (pf::image(map, z).array() - kMean - kDeviation * z.array()).abs().maxCoeff();
}

struct NoTarget {
  using Scalar = double;
  template <class Map>
  struct Room {};
  template <class Map>
  void check(const Map&) const {}
  template <class Map>
  void draw(pf::Key, std::uint64_t, pf::BlockRef<double>, Room<Map>&) const {}
};

using Net = pf::Mlp<double, pf::Silu>;
static_assert(pf::Bootstrap<pf::MeanVelocity<Straight>, Net>);
static_assert(pf::Bootstrap<pf::Consistency<Straight>, Net>);
static_assert(!pf::Bootstrap<NoTarget, Net> && !pf::Bootstrap<Straight, Net>);
static_assert(pf::Map<pf::TwoSteps<Velocity>> && pf::Described<pf::TwoSteps<Net>>);
static_assert(pf::Described<pf::MeanVelocity<pf::Gaussian<double>>>);
static_assert(pf::Described<pf::Consistency<pf::Gaussian<double>>>);

}  // namespace

TEST_CASE("The mean velocity of a flow is what its own derivative holds it to", "[flows]") {
  const auto [target, given] =
      held_to(pf::MeanVelocity(points(), {.apart = 0.7}), ExactMean{}, 640);
  CHECK((target - given).cwiseAbs().maxCoeff() < 1e-4);  // differences of differences
  const auto [off, shifted] = held_to(pf::MeanVelocity(points()), ExactMean{.a = 1}, 64);
  CHECK((off - shifted).cwiseAbs().minCoeff() > 0.9);
}

TEST_CASE("A share of the mean velocities is over no time", "[flows]") {
  const auto share = [](double apart) {
    const pf::MeanVelocity rule(points(), {.apart = apart});
    pf::MeanVelocity<decltype(points())>::Room<ExactMean> room;
    pf::Block<double> x(64, 3);
    Index count = 0;
    for (Index b = 0; b < 50; ++b) {
      rule.draw({2}, std::uint64_t(64 * b), x, room);
      CHECK((x.col(2) >= x.col(1) && x.col(2) <= 1).all());
      count += (x.col(2) > x.col(1)).count();
    }
    return double(count) / 3200;
  };
  CHECK(share(0) == 0);
  CHECK(share(1) == 1);
  CHECK_THAT(share(0.25), WithinAbs(0.25, 0.03));
}

TEST_CASE("The mean velocity to the end is consistent, up to the step's square", "[flows]") {
  struct ToTheEnd : ExactMean {
    Index input_dimension() const { return 2; }
    void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> u) const {
      pf::Block<double> all(64, 3);
      all << x, Lane::Ones();
      ExactMean::apply(all, u);
    }
    void forward(pf::ConstBlockRef<double> x, pf::BlockRef<double> u, Tape&) const { apply(x, u); }
  };
  const auto worst = [](double step) {
    const auto [target, given] =
        held_to(pf::Consistency(points(0.9), {.step = step}), ToTheEnd{}, 640);
    return (target - given).cwiseAbs().maxCoeff();
  };
  const double coarse = worst(0.02), fine = worst(0.01);
  CHECK(coarse < 0.1);
  CHECK_THAT(coarse / fine, WithinAbs(4, 0.5));
  // in one step to the end the target is the velocity
  const auto [target, given] = held_to(pf::Consistency(points(), {.step = 1}), ToTheEnd{}, 64);
  pf::Block<double> pairs(64, 3);
  decltype(points())::Scratch scratch;
  points().sample({3, 1}, 0, pairs, scratch);
  CHECK((target.array() - pairs.col(2)).abs().maxCoeff() < 1e-12);
}

TEST_CASE("Maps of one pass are learned from straight lines alone", "[flows]") {
  const pf::RegressionOptions options{.batch = 256, .key = {5}};
  const pf::FitOptions steps{.steps = 1500, .schedule = pf::WarmUp{100, pf::Cosine{}}};
  Net mean({3, 32, 32, 1}, pf::Key{1}), end({2, 32, 32, 1}, pf::Key{1});
  (void)pf::fit(mean,
                pf::RegressionObjective(pf::MeanVelocity(Straight{}), pf::SquaredError{}, options),
                pf::Adam{.rate = 5e-3}, steps);
  CHECK(gap(pf::Residual(pf::Pin(mean, Vector{{0, 1}}))) < 0.25);
  // the expected velocity alone leads everything to the mean
  CHECK(gap(pf::Residual(pf::Pin(mean, Vector{{0, 0}}))) > 0.5);
  (void)pf::fit(end,
                pf::RegressionObjective(pf::Consistency(Straight{}), pf::SquaredError{}, options),
                pf::Adam{.rate = 5e-3}, steps);
  CHECK(gap(pf::Residual(pf::Pin(end, Vector::Zero(1)))) < 0.25);
}

TEST_CASE("The gradient takes the target as fixed, and bits do not depend on threads", "[flows]") {
  const Net net({3, 8, 1}, pf::Key{4});
  const pf::MeanVelocity rule{Straight{}};
  const Index n = 100;
  const pf::RegressionObjective objective(rule, pf::SquaredError{}, {.batch = n, .key = {3, 1}});
  const auto [target, given] = held_to(rule, net, 128);
  const auto evaluate = [&](int threads) {
    pf::Team team(threads);
    decltype(objective)::Workspace<Net> work;
    Vector gradient(net.parameter_count() + 1);
    gradient[net.parameter_count()] =
        objective.value_and_gradient(net, {0, team}, gradient.head(net.parameter_count()), work);
    return gradient;
  };
  const Vector one = evaluate(1);
  CHECK(laws::same_bits(evaluate(3), one));
  const auto frozen = [&, fixed = target](const Vector& theta) {
    Net moved = net;
    moved.set_parameters(theta);
    return (held_to(rule, moved, 128).second - fixed).head(n).squaredNorm() / double(n);
  };
  CHECK_THAT(one[net.parameter_count()], WithinRel(frozen(net.parameters()), 1e-12));
  CHECK(support::gradient_gap(frozen, net.parameters(), one.head(net.parameter_count()), 0.05) <
        support::kGradientGap);
}

TEST_CASE("Two steps of a velocity are one of its mean", "[flows]") {
  const double h = 0.125;
  const pf::TwoSteps twice(Velocity{}, h);
  decltype(twice)::Scratch scratch;
  pf::Block<double> x(64, 2), u(64, 1), way(64, 1);
  x.col(0) = Lane::LinSpaced(-2, 2);
  for (const double t : {0.0, 0.25, 0.9, 1.0}) {
    const double step = (std::min)(h, (1 - t) / 2);
    x.col(1).setConstant(t);
    twice.apply(x, way, scratch);
    pf::Block<double> walker = x;
    for (int k = 0; k < 2; ++k) {
      Velocity{}.apply(walker, u);
      walker.col(0) += step * u.col(0);
      walker.col(1) += step;
    }
    CHECK((x.col(0) + 2 * step * way.col(0) - walker.col(0)).abs().maxCoeff() < 1e-14);
  }
}

TEST_CASE("Pairs and maps that do not fit a flow are refused", "[flows][errors]") {
  using support::error_of;
  const pf::Gaussian<double> two(2), three(3);
  CHECK(error_of<std::invalid_argument>([&] { pf::MeanVelocity rule(two); }) ==
        "MeanVelocity: dimension of the pairs is 2, but must be 2 d + 1: x, t and the velocity");
  CHECK(error_of<std::invalid_argument>([&] { pf::Consistency rule{pf::Gaussian<double>(1)}; }) ==
        "Consistency: dimension of the pairs is 1, but must be 2 d + 1: x, t and the velocity");
  CHECK(error_of<std::domain_error>([&] { pf::MeanVelocity(three, {.apart = 1.5}); }) ==
        "MeanVelocity: apart is 1.5, but must be between 0 and 1");
  CHECK(error_of<std::domain_error>([&] { pf::Consistency(three, {.step = 0}); }) ==
        "Consistency: step is 0, but must be positive and at most 1");
  CHECK(error_of<std::domain_error>([&] { pf::TwoSteps(Velocity{}, 0.6); }) ==
        "TwoSteps: step is 0.6, but must be positive and at most 0.5");
  CHECK(error_of<std::invalid_argument>([&] {
          pf::TwoSteps(Net({3, 1}, pf::Key{}), 0.1);
        }) == "TwoSteps: input dimension of the field is 3, but must be 2");
  const auto check = [&](const auto& rule, std::vector<Index> widths) {
    const pf::RegressionObjective objective(rule);
    return error_of<std::invalid_argument>([&] { objective.check(Net(widths, pf::Key{})); });
  };
  CHECK(check(pf::MeanVelocity(three), {2, 1}) ==
        "MeanVelocity: input dimension of the map is 2, but must be 3");
  CHECK(check(pf::MeanVelocity(three), {3, 2}) ==
        "MeanVelocity: output dimension of the map is 2, but must be 1");
  CHECK(check(pf::Consistency(three), {3, 1}) ==
        "Consistency: input dimension of the map is 3, but must be 2");
  CHECK(check(pf::Consistency(three), {2, 2}) ==
        "Consistency: output dimension of the map is 2, but must be 1");
}
