// Learns a map that turns Gaussian draws into draws from a law with two bumps, and samples from it.

#include <pushforward/pushforward.hpp>

#include <cstdio>

namespace pf = pushforward;

int main() {
  const pf::Gaussian<double> source(1);
  const pf::Mixture<pf::Gaussian<double>> target({{-2, 0.5}, {1, 1.0}}, {0.3, 0.7});

  const pf::RandomFourier<double> waves(1, 128, {.width = 0.5}, pf::Key{1});
  const pf::PushforwardObjective objective(source, pf::MeanDiscrepancy(waves, target));
  pf::Mlp<double, pf::Tanh> map({1, 32, 32, 1}, pf::Key{2});
  const pf::FitResult result = pf::fit(map, objective, pf::Adam{.rate = 1e-2},
                                       {.steps = 1000, .threads = 2, .schedule = pf::Cosine{}});

  const pf::Sampler sampler(map, source, pf::Key{3});
  const pf::Matrix<double> samples = sampler.sample(100000);  // 1 x 100000
  const double left = (samples.array() < -1).cast<double>().mean();
  std::printf("D2^2 after %d steps: %.1e\n", static_cast<int>(result.steps), result.loss);
  std::printf("P(x < -1) = %.3f, exactly 0.309; mean = %.2f, exactly 0.10\n", left, samples.mean());
}
