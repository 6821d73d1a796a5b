#include "support/allocations.hpp"

#include "pushforward/discrepancies.hpp"
#include "pushforward/flows.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/objectives.hpp"
#include "pushforward/optimizers.hpp"
#include "pushforward/sampling.hpp"
#include "pushforward/test_functions.hpp"
#include "pushforward/training.hpp"
#include "support/catch.hpp"
#include "support/erased_models.hpp"
#include "support/training.hpp"

#include <array>

namespace pf = pushforward;
using pf::Index, pf::Vector;
using support::allocations, support::kCountsAllocations;

namespace {

using support::ErasedDiscrepancy;

/// Allocations of the steps 3, 4, ... 9 of a run.
template <class Goal, class O, class... Callbacks>
long of_a_run(const Goal& goal, const O& optimizer, int threads, Callbacks... callbacks) {
  using S = typename Goal::Scalar;
  pf::Compose map(pf::Mlp<S, pf::Silu>({3, 20, 17, 2}, pf::Key{1}),
                  pf::Affine<S>(pf::Matrix<S>::Identity(2, 2), Vector<S>::Zero(2)));
  std::array<long, 10> counts{};
  (void)pf::fit(
      map, goal, optimizer, {.steps = 10, .threads = threads}, callbacks...,
      [&](const pf::StepEnd<S>& event) { counts[std::size_t(event.step)] = allocations(); });
  return counts[9] - counts[2];
}

/// The same of an objective by itself.
template <class Map, class Goal>
long of_steps(const Map& map, const Goal& goal, int threads) {
  goal.check(map);
  pf::Team team(threads);
  typename Goal::template Workspace<Map> work;
  Vector<typename Goal::Scalar> dtheta(map.parameter_count());
  long before = 0;
  for (Index step = 0; step < 10; ++step) {
    if (step == 3) before = allocations();
    (void)goal.value_and_gradient(map, pf::Step{step, team}, dtheta, work);
  }
  return allocations() - before;
}

/// The same of a loss.
template <class D>
long of_a_loss(const D& distance, int threads) {
  using S = typename D::Scalar;
  const pf::PushforwardObjective goal(pf::Gaussian<S>(3), ErasedDiscrepancy<S>(distance),
                                      {.batch = 300});
  return of_steps(pf::Mlp<S, pf::Silu>({3, 20, distance.dimension()}, pf::Key{1}), goal, threads);
}

/// The same, of a game.
template <class S, class Critic, class Penalty>
long of_a_game(const Critic& critic, Penalty penalty, int threads, Index batch) {
  const pf::AdversarialObjective game(pf::Gaussian<S>(3), pf::Gaussian<S>(2), pf::ClassicalGame{},
                                      penalty, {.batch = batch});
  pf::Players players(pf::Mlp<S, pf::Silu>({3, 20, 17, 2}, pf::Key{1}), critic);
  std::array<long, 10> counts{};
  (void)pf::fit(players, game, pf::Both{pf::Adam{}, pf::Adam{}, players.split()},
                {.steps = 10, .threads = threads}, [&](const pf::StepEnd<S>& event) {
                  counts[std::size_t(event.step)] = allocations();
                });
  return counts[9] - counts[2];
}

}  // namespace

TEST_CASE("allocations are counted", "[training]") {
  if (!kCountsAllocations) return;
  const auto counts = [](auto&& body) {
    const long before = allocations();
    body();
    return allocations() - before;
  };
  CHECK(counts([] {}) == 0);
  CHECK(counts([] { delete new volatile int(5); }) == 1);
  CHECK(counts([] { Vector<double>::Zero(100).eval(); }) == 1);
  CHECK(counts([] { pf::Batch<float>(3, 100); }) == 1);
  CHECK(counts([] { std::vector<double>(100).at(7) = 1; }) == 1);
  CHECK(counts([] {
          Vector<double> grown = Vector<double>::Zero(100);
          grown.conservativeResize(200);
        }) == 2);
  pf::Team team(3);
  CHECK(counts([&] { team.for_each(30, [](Index, Index) { delete new volatile int(5); }); }) == 30);
  CHECK(counts([&] { team.for_each(30, [](Index, Index) {}); }) == 0);
  pf::TreeSum<double> room;
  const auto sum = [&](Index blocks) {
    Vector<double> total(5);
    const long before = allocations();
    pf::tree_sum<double>(
        team, blocks, room, total,
        [](Index, Index b, pf::VectorRef<double> partial) { partial.array() += double(b); });
    return allocations() - before;
  };
  (void)sum(300);
  for (const Index blocks : {300, 7, 1, 0, 299}) CHECK(sum(blocks) == 0);
}

TEST_CASE("a step allocates nothing", "[training]") {
  using S = float;
  using Family = pf::RandomFourier<S, pf::MaternKernel>;
  const pf::Gaussian<S> source(3), target(2);
  const auto waves = [](Index count) { return Family(2, count, {}, pf::Key{1}); };
  using Halves = pf::MeanDiscrepancy<Family, pf::Gaussian<S>, pf::UniformWeights, pf::SplitHalves>;
  const ErasedDiscrepancy<S> halves(Halves(waves(6), target));
  const ErasedDiscrepancy<S> redrawn(
      pf::MeanDiscrepancy(waves(6), target, {.target = {.batch = 300}}));
  const auto goal = [&](const auto& distance, Index batch) {
    return pf::PushforwardObjective(source, distance, {.batch = batch});
  };
  const pf::LevenbergMarquardt lm;
  for (const int threads : {1, 3}) {
    for (const Index batch : {64, 257, 1000}) {  // 257: halves of one leaf and of two
      CHECK(of_a_run(goal(halves, batch), pf::Adam{}, threads) == 0);
      CHECK(of_a_run(goal(halves, batch), pf::Sgd{}, threads) == 0);
      CHECK(of_a_run(goal(halves, batch), pf::Both{pf::Adam{}, pf::Sgd{}, 99}, threads) == 0);
      CHECK(of_a_run(goal(pf::MeanDiscrepancy(waves(6), target), batch), lm, threads) == 0);
    }
    CHECK(of_a_run(goal(pf::MeanDiscrepancy(waves(100), target), 200), lm, threads) == 0);
    CHECK(of_a_run(goal(redrawn, 200), pf::Adam{}, threads) == 0);
  }
}

TEST_CASE("a step of a regression allocates nothing", "[training]") {
  using S = float;
  const auto check = [](const auto& pairs, pf::Index inputs, pf::Index outputs) {
    const pf::Mlp<S, pf::Silu> map({inputs, 20, outputs}, pf::Key{1});
    for (const int threads : {1, 3}) {
      const pf::RegressionObjective goal(pairs, pf::AbsoluteError{}, {.batch = 300});
      CHECK(of_steps(map, goal, threads) == 0);
    }
  };
  const pf::Gaussian<S> pairs(5);
  check(pairs, 3, 2);
  check(pf::PathPairs(pf::MinibatchCoupling(pf::Gaussian<S>(2),
                                            pf::Uniform<S>(Vector<S>{{0, 1}}, Vector<S>{{3, 5}}),
                                            {.batch = 70})),
        3, 2);
  check(pf::MeanVelocity(pairs), 4, 2);
  check(pf::Consistency(pairs), 3, 2);
  const pf::Mlp<S, pf::Silu> teacher({3, 20, 2}, pf::Key{2});
  check(pf::Graph(pf::TwoSteps(teacher, S(0.1)), pf::Marginal(pairs, 0, 3)), 3, 2);
  CHECK(of_a_run(pf::RegressionObjective(pairs), pf::Adam{}, 1, pf::Average{}) == 0);
}

TEST_CASE("a step by volume, and an inverse, allocate nothing", "[training]") {
  using S = float;
  const auto check = [](const auto& map) {
    const Index d = map.input_dimension();
    typename std::decay_t<decltype(map)>::Tape tape;
    pf::ScratchOf<std::decay_t<decltype(map)>> scratch;
    pf::Block<S> x(64, d), y(64, d), dx(64, d);
    pf::normals<S>(pf::Key{1}, 0, x);
    pf::Lane<S> log_det = x.col(0);
    Vector<S> dtheta = Vector<S>::Zero(map.parameter_count());
    long before = 0;
    for (int turn = 0; turn < 2; ++turn) {
      before = allocations();
      map.forward(x, y, log_det, tape);
      map.backward(tape, x, log_det, dtheta, dx);
      map.tangent(tape, x, dx);
      map.apply(x, y, log_det, scratch);
      map.inverse(y, dx, scratch);
    }
    CHECK(allocations() == before);
  };
  check(pf::ConvexGradient<S>(3, 20, pf::Key{1}));
  check(pf::ConvexGradient<S>(9, 70, pf::Key{1}));
  check(pf::RationalQuadraticSpline<S>(Vector<S>::LinSpaced(6, -1, 1)));
}

TEMPLATE_TEST_CASE("a step of a loss that sorts, or looks for a supremum, allocates nothing",
                   "[training]", float, double) {
  using S = TestType;
  const pf::TargetOptions fresh{.batch = 200};
  const pf::Gaussian<S> line(1);
  const pf::RandomFourier<S> waves(2, 9, {}, pf::Key{1});
  const pf::RandomFourier<S, pf::EnergySpectrum> spectrum(2, 9, {}, pf::Key{1});
  for (const int threads : {1, 3}) {
    const auto check = [&](const auto& distance) { CHECK(of_a_loss(distance, threads) == 0); };
    check(pf::LineDiscrepancy(line, pf::EnergyLine{true}, fresh));
    check(pf::LineDiscrepancy(line, pf::WassersteinLine{1}, fresh));
    for (const Index dimension : {2, 5}) {
      const pf::Gaussian<S> target(dimension);
      check(pf::SlicedDiscrepancy(target, pf::EnergyLine{}, {.directions = 20, .target = fresh}));
      check(pf::MaxSlicedDiscrepancy(target, pf::WassersteinLine{}, {.target = fresh}));
    }
    const pf::Gaussian<S> target(2);
    check(pf::SinkhornDivergence(target, {.target = {.batch = 100}}));
    check(pf::SupremumDiscrepancy(waves, target, {.redraw_every = 1, .target = {.batch = 100}}));
    check(pf::MeanDiscrepancy(spectrum, target, pf::ImportanceWeights{}, {.redraw_every = 1}));
  }
}

namespace {

/// Lets the first, second, ... allocation of `action` on a copy of `object` fail, alone or with all
/// that follow, until it needs no more: each must throw std::bad_alloc and leave the copy as
/// `check` wants it.
template <class T, class Action, class Check>
void every_allocation_fails(const T& object, Action action, Check check) {
  if (!kCountsAllocations) return;
  for (const long failures : {1L, 1000000L}) {
    bool done = false;
    for (long k = 0; !done; ++k) {
      REQUIRE(k < 10000);
      T copy = object;
      {
        const support::FailingAllocations failing(k, failures);
        try {
          action(copy);
          done = true;
        } catch (const std::bad_alloc&) {
        }
      }
      INFO("allocation " << k << " failed");
      if (!done) check(copy);
    }
    CHECK(done);
  }
}

}  // namespace

TEST_CASE("where memory runs out, nothing is lost", "[training][hostile]") {
  const pf::Gaussian<double> source(2);

  using Batch = pf::Batch<double>;
  const Batch batch(pf::Matrix<double>::Constant(2, 70, 5));
  every_allocation_fails(
      batch, [](Batch& copy) { copy.resize(3, 200); },
      [&](const Batch& copy) { CHECK(copy.matrix() == batch.matrix()); });

  const pf::MeanDiscrepancy distance(pf::RandomFourier<double>(2, 6, {}, pf::Key{1}), source,
                                     {.redraw_every = 1, .target = {.batch = 70}});

  const pf::Mlp<double> start({2, 9, 2}, pf::Key{1});
  const pf::Sampler draws(start, source);
  const pf::Matrix<double> samples = draws.sample(70);
  every_allocation_fails(
      samples, [&](pf::Matrix<double>& copy) { copy = draws.sample(200, 7); },
      [&](const pf::Matrix<double>& copy) { CHECK(copy == samples); });

  const pf::PushforwardObjective goal(source, distance, {.batch = 200});
  const auto check = [&](const auto& optimizer) {
    std::vector<Vector<double>> states{start.parameters()};
    pf::Mlp<double> trained = start;
    (void)pf::fit(trained, goal, optimizer, {.steps = 3},
                  [&](const pf::StepEnd<double>& event) { states.push_back(event.theta); });
    std::size_t finished = 0;
    every_allocation_fails(
        start,
        [&](pf::Mlp<double>& map) {
          finished = 0;
          (void)pf::fit(map, goal, optimizer, {.steps = 3},
                        [&](const pf::StepEnd<double>&) { ++finished; });
        },
        [&](const pf::Mlp<double>& map) { CHECK(map.parameters() == states[finished]); });
  };
  check(pf::Adam{});
  check(pf::Sgd{});
  check(pf::LevenbergMarquardt{});
}

TEST_CASE("a step of a game allocates nothing", "[training]") {
  const pf::Mlp<float> critic({4, 20, 17, 1}, pf::Key{2});
  for (const int threads : {1, 3})
    for (const Index batch : {64, 257}) {
      CHECK(of_a_game<float>(critic, pf::GradientPenalty{}, threads, batch) == 0);
      CHECK(of_a_game<float>(pf::SpectralNorm(critic), pf::R1Penalty{}, threads, batch) == 0);
    }
}
