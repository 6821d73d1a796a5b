#pragma once

#include "pushforward/core/random.hpp"
#include "pushforward/metrics/detail/two_samples.hpp"

#include <algorithm>

namespace pushforward {

/// How the sphere of directions is sampled.
struct SlicedWassersteinOptions {
  Index directions = 128;  ///< number of random directions, at least 1
  std::uint64_t seed =
      0;  ///< names the directions: the same seed and dimension, the same directions
};

namespace detail {

/// W_2^2 of two sorted samples on the line, n and m numbers: the integral of the squared difference
/// of their quantile functions, which are steps of width 1/n and 1/m. Cost O(n + m).
[[nodiscard]] inline double squared_wasserstein(const Vector<double>& x, const Vector<double>& y) {
  const Index n = x.size(), m = y.size();
  double total = 0;
  for (Index i = 0, j = 0, last = 0; last < n * m;) {  // levels in units of 1 / (n m)
    const Index next = (std::min)((i + 1) * m, (j + 1) * n);
    total += static_cast<double>(next - last) * (x[i] - y[j]) * (x[i] - y[j]);
    last = next;
    if (next == (i + 1) * m) ++i;
    if (next == (j + 1) * n) ++j;
  }
  return total / static_cast<double>(n) / static_cast<double>(m);
}

/// The numbers <direction, point> in ascending order; points n x d, direction d.
[[nodiscard]] inline Vector<double> sorted_projection(const Matrix<double>& points,
                                                      const Vector<double>& direction) {
  Vector<double> projection = direction[0] * points.col(0);
  for (Index k = 1; k < points.cols(); ++k) projection += direction[k] * points.col(k);
  std::sort(projection.data(), projection.data() + projection.size());
  return projection;
}

}  // namespace detail

/// Sliced Wasserstein distance of two samples, of order 2: the root of a mean of squares.
///
/// \f$ \mathrm{SW}_2 = \bigl( \tfrac1L \sum_{l=1}^L W_2^2(\langle\theta_l, x\rangle,
///     \langle\theta_l, y\rangle) \bigr)^{1/2} \f$, with L random unit vectors \f$ \theta_l \f$
///
/// (Rabin, Peyre, Delon & Bernot, SSVM 2011; Bonneel, Rabin, Peyre & Pfister, JMIV 51, 2015). On
/// each line W_2 is exact for the two samples, of equal sizes or not. Between N(m1, a^2 I) and
/// N(m2, b^2 I) the mean over all directions is |m1 - m2|^2 / d + (a - b)^2; over L of them it has
/// a relative error of order 1 / sqrt(L). In one dimension it is W_2, and one direction is taken.
///
/// x is d x n and y d x m, one sample per column, float or double; the arithmetic is in double. In
/// the unit of the data. Throws std::invalid_argument if d, n, m or the number of directions is 0
/// or the rows differ, std::domain_error if a number is NaN or infinite (naming row and column) or
/// the distance is too large for a double. Cost O(L (n + m) (d + log(n + m))), memory that of two
/// copies of the samples.
template <class X, class Y>
[[nodiscard]] double sliced_wasserstein(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                                        const SlicedWassersteinOptions& options = {}) {
  check_count("sliced_wasserstein", "directions", options.directions);
  const detail::TwoSamples samples("sliced_wasserstein", x, y);
  const Matrix<double> a = samples.x().transpose(), b = samples.y().transpose();
  const Index d = a.cols(), directions = d == 1 ? 1 : options.directions;
  constexpr std::uint32_t stream =
      0x736C6963;  // its own: data drawn with the same seed is unrelated

  Block<double> normal(kBlockSize, d);
  double total = 0;
  for (Index l = 0; l < directions; ++l) {
    if (l % kBlockSize == 0)
      normals<double>({options.seed, stream}, static_cast<std::uint64_t>(l), normal);
    const Vector<double> direction = normal.row(l % kBlockSize).matrix().normalized();
    total += detail::squared_wasserstein(detail::sorted_projection(a, direction),
                                         detail::sorted_projection(b, direction));
  }
  return samples.unscaled(std::sqrt(total / static_cast<double>(directions)));
}

}  // namespace pushforward
