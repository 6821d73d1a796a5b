#pragma once

#include "pushforward/core/detail/two_samples.hpp"
#include "pushforward/discrepancies/detail/pairs.hpp"
#include "pushforward/discrepancies/energy_line.hpp"
#include "pushforward/discrepancies/riesz_kernels.hpp"

#include <algorithm>

namespace pushforward::inline PUSHFORWARD_ISA {

namespace detail {

/// Mean over all i, j of |x_i - y_j|, x d x n and y d x m, as the mean of a kernel: pair by pair in
/// one fixed order. Cost O(n m d).
template <Real S>
[[nodiscard]] S mean_distance(const Matrix<S>& x, const Matrix<S>& y, Team& team) {
  const Batch<S> a(x), b(y);
  const auto ones = [](const Batch<S>& batch) {
    return [&batch](Index block) { return batch.weight(block, 0, batch.count(), S(1)); };
  };
  Vector<S> sums;
  const S total = pair_sum(team, EnergyKernel{}, a, ones(a), b, ones(b), false, sums);
  return -total / static_cast<S>(x.cols()) / static_cast<S>(y.cols());
}

/// The energy distance of two samples on the line, 1 x n and 1 x m. Cost O(n + m).
template <Real S>
[[nodiscard]] double energy_on_the_line(const Matrix<S>& x, const Matrix<S>& y, bool unbiased) {
  Vector<S> points(x.size() + y.size()), slopes(points.size());
  points << x.transpose(), y.transpose();
  PooledSample<S> pool;
  const PooledMasses masses(x.size(), y.size(), true);
  pool.sort(points.data(), masses);
  return EnergyLine{unbiased}.value_and_gradient(pool, VectorRef<S>(slopes));
}

}  // namespace detail

/// Which estimate of the energy distance of two laws.
struct EnergyDistanceOptions {
  bool unbiased = false;  ///< right on average over samples; it may be negative
};

/// Energy distance of two samples: 0 if and only if they have the same law.
///
/// \f$ \mathrm{ED} = \tfrac{2}{nm} \sum_{ij} |x_i - y_j| - \tfrac{1}{n^2} \sum_{ij} |x_i - x_j|
///     - \tfrac{1}{m^2} \sum_{ij} |y_i - y_j| \f$,
///
/// the V-statistic of \f$ 2 E|X-Y| - E|X-X'| - E|Y-Y'| \f$ (Szekely & Rizzo, J. Statist. Plann.
/// Inference 143, 2013). It is not the root that some authors take. In the unit of the data; at
/// least 0, by rounding too; exactly 0 for x against x. In one dimension it is computed as
/// \f$ 2 \int (F - G)^2 \f$ from the sorted samples.
/// Two samples of one law have ED of order 1/n + 1/m, not 0: with n = m, 2 E|X-X'| / n on average.
/// The unbiased estimate, the U-statistic, counts no sample against itself, 1/(n (n-1)) and
/// 1/(m (m-1)) in place of 1/n^2 and 1/m^2, and so is 0 on average.
///
/// x is d x n and y d x m, one sample per column, float or double; sums are in double, in an order
/// of their own, which does not depend on the team. Throws std::invalid_argument if d, n or m is 0,
/// n or m is 1 for the unbiased estimate, or the rows differ, std::domain_error if a number is NaN
/// or infinite (naming row and column) or the distance is too large for a double. Cost O((n + m)^2
/// d), for d = 1 O(n + m); memory that of a copy of the samples.
template <class X, class Y>
[[nodiscard]] double energy_distance(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                                     const EnergyDistanceOptions& options, Team& team) {
  const detail::TwoSamples samples("energy_distance", x, y);
  const Matrix<double>&a = samples.x(), &b = samples.y();
  if (options.unbiased) {
    check_argument(a.cols() >= 2, "energy_distance", "number of columns of x", a.cols(),
                   "at least 2");
    check_argument(b.cols() >= 2, "energy_distance", "number of columns of y", b.cols(),
                   "at least 2");
  }
  if (a.rows() == 1) return samples.unscaled(detail::energy_on_the_line(a, b, options.unbiased));
  const double xx = detail::mean_distance(a, a, team), yy = detail::mean_distance(b, b, team);
  const double distance = 2 * detail::mean_distance(a, b, team) - xx - yy;
  return samples.unscaled(options.unbiased ? distance - xx / static_cast<double>(a.cols() - 1) -
                                                 yy / static_cast<double>(b.cols() - 1)
                                           : (std::max)(distance, 0.0));
}

/// On one thread.
template <class X, class Y>
[[nodiscard]] double energy_distance(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                                     const EnergyDistanceOptions& options = {}) {
  Team alone;
  return energy_distance(x, y, options, alone);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
