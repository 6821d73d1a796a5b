#include "pushforward/objectives/pushforward.hpp"

#include "support/laws.hpp"
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

namespace pf = pushforward;
using models::Shrink, models::Spread;
using pf::Index;
using Vector = pf::Vector<double>;
using Matrix = pf::Matrix<double>;
using Map = pf::Mlp<double, pf::Tanh, pf::Logistic>;
using Fourier = pf::Fourier<double>;

namespace {

template <class Estimator = pf::Plugin>
auto to_uniform(Index batch) {
  pf::MeanDiscrepancy<Fourier, pf::UniformWeights, Estimator> loss(Fourier::harmonics(4),
                                                                   pf::Uniform<double>(0, 1));
  return pf::PushforwardObjective(pf::Gaussian<double>(2), loss, {.batch = batch, .key = {5}});
}

const Map kMap({2, 6, 5, 1}, pf::Key{1});

/// The loss of `map` with its gradient at `step`, with a new workspace.
template <class O, class M>
std::pair<double, Vector> evaluate(const O& objective, const M& map, Index step = 0,
                                   int threads = 1) {
  typename O::template Workspace<M> work;
  pf::Pool pool(threads);
  Vector gradient(map.parameter_count());
  const double value = objective.value_and_gradient(map, step, gradient, work, pool);
  return {value, gradient};
}

template <class O, class M>
void gradient_is_that_of_the_loss(const O& objective, const M& map) {
  const auto loss = [&](const Vector& theta) {
    M moved = map;
    moved.set_parameters(theta);
    return evaluate(objective, moved, 3).first;
  };
  const Vector gradient = evaluate(objective, map, 3).second;
  CHECK(support::gradient_gap(loss, map.parameters(), gradient) < support::kGradientGap);
  if (gradient.norm() < 1e-12) return;  // D of one sample is constant
  const Vector u = gradient.normalized();
  const auto along = [&](double t) { return loss(map.parameters() + t * u); };
  CHECK(support::is_second_order(along, gradient.norm(), 0.05));
  CHECK_FALSE(support::is_second_order(along, (1 + 1e-4) * gradient.norm(), 0.05));
}

struct NoCheck : Shrink {
  void check() const {}
};
struct ReturnsNothing : Shrink {
  template <class M>
  void value_and_gradient(const M&, Index, pf::VectorRef<double>, Workspace<M>&, pf::Pool&) const {}
};

}  // namespace

using ToUniform = decltype(to_uniform(1));
using Halves = decltype(to_uniform<pf::SplitHalves>(1));
static_assert(pf::Objective<ToUniform, Map> && pf::LeastSquares<ToUniform, Map>);
static_assert(pf::Objective<Halves, Map> && !pf::LeastSquares<Halves, Map>);
static_assert(pf::Objective<Shrink, Map> && !pf::LeastSquares<Shrink, Map>);
static_assert(!pf::Objective<NoCheck, Map> && !pf::Objective<ReturnsNothing, Map>);

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
    for (Index b = 0; b < batch.blocks(); ++b) kMap.apply(batch.block(b), y.block(b));
    CHECK(evaluate(objective, kMap, step).first == objective.discrepancy().value(y));
  }
  CHECK(evaluate(objective, kMap, 0).first != evaluate(objective, kMap, 1).first);
}

TEST_CASE("Neither threads nor the workspace change a bit", "[objectives]") {
  ToUniform::Workspace<Map> used;
  pf::Pool pool(2);
  for (const Index batch : {1000, 65, 1000, 2500}) {
    const auto objective = to_uniform(batch);
    const auto [value, gradient] = evaluate(objective, kMap, 2);
    Vector again(kMap.parameter_count());
    CHECK(objective.value_and_gradient(kMap, 2, again, used, pool) == value);
    CHECK(laws::same_bits(again, gradient));
    CHECK(laws::same_bits(evaluate(objective, kMap, 2, 3).second, gradient));
  }
}

TEST_CASE("The Jacobian is that of the residuals, and leads to the same gradient", "[objectives]") {
  pf::Pool pool(2);
  for (const Index batch : {1, 64, 130}) {
    const auto objective = to_uniform(batch);
    ToUniform::Workspace<Map> work;
    const Index p = kMap.parameter_count(), r = objective.residual_count();
    Vector rho(r), same(r);
    Matrix j;
    objective.jacobian(kMap, 0, rho, j, work, pool);
    objective.residuals(kMap, 0, same, work, pool);
    CHECK(laws::same_bits(rho, same));
    REQUIRE(j.rows() == p);
    REQUIRE(j.cols() == r);
    const auto [value, gradient] = evaluate(objective, kMap);
    CHECK_THAT(rho.squaredNorm(), WithinRel(value, 1e-13));
    CHECK(laws::relative_gap(2 * (j * rho), gradient) < 1e-13);
    for (Index k = 0; k < r; ++k) {
      const auto residual = [&](const Vector& theta) {
        Map moved = kMap;
        moved.set_parameters(theta);
        objective.residuals(moved, 0, same, work, pool);
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
    const auto [value, gradient] = evaluate(nodes(n), identity);
    CHECK(value < 1e-26);
    CHECK(gradient.norm() < 1e-12);
  }
  CHECK(evaluate(nodes(10), identity).first > 0.05);  // one node too few

  // A target that some network hits on the nodes: the gradient there is zero, elsewhere not.
  const pf::QuasiRandom<pf::Gaussian<double>> source(pf::Gaussian<double>(2), 100);
  pf::Batch<double> x(2, 100), y(1, 100);
  for (Index b = 0; b < 2; ++b) {
    source.sample({}, std::uint64_t(b * pf::kBlockSize), x.block(b));
    kMap.apply(x.block(b), y.block(b));
  }
  const pf::Polynomial<double> moments(1, 4);
  const pf::PushforwardObjective goal(
      source, pf::MeanDiscrepancy(moments, pf::Empirical<double>(y.matrix())), {.batch = 100});
  Map other = kMap;
  other.set_parameters(1.1 * kMap.parameters());
  CHECK(evaluate(goal, kMap).second.norm() < 1e-13);
  CHECK(evaluate(goal, other).second.norm() > 1e-4);
}

TEST_CASE("A user's objective is evaluated as it stands", "[objectives]") {
  gradient_is_that_of_the_loss(
      pf::PushforwardObjective(pf::Gaussian<double>(2), Spread{}, {.batch = 10}), kMap);
  const auto [value, gradient] = evaluate(Shrink{}, kMap);
  CHECK(value == kMap.parameters().squaredNorm());
  CHECK(gradient == 2 * kMap.parameters());
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
