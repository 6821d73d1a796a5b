#include "support/catch.hpp"

#include <pushforward/pushforward.hpp>

#if defined(PUSHFORWARD_HAS_TORCH)
#include "peer.hpp"
#endif

namespace pf = pushforward;

namespace {

/// One step of Adam on D2^2, as fit does it, again and again.
template <class Family>
class Training {
 public:
  Training(const std::vector<pf::Index>& sizes, pf::Index batch, Family family, int threads)
      : map_(sizes, pf::Key{1}),
        objective_(pf::Gaussian<float>(sizes.front()),
                   pf::MeanDiscrepancy(family, pf::Gaussian<float>(sizes.back())),
                   {.batch = batch}),
        pool_(threads) {}

  float step() {
    const float loss = problem_.evaluate(step_++);
    adam_.step(state_, problem_.theta, problem_.gradient, adam_.rate);
    return loss;
  }

 private:
  using Objective = pf::PushforwardObjective<pf::Gaussian<float>, pf::MeanDiscrepancy<Family>>;
  pf::Mlp<float> map_;
  Objective objective_;
  pf::Pool pool_;
  pf::Problem<pf::Mlp<float>, Objective> problem_{map_, objective_, pool_};
  pf::Adam adam_;
  pf::Adam::State<float> state_ = adam_.start<float>(map_.parameter_count());
  pf::Index step_ = 0;
};

template <class Family>
void compare(const std::vector<pf::Index>& sizes, pf::Index batch, const Family& family) {
#if defined(PUSHFORWARD_HAS_TORCH)
  const auto torch_step =
      peer::training_step({sizes.begin(), sizes.end()}, batch, family.functions());
  BENCHMARK("libtorch, 1 thread") { torch_step(); };
#endif
  for (const int threads : {1, 2}) {
    Training<Family> training(sizes, batch, family, threads);
    BENCHMARK("pushforward, " + std::to_string(threads) + " thread(s)") { return training.step(); };
  }
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

TEST_CASE("65536 samples of a 2-64-64-2 tanh map, float", "[benchmark]") {
  constexpr pf::Index count = 65536;
#if defined(PUSHFORWARD_HAS_TORCH)
  const auto torch_sampling = peer::sampling({2, 64, 64, 2}, count);
  BENCHMARK("libtorch, 1 thread") { torch_sampling(); };
#endif
  const pf::Sampler sampler(pf::Mlp<float>({2, 64, 64, 2}, pf::Key{1}), pf::Gaussian<float>(2));
  pf::Matrix<float> samples(2, count);
  BENCHMARK("pushforward, 1 thread") {
    sampler.sample_into(samples);
    return samples(0, 0);
  };
}
