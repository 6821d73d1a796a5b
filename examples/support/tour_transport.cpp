// Direct transport: pairs first, then a map that is fitted to them.

#include "support/tour_methods.hpp"

namespace support {
namespace {

/// The baseline: a mixture of Gaussians, as many as describe 8192 points best: three a second at
/// most, and no more than 30.
TourResult mixture(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  pf::Team team(settings.threads);
  const auto fitted =
      pf::fit_mixture(pf::Empirical<float>(points(data, 1 << 13), {}),
                      {.at_most = (std::clamp)(static_cast<pf::Index>(3 * settings.seconds),
                                               pf::Index(2), pf::Index(30)),
                       .key = {settings.seed, kWeights}},
                      team);
  const pf::Index d = data.pool.dimension();
  return {.passes = 0,
          .parameters = fitted.components * (1 + d + d * (d + 1) / 2) - 1,
          .seconds = watch.seconds(),
          .ending = fitted.converged ? "finished" : "out_of_steps",
          .sample = draws_of(fitted.mixture, data, settings),
          .image = {}};
}

/// Fast at first: so kinks become steep where the map must jump.
constexpr pf::Adam kByPairs{.rate = 1e-2};

/// Regression on pairs of points of the source and where they go.
template <class Loss>
auto regression(const pf::Empirical<float>& pairs, Loss loss, const TourSettings& settings) {
  return pf::RegressionObjective(pairs, loss, by_pairs(settings));
}

/// The energy distance by all pairs.
template <class Source>
auto by_energy(const Source& nodes, const TourData& data, const TourSettings& settings) {
  const TourSize size(data.pool.dimension());
  return pf::PushforwardObjective(
      nodes,
      pf::KernelDiscrepancy(
          pf::EnergyKernel{}, data.pool,
          {.target = {size.target_batch, {settings.seed, kTarget}}, .constant = false}),
      {.batch = size.batch, .key = {settings.seed, kSource}});
}

pf::Mlp<float, pf::Relu> network(const TourData& data, const TourSettings& settings) {
  const pf::Index d = data.pool.dimension();
  return one_pass_network(d, d <= 2 ? 64 : 128, settings);
}

/// A network that learns these pairs.
TourResult transport(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  return with_source(data.pool.dimension(), [&](const auto& nodes, const auto& source) {
    auto map = network(data, settings);
    const auto pairs = transferred(nodes, data, settings);
    const auto result =
        train(map, regression(pairs, pf::AbsoluteError{}, settings), kByPairs, settings, watch);
    return finished(map, source, data, settings, result);
  });
}

/// The same for half of the time, then by the energy distance.
TourResult transport_and_energy(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  return with_source(data.pool.dimension(), [&](const auto& nodes, const auto& source) {
    auto map = network(data, settings);
    const auto pairs = transferred(nodes, data, settings);
    (void)train(map, regression(pairs, pf::AbsoluteError{}, settings), kByPairs, settings, watch,
                0.5);
    const auto result =
        train(map, by_energy(nodes, data, settings), pf::Adam{.rate = 2e-3}, settings, watch);
    return finished(map, source, data, settings, result);
  });
}

/// A network that learns pairs of least cost, 1024 at a time.
TourResult assignment(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  return with_source(data.pool.dimension(), [&](const auto&, const auto& source) {
    auto map = network(data, settings);
    const auto pairs = optimal_table(source, data, 1024, 32, settings);
    const auto result =
        train(map, regression(pairs, pf::AbsoluteError{}, settings), kByPairs, settings, watch);
    return finished(map, source, data, settings, result);
  });
}

/// The gradient of a convex potential, by the energy distance: in the plane after pairs of least
/// cost; where 1024 points fill no space, these would tell another map.
TourResult convex(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  const pf::Index d = data.pool.dimension();
  return with_source(d, [&](const auto& nodes, const auto& source) {
    pf::ConvexGradient<float> map(d, 64, {settings.seed, kWeights});
    if (d <= 2) {
      const auto pairs = optimal_table(source, data, 1024, 16, settings);
      (void)train(map, regression(pairs, pf::SquaredError{}, settings), pf::Adam{.rate = 1e-2},
                  settings, watch, 0.5);
    }
    const auto result = train(map, by_energy(nodes, data, settings),
                              pf::Adam{.rate = d <= 2 ? 5e-3 : 1e-2}, settings, watch);
    return finished(map, source, data, settings, result);
  });
}

/// The recipe of the library for tables: from a mixture, by transfer.
TourResult best(const TourData& data, const TourSettings& settings) {
  const pf::Learned<float> learned = pf::learn(points(data, 1 << 17),
                                               {.seconds = settings.seconds,
                                                .threads = settings.threads,
                                                .held_out = 0,
                                                .key = {settings.seed}},
                                               Interrupt());
  return {.parameters = learned.sampler.map().parameter_count(),
          .seconds = learned.seconds,
          .ending = std::string(pf::to_string(learned.fit.status)),
          .sample = draws_of(learned.sampler, data, settings),
          .image = {}};
}

}  // namespace

std::vector<TourMethod> transport_methods() {
  const std::string view = "transport";
  return {
      method("transport", view, transport), method("assignment", view, assignment),
      method("convex", view, convex),       method("transport+energy", view, transport_and_energy),
      method("best", view, best),           method("mixture", "baseline", mixture)};
}

}  // namespace support
