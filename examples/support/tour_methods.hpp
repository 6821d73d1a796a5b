#pragma once

#include "support/interrupt.hpp"

#include <pushforward/pushforward.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

/// \file
/// What the methods of the tour share: data, settings, the source, and what a result is. Each has
/// one recipe for every problem.

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
  pf::Index passes = 1;  ///< of the network, for a sample
  pf::Index parameters = 0;
  double seconds = 0;  ///< from data to map
  std::string ending;  ///< how the training ended
  std::function<pf::Matrix<double>(pf::Index count, std::uint64_t first)> sample;
  std::function<pf::Matrix<double>(const pf::Matrix<float>&)> image;  ///< of points of the source
};

struct TourMethod {
  std::string name, view;
  /// Results of one training, with different numbers of passes.
  std::function<std::vector<TourResult>(const TourData&, const TourSettings&)> train;
};

/// What a result is called: "flow-20" for twenty passes.
[[nodiscard]] inline std::string full_name(const TourMethod& method, const TourResult& result) {
  return result.passes > 1 ? method.name + '-' + std::to_string(result.passes) : method.name;
}

/// The methods of a view, in the order of the table.
[[nodiscard]] std::vector<TourMethod> test_function_methods();
[[nodiscard]] std::vector<TourMethod> flow_methods();
[[nodiscard]] std::vector<TourMethod> transport_methods();

/// A method with one result.
inline TourMethod method(std::string name, std::string view,
                         TourResult (*train)(const TourData&, const TourSettings&)) {
  return {std::move(name), std::move(view),
          [train](const TourData& data, const TourSettings& settings) {
            return std::vector<TourResult>{train(data, settings)};
          }};
}

[[nodiscard]] inline std::vector<TourMethod> tour_methods() {
  std::vector<TourMethod> methods = test_function_methods();
  for (const auto& more : {flow_methods(), transport_methods()})
    methods.insert(methods.end(), more.begin(), more.end());
  return methods;
}

// Streams of random numbers, one for each use.
enum TourStream : std::uint32_t {
  kWeights = 1,
  kSource,
  kTarget,
  kFunctions,
  kCritic,
  kSamples,
  kPairs,
  kTable,
  kTeacher
};

/// Seconds since it was made.
class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// How large a network and its batches are. In the plane many small steps win; in more dimensions a
/// law has more to tell.
struct TourSize {
  pf::Index width, batch, target_batch;
  double rate;
  explicit TourSize(pf::Index d)
      : width(d <= 2 ? 48 : 128), batch(d <= 2 ? 256 : 512), target_batch(4 * batch),
        rate(d <= 2 ? 8e-3 : 2e-3) {}
};

/// The source that a network starts from: the square [-1.7, 1.7]^2 in the plane, whose edges can be
/// folded to edges, and Gaussians else. visit(nodes, source), with nodes for the batches of a loss
/// that sees them whole.
template <class Visit>
auto with_source(pf::Index d, Visit visit) {
  if (d != 2) return visit(pf::Gaussian<float>(d), pf::Gaussian<float>(d));
  const pf::Vector<float> side = pf::Vector<float>::Constant(2, 1.7F);
  const pf::Uniform<float> square(-side, side);
  return visit(pf::QuasiRandom(square), square);
}

/// Draws from a measure in working units, in the units of the problem.
template <class M>
auto draws_of(const M& measure, const TourData& data, const TourSettings& settings) {
  using Scalar = typename M::Scalar;
  const auto cast = [](const pf::Vector<float>& x) { return pf::Vector<Scalar>(x.cast<Scalar>()); };
  const pf::Standardize<Scalar> back(cast(data.units.shift()), cast(data.units.unit()), true);
  return [image = pf::Image(back, measure),
          key = pf::Key{settings.seed, kSamples}](pf::Index count, std::uint64_t first) {
    return pf::Matrix<double>(pf::draw(image, count, key, first).template cast<double>());
  };
}

/// Where a map in working units takes points of the source, in the units of the problem.
template <class Map>
auto image_under(const Map& map, const TourData& data) {
  using Scalar = typename Map::Scalar;
  return [map, units = data.units](const pf::Matrix<float>& x) {
    const pf::Matrix<Scalar> points = x.cast<Scalar>();
    const pf::Matrix<float> image = pf::image(map, points).template cast<float>();
    return pf::Matrix<double>(pf::image(units.inverse_map(), image).template cast<double>());
  };
}

/// Trains a map, with an average over the last thousand steps, until `share` of the time since the
/// watch was started is over.
template <class Map, class Objective, class Optimizer>
pf::FitResult<float> train(Map& map, const Objective& objective, const Optimizer& optimizer,
                           const TourSettings& settings, const Stopwatch& watch, double share = 1) {
  auto result = pf::fit(map, objective, optimizer,
                        {.threads = settings.threads,
                         .schedule = pf::WarmUp{200, pf::Cosine{}},
                         .seconds = (std::max)(share * settings.seconds - watch.seconds(), 0.01)},
                        pf::Average{.decay = 0.999}, Interrupt());
  result.seconds = watch.seconds();
  return result;
}

/// A network d-w-w-w-d that takes the source to the target in one pass.
[[nodiscard]] inline pf::Mlp<float, pf::Relu> one_pass_network(pf::Index d, pf::Index w,
                                                               const TourSettings& settings) {
  return pf::Mlp<float, pf::Relu>({d, w, w, w, d}, {settings.seed, kWeights});
}

/// How a network learns from pairs.
[[nodiscard]] inline pf::RegressionOptions by_pairs(const TourSettings& settings) {
  return {.batch = 256, .key = {settings.seed, kPairs}};
}

/// A table of so many minibatches of the source and of the target, each paired at the least cost.
template <class Source>
pf::Empirical<float> optimal_table(const Source& source, const TourData& data, pf::Index batch,
                                   pf::Index batches, const TourSettings& settings) {
  const pf::MinibatchCoupling coupling(source, data.pool, {.batch = batch});
  const auto affordable = static_cast<pf::Index>(13 * settings.seconds) + 2;
  const pf::Index count = batch * (std::min)(batches, affordable);
  return pf::Empirical<float>(pf::draw(coupling, count, {settings.seed, kTable}), {});
}

/// At most `most` points of the data, in working units.
[[nodiscard]] inline pf::Matrix<float> points(const TourData& data, pf::Index most) {
  return data.pool.data().matrix().leftCols((std::min)(data.pool.count(), most));
}

/// 131,072 points of the source, or as many as a tenth of the time is enough for, and where a
/// hundred turns of sorting along random axes take them.
template <class Source>
pf::Empirical<float> transferred(const Source& source, const TourData& data,
                                 const TourSettings& settings) {
  constexpr pf::Index turns = 100;
  const pf::Index affordable =
      pf::affordable_points(source.dimension(), turns, settings.seconds / 10);
  const pf::Index count = (std::clamp)(affordable, pf::Index(64), pf::Index(1 << 17));
  const pf::Matrix<float> x = pf::draw(source, count, {settings.seed, kTable});
  pf::Team team(settings.threads);
  return pf::iterative_transfer(x, points(data, count),
                                {.turns = turns, .key = {settings.seed, kTeacher}}, team)
      .pairs();
}

/// What every method ends with: a map in working units becomes one in the units of the problem.
template <class Map, class Source>
TourResult finished(const Map& map, const Source& source, const TourData& data,
                    const TourSettings& settings,
                    const pf::FitResult<typename Map::Scalar>& result) {
  return {.parameters = map.parameter_count(),
          .seconds = result.seconds,
          .ending = std::string(pf::to_string(result.status)),
          .sample = draws_of(pf::Image(map, source), data, settings),
          .image = image_under(map, data)};
}

}  // namespace support
