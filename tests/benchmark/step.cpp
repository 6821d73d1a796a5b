#include "support/catch.hpp"

#include <pushforward/pushforward.hpp>

#include "peak.hpp"
#if defined(PUSHFORWARD_HAS_TORCH)
#include "peer.hpp"
#endif

namespace pf = pushforward;

namespace {

/// Steps of Adam on an objective, as fit does them, again and again.
template <class Map, class Objective>
class Training {
 public:
  Training(Map map, Objective objective, int threads)
      : map_(std::move(map)), objective_(std::move(objective)), team_(threads) {}

  float step() {
    const float loss = problem_.evaluate(step_++);
    adam_.step<float>(state_, problem_.theta, problem_.gradient, adam_.rate);
    return loss;
  }

 private:
  Map map_;
  Objective objective_;
  pf::Team team_;
  pf::Problem<Map, Objective> problem_{map_, objective_, team_};
  pf::Adam adam_;
  pf::Adam::State<float> state_ = adam_.start<float>(map_.parameter_count());
  pf::Index step_ = 0;
};

/// Multiply-adds of a forward and a backward pass of a network, for each sample: a product in the
/// one and two in the other, but for the gradient in the inputs of the first layer.
pf::Index products(const std::vector<pf::Index>& sizes) {
  pf::Index count = 0;
  for (std::size_t l = 1; l < sizes.size(); ++l) count += 3 * sizes[l - 1] * sizes[l];
  return count - sizes[0] * sizes[1];
}

template <class Family>
void compare(const std::vector<pf::Index>& sizes, pf::Index batch, const Family& family) {
#if defined(PUSHFORWARD_HAS_TORCH)
  const auto torch_step =
      peer::training_step({sizes.begin(), sizes.end()}, batch, family.functions());
  if (!peer::kernel().empty()) BENCHMARK("libtorch on " + peer::kernel() + ", 1 thread") {
      torch_step();
    };
#endif
  const pf::PushforwardObjective objective(
      pf::Gaussian<float>(sizes.front()),
      pf::MeanDiscrepancy(family, pf::Gaussian<float>(sizes.back())), {.batch = batch});
  for (const int threads : {1, 2}) {
    Training training(pf::Mlp<float>(sizes, pf::Key{1}), objective, threads);
    BENCHMARK("pushforward, " + std::to_string(threads) + " thread(s)") { return training.step(); };
  }
  const pf::Index count = batch * products(sizes);
  BENCHMARK("the products alone at the FMA peak") { return benchmark::multiply_adds(count); };
}

}  // namespace

TEST_CASE("training step 1-32-32-1, batch 256, 10 harmonics, float", "[benchmark]") {
  compare({1, 32, 32, 1}, 256, pf::Fourier<float>::harmonics(10));
}

TEST_CASE("training step 1-64-64-1, batch 1024, 10 harmonics, float", "[benchmark]") {
  compare({1, 64, 64, 1}, 1024, pf::Fourier<float>::harmonics(10));
}

TEST_CASE("training step 2-128-128-128-2, batch 1024, 256 random frequencies, float",
          "[benchmark]") {
  compare({2, 128, 128, 128, 2}, 1024,
          pf::RandomFourier<float>(2, 256, pf::GaussianKernel{}, pf::Key{1}));
}

TEST_CASE("regression step 2-64-64-64-2 ReLU, batch 256, L1, float", "[benchmark]") {
  const std::vector<pf::Index> sizes{2, 64, 64, 64, 2};
  Training training(pf::Mlp<float, pf::Relu>(sizes, pf::Key{1}),
                    pf::RegressionObjective(pf::Gaussian<float>(4), pf::AbsoluteError{}), 1);
  BENCHMARK("pushforward, 1 thread") { return training.step(); };
  BENCHMARK("the products alone at the FMA peak") {
    return benchmark::multiply_adds(256 * products(sizes));
  };
}
