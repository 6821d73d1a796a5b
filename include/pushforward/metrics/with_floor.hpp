#pragma once

#include "pushforward/measures/draw.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

/// A distance from the truth, and what the truth itself has.
struct DistanceAndFloor {
  double value = 0;  ///< of a model's sample from a true one
  double floor = 0;  ///< of a second true sample from the same one
};

/// A distance of samples beside its floor: no model can be expected to be nearer than a second true
/// sample of the same size. `metric(x, y)` is a double. \code
///   const auto distance = [](const auto& x, const auto& y) { return pf::wasserstein2(x, y); };
///   const auto [value, floor] = pf::with_floor(distance, sampler.sample(1000), truth, held_out);
/// \endcode
/// samples and second are d x n, truth is d x m, a sample a column. Throws std::invalid_argument if
/// the sizes of samples and second differ, and what `metric` throws.
template <class Metric, class X, class Y, class Z>
[[nodiscard]] DistanceAndFloor with_floor(Metric metric, const AnyMatrix<X>& samples,
                                          const AnyMatrix<Y>& truth, const AnyMatrix<Z>& second) {
  check_size("with_floor", "number of rows of second", second.rows(), samples.rows());
  check_size("with_floor", "number of columns of second", second.cols(), samples.cols());
  return {metric(samples.derived(), truth.derived()), metric(second.derived(), truth.derived())};
}

/// The same, with two samples of a measure of the size of `samples`, from streams key.part(0) and
/// key.part(1).
template <class Metric, class X, Measure M>
[[nodiscard]] DistanceAndFloor with_floor(Metric metric, const AnyMatrix<X>& samples,
                                          const M& truth, Key key = {.stream = 4}) {
  return with_floor(metric, samples, draw(truth, samples.cols(), key.part(0)),
                    draw(truth, samples.cols(), key.part(1)));
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
