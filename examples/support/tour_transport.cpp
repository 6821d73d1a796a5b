// Direct transport: pairs first, then a map that is fitted to them.

#include "support/tour_methods.hpp"

namespace support {
namespace {

/// At most `most` points of the data, in working units.
pf::Matrix<float> points(const TourData& data, pf::Index most) {
  return data.pool.data().matrix().leftCols((std::min)(data.pool.count(), most));
}

/// The baseline: a mixture of Gaussians, as many as describe 16,384 points best.
TourResult mixture(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  const auto fitted = pf::fit_mixture(
      pf::Empirical<float>(points(data, 1 << 14), {}),
      {.at_most = 30, .threads = settings.threads, .key = {settings.seed, kWeights}});
  const pf::Index d = data.pool.dimension();
  return {.passes = 0,
          .parameters = fitted.components * (1 + d + d * (d + 1) / 2) - 1,
          .seconds = watch.seconds(),
          .ending = "finished",
          .sample = draws_of(fitted.mixture, data, settings),
          .image = {}};
}

/// Trains `map` with what is left of `share` of the time.
template <class Map, class Objective>
pf::FitResult<float> train(Map& map, const Objective& objective, double rate, double share,
                           const Stopwatch& watch, const TourSettings& settings) {
  auto result = pf::fit(map, objective, pf::Adam{.rate = rate},
                        {.threads = settings.threads,
                         .schedule = pf::WarmUp{200, pf::Cosine{}},
                         .seconds = (std::max)(share * settings.seconds - watch.seconds(), 0.01)},
                        pf::Average{.decay = 0.999}, Interrupt());
  result.seconds = watch.seconds();
  return result;
}

/// Regression on pairs of points of the source and where they go.
template <class Loss>
auto by_pairs(const pf::Empirical<float>& pairs, Loss loss, const TourSettings& settings) {
  return pf::RegressionObjective(pairs, loss, {.batch = 256, .key = {settings.seed, kPairs}});
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
  const pf::Index d = data.pool.dimension(), w = d <= 2 ? 64 : 128;
  return pf::Mlp<float, pf::Relu>({d, w, w, w, d}, {settings.seed, kWeights});
}

/// 131,072 points of the source, and where a hundred turns of sorting along random axes take them.
template <class Source>
pf::Empirical<float> transferred(const Source& source, const TourData& data,
                                 const TourSettings& settings) {
  const pf::Matrix<float> x = pf::draw(source, 1 << 17, {settings.seed, kPairs});
  pf::Team team(settings.threads);
  const pf::IterativeTransferOptions options{.turns = data.pool.dimension() <= 2 ? 100 : 400,
                                             .key = {settings.seed, kTeacher}};
  return pf::iterative_transfer(x, points(data, 1 << 17), options, team).pairs();
}

/// Points of the source paired with the target, 1024 at a time, at the least cost.
template <class Source>
pf::Empirical<float> assigned(const Source& source, const TourData& data,
                              const TourSettings& settings, pf::Index batches) {
  const pf::MinibatchCoupling coupling(source, data.pool, {.batch = 1024});
  return pf::Empirical<float>(pf::draw(coupling, 1024 * batches, {settings.seed, kPairs}), {});
}

TourResult transport(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  return with_source(data.pool.dimension(), [&](const auto&, const auto& source) {
    auto map = network(data, settings);
    const auto pairs = transferred(source, data, settings);
    const auto result =
        train(map, by_pairs(pairs, pf::AbsoluteError{}, settings), 2e-3, 1, watch, settings);
    return finished(map, source, data, settings, result);
  });
}

/// The same for half of the time, then by the energy distance.
TourResult transport_and_energy(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  return with_source(data.pool.dimension(), [&](const auto& nodes, const auto& source) {
    auto map = network(data, settings);
    const auto pairs = transferred(source, data, settings);
    (void)train(map, by_pairs(pairs, pf::AbsoluteError{}, settings), 2e-3, 0.5, watch, settings);
    const auto result = train(map, by_energy(nodes, data, settings), 2e-3, 1, watch, settings);
    return finished(map, source, data, settings, result);
  });
}

/// A network that learns such pairs.
TourResult assignment(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  return with_source(data.pool.dimension(), [&](const auto&, const auto& source) {
    auto map = network(data, settings);
    const auto pairs = assigned(source, data, settings, 32);
    const auto result =
        train(map, by_pairs(pairs, pf::AbsoluteError{}, settings), 2e-3, 1, watch, settings);
    return finished(map, source, data, settings, result);
  });
}

/// The gradient of a convex potential: on such pairs, then by the energy distance.
TourResult convex(const TourData& data, const TourSettings& settings) {
  const Stopwatch watch;
  return with_source(data.pool.dimension(), [&](const auto& nodes, const auto& source) {
    pf::ConvexGradient<float> map(data.pool.dimension(), 64, {settings.seed, kWeights});
    const auto pairs = assigned(source, data, settings, 16);
    (void)train(map, by_pairs(pairs, pf::SquaredError{}, settings), 1e-2, 0.5, watch, settings);
    const auto result = train(map, by_energy(nodes, data, settings), 5e-3, 1, watch, settings);
    return finished(map, source, data, settings, result);
  });
}

}  // namespace

std::vector<TourMethod> transport_methods() {
  const std::string view = "transport";
  return {method("transport", view, transport), method("assignment", view, assignment),
          method("convex", view, convex), method("transport+energy", view, transport_and_energy),
          method("mixture", "baseline", mixture)};
}

}  // namespace support
