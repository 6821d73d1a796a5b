#include "support/allocations.hpp"

#include "pushforward/discrepancies.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/optimizers.hpp"
#include "pushforward/sampling.hpp"
#include "pushforward/test_functions.hpp"
#include "pushforward/training.hpp"
#include "support/catch.hpp"
#include "support/training.hpp"

#include <array>

namespace pf = pushforward;
using pf::Index, pf::Vector;
using support::allocations, support::kCountsAllocations;

namespace {

/// Allocations of the steps 3, 4, ... 9 of a run.
template <class S, class Estimator, class O>
long after_warm_up(const O& optimizer, int threads, Index batch) {
  using Family = pf::RandomFourier<S, pf::MaternKernel>;
  const pf::MeanDiscrepancy<Family, pf::UniformWeights, Estimator> distance(
      Family(2, 6, {}, pf::Key{1}), pf::Gaussian<S>(2));
  const pf::PushforwardObjective goal(pf::Gaussian<S>(3), distance, {.batch = batch});
  pf::Compose map(pf::Mlp<S, pf::Silu>({3, 20, 17, 2}, pf::Key{1}),
                  pf::Affine<S>(pf::Matrix<S>::Identity(2, 2), Vector<S>::Zero(2)));
  std::array<long, 10> counts{};
  (void)pf::fit(
      map, goal, optimizer, {.steps = 10, .threads = threads},
      [&](const pf::StepEnd<S>& event) { counts[std::size_t(event.step)] = allocations(); });
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
  pf::Pool pool(3);
  CHECK(counts([&] { pool.for_each(30, [](Index) { delete new volatile int(5); }); }) == 30);
  CHECK(counts([&] { pool.for_each(30, [](Index) {}); }) == 0);
}

TEMPLATE_TEST_CASE("a step allocates nothing", "[training]", float, double) {
  for (const int threads : {1, 3})
    for (const Index batch : {64, 1000}) {
      CHECK(after_warm_up<TestType, pf::Plugin>(pf::Adam{}, threads, batch) == 0);
      CHECK(after_warm_up<TestType, pf::SplitHalves>(pf::Adam{}, threads, batch) == 0);
      CHECK(after_warm_up<TestType, pf::SplitHalves>(pf::Sgd{}, threads, batch) == 0);
      CHECK(after_warm_up<TestType, pf::Plugin>(pf::LevenbergMarquardt{}, threads, batch) == 0);
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

  const pf::MeanDiscrepancy distance(pf::RandomFourier<double>(2, 6, {}, pf::Key{1}), source);
  using Distance = std::remove_const_t<decltype(distance)>;
  every_allocation_fails(
      distance, [&](Distance& copy) { copy.redraw(pf::Key{2}, source); },
      [&](const Distance& copy) {
        CHECK(copy.target() == distance.target());
        CHECK(copy.family().frequencies() == distance.family().frequencies());
      });

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
