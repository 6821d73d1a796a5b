#include <pushforward/pushforward.hpp>

#include "support/training.hpp"

#include <cstdio>

/// \file
/// Prints the bits of five small runs, for comparing compilers, optimisation levels and threads:
/// one line a run, the same on one thread and on three.

namespace pf = pushforward;

namespace {

bool agreed = true;

/// Trains a map made by `make` for some steps on one thread, then on three; prints the digests of
/// parameters, losses and samples.
template <class Make, class Objective, class Optimizer>
void run(const char* name, Make make, const Objective& objective, const Optimizer& optimizer) {
  using Scalar = typename Objective::Scalar;
  std::uint64_t digests[2][3];
  for (const int threads : {1, 3}) {
    auto map = make();
    pf::History<Scalar> history;
    (void)pf::fit(map, objective, optimizer, {.steps = 40, .threads = threads}, history);
    const auto samples = pf::Sampler(map, objective.source(), {11, 0}).sample(200);
    support::Digest parameters, losses, drawn;
    parameters.add(map.parameters());
    losses.add(history.loss);
    drawn.add(samples);
    std::uint64_t* const row = digests[threads / 2];
    row[0] = parameters.value();
    row[1] = losses.value();
    row[2] = drawn.value();
  }
  bool same = true;
  for (int i = 0; i < 3; ++i) same = same && digests[0][i] == digests[1][i];
  agreed = agreed && same;
  std::printf("%-28s parameters %016llx losses %016llx samples %016llx%s\n", name,
              static_cast<unsigned long long>(digests[0][0]),
              static_cast<unsigned long long>(digests[0][1]),
              static_cast<unsigned long long>(digests[0][2]), same ? "" : "  THREADS DIFFER");
}

}  // namespace

int main() {
  using pf::Key;

  const auto harmonics = pf::Fourier<double>::harmonics(10);
  const pf::Uniform<double> unit(0, 1);
  run(
      "double tanh fourier adam",
      [] {
        return pf::Mlp<double, pf::Tanh, pf::Logistic>({1, 16, 16, 1}, Key{42});
      },
      pf::PushforwardObjective(pf::Gaussian<double>(1), pf::MeanDiscrepancy(harmonics, unit),
                               {.batch = 500}),
      pf::Adam{.rate = 1e-2});

  run(
      "float silu fourier halves sgd",
      [] {
        return pf::Mlp<float, pf::Silu, pf::Logistic>({1, 9, 1}, Key{42});
      },
      pf::PushforwardObjective(
          pf::Gaussian<float>(1),
          pf::MeanDiscrepancy<pf::Fourier<float>, pf::InverseSquareWeights, pf::SplitHalves>(
              pf::Fourier<float>::harmonics(6), pf::Uniform<float>(0, 1)),
          {.batch = 333}),
      pf::Sgd{.rate = 0.05, .momentum = 0.9});

  const pf::RandomFourier<float, pf::MaternKernel> waves(2, 12, {}, Key{1});
  run(
      "float softplus matern adam",
      [] {
        return pf::Mlp<float, pf::Softplus>({2, 12, 2}, Key{5});
      },
      pf::PushforwardObjective(pf::Gaussian<float>(2),
                               pf::MeanDiscrepancy(waves, pf::Gaussian<float>(2)), {.batch = 200}),
      pf::Adam{});

  const pf::Matrix<double> centres{{-1, 0, 1, 2}, {0, 1, 0, -1}};
  const pf::Rbf<double> bumps(centres, {0.5, 2});
  const pf::Mixture<pf::Uniform<double>> boxes(
      {{pf::Vector<double>{{0, 0}}, pf::Vector<double>{{1, 1}}},
       {pf::Vector<double>{{1, 1}}, pf::Vector<double>{{2, 3}}}},
      {1, 2});
  run(
      "double relu compose rbf sgd",
      [] {
        return pf::Compose(
            pf::Mlp<double, pf::LeakyRelu>({3, 10, 2}, Key{6}),
            pf::Affine<double>(pf::Matrix<double>::Identity(2, 2), pf::Vector<double>::Zero(2)));
      },
      pf::PushforwardObjective(pf::Gaussian<double>(3), pf::MeanDiscrepancy(bumps, boxes),
                               {.batch = 130}),
      pf::Sgd{.rate = 0.1});

  run(
      "double tanh fourier lm",
      [] {
        return pf::Mlp<double, pf::Tanh, pf::Logistic>({1, 12, 1}, Key{7});
      },
      pf::PushforwardObjective(pf::QuasiRandom(pf::Gaussian<double>(1), 256),
                               pf::MeanDiscrepancy(harmonics, unit), {.batch = 256}),
      pf::LevenbergMarquardt{});
  return agreed ? 0 : 1;
}
