#pragma once

#include <pushforward/pushforward.hpp>

#include <cmath>
#include <stdexcept>
#include <string>

/// \file
/// The experiment of Figure 1 of "Touring sampling with pushforward maps" (Cabannes & Arnal, arXiv
/// 2311.13845): a map that pushes the Gaussian N(m, s^2) onto the uniform law on [a, b], learned by
/// making D2^2 over F = { y -> exp(2 pi i k y / (b - a)), k = 1..10 }, tau uniform, vanish. The
/// increasing solution is a + (b - a) Phi((x - m) / s); the decreasing one, with 1 - Phi, is as
/// good. The paper has m = 0, s = 1, a = 0, b = 1.

namespace figure1 {

namespace pf = pushforward;

struct Settings {
  double source_mean = 0, source_deviation = 1;  ///< m and s, positive
  double low = 0, high = 1;                      ///< a and b, a < b
  std::string optimizer = "lm";                  ///< lm, adam or sgd
  std::string estimator = "plugin";              ///< plugin or halves; lm needs plugin
  pf::Index harmonics = 10;
  std::uint64_t seed = 1;
  int threads = 1;

  [[nodiscard]] double period() const { return high - low; }
};

/// x -> (x - shift) / unit, or back.
template <class Scalar>
pf::Standardize<Scalar> change_of_unit(double shift, double unit, bool back) {
  return {pf::Vector<Scalar>::Constant(1, static_cast<Scalar>(shift)),
          pf::Vector<Scalar>::Constant(1, static_cast<Scalar>(unit)), back};
}

/// A network between two fixed changes of unit, from (x - m) / s to (y - a) / (b - a). Its logistic
/// output keeps the map on [a, b]: a linear one is free to wrap around the circle.
template <class Scalar>
auto initial_map(const Settings& settings) {
  return pf::Compose(
      pf::Compose(change_of_unit<Scalar>(settings.source_mean, settings.source_deviation, false),
                  pf::Mlp<Scalar, pf::Tanh, pf::Logistic>({1, 32, 32, 1}, {settings.seed})),
      change_of_unit<Scalar>(settings.low, settings.period(), true));
}

using Map = decltype(initial_map<double>({}));

template <class Scalar>
pf::Gaussian<Scalar> source(const Settings& settings) {
  return {static_cast<Scalar>(settings.source_mean),
          static_cast<Scalar>(settings.source_deviation)};
}

/// D2^2 between a sample and the uniform law on [a, b].
template <class Scalar, class Estimator = pf::Plugin>
auto discrepancy(const Settings& settings) {
  const pf::Uniform<Scalar> target(static_cast<Scalar>(settings.low),
                                   static_cast<Scalar>(settings.high));
  return pf::MeanDiscrepancy<pf::Fourier<Scalar>, pf::Uniform<Scalar>, pf::UniformWeights,
                             Estimator>(
      pf::Fourier<Scalar>::harmonics(settings.harmonics, static_cast<Scalar>(settings.period())),
      target);
}

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
  const pf::PushforwardObjective objective(pf::QuasiRandom(source<double>(settings), nodes),
                                           discrepancy<double>(settings), {.batch = nodes});
  const auto result = pf::fit(map, objective, pf::LevenbergMarquardt{},
                              {.steps = 45, .threads = settings.threads}, callbacks...);
  return {result.status, result.steps, result.seconds};
}

/// A first-order optimizer on 1024 new draws of the Gaussian a step, whose noise leaves `float`
/// digits to spare.
template <class Estimator, class Optimizer, class... Callbacks>
Outcome train_on_draws(Map& map, const Settings& settings, const Optimizer& optimizer,
                       pf::Index steps, Callbacks&&... callbacks) {
  const pf::PushforwardObjective objective(source<float>(settings),
                                           discrepancy<float, Estimator>(settings),
                                           {.batch = 1024, .key = {settings.seed, 1}});
  auto single = initial_map<float>(settings);
  single.set_parameters(map.parameters().cast<float>());
  const auto result = pf::fit(
      single, objective, optimizer,
      {.steps = steps, .threads = settings.threads, .schedule = pf::Cosine{}}, callbacks...);
  map.set_parameters(single.parameters().cast<double>());
  return {result.status, result.steps, result.seconds};
}

/// Throws std::invalid_argument unless the settings go together.
inline void check(const Settings& settings) {
  const auto require = [](bool holds, const std::string& name, const auto& value,
                          const std::string& requirement) {
    if (!holds) throw std::invalid_argument(name + " is " + value + ", but must be " + requirement);
  };
  const double a = settings.low, b = settings.high;
  const double m = settings.source_mean, s = settings.source_deviation;
  require(a < b, "--high", pf::to_text(b), "greater than --low, " + pf::to_text(a));
  require(settings.optimizer != "lm" || settings.estimator == "plugin", "--estimator",
          settings.estimator, "plugin: --optimizer lm minimises a sum of squares");
  // Of the digits of the working numbers (16, 7 in float), four at least are behind the unit.
  const double most = settings.optimizer == "lm" ? 1e10 : 1e3;
  const std::string units = "at most " + pf::to_text(most) + " in units of ";
  require(std::abs(m) <= most * s, "--source-mean", pf::to_text(m), units + "--source-deviation");
  require(std::abs(a) <= most * (b - a), "--low", pf::to_text(a), units + "--high - --low");
}

/// Trains as the settings say. Throws std::invalid_argument if they do not go together.
template <class... Callbacks>
Outcome train(Map& map, const Settings& settings, Callbacks&&... callbacks) {
  check(settings);
  if (settings.optimizer == "lm") return train_on_nodes(map, settings, callbacks...);
  const auto on_draws = [&](const auto& optimizer, pf::Index steps) {
    return settings.estimator == "plugin"
               ? train_on_draws<pf::Plugin>(map, settings, optimizer, steps, callbacks...)
               : train_on_draws<pf::SplitHalves>(map, settings, optimizer, steps, callbacks...);
  };
  return settings.optimizer == "adam" ? on_draws(pf::Adam{.rate = 1e-2}, 2000)
                                      : on_draws(pf::Sgd{.rate = 0.05, .momentum = 0.9}, 4000);
}

/// The learned map on [m - 4 s, m + 4 s] beside the solution, increasing or decreasing, that it is
/// closer to.
struct Curve {
  pf::Matrix<double> points{3, 801};  ///< rows: x, ground truth, learned
  bool increasing = true;
  double sup_error = 0;  ///< largest distance on the grid, in units of b - a
};

inline Curve compare(const Map& map, const Settings& settings) {
  Curve curve;
  auto& points = curve.points;
  const pf::Index last = points.cols() - 1;
  const auto z = [](pf::Index i) { return -4 + 0.01 * static_cast<double>(i); };
  for (pf::Index i = 0; i <= last; ++i)
    points(0, i) = settings.source_mean + settings.source_deviation * z(i);
  points.row(2) = pf::image(map, points.topRows(1));
  curve.increasing = points(2, 0) < points(2, last);
  for (pf::Index i = 0; i <= last; ++i)
    points(1, i) =
        settings.low + settings.period() * pf::normal_cdf(curve.increasing ? z(i) : -z(i));
  curve.sup_error = (points.row(2) - points.row(1)).cwiseAbs().maxCoeff() / settings.period();
  return curve;
}

}  // namespace figure1
