#include "pushforward/training.hpp"

#include "pushforward/discrepancies.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/optimizers.hpp"
#include "pushforward/test_functions.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/models.hpp"
#include "support/training.hpp"

#include <algorithm>

namespace pf = pushforward;
using models::Scale, models::Shrink, models::Spread;
using pf::Affine, pf::Index, pf::Lane, pf::Matrix, pf::Status, pf::Vector;
using support::error_of;

namespace {

template <class S>
Affine<S> line(S slope, S shift) {
  return {Matrix<S>::Constant(1, 1, slope), Vector<S>::Constant(1, shift)};
}

/// The map that carries standard nodes to mean 3 and deviation 2, by their first two moments.
template <class S>
auto moments(Index nodes = 256) {
  return pf::PushforwardObjective(
      support::standard_nodes<S>(nodes),
      pf::MeanDiscrepancy(pf::Polynomial<S>(1, 2), pf::Expectations<S>{Vector<S>{{3, 13}}}),
      {.batch = nodes});
}

static_assert(pf::TrainableMap<Scale> && !pf::InvertibleMap<Scale> && !pf::Measure<Scale>);
static_assert(pf::Objective<Shrink, Scale> && !pf::LeastSquares<Shrink, Scale>);
static_assert(pf::Discrepancy<Spread> && !pf::LeastSquaresDiscrepancy<Spread>);

}  // namespace

TEMPLATE_TEST_CASE("a Gaussian onto a Gaussian by moments", "[training]", float, double) {
  using S = TestType;
  const S exact = std::is_same_v<S, float> ? S(1e-3) : S(1e-6);
  const auto check = [&](const auto& optimizer, const pf::FitOptions& options, S tolerance) {
    Affine<S> map = line<S>(1, 0);
    const auto result = pf::fit(map, moments<S>(), optimizer, options);
    CHECK_THAT(double(map.parameters()[0]), WithinAbs(2, double(tolerance)));
    CHECK_THAT(double(map.parameters()[1]), WithinAbs(3, double(tolerance)));
    CHECK(result.loss < tolerance * tolerance);
    CHECK(result.dropped == 0);
  };
  check(pf::LevenbergMarquardt{}, {.steps = 100}, exact);
  check(pf::Adam{.rate = 0.05}, {.steps = 3000, .schedule = pf::Cosine{}}, S(5e-3));
  check(pf::Sgd{.rate = 2e-3, .momentum = 0.9}, {.steps = 4000}, exact);
}

TEST_CASE("a Gaussian onto a Gaussian by Fourier functions", "[training]") {
  const Index n = 512;
  const auto nodes = support::standard_nodes<double>(n);
  const pf::Empirical<double> target(((2 * nodes.x).array() + 3).matrix().eval());
  const pf::Fourier<double> waves(Matrix<double>{{0.2, 0.5, 0.9}});
  const pf::PushforwardObjective goal(nodes, pf::MeanDiscrepancy(waves, target), {.batch = n});
  Affine<double> map = line(1.0, 1.0);
  const auto result = pf::fit(map, goal, pf::LevenbergMarquardt{}, {.steps = 60, .threads = 2});
  CHECK(map.parameters().isApprox(Vector<double>{{2, 3}}, 1e-6));
  CHECK(result.loss < 1e-12);
}

TEST_CASE("a Gaussian in the plane takes the covariance of its target", "[training]") {
  const double r = std::sqrt(1.5);  // nine nodes with mean 0 and covariance I
  const support::Nodes<double> grid{
      Matrix<double>{{-r, -r, -r, 0, 0, 0, r, r, r}, {-r, 0, r, -r, 0, r, -r, 0, r}}};
  // moments x, y, xx, xy, yy of the target: mean (1, -1), covariance ((2, 0.6), (0.6, 1))
  const pf::MeanDiscrepancy distance(pf::Polynomial<double>(2, 2),
                                     pf::Expectations<double>{Vector<double>{{1, -1, 3, -0.4, 2}}});
  Affine<double> map(Matrix<double>::Identity(2, 2), Vector<double>::Zero(2));
  const auto result = pf::fit(map, pf::PushforwardObjective(grid, distance, {.batch = 9}),
                              pf::LevenbergMarquardt{}, {.steps = 100});
  const Matrix<double> a = map.parameters().head(4).reshaped(2, 2);
  CHECK((a * a.transpose()).isApprox(Matrix<double>{{2, 0.6}, {0.6, 1}}, 1e-6));
  CHECK(map.parameters().tail(2).isApprox(Vector<double>{{1, -1}}, 1e-6));
  CHECK(result.status != Status::diverged);
}

TEST_CASE("a user's map, objective and discrepancy train", "[training]") {
  Scale map;
  CHECK(pf::fit(map, Shrink{}, pf::Sgd{.rate = 0.25}, {.steps = 3}).loss == 1.0 / 64);
  CHECK(map.a == 0.125);
  map.a = 1;
  const pf::PushforwardObjective goal(support::standard_nodes<double>(100), Spread{},
                                      {.batch = 100});
  CHECK_THAT(pf::fit(map, goal, pf::Sgd{.rate = 0.25}, {.steps = 3}).loss,
             WithinRel(1.0 / 64, 1e-13));
}

TEST_CASE("a schedule and a rate are multiplied", "[training]") {
  Scale map;
  std::vector<double> rates;
  const auto note = [&](const pf::StepEnd<double>& event) { rates.push_back(event.rate); };
  (void)pf::fit(map, Shrink{}, pf::Sgd{.rate = 0.25},
                {.steps = 4, .schedule = pf::StepDecay{.every = 2, .factor = 0.5}}, note);
  CHECK(rates == std::vector<double>{0.25, 0.25, 0.125, 0.125});
  CHECK(map.a == 0.5 * 0.5 * 0.75 * 0.75);
}

TEST_CASE("the result tells the loss of the map", "[training]") {
  Affine<double> map = line(1.0, 0.0);
  const auto goal = moments<double>();
  pf::History<double> history;
  const auto result = pf::fit(map, goal, pf::Sgd{.rate = 0.02}, {.steps = 40, .first = 7}, history);
  CHECK(result.status == Status::finished);
  CHECK(result.steps == 40);
  CHECK(result.planned == 40);
  CHECK(result.next == 47);
  CHECK(result.seconds >= 0);
  CHECK(history.loss.size() == 40);
  CHECK(pf::evaluate(map, goal, 40) == result.loss);
}

TEST_CASE("evaluate is the loss at a step, and leaves the map alone", "[training]") {
  const pf::PushforwardObjective goal(
      pf::Gaussian<double>(1),
      pf::MeanDiscrepancy(pf::Fourier<double>::harmonics(3), pf::Uniform<double>(0, 1)),
      {.batch = 500});
  const Affine<double> map = line(1.0, 0.0);
  pf::Team alone, team(3);
  std::vector<double> losses;
  for (const Index step : {0, 1, 100000}) {
    decltype(goal)::Workspace<Affine<double>> work;
    Vector<double> gradient(2);
    losses.push_back(goal.value_and_gradient(map, {step, alone}, gradient, work));
    CHECK(pf::evaluate(map, goal, step) == losses.back());
    CHECK(pf::evaluate(map, goal, step, team) == losses.back());
  }
  CHECK(losses[0] != losses[1]);
  CHECK(losses[0] != losses[2]);
  const Affine<double> wide(Matrix<double>::Ones(1, 2), Vector<double>::Ones(1));
  CHECK(error_of<std::invalid_argument>([&] { (void)pf::evaluate(wide, goal, 0); }) ==
        "PushforwardObjective: input dimension of the map is 2, but must be 1");
}

TEST_CASE("draw gives samples of a measure", "[training]") {
  const pf::Gaussian<double> normal(3);
  for (const Index n : {0, 1, 64, 150}) {
    const Matrix<double> x = pf::draw(normal, n, {5, 1}, 10);
    REQUIRE(x.rows() == 3);
    REQUIRE(x.cols() == n);
    pf::Block<double> block(pf::kBlockSize, 3);
    for (Index i = 0; i < n; ++i) {
      normal.sample({5, 1}, std::uint64_t(10 + i), block);
      CHECK(x.col(i) == block.row(0).matrix().transpose());
    }
  }
  CHECK(error_of<std::invalid_argument>([&] { (void)pf::draw(normal, -1, {}); }) ==
        "draw: count is -1, but must be at least 0");
}

TEST_CASE("a second fit goes on with new samples", "[training]") {
  const pf::PushforwardObjective goal(
      pf::Gaussian<double>(1),
      pf::MeanDiscrepancy(pf::Fourier<double>::harmonics(3), pf::Uniform<double>(0, 1)),
      {.batch = 100});
  Affine<double> whole = line(1.0, 0.0), parts = whole, again = whole;
  const pf::Sgd sgd{.rate = 0.01};
  (void)pf::fit(whole, goal, sgd, {.steps = 20});
  const auto half = pf::fit(parts, goal, sgd, {.steps = 12});
  CHECK(half.next == 12);
  CHECK(pf::fit(parts, goal, sgd, {.steps = 8, .first = half.next}).next == 20);
  CHECK(parts.parameters() == whole.parameters());
  (void)pf::fit(again, goal, sgd, {.steps = 12});
  (void)pf::fit(again, goal, sgd, {.steps = 8});  // the samples of the first steps once more
  CHECK(again.parameters() != whole.parameters());
}

TEST_CASE("the last state is kept, though it is worse than the first", "[training]") {
  Scale map;
  map.a = 1;
  const auto result = pf::fit(map, Shrink{}, pf::Sgd{.rate = 1.5}, {.steps = 3});  // a <- -2 a
  CHECK(map.a == -8);
  CHECK(result.loss == 64);
}

TEST_CASE("a solver that finds no better step has converged", "[training]") {
  Affine<double> map = line(2.0, 3.0);
  const pf::PushforwardObjective goal(
      support::Nodes<double>{Matrix<double>{{-1, 1}}},
      pf::MeanDiscrepancy(pf::Polynomial<double>(1, 2),
                          pf::Expectations<double>{Vector<double>{{3, 13}}}),
      {.batch = 2});
  const auto result = pf::fit(map, goal, pf::LevenbergMarquardt{}, {.steps = 30});
  CHECK(result.status == Status::converged);
  CHECK(result.steps == 1);
  CHECK(result.planned == 30);
  CHECK(result.next == 1);
  CHECK(result.loss == 0);
  CHECK(map.parameters() == Vector<double>{{2, 3}});
}

TEST_CASE("no steps, no rate, the last seed", "[training][hostile]") {
  Affine<double> map = line(1.0, 0.0);
  const Vector<double> start = map.parameters();
  int ends = 0;
  const auto count = [&](const pf::TrainEnd<double>& end) { ends += 1 + int(end.steps); };
  const auto none = pf::fit(map, moments<double>(), pf::Adam{}, {.steps = 0}, count);
  CHECK(none.status == Status::finished);
  CHECK(none.steps == 0);
  CHECK(none.loss > 1);
  CHECK(ends == 1);
  CHECK(map.parameters() == start);

  CHECK(pf::fit(map, moments<double>(), pf::Adam{.rate = 0}, {.steps = 5}).loss == none.loss);
  CHECK(map.parameters() == start);
  CHECK(pf::fit(map, moments<double>(), pf::LevenbergMarquardt{.rate = 0}, {.steps = 5}).status ==
        Status::finished);
  CHECK(map.parameters() == start);

  const pf::PushforwardObjective random(
      pf::Gaussian<double>(1),
      pf::MeanDiscrepancy(pf::Polynomial<double>(1, 2),
                          pf::Expectations<double>{Vector<double>{{3, 13}}}),
      {.batch = 1, .key = {~std::uint64_t{0}, ~std::uint32_t{0}}});
  CHECK(pf::is_finite(pf::fit(map, random, pf::Adam{}, {.steps = 10}).loss));
}

TEST_CASE("runs that cannot be", "[training][hostile]") {
  const auto error = [](auto map, const auto& goal, const auto& optimizer, pf::FitOptions options) {
    const auto start = map.parameters();
    const auto text =
        error_of<std::invalid_argument>([&] { (void)pf::fit(map, goal, optimizer, options); });
    CHECK(map.parameters() == start);
    return text;
  };
  const auto map = line(1.0, 0.0);
  const auto goal = moments<double>();
  CHECK(error(map, goal, pf::Adam{}, {.threads = 0}) ==
        "Team: threads is 0, but must be between 1 and 1024");
  CHECK(error(map, goal, pf::Adam{}, {.steps = -1}) == "fit: steps is -1, but must be at least 0");
  CHECK(error(map, goal, pf::Adam{}, {.first = -1}) == "fit: first is -1, but must be at least 0");
  CHECK(error(map, goal, pf::Adam{}, {.seconds = -1}) ==
        "fit: seconds is -1, but must be finite and at least 0");
  CHECK(error(map, goal, pf::Adam{}, {.seconds = 1 / 0.0}) ==
        "fit: seconds is inf, but must be finite and at least 0");
  CHECK(error(map, goal, pf::Adam{.beta1 = 2}, {}) == "Adam: beta1 is 2, but must be in [0, 1)");
  const Affine<double> wide(Matrix<double>::Ones(1, 2), Vector<double>::Ones(1));
  const Affine<double> tall(Matrix<double>::Ones(2, 1), Vector<double>::Ones(2));
  CHECK(error(wide, goal, pf::Adam{}, {}) ==
        "PushforwardObjective: input dimension of the map is 2, but must be 1");
  CHECK(error(tall, goal, pf::LevenbergMarquardt{}, {}) ==
        "PushforwardObjective: output dimension of the map is 2, but must be 1");
  CHECK(error(map, goal, pf::Adam{}, {.schedule = pf::StepDecay{.every = 0}}) ==
        "StepDecay: every is 0, but must be at least 1");
}
