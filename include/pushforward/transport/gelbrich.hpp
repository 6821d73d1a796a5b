#pragma once

#include "pushforward/core/detail/linear_algebra.hpp"
#include "pushforward/core/detail/orthogonal_columns.hpp"
#include "pushforward/core/detail/two_samples.hpp"

#include <algorithm>
#include <cmath>

namespace pushforward::inline PUSHFORWARD_ISA {

namespace detail {

/// The mean of a sample, and a factor of its covariance.
template <Real S>
struct MeanAndFactor {
  Vector<S> mean;    ///< d
  Matrix<S> factor;  ///< L, d x d: L L' is the covariance, of rank d or less

  /// Of x, d x n. S = A'A of the centred samples, over n; turned to orthogonal columns it is
  /// S V = V diag(s), and L = V diag(sqrt(s)).
  explicit MeanAndFactor(const Matrix<S>& x) : mean(x.rows()), factor(x.rows(), x.rows()) {
    const auto n = static_cast<S>(x.cols());
    Matrix<S> rows = x.transpose();
    for (Index k = 0; k < x.rows(); ++k) {
      mean[k] = sum<S>(rows.col(k)) / n;
      rows.col(k).array() -= mean[k];
    }
    gram<S>(rows, factor);
    for (Index k = 0; k < x.rows(); ++k)
      for (Index j = 0; j < k; ++j) factor(j, k) = factor(k, j);
    factor /= n;
    make_columns_orthogonal(factor);
    for (Index k = 0; k < x.rows(); ++k) {
      const S s = norm<S>(factor.col(k));
      if (s > 0) factor.col(k) /= std::sqrt(s);
    }
  }
};

/// gelbrich_bound() of checked samples, TwoSamples.
template <class Samples>
[[nodiscard]] double gelbrich_bound_of(const Samples& samples) {
  const MeanAndFactor<double> a(samples.x()), b(samples.y());
  const Index d = a.mean.size();
  Matrix<double> product(d, d);
  double bound = 0;
  for (Index k = 0; k < d; ++k) {
    multiply_transposed<double>(a.factor, b.factor.col(k), product.col(k));
    const double shift = a.mean[k] - b.mean[k];
    bound += shift * shift + dot<double>(a.factor.col(k), a.factor.col(k)) +
             dot<double>(b.factor.col(k), b.factor.col(k));
  }
  make_columns_orthogonal(product);
  for (Index k = 0; k < d; ++k) bound -= 2 * norm<double>(product.col(k));
  return samples.unscaled_square((std::max)(bound, 0.0));
}

}  // namespace detail

/// What a coupling of two samples costs at least, by their means and covariances alone (Gelbrich,
/// Mathematische Nachrichten 147, 1990):
///
/// \f$ E|X - Y|^2 \ge |m_1 - m_2|^2 + \mathrm{tr}\bigl(S_1 + S_2
///     - 2 (S_1^{1/2} S_2 S_1^{1/2})^{1/2}\bigr), \f$
///
/// with equality for Gaussian laws and whenever an affine map with a symmetric positive matrix
/// takes one to the other; it is the square of what is called the Frechet distance. The last trace
/// is the sum of the singular values of \f$ L_1' L_2 \f$, \f$ S_i = L_i L_i' \f$, which exists and
/// keeps its digits where covariances are singular.
///
/// x is d x n and y d x m, one sample a column, float or double; the arithmetic is in double.
/// Throws std::invalid_argument if d, n or m is 0 or the rows differ, std::domain_error if a number
/// is NaN or infinite (naming row and column) or the bound is too large for a double.
/// Cost O((n + m) d^2 + d^3), memory that of two copies of the samples.
template <class X, class Y>
[[nodiscard]] double gelbrich_bound(const AnyMatrix<X>& x, const AnyMatrix<Y>& y) {
  return detail::gelbrich_bound_of(detail::TwoSamples("gelbrich_bound", x, y));
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
