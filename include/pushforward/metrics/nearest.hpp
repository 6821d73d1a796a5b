#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/detail/two_samples.hpp"
#include "pushforward/metrics/detail/squared_distances.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pushforward::inline PUSHFORWARD_ISA {

namespace detail {

/// x_i becomes y_i where that is less.
template <Real S>
void lower(Lane<S>& x, const Lane<S>& y) {
  x = x.min(y);
}

}  // namespace detail

/// The distance from each column of x, d x n, to the nearest column of y, d x m: n.
///
/// Float or double; the arithmetic is in double. Throws std::invalid_argument if d, n or m is 0 or
/// the rows differ, std::domain_error if a number is NaN or infinite (naming row and column) or a
/// distance is too large for a double. Cost O(n m d).
template <class X, class Y>
[[nodiscard]] Vector<double> nearest_distances(const AnyMatrix<X>& x, const AnyMatrix<Y>& y) {
  const detail::TwoSamples samples("nearest_distances", x, y);
  const Batch<double> blocks(samples.x());
  const Matrix<double>& points = samples.y();
  Vector<double> distances(blocks.count());
  for (Index b = 0; b < blocks.blocks(); ++b) {
    const auto block = blocks.block(b);
    Lane<double> squares, least = Lane<double>::Constant(std::numeric_limits<double>::infinity());
    for (Index j = 0; j < points.cols(); ++j) {
      detail::squared_distances(block, &points(0, j), squares);
      detail::lower(least, squares);
    }
    const Index first = b * kBlockSize, count = (std::min)(kBlockSize, blocks.count() - first);
    for (Index i = 0; i < count; ++i) distances[first + i] = samples.unscaled(std::sqrt(least[i]));
  }
  return distances;
}

/// How near a model's samples are to the rows it was trained on, beside held-out rows.
struct Memorisation {
  double samples = 0;   ///< median distance of the samples to the nearest training row
  double held_out = 0;  ///< median distance of the held-out rows to the nearest training row
  /// Chance that a sample is nearer than a held-out row, half of it if they are as near: 1/2 for a
  /// model that has learned the law, 1 for one that has learned the rows.
  double nearer = 0;
};

/// Whether a model repeats its training data: the Mann-Whitney statistic of the distances to the
/// nearest training row (Meehan, Chaudhuri & Dasgupta, "A non-parametric test to detect
/// data-copying in generative models", AISTATS 2020).
///
/// samples d x n, training d x m, held_out d x k, a sample a column. Throws as nearest_distances.
/// Cost O((n + k) m d).
template <class X, class Y, class Z>
[[nodiscard]] Memorisation memorisation(const AnyMatrix<X>& samples, const AnyMatrix<Y>& training,
                                        const AnyMatrix<Z>& held_out) {
  Vector<double> a = nearest_distances(samples, training);
  Vector<double> b = nearest_distances(held_out, training);
  std::sort(a.data(), a.data() + a.size());
  std::sort(b.data(), b.data() + b.size());
  const auto median = [](const Vector<double>& sorted) {
    const Index n = sorted.size();
    return sorted[(n - 1) / 2] / 2 + sorted[n / 2] / 2;
  };
  double pairs = 0;  // of a sample and a held-out row that is farther, and half of the equal ones
  for (Index i = 0; i < a.size(); ++i) {
    const double* const end = b.data() + b.size();
    const auto [same, farther] = std::equal_range(static_cast<const double*>(b.data()), end, a[i]);
    pairs += static_cast<double>(end - farther) + static_cast<double>(farther - same) / 2;
  }
  return {median(a), median(b),
          pairs / static_cast<double>(a.size()) / static_cast<double>(b.size())};
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
