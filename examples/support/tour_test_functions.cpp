// The view of test functions: what is minimised is all that the methods differ in.

#include "support/tour_methods.hpp"

namespace support {
namespace {

/// A network of one pass and a discrepancy.
template <class Discrepancy>
TourResult one_pass(const TourData& data, const TourSettings& settings, Discrepancy discrepancy) {
  const pf::Index d = data.pool.dimension();
  const TourSize size(d);
  return with_source(d, [&](const auto& nodes, const auto& source) {
    auto map = one_pass_network(d, size.width, settings);
    const pf::PushforwardObjective objective(
        nodes, std::move(discrepancy), {.batch = size.batch, .key = {settings.seed, kSource}});
    const auto result = train(map, objective, pf::Adam{.rate = size.rate}, settings, Stopwatch());
    return finished(map, source, data, settings, result);
  });
}

/// D2^2 on the line: waves at w_k = (k - 1/2) / 2 with weights 1 / w_k^2, which is the energy
/// distance in 64 frequencies; evenly spread nodes, and Levenberg-Marquardt.
TourResult mean_on_the_line(const TourData& data, const TourSettings& settings) {
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
pf::TargetOptions fresh(const TourData& data, const TourSettings& settings) {
  return {TourSize(data.pool.dimension()).target_batch, {settings.seed, kTarget}};
}

/// D2^2 with waves of several lengths about the median distance, drawn anew every few steps.
TourResult mean(const TourData& data, const TourSettings& settings) {
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
TourResult mmd(const TourData& data, const TourSettings& settings) {
  return one_pass(
      data, settings,
      pf::KernelDiscrepancy(data.pool, {.target = fresh(data, settings), .constant = false}));
}

/// The energy distance, by all pairs.
TourResult energy(const TourData& data, const TourSettings& settings) {
  return one_pass(data, settings,
                  pf::KernelDiscrepancy(pf::EnergyKernel{}, data.pool,
                                        {.target = fresh(data, settings), .constant = false}));
}

/// The same with half of Coulomb's force, which keeps modes.
TourResult coulomb(const TourData& data, const TourSettings& settings) {
  return one_pass(data, settings,
                  pf::KernelDiscrepancy(pf::EnergyKernel{} + 0.5 * pf::LogarithmicKernel{},
                                        data.pool,
                                        {.target = fresh(data, settings), .constant = false}));
}

/// The energy distance along sixteen directions.
TourResult sliced(const TourData& data, const TourSettings& settings) {
  return one_pass(data, settings,
                  pf::SlicedDiscrepancy(data.pool, pf::EnergyLine{},
                                        {.directions = data.pool.dimension() == 1 ? 1 : 16,
                                         .key = {settings.seed, kFunctions},
                                         .target = fresh(data, settings)}));
}

/// The Sinkhorn divergence, with an entropy of a fiftieth of the mean cost.
TourResult sinkhorn(const TourData& data, const TourSettings& settings) {
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
    const auto result = train(players, game, two, settings, Stopwatch());
    return finished(players.generator(), source, data, settings, result);
  });
}

/// The Wasserstein distance, with a penalty on the critic's gradient.
TourResult wgan(const TourData& data, const TourSettings& settings) {
  return adversarial(data, settings, pf::WassersteinGame{}, pf::GradientPenalty{.weight = 0.1}, 0,
                     4);
}

/// The classical game, with a penalty on the critic's gradient at the data.
TourResult gan(const TourData& data, const TourSettings& settings) {
  return adversarial(data, settings, pf::ClassicalGame{}, pf::R1Penalty{.weight = 1}, 0.5, 1);
}

}  // namespace

std::vector<TourMethod> test_function_methods() {
  const std::string view = "test functions";
  return {method("mean", view, mean),     method("mmd", view, mmd),
          method("energy", view, energy), method("coulomb", view, coulomb),
          method("sliced", view, sliced), method("sinkhorn", view, sinkhorn),
          method("wgan", view, wgan),     method("gan", view, gan)};
}

}  // namespace support
