#pragma once

#include "pushforward/core/detail/two_samples.hpp"
#include "pushforward/discrepancies/pooled_sample.hpp"

#include <algorithm>
#include <cmath>

namespace pushforward::inline PUSHFORWARD_ISA {

/// sup |F - G| of a pooled sample, in [0, 1]: D_inf over the half-lines. Cost O(n + m).
template <Real Scalar>
[[nodiscard]] double kolmogorov_smirnov(const PooledSample<Scalar>& z) {
  double largest = 0;
  for (Index k = 0; k < z.count(); ++k)  // between equal points there is no F - G
    if (z.width(k) > 0) largest = (std::max)(largest, std::abs(z.gap(k + 1)));
  return largest;
}

/// Kolmogorov-Smirnov distances of two samples: for each coordinate, the largest difference of the
/// distribution functions, sup_t |F_k(t) - G_k(t)|, exactly.
///
/// A number for each of the d coordinates, in [0, 1], whatever their units; it sees marginals, no
/// more. Two samples of one law: above c sqrt(1/n + 1/m) with probability at most about
/// 2 exp(-2 c^2) (Smirnov 1939).
///
/// x is d x n and y d x m, one sample per column, float or double. Throws std::invalid_argument if
/// d, n or m is 0, or the rows differ, std::domain_error if a number is NaN or infinite (naming row
/// and column). Cost O((n + m) d), memory that of two copies of the samples.
template <class X, class Y>
[[nodiscard]] Vector<double> kolmogorov_smirnov(const AnyMatrix<X>& x, const AnyMatrix<Y>& y) {
  const detail::TwoSamples samples("kolmogorov_smirnov", x, y);
  const Index d = samples.x().rows(), n = samples.x().cols(), m = samples.y().cols();
  const PooledMasses masses(n, m);
  PooledSample<double> pool;
  Vector<double> points(n + m), distances(d);
  for (Index k = 0; k < d; ++k) {
    for (Index i = 0; i < n; ++i) points[i] = samples.x()(k, i);
    for (Index i = 0; i < m; ++i) points[n + i] = samples.y()(k, i);
    pool.sort(points.data(), masses);
    distances[k] = kolmogorov_smirnov(pool);
  }
  return distances;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
