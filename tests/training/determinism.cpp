#include "pushforward/discrepancies.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/optimizers.hpp"
#include "pushforward/test_functions.hpp"
#include "pushforward/training.hpp"
#include "support/catch.hpp"
#include "support/training.hpp"

#include <chrono>
#include <thread>

namespace pf = pushforward;
using pf::Index, pf::Mlp, pf::Vector;

namespace {

/// A source whose every block takes a time of its own to draw.
template <class Source>
struct Sleepy {
  using Scalar = typename Source::Scalar;
  Source source;
  Index dimension() const { return source.dimension(); }
  void sample(pf::Key key, std::uint64_t first, pf::BlockRef<Scalar> x) const {
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    std::this_thread::sleep_for(std::chrono::microseconds(now / 100 % 200));
    source.sample(key, first, x);
  }
};

/// Every bit of a run: parameters, losses, gradient norms.
template <class S, class Estimator, class Source, class O>
std::uint64_t digest(const Source& source, const O& optimizer, int threads, Index batch) {
  using Family = pf::Fourier<S>;
  const pf::MeanDiscrepancy<Family, pf::Uniform<S>, pf::InverseSquareWeights, Estimator> distance(
      Family::harmonics(5), pf::Uniform<S>(0, 1));
  const pf::PushforwardObjective goal(source, distance, {.batch = batch, .key = {9, 0}});
  Mlp<S, pf::Tanh, pf::Logistic> map({1, 9, 6, 1}, pf::Key{4});
  support::Digest bits;
  (void)pf::fit(map, goal, optimizer, {.steps = 6, .threads = threads},
                [&](const pf::StepEnd<S>& event) {
                  bits.add(&event.loss, 1);
                  bits.add(&event.gradient_norm, 1);
                  bits.add(event.theta);
                });
  bits.add(map.parameters());
  return bits.value();
}

template <class S, class Estimator, class O>
void same_for_all_threads(const O& optimizer) {
  const pf::Gaussian<S> source(1);
  for (const Index batch : {65, 64 * 33 + 1}) {
    const std::uint64_t alone = digest<S, Estimator>(source, optimizer, 1, batch);
    for (const int threads : {2, 3, 7, 64})
      CHECK(digest<S, Estimator>(source, optimizer, threads, batch) == alone);
    CHECK(digest<S, Estimator>(source, optimizer, 1, batch + 1) != alone);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("a run has the same bits for every number of threads", "[training][threads]",
                   float, double) {
  same_for_all_threads<TestType, pf::Plugin>(pf::Adam{.rate = 1e-2});
  same_for_all_threads<TestType, pf::SplitHalves>(pf::Adam{.rate = 1e-2});
  same_for_all_threads<TestType, pf::SplitHalves>(pf::Sgd{.rate = 0.1, .momentum = 0.5});
  same_for_all_threads<TestType, pf::Plugin>(pf::LevenbergMarquardt{});
}

TEMPLATE_TEST_CASE("a run with everything drawn anew has the same bits for every number of threads",
                   "[training][threads]", float, double) {
  using S = TestType;
  const auto bits = [](int threads) {
    const pf::RandomFourier<S, pf::MaternKernel> features(2, 80, {}, pf::Key{1});  // R > 64
    const pf::PushforwardObjective goal(
        pf::Gaussian<S>(2),
        pf::MeanDiscrepancy(features, pf::Gaussian<S>(2),
                            {.redraw_every = 2, .target = {.batch = 300}}),
        {.batch = 333});
    Mlp<S> map({2, 9, 2}, pf::Key{4});
    support::Digest digest;
    (void)pf::fit(map, goal, pf::LevenbergMarquardt{}, {.steps = 6, .threads = threads},
                  [&](const pf::StepEnd<S>& event) {
                    digest.add(&event.loss, 1);
                    digest.add(&event.gradient_norm, 1);
                    digest.add(event.theta);
                  });
    return digest.value();
  };
  const std::uint64_t alone = bits(1);
  for (const int threads : {2, 3, 7, 64}) CHECK(bits(threads) == alone);
}

TEST_CASE("a run has the same bits whoever is slow", "[training][threads]") {
  const Sleepy<pf::Gaussian<double>> sleepy{pf::Gaussian<double>(1)};
  const pf::Adam adam{.rate = 1e-2};
  const std::uint64_t bits = digest<double, pf::Plugin>(sleepy.source, adam, 1, 1000);
  for (int again = 0; again < 3; ++again)
    for (const int threads : {2, 5})
      CHECK(digest<double, pf::Plugin>(sleepy, adam, threads, 1000) == bits);
}

TEST_CASE("seed, stream and step decide what is drawn", "[training]") {
  const auto loss = [](pf::Key key) {
    const pf::PushforwardObjective goal(
        pf::Gaussian<double>(1),
        pf::MeanDiscrepancy(pf::Polynomial<double>(1, 2),
                            pf::Expectations<double>{Vector<double>{{0, 1}}}),
        {.batch = 100, .key = key});
    pf::Affine<double> map(pf::Matrix<double>::Ones(1, 1), Vector<double>::Ones(1));
    pf::History<double> history;
    (void)pf::fit(map, goal, pf::Sgd{.rate = 0}, {.steps = 3}, history);
    return history.loss;
  };
  const std::vector<double> losses = loss({1, 0});
  CHECK(losses == loss({1, 0}));
  CHECK(losses != loss({1, 1}));
  CHECK(losses != loss({2, 0}));
  CHECK(losses[0] != losses[1]);
}
