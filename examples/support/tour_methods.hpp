#pragma once

#include "support/interrupt.hpp"

#include <pushforward/pushforward.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

/// \file
/// The methods of the tour, each with one recipe for every problem: what is minimised is all that
/// they differ in.

namespace support {

namespace pf = pushforward;

/// What a method learns from: draws from the target, or the rows of a table.
struct TourData {
  pf::Standardize<float> units;  ///< from the units of the problem to those of the network
  pf::Empirical<float> pool;     ///< in the latter
};

struct TourSettings {
  double seconds = 10;
  int threads = 1;
  std::uint64_t seed = 1;
};

/// A trained map, from source to target.
struct TourResult {
  pf::Index passes = 1;  ///< of a network, for a sample
  pf::Index parameters = 0;
  double seconds = 0;  ///< from data to map
  std::string ending;  ///< how the training ended
  std::function<pf::Matrix<double>(pf::Index count, std::uint64_t first)> sample;
  std::function<pf::Matrix<double>(const pf::Matrix<float>&)> image;  ///< of points of the source
};

struct TourMethod {
  std::string name, view;
  std::function<TourResult(const TourData&, const TourSettings&)> train;
};

// Streams of random numbers, one for each use.
enum TourStream : std::uint32_t { kWeights = 1, kSource, kTarget, kFunctions, kCritic, kSamples };

/// What the network starts from: the square [-1.7, 1.7]^2 in the plane, whose edges can be folded
/// to edges, and Gaussians else.
template <class Visit>
TourResult with_source(pf::Index d, Visit visit) {
  if (d != 2) return visit(pf::Gaussian<float>(d), pf::Gaussian<float>(d));
  const pf::Vector<float> side = pf::Vector<float>::Constant(2, 1.7F);
  const pf::Uniform<float> square(-side, side);
  return visit(pf::QuasiRandom(square), square);
}

/// What every method ends with: a map in working units becomes one in the units of the problem.
template <class Map, class Source>
TourResult finished(const Map& map, const Source& source, const TourData& data,
                    const TourSettings& settings,
                    const pf::FitResult<typename Map::Scalar>& result) {
  using Scalar = typename Map::Scalar;
  const auto cast = [](const pf::Vector<float>& x) { return pf::Vector<Scalar>(x.cast<Scalar>()); };
  const pf::Standardize<Scalar> back(cast(data.units.shift()), cast(data.units.unit()), true);
  const pf::Compose whole(map, back);
  const pf::Sampler sampler(whole, source, {settings.seed, kSamples});
  return {.parameters = map.parameter_count(),
          .seconds = result.seconds,
          .ending = std::string(pf::to_string(result.status)),
          .sample =
              [sampler](pf::Index count, std::uint64_t first) {
                return pf::Matrix<double>(sampler.sample(count, first).template cast<double>());
              },
          .image =
              [whole](const pf::Matrix<float>& x) {
                const pf::Matrix<Scalar> points = x.cast<Scalar>();
                return pf::Matrix<double>(pf::image(whole, points).template cast<double>());
              }};
}

/// How large a network and its batches are. In the plane many small steps win; in more dimensions a
/// law has more to tell.
struct TourSize {
  pf::Index width, batch, target_batch;
  double rate;
  explicit TourSize(pf::Index d)
      : width(d <= 2 ? 48 : 128), batch(d <= 2 ? 256 : 512), target_batch(4 * batch),
        rate(d <= 2 ? 8e-3 : 2e-3) {}
};

/// A network d-w-w-w-d and a discrepancy, ended with an average over the last thousand steps.
template <class Discrepancy>
TourResult one_pass(const TourData& data, const TourSettings& settings, Discrepancy discrepancy) {
  const pf::Index d = data.pool.dimension();
  const TourSize size(d);
  return with_source(d, [&](const auto& nodes, const auto& source) {
    pf::Mlp<float, pf::Relu> map({d, size.width, size.width, size.width, d},
                                 {settings.seed, kWeights});
    const pf::PushforwardObjective objective(
        nodes, std::move(discrepancy), {.batch = size.batch, .key = {settings.seed, kSource}});
    const auto result = pf::fit(map, objective, pf::Adam{.rate = size.rate},
                                {.threads = settings.threads,
                                 .schedule = pf::WarmUp{200, pf::Cosine{}},
                                 .seconds = settings.seconds},
                                pf::Average{.decay = 0.999}, Interrupt());
    return finished(map, source, data, settings, result);
  });
}

/// D2^2 on the line: waves at w_k = (k - 1/2) / 2 with weights 1 / w_k^2, which is the energy
/// distance in 64 frequencies; evenly spread nodes, and Levenberg-Marquardt.
inline TourResult mean_on_the_line(const TourData& data, const TourSettings& settings) {
  constexpr pf::Index count = 64, nodes = 1024;
  pf::Matrix<double> w(1, count);
  pf::Vector<double> tau(2 * count);
  for (pf::Index k = 0; k < count; ++k) {
    w(0, k) = (double(k) + 0.5) / 2;
    tau.segment(2 * k, 2).setConstant(1 / (w(0, k) * w(0, k)));
  }
  const pf::Empirical<double> target(data.pool.data().matrix().cast<double>(), {});
  const pf::MeanDiscrepancy discrepancy(pf::Fourier<double>(w), target,
                                        pf::GivenWeights<double>{tau});
  const pf::Gaussian<double> source(1);
  const pf::PushforwardObjective objective(pf::QuasiRandom(source, nodes), discrepancy,
                                           {.batch = nodes});
  pf::Mlp<double, pf::Tanh> map({1, 24, 24, 1}, {settings.seed, kWeights});
  const auto result =
      pf::fit(map, objective, pf::LevenbergMarquardt{},
              {.threads = settings.threads, .seconds = settings.seconds}, Interrupt());
  return finished(map, source, data, settings, result);
}

/// Fresh draws of the target for a step.
inline pf::TargetOptions fresh(const TourData& data, const TourSettings& settings) {
  return {TourSize(data.pool.dimension()).target_batch, {settings.seed, kTarget}};
}

/// D2^2 with waves of several lengths about the median distance, drawn anew every few steps.
inline TourResult mean(const TourData& data, const TourSettings& settings) {
  const pf::Index d = data.pool.dimension();
  if (d == 1) return mean_on_the_line(data, settings);
  const pf::Matrix<float> some =
      data.pool.data().matrix().leftCols((std::min)(data.pool.count(), pf::Index(2048)));
  const pf::RandomFourier<float, pf::MultiScaleKernel> waves(
      d, 256, {pf::median_widths<float>(some)}, {settings.seed, kFunctions});
  return one_pass(data, settings,
                  pf::MeanDiscrepancy(waves, data.pool,
                                      {.redraw_every = 5,
                                       .key = {settings.seed, kTarget},
                                       .target = {4096, {settings.seed, kTarget}}}));
}

/// MMD with Gaussian kernels of several widths about the median distance.
inline TourResult mmd(const TourData& data, const TourSettings& settings) {
  return one_pass(
      data, settings,
      pf::KernelDiscrepancy(data.pool, {.target = fresh(data, settings), .constant = false}));
}

/// The energy distance, by all pairs.
inline TourResult energy(const TourData& data, const TourSettings& settings) {
  return one_pass(data, settings,
                  pf::KernelDiscrepancy(pf::EnergyKernel{}, data.pool,
                                        {.target = fresh(data, settings), .constant = false}));
}

/// The same with half of Coulomb's force, which keeps modes.
inline TourResult coulomb(const TourData& data, const TourSettings& settings) {
  return one_pass(data, settings,
                  pf::KernelDiscrepancy(pf::EnergyKernel{} + 0.5 * pf::LogarithmicKernel{},
                                        data.pool,
                                        {.target = fresh(data, settings), .constant = false}));
}

/// The energy distance along sixteen directions.
inline TourResult sliced(const TourData& data, const TourSettings& settings) {
  return one_pass(data, settings,
                  pf::SlicedDiscrepancy(data.pool, pf::EnergyLine{},
                                        {.directions = data.pool.dimension() == 1 ? 1 : 16,
                                         .key = {settings.seed, kFunctions},
                                         .target = fresh(data, settings)}));
}

/// The Sinkhorn divergence, with an entropy of a fiftieth of the mean cost.
inline TourResult sinkhorn(const TourData& data, const TourSettings& settings) {
  pf::TargetOptions target = fresh(data, settings);
  target.batch /= 4;
  return one_pass(data, settings,
                  pf::SinkhornDivergence(data.pool, {.epsilon = 0.02, .target = target}));
}

/// A generator d-64-64-d against a critic d-64-64-1, which learns three times as fast and takes
/// `steps` steps for one of the generator.
template <class Rules, class Penalty>
TourResult adversarial(const TourData& data, const TourSettings& settings, Rules rules,
                       Penalty penalty, double beta1, pf::Index steps) {
  const pf::Index d = data.pool.dimension();
  return with_source(d, [&](const auto& nodes, const auto& source) {
    const pf::AdversarialObjective game(nodes, data.pool, rules, penalty,
                                        {.batch = 256, .key = {settings.seed, kSource}});
    pf::Players players(pf::Mlp<float, pf::Relu>({d, 64, 64, d}, {settings.seed, kWeights}),
                        pf::Mlp<float, pf::Silu>({d, 64, 64, 1}, {settings.seed, kCritic}));
    const pf::Both two{pf::Adam{.rate = 1e-3, .beta1 = beta1},
                       pf::Adam{.rate = 3e-3, .beta1 = beta1}, players.split(), steps};
    const auto result = pf::fit(players, game, two,
                                {.threads = settings.threads,
                                 .schedule = pf::WarmUp{200, pf::Cosine{}},
                                 .seconds = settings.seconds},
                                pf::Average{.decay = 0.999}, Interrupt());
    return finished(players.generator(), source, data, settings, result);
  });
}

/// The Wasserstein distance, with a penalty on the critic's gradient.
inline TourResult wgan(const TourData& data, const TourSettings& settings) {
  return adversarial(data, settings, pf::WassersteinGame{}, pf::GradientPenalty{.weight = 0.1}, 0,
                     4);
}

/// The classical game, with a penalty on the critic's gradient at the data.
inline TourResult gan(const TourData& data, const TourSettings& settings) {
  return adversarial(data, settings, pf::ClassicalGame{}, pf::R1Penalty{.weight = 1}, 0.5, 1);
}

[[nodiscard]] inline std::vector<TourMethod> tour_methods() {
  return {{"mean", "test functions", mean},     {"mmd", "test functions", mmd},
          {"energy", "test functions", energy}, {"coulomb", "test functions", coulomb},
          {"sliced", "test functions", sliced}, {"sinkhorn", "test functions", sinkhorn},
          {"wgan", "test functions", wgan},     {"gan", "test functions", gan}};
}

}  // namespace support
