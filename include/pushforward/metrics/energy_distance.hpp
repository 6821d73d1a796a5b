#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/metrics/detail/two_samples.hpp"

#include <algorithm>

namespace pushforward {

namespace detail {

/// Sum over all i, j of |x_i - y_j|, x d x n and y d x m: 64 of the x against one y after another,
/// then the 64 sums in a fixed tree. Cost O(n m d).
[[nodiscard]] inline double sum_of_distances(const Matrix<double>& x, const Matrix<double>& y) {
  const Batch<double> blocks(x);
  double total = 0;
  for (Index b = 0; b < blocks.blocks(); ++b) {
    const auto block = blocks.block(b);
    Lane<double> sums = Lane<double>::Zero();
    for (Index j = 0; j < y.cols(); ++j) {
      Lane<double> squares = (block.col(0) - y(0, j)).square();
      for (Index k = 1; k < y.rows(); ++k) squares += (block.col(k) - y(k, j)).square();
      sums += squares.sqrt();
    }
    sums *= blocks.weight(b, 0, blocks.count(), 1.0);
    for (Index half = kBlockSize / 2; half >= 1; half /= 2)
      sums.head(half) += sums.segment(half, half);
    total += sums[0];
  }
  return total;
}

/// Integral of (F - G)^2 for the distribution functions of two samples on the line, 1 x n and
/// 1 x m. Cost O((n + m) log(n + m)).
[[nodiscard]] inline double integral_of_squared_gap(Matrix<double> x, Matrix<double> y) {
  const Index n = x.size(), m = y.size();
  std::sort(x.data(), x.data() + n);
  std::sort(y.data(), y.data() + m);
  double total = 0, last = (std::min)(x(0), y(0));
  for (Index i = 0, j = 0; i < n || j < m;) {
    const bool from_x = j == m || (i < n && x(i) <= y(j));
    const double next = from_x ? x(i) : y(j);
    const double gap = static_cast<double>(i * m - j * n);  // n m (F - G) between last and next
    total += (next - last) * gap * gap;
    last = next;
    ++(from_x ? i : j);
  }
  const double scale = static_cast<double>(n) * static_cast<double>(m);
  return total / scale / scale;
}

}  // namespace detail

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
///
/// x is d x n and y d x m, one sample per column, float or double; sums are in double, in an order
/// of their own. Throws std::invalid_argument if d, n or m is 0 or the rows differ,
/// std::domain_error if a number is NaN or infinite (naming row and column) or the distance is too
/// large for a double. Cost O((n + m)^2 d), for d = 1 O((n + m) log(n + m)); memory that of a copy
/// of the samples.
template <class X, class Y>
[[nodiscard]] double energy_distance(const AnyMatrix<X>& x, const AnyMatrix<Y>& y) {
  const detail::TwoSamples samples("energy_distance", x, y);
  if (x.rows() == 1)
    return samples.unscaled(2 * detail::integral_of_squared_gap(samples.x(), samples.y()));
  const auto mean = [](const Matrix<double>& a, const Matrix<double>& b) {
    return detail::sum_of_distances(a, b) / static_cast<double>(a.cols()) /
           static_cast<double>(b.cols());
  };
  const double distance = 2 * mean(samples.x(), samples.y()) - mean(samples.x(), samples.x()) -
                          mean(samples.y(), samples.y());
  return samples.unscaled((std::max)(distance, 0.0));
}

}  // namespace pushforward
