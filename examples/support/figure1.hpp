#pragma once

#include <pushforward/pushforward.hpp>

#include <stdexcept>
#include <string>

/// \file
/// The experiment of Figure 1 of "Touring sampling with pushforward maps" (Cabannes & Arnal, arXiv
/// 2311.13845): a map that pushes the Gaussian N(0, 1) onto the uniform law on [0, 1], learned by
/// making D2^2 over F = { x -> exp(2 pi i k x), k = 1..10 }, tau uniform, vanish. The increasing
/// solution is the Gaussian distribution function Phi; 1 - Phi is as good.

namespace figure1 {

namespace pf = pushforward;

/// The logistic output keeps the map on [0, 1]: a linear one is free to wrap around the circle.
using Map = pf::Mlp<double, pf::Tanh, pf::Logistic>;

struct Settings {
  std::string optimizer = "lm";      ///< lm, adam or sgd
  std::string estimator = "plugin";  ///< plugin or halves; lm needs plugin
  pf::Index harmonics = 10;
  std::uint64_t seed = 1;
  int threads = 1;
};

inline Map initial_map(const Settings& settings) { return Map({1, 32, 32, 1}, {settings.seed}); }

/// How training went.
struct Outcome {
  pf::Status status;
  pf::Index steps;
  double seconds;
};

/// Levenberg-Marquardt on the 256 quantile nodes of the Gaussian: a deterministic problem.
template <class... Callbacks>
Outcome train_on_nodes(Map& map, const Settings& settings, Callbacks&&... callbacks) {
  constexpr pf::Index nodes = 256;
  const pf::PushforwardObjective objective(
      pf::QuasiRandom(pf::Gaussian<double>(1), nodes),
      pf::MeanDiscrepancy(pf::Fourier<double>::harmonics(settings.harmonics),
                          pf::Uniform<double>(0, 1)),
      {.batch = nodes});
  const auto result = pf::fit(map, objective, pf::LevenbergMarquardt{},
                              {.steps = 60, .threads = settings.threads}, callbacks...);
  return {result.status, result.steps, result.seconds};
}

/// A first-order optimizer on 1024 new draws of the Gaussian a step, whose noise leaves `float`
/// digits to spare.
template <class Estimator, class Optimizer, class... Callbacks>
Outcome train_on_draws(Map& map, const Settings& settings, const Optimizer& optimizer,
                       pf::Index steps, Callbacks&&... callbacks) {
  using Discrepancy = pf::MeanDiscrepancy<pf::Fourier<float>, pf::UniformWeights, Estimator>;
  const pf::PushforwardObjective objective(
      pf::Gaussian<float>(1),
      Discrepancy(pf::Fourier<float>::harmonics(settings.harmonics), pf::Uniform<float>(0, 1)),
      {.batch = 1024, .key = {settings.seed, 1}});
  pf::Mlp<float, pf::Tanh, pf::Logistic> single({1, 32, 32, 1}, {settings.seed});
  single.set_parameters(map.parameters().cast<float>());
  const auto result = pf::fit(
      single, objective, optimizer,
      {.steps = steps, .threads = settings.threads, .schedule = pf::Cosine{}}, callbacks...);
  map.set_parameters(single.parameters().cast<double>());
  return {result.status, result.steps, result.seconds};
}

/// Trains as the settings say. Throws std::invalid_argument if they do not go together.
template <class... Callbacks>
Outcome train(Map& map, const Settings& settings, Callbacks&&... callbacks) {
  if (settings.optimizer == "lm") {
    if (settings.estimator != "plugin")
      throw std::invalid_argument("--optimizer lm minimises a sum of squares: --estimator is " +
                                  settings.estimator + ", but must be plugin");
    return train_on_nodes(map, settings, callbacks...);
  }
  const auto on_draws = [&](const auto& optimizer, pf::Index steps) {
    return settings.estimator == "plugin"
               ? train_on_draws<pf::Plugin>(map, settings, optimizer, steps, callbacks...)
               : train_on_draws<pf::SplitHalves>(map, settings, optimizer, steps, callbacks...);
  };
  return settings.optimizer == "adam" ? on_draws(pf::Adam{.rate = 1e-2}, 2000)
                                      : on_draws(pf::Sgd{.rate = 0.05, .momentum = 0.9}, 4000);
}

/// The learned map on [-4, 4] beside the one of Phi and 1 - Phi that it is closer to.
struct Curve {
  pf::Matrix<double> points{3, 801};  ///< rows: x, ground truth, learned
  bool increasing = true;             ///< Phi, not 1 - Phi
  double sup_error = 0;               ///< largest distance on the grid
};

inline Curve compare(const Map& map) {
  Curve curve;
  for (pf::Index i = 0; i < curve.points.cols(); ++i)
    curve.points(0, i) = -4 + 0.01 * static_cast<double>(i);
  const pf::Batch<double> x(curve.points.topRows(1));
  pf::Batch<double> y(1, x.count());
  for (pf::Index b = 0; b < x.blocks(); ++b) map.apply(x.block(b), y.block(b));
  curve.points.row(2) = y.matrix();
  curve.increasing = curve.points(2, 0) < curve.points(2, curve.points.cols() - 1);
  for (pf::Index i = 0; i < curve.points.cols(); ++i) {
    const double z = curve.points(0, i);
    curve.points(1, i) = pf::normal_cdf(curve.increasing ? z : -z);
  }
  curve.sup_error = (curve.points.row(2) - curve.points.row(1)).cwiseAbs().maxCoeff();
  return curve;
}

}  // namespace figure1
