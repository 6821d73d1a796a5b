#include "pushforward/objectives/pushforward.hpp"

#include "support/laws.hpp"
#include "support/loss_of.hpp"
#include "support/models.hpp"

#include "pushforward/discrepancies/mean.hpp"
#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/mlp.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/quasi_random.hpp"
#include "pushforward/measures/uniform.hpp"
#include "pushforward/test_functions/fourier.hpp"
#include "pushforward/test_functions/polynomial.hpp"
#include "pushforward/test_functions/random_fourier.hpp"

namespace pf = pushforward;
using models::Shrink, models::Spread;
using pf::Index;
using support::loss_of;
using Vector = pf::Vector<double>;
using Matrix = pf::Matrix<double>;
using Map = pf::Mlp<double, pf::Tanh, pf::Logistic>;
using Fourier = pf::Fourier<double>;

namespace {

template <class Estimator = pf::Plugin>
auto to_uniform(Index batch) {
  pf::MeanDiscrepancy<Fourier, pf::Uniform<double>, pf::UniformWeights, Estimator> loss(
      Fourier::harmonics(4), pf::Uniform<double>(0, 1));
  return pf::PushforwardObjective(pf::Gaussian<double>(2), loss, {.batch = batch, .key = {5}});
}

const Map kMap({2, 6, 5, 1}, pf::Key{1});

template <class O, class M>
void gradient_is_that_of_the_loss(const O& objective, const M& map) {
  const auto loss = [&](const Vector& theta) {
    M moved = map;
    moved.set_parameters(theta);
    return loss_of(objective, moved, 3).first;
  };
  const Vector gradient = loss_of(objective, map, 3).second;
  CHECK(support::gradient_gap(loss, map.parameters(), gradient) < support::kGradientGap);
  if (gradient.norm() < 1e-12) return;  // D of one sample is constant
  const Vector u = gradient.normalized();
  const auto along = [&](double t) { return loss(map.parameters() + t * u); };
  CHECK(support::is_second_order(along, gradient.norm(), 0.05));
  CHECK_FALSE(support::is_second_order(along, (1 + 1e-4) * gradient.norm(), 0.05));
}

/// y_i = T(x_i).
template <class M>
void apply(const M& map, const pf::Batch<double>& x, pf::Batch<double>& y) {
  pf::ScratchOf<M> scratch;
  for (Index b = 0; b < x.blocks(); ++b) pf::apply(map, x.block(b), y.block(b), scratch);
  y.pad();
}

struct NoCheck : Shrink {
  void check() const {}
};
struct ReturnsNothing : Shrink {
  template <class M>
  void value_and_gradient(const M&, const pf::Step&, pf::VectorRef<double>, Workspace<M>&) const {}
};
struct MutableStep : Shrink {
  template <class M>
  double value_and_gradient(const M&, pf::Step&, pf::VectorRef<double>, Workspace<M>&) const {
    return 0;
  }
};
struct MutableMap : Shrink {
  template <class M>
  double value_and_gradient(M&, const pf::Step&, pf::VectorRef<double>, Workspace<M>&) const
      requires(!std::is_const_v<M>) {
    return 0;
  }
};
struct GradientByReference : Shrink {
  template <class M>
  double value_and_gradient(const M&, const pf::Step&, pf::VectorRef<double>&,
                            Workspace<M>&) const {
    return 0;
  }
};

}  // namespace

using ToUniform = decltype(to_uniform(1));
using Halves = decltype(to_uniform<pf::SplitHalves>(1));
static_assert(pf::Objective<ToUniform, Map> && pf::LeastSquares<ToUniform, Map>);
static_assert(pf::Objective<Halves, Map> && !pf::LeastSquares<Halves, Map>);
static_assert(pf::Objective<Shrink, Map> && !pf::LeastSquares<Shrink, Map>);
static_assert(!pf::Objective<NoCheck, Map> && !pf::Objective<ReturnsNothing, Map>);
static_assert(!pf::Objective<MutableStep, Map> && !pf::Objective<MutableMap, Map>);
static_assert(!pf::Objective<GradientByReference, Map>);

TEST_CASE("The gradient of an objective is that of its loss", "[objectives]") {
  for (const Index batch : {1, 2, 63, 64, 65, 300}) {
    INFO("batch " << batch);
    gradient_is_that_of_the_loss(to_uniform(batch), kMap);
    if (batch > 1) gradient_is_that_of_the_loss(to_uniform<pf::SplitHalves>(batch), kMap);
  }
  gradient_is_that_of_the_loss(
      pf::PushforwardObjective(pf::Gaussian<double>(2), Spread{}, {.batch = 65}), kMap);
}

TEST_CASE("The loss is D of what the map makes of the samples of the step", "[objectives]") {
  const Index n = 130;
  const auto objective = to_uniform(n);
  for (const Index step : {0, 1, 7}) {
    Matrix x(2, n);
    for (Index i = 0; i < n; ++i) {
      pf::Block<double> block(pf::kBlockSize, 2);
      objective.source().sample({5}, std::uint64_t(step * n + i), block);
      x.col(i) = block.row(0).matrix().transpose();
    }
    const pf::Batch<double> batch(x);
    pf::Batch<double> y(1, n);
    apply(kMap, batch, y);
    CHECK(loss_of(objective, kMap, step).first == pf::evaluate(objective.discrepancy(), y));
  }
  CHECK(loss_of(objective, kMap, 0).first != loss_of(objective, kMap, 1).first);
}

TEST_CASE("Neither threads nor the workspace change a bit", "[objectives]") {
  ToUniform::Workspace<Map> used;
  pf::Team team(2);
  for (const Index batch : {1000, 65, 1000, 2500}) {
    const auto objective = to_uniform(batch);
    const auto [value, gradient] = loss_of(objective, kMap, 2);
    Vector again(kMap.parameter_count());
    CHECK(objective.value_and_gradient(kMap, pf::Step{2, team}, again, used) == value);
    CHECK(laws::same_bits(again, gradient));
    for (const int threads : {2, 3, 7, 64})
      CHECK(laws::same_bits(loss_of(objective, kMap, 2, threads).second, gradient));
  }
}

TEST_CASE("The Jacobian is that of the residuals, and leads to the same gradient", "[objectives]") {
  pf::Team team(2);
  const pf::Step step{0, team};
  for (const Index batch : {1, 64, 130}) {
    const auto objective = to_uniform(batch);
    ToUniform::Workspace<Map> work;
    const Index p = kMap.parameter_count(), r = objective.residual_count();
    Vector rho(r), same(r);
    Matrix j;
    objective.jacobian(kMap, step, rho, j, work);
    objective.residuals(kMap, step, same, work);
    CHECK(laws::same_bits(rho, same));
    REQUIRE(j.rows() == p);
    REQUIRE(j.cols() == r);
    const auto [value, gradient] = loss_of(objective, kMap);
    CHECK_THAT(rho.squaredNorm(), WithinRel(value, 1e-13));
    CHECK(laws::relative_gap(2 * (j * rho), gradient) < 1e-13);
    for (const int threads : {1, 3, 64}) {
      pf::Team other(threads);
      ToUniform::Workspace<Map> fresh;
      Matrix again;
      objective.jacobian(kMap, pf::Step{0, other}, rho, again, fresh);
      CHECK(laws::same_bits(again, j));
    }
    for (Index k = 0; k < r; ++k) {
      const auto residual = [&](const Vector& theta) {
        Map moved = kMap;
        moved.set_parameters(theta);
        objective.residuals(moved, step, same, work);
        return same[k];
      };
      CHECK(support::gradient_gap(residual, kMap.parameters(), j.col(k)) < support::kGradientGap);
    }
  }
}

TEST_CASE("At an exact solution the gradient is zero", "[objectives][identity]") {
  // n > K midpoints integrate K harmonics exactly, so that the identity solves U[0,1] -> U[0,1].
  using Nodes = pf::QuasiRandom<pf::Uniform<double>>;
  const pf::Affine<double> identity(Matrix::Ones(1, 1), Vector::Zero(1));
  const auto nodes = [](Index n) {
    return pf::PushforwardObjective(
        Nodes({0, 1}, n), pf::MeanDiscrepancy(Fourier::harmonics(10), pf::Uniform<double>(0, 1)),
        {.batch = n});
  };
  for (const Index n : {11, 64, 1000}) {
    const auto [value, gradient] = loss_of(nodes(n), identity);
    CHECK(value < 1e-26);
    CHECK(gradient.norm() < 1e-12);
  }
  CHECK(loss_of(nodes(10), identity).first > 0.05);  // one node too few

  // A target that some network hits on the nodes: the gradient there is zero, elsewhere not.
  const pf::QuasiRandom<pf::Gaussian<double>> source(pf::Gaussian<double>(2), 100);
  pf::Batch<double> x(2, 100), y(1, 100);
  for (Index b = 0; b < 2; ++b) {
    source.sample({}, std::uint64_t(b * pf::kBlockSize), x.block(b));
  }
  apply(kMap, x, y);
  const pf::Polynomial<double> moments(1, 4);
  const pf::PushforwardObjective goal(
      source, pf::MeanDiscrepancy(moments, pf::Empirical<double>(y.matrix())), {.batch = 100});
  Map other = kMap;
  other.set_parameters(1.1 * kMap.parameters());
  CHECK(loss_of(goal, kMap).second.norm() < 1e-13);
  CHECK(loss_of(goal, other).second.norm() > 1e-4);
}

namespace {

/// T(x) = a / x: not finite at 0.
struct Reciprocal {
  using Scalar = double;
  struct Tape {
    pf::Lane<double> x;
  };
  double a = 2;
  Index input_dimension() const { return 1; }
  Index output_dimension() const { return 1; }
  Index parameter_count() const { return 1; }
  Vector parameters() const { return Vector::Constant(1, a); }
  void set_parameters(pf::ConstVectorRef<double> theta) { a = theta[0]; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y) const { y = a / x; }
  void forward(pf::ConstBlockRef<double> x, pf::BlockRef<double> y, Tape& tape) const {
    tape.x = x.col(0);
    apply(x, y);
  }
  void backward(Tape& tape, pf::ConstBlockRef<double> dy, pf::VectorRef<double> dtheta,
                pf::BlockRef<double> dx) const {
    dtheta[0] += pf::weighted_sum(pf::Lane<double>(dy.col(0)), pf::Lane<double>(1 / tape.x));
    dx = -a * dy / tape.x.square();
  }
};

/// Sample i is 3 for i < count, else 0: what stands on padding rows unless it is copied.
struct Few {
  using Scalar = double;
  std::uint64_t count;
  Index dimension() const { return 1; }
  void sample(pf::Key, std::uint64_t first, pf::BlockRef<double> x) const {
    for (Index i = 0; i < pf::kBlockSize; ++i)
      x(i, 0) = first + std::uint64_t(i) < count ? 3.0 : 0.0;
  }
};

}  // namespace

TEST_CASE("A map that is finite on the samples has a finite loss and gradient", "[objectives]") {
  for (const Index n : {1, 63, 64, 65}) {
    const pf::PushforwardObjective goal(Few{std::uint64_t(n)}, Spread{}, {.batch = n});
    const auto [value, gradient] = loss_of(goal, Reciprocal{});
    CHECK_THAT(value, WithinRel(4.0 / 9, 1e-14));
    CHECK_THAT(gradient[0], WithinRel(4.0 / 9, 1e-14));
  }
}

namespace {

/// A source that needs room, and counts who uses it.
struct Roomy {
  using Scalar = double;
  struct Scratch {
    pf::Block<double> x;
  };
  Index dimension() const { return 2; }
  void sample(pf::Key key, std::uint64_t first, pf::BlockRef<double> x, Scratch& scratch) const {
    pf::set_size(scratch.x, pf::kBlockSize, 2);
    pf::normals<double>(key, first, scratch.x);
    x = scratch.x;
  }
};

}  // namespace

TEST_CASE("A source with room of its own is another source of the same samples", "[objectives]") {
  const auto plain = to_uniform(200);
  const pf::PushforwardObjective roomy(Roomy{}, plain.discrepancy(), plain.options());
  CHECK(loss_of(roomy, kMap, 4, 3) == loss_of(plain, kMap, 4));
}

TEST_CASE("Functions redrawn for a step are those of the objective at that step", "[objectives]") {
  const pf::MeanDiscrepancy distance(pf::RandomFourier<double>(1, 5, {}, pf::Key{1}),
                                     pf::Gaussian<double>(1),
                                     {.redraw_every = 2, .target = {.batch = 50}});
  const pf::PushforwardObjective goal(pf::Gaussian<double>(2), distance, {.batch = 70});
  decltype(goal)::Workspace<Map> work;
  pf::Team team(3);
  Vector gradient(kMap.parameter_count());
  for (const Index step : {5, 4, 0, 3, 9, 1}) {
    const double value = goal.value_and_gradient(kMap, {step, team}, gradient, work);
    CHECK(loss_of(goal, kMap, step) == std::pair(value, gradient));
    gradient_is_that_of_the_loss(goal, kMap);
  }
}

TEST_CASE("A user's objective is evaluated as it stands", "[objectives]") {
  gradient_is_that_of_the_loss(
      pf::PushforwardObjective(pf::Gaussian<double>(2), Spread{}, {.batch = 10}), kMap);
  const auto [value, gradient] = loss_of(Shrink{}, kMap);
  CHECK(value == kMap.parameters().squaredNorm());
  CHECK(gradient == 2 * kMap.parameters());
}

namespace {

/// A source with a number of nodes.
struct Periodic : Few {
  Index period;
  Index nodes() const { return period; }
};

}  // namespace

TEST_CASE("An objective refuses batches that are not whole turns of the nodes",
          "[objectives][errors]") {
  const auto error = [](Index nodes, Index batch) {
    return support::error_of<std::invalid_argument>([&] {
      pf::PushforwardObjective(Periodic{{9}, nodes}, Spread{}, {.batch = batch});
    });
  };
  for (const Index batch : {10, 30}) CHECK(error(10, batch) == "nothing was thrown");
  CHECK(error(0, 7) == "nothing was thrown");  // as many as there are numbers
  for (const Index batch : {5, 9, 11, 25})
    CHECK(error(10, batch) == "PushforwardObjective: batch is " + std::to_string(batch) +
                                  ", but must be a multiple of the 10 nodes of the source");
}

TEST_CASE("An objective refuses maps that do not lead from its source to its target",
          "[objectives][errors]") {
  using support::error_of;
  const auto check = [](const std::vector<Index>& sizes) {
    return error_of<std::invalid_argument>([&] { to_uniform(8).check(Map(sizes, pf::Key{1})); });
  };
  CHECK(check({2, 3, 1}) == "nothing was thrown");
  CHECK(check({1, 3, 1}) == "PushforwardObjective: input dimension of the map is 1, but must be 2");
  CHECK(check({2, 3, 2}) ==
        "PushforwardObjective: output dimension of the map is 2, but must be 1");
  CHECK(error_of<std::invalid_argument>([] { to_uniform(0); }) ==
        "PushforwardObjective: batch is 0, but must be at least 1");
}
