#include "pushforward/transport/semi_discrete.hpp"

#include "transport/pairings.hpp"

#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/uniform.hpp"

namespace pf = pushforward;
using pf::Empirical, pf::Index, pf::Matrix, pf::semi_discrete, pf::Vector;
using support::gaussian;

namespace {

const pf::SemiDiscreteOptions kShort{.start = 1000, .steps = 500, .check = 32768};

}  // namespace

TEST_CASE("two centres on the line part at the quantile", "[transport][identity]") {
  const Empirical<double> target(Matrix<double>{{-1, 1}}, Vector<double>{{1, 3}});
  const auto result = semi_discrete(pf::Gaussian<double>(1), target, {.steps = 500});
  CHECK(result.converged);
  CHECK_THAT(result.mass[0], WithinAbs(0.25, 0.005));
  const Vector<double> v = result.map.potentials();  // (t + 1)^2 - v_0 = (t - 1)^2 - v_1
  CHECK_THAT((v[0] - v[1]) / 4, WithinAbs(-0.67448975, 0.02));
}

namespace {

/// A law on the line that does not know its quantiles: of a sum of two.
struct Triangle {
  using Scalar = double;
  Index dimension() const { return 1; }
  void sample(pf::Key key, std::uint64_t first, pf::BlockRef<double> x) const {
    pf::Block<double> other(pf::kBlockSize, 1);
    pf::Uniform<double>(0, 1).sample(key.part(0), first, x);
    pf::Uniform<double>(0, 1).sample(key.part(1), first, other);
    x += other;
  }
};

}  // namespace

TEMPLATE_TEST_CASE("many cells on the line end at the quantiles", "[transport][identity]", float,
                   double) {
  using S = TestType;
  const Index count = std::is_same_v<S, double> ? 1000 : 200;
  const Empirical<S> target(gaussian(1, count, 1).cast<S>(), Vector<S>::LinSpaced(count, 0, 2));
  const auto result = semi_discrete(pf::Gaussian<S>(Vector<S>{{1}}, Matrix<S>{{3}}), target,
                                    {.check = 50000, .tolerance = 0.005});
  CHECK(result.converged);
  CHECK(result.residual < 1.2 * result.chance);
  CHECK(result.mass[0] == 0);
  // where one cell ends and the next begins, P(X < t) is the sum of the weights of those before
  double below = 0;
  for (Index j = 0; j < count; ++j)
    if (target.data().matrix()(0, j) < S(0.5)) below += 2 * double(j) / double(count * (count - 1));
  pf::Block<S> at(64, 1), to(64, 1);
  for (Index i = 0; i < 64; ++i) at(i, 0) = S(double(i) / 8 - 2);
  result.map.apply(at, to);
  for (Index i = 0; i < 64; ++i) {
    const double level = std::erfc(-(double(at(i, 0)) - 1) / 3 / std::sqrt(2.0)) / 2;
    if (std::abs(level - below) > 1e-4) CHECK((to(i, 0) < S(0.5)) == (level < below));
  }
}

TEST_CASE("cells on the line of a law known by samples", "[transport]") {
  const Matrix<double> centres = gaussian(1, 100, 1);
  const pf::SemiDiscreteOptions options{.steps = 100, .check = 32768};
  const auto result = semi_discrete(Triangle{}, Empirical<double>(centres), options);
  CHECK(result.converged);
  CHECK(result.residual < 2 * result.chance);
  pf::Team team(3);
  CHECK(laws::same_bits(
      result.map.potentials(),
      semi_discrete(Triangle{}, Empirical<double>(centres), options, team).map.potentials()));
}

TEST_CASE("centres without weight, on the line, have no cell", "[transport]") {
  const pf::Gaussian<double> source(1);
  const auto one = semi_discrete(
      source, Empirical<double>(Matrix<double>{{0, 1e-9, 5, 0}}, Vector<double>{{0, 1, 0, 0}}),
      kShort);
  CHECK(one.mass == Vector<double>{{0, 1, 0, 0}});
  CHECK(one.residual == 0);
  const auto inside = semi_discrete(
      source, Empirical<double>(Matrix<double>{{-3, 2, 9, -3}}, Vector<double>{{1, 0, 2, 1}}),
      kShort);
  CHECK(inside.converged);
  CHECK(inside.mass[1] == 0);
  CHECK(inside.mass[3] == 0);
}

TEST_CASE("cells of a lattice are squares", "[transport][identity]") {
  Matrix<double> centres(2, 9);
  for (Index j = 0; j < 9; ++j)
    centres.col(j) << double(j % 3) / 3 + 1 / 6.0, double(j / 3) / 3 + 1 / 6.0;
  const pf::Uniform<double> square(Vector<double>::Zero(2), Vector<double>::Ones(2));
  const auto result = semi_discrete(square, Empirical<double>(centres), kShort);
  CHECK(result.converged);
  const Vector<double> v = result.map.potentials().array() - result.map.potentials().mean();
  CHECK(v.cwiseAbs().maxCoeff() < 0.003);
  const auto pairing = result.map.pairing(pf::draw(square, 20000, pf::Key{7}));
  CHECK_THAT(pairing.cost, WithinRel(2.0 / 12 / 9, 0.02));  // W2^2
}

TEST_CASE("masses meet the weights, of duplicates together", "[transport]") {
  for (const Index d : {2, 5}) {
    INFO("d = " << d);
    const pf::Gaussian<float> source(d);
    const Matrix<float> centres = 2 * gaussian(d, 40, 1).cast<float>().array() + 1;
    const Vector<float> weights = Vector<float>::LinSpaced(40, 0, 3);
    const auto result = semi_discrete(source, Empirical<float>(centres, weights), kShort);
    CHECK(result.converged);
    CHECK(result.mass[0] == 0);
    CHECK_THAT(result.mass[39], WithinAbs(3 / 60.0, 0.005));
    Matrix<float> twice(d, 80);
    twice << centres, centres;
    const auto merged = semi_discrete(
        source, Empirical<float>(twice, (Vector<float>(80) << weights, 2 * weights).finished()),
        kShort);
    CHECK(merged.converged);
    CHECK(merged.mass.tail(40).maxCoeff() == 0);
    CHECK((merged.mass.head(40) - result.mass).cwiseAbs().maxCoeff() < 0.005);
  }
}

TEST_CASE("the cells are the same on any team", "[transport]") {
  pf::Team one(1), three(3);
  const Empirical<float> target(gaussian(3, 70, 1).cast<float>());
  pf::SemiDiscreteOptions options = kShort;
  options.steps = 20;
  const pf::Gaussian<float> source(3);
  const auto a = semi_discrete(source, target, options, one),
             b = semi_discrete(source, target, options, three);
  CHECK(laws::same_bits(a.map.potentials(), b.map.potentials()));
  CHECK(laws::same_bits(a.mass, b.mass));
  options.key = {1};
  CHECK(!laws::same_bits(a.map.potentials(),
                         semi_discrete(source, target, options, one).map.potentials()));
}

TEST_CASE("sources and centres that are hard", "[transport]") {
  const pf::Gaussian<double> source(2);
  const auto one = semi_discrete(source, Empirical<double>(Matrix<double>::Ones(2, 1)), kShort);
  CHECK(one.converged);
  CHECK(one.residual == 0);
  const auto same = semi_discrete(source, Empirical<double>(Matrix<double>::Ones(2, 5)), kShort);
  CHECK(same.converged);
  CHECK(same.mass[0] == 1);
  // what stands at one point cannot be parted
  const Empirical<double> point(Matrix<double>::Ones(2, 1));
  const auto stuck = semi_discrete(point, Empirical<double>(gaussian(2, 4, 1)), kShort);
  CHECK(!stuck.converged);
  CHECK(stuck.residual == 0.75);
  CHECK(pf::all_finite(stuck.map.potentials()));
  for (const double scale : {0x1p400, 0x1p-300}) {
    const Matrix<double> centres = gaussian(2, 7, 1);
    const pf::Uniform<double> box(Vector<double>::Zero(2), Vector<double>::Constant(2, scale));
    const auto result = semi_discrete(box, Empirical<double>(scale * centres), kShort);
    CHECK(result.converged);
  }
  const auto rough = semi_discrete(source, Empirical<double>(gaussian(2, 30, 1)), {.steps = 0});
  CHECK(rough.residual > 0);
  CHECK(rough.residual < 0.2);
}

TEST_CASE("semi-discrete transports that cannot be", "[transport][hostile]") {
  const pf::Gaussian<double> source(2);
  const Empirical<double> target(gaussian(2, 4, 1)), other(gaussian(3, 4, 1));
  CHECK(support::error_of<std::invalid_argument>([&] { (void)semi_discrete(source, other); }) ==
        "semi_discrete: dimension of the target is 3, but must be 2");
  CHECK(support::error_of<std::invalid_argument>([&] {
          (void)semi_discrete(source, target, {.batch = 0});
        }) == "semi_discrete: batch is 0, but must be at least 1");
  CHECK(support::error_of<std::invalid_argument>([&] {
          (void)semi_discrete(source, target, {.steps = -1});
        }) == "semi_discrete: steps is -1, but must be at least 0");
  CHECK(support::error_of<std::domain_error>([&] {
          (void)semi_discrete(source, target, {.epsilon = 0});
        }) == "semi_discrete: epsilon is 0, but must be positive and finite");
  CHECK(support::error_of<std::invalid_argument>([&] {
          (void)semi_discrete(source, target, {.start = 0});
        }) == "semi_discrete: start is 0, but must be at least 1");
  CHECK(support::error_of<std::invalid_argument>([&] {
          (void)semi_discrete(source, target, {.check = 0});
        }) == "semi_discrete: check is 0, but must be at least 1");
  CHECK(support::error_of<std::domain_error>([&] {
          (void)semi_discrete(source, target, {.rate = -1});
        }) == "semi_discrete: rate is -1, but must be positive and finite");
  CHECK(support::error_of<std::domain_error>([&] {
          (void)semi_discrete(source, target, {.tolerance = -1});
        }) == "semi_discrete: tolerance is -1, but must be at least 0 and finite");
}
