#include "support/allocations.hpp"

#include "pushforward/discrepancies.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/optimizers.hpp"
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
