#pragma once

#include "pushforward/core/concepts.hpp"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pushforward {

/// The Gaussian measure N(m, L L') on R^d, given by its mean m and a lower triangular factor L of
/// its covariance.
template <Real S>
class Gaussian {
 public:
  using Scalar = S;

  /// N(0, I) on R^d. Throws std::invalid_argument unless d >= 1, std::length_error if d x d is more
  /// than memory has addresses for.
  explicit Gaussian(Index dimension)
      : Gaussian(Vector<Scalar>::Zero(positive(dimension)),
                 Matrix<Scalar>::Identity(positive(dimension), dimension)) {}

  /// N(mean, deviation^2) on the line. Throws std::domain_error unless the mean is finite and the
  /// deviation positive and finite.
  Gaussian(Scalar mean, Scalar deviation)
      : Gaussian(Vector<Scalar>::Constant(1, mean), Matrix<Scalar>::Constant(1, 1, deviation)) {}

  /// N(mean, factor factor'), mean d, factor d x d.
  ///
  /// Throws std::invalid_argument on sizes that do not fit, std::domain_error if an entry is not
  /// finite, above the diagonal and not 0, or on the diagonal and not positive.
  Gaussian(Vector<Scalar> mean, Matrix<Scalar> factor)
      : mean_(std::move(mean)), factor_(std::move(factor)) {
    positive(mean_.size());
    check_size("Gaussian", "rows of factor", factor_.rows(), mean_.size());
    check_size("Gaussian", "columns of factor", factor_.cols(), mean_.size());
    check_finite("Gaussian", "mean", mean_);
    check_finite("Gaussian", "factor", factor_);
    for (Index k = 0; k < factor_.cols(); ++k)
      for (Index j = 0; j <= k; ++j)
        check_domain(j < k ? factor_(j, k) == 0 : factor_(j, k) > 0, "Gaussian",
                     "factor(" + to_text(j) + ", " + to_text(k) + ")", factor_(j, k),
                     j < k ? "0 above the diagonal" : "positive on the diagonal");
  }

  [[nodiscard]] Index dimension() const { return mean_.size(); }
  [[nodiscard]] const Vector<Scalar>& mean() const { return mean_; }
  [[nodiscard]] const Matrix<Scalar>& factor() const { return factor_; }

  void sample(Key key, std::uint64_t first, BlockRef<Scalar> x) const {
    normals<Scalar>(key, first, x);
    transform(x);
  }

  /// x = m + L Phi^-1(u), coordinate by coordinate.
  void quantile(ConstBlockRef<Scalar> u, BlockRef<Scalar> x) const {
    for (Index j = 0; j < dimension(); ++j) {
      Lane<Scalar> lane = u.col(j);
      normal_quantile(lane);
      x.col(j) = lane;
    }
    transform(x);
  }

  /// -|z|^2 / 2 - sum_j log L_jj - (d / 2) log 2 pi, with L z = x - m.
  void log_density(ConstBlockRef<Scalar> x, Lane<Scalar>& out) const {
    Scalar constant = -Scalar(dimension()) / 2 * std::log(2 * std::numbers::pi_v<Scalar>);
    for (Index j = 0; j < dimension(); ++j) constant -= std::log(factor_(j, j));
    for (Index i = 0; i < kBlockSize; ++i) out[i] = constant - whitened(x, i).squaredNorm() / 2;
  }

  /// grad log p(x) = -L'^-1 z, with L z = x - m.
  void score(ConstBlockRef<Scalar> x, BlockRef<Scalar> dx) const {
    for (Index i = 0; i < kBlockSize; ++i) {
      Vector<Scalar> z = whitened(x, i);
      factor_.transpose().template triangularView<Eigen::Upper>().solveInPlace(z);
      dx.row(i) = -z.transpose().array();
    }
  }

  /// E exp(i w.Y) = exp(i w.m - |L' w|^2 / 2).
  [[nodiscard]] std::complex<Scalar> characteristic_function(ConstVectorRef<Scalar> w) const {
    const Scalar radius = std::exp(-(factor_.transpose() * w).squaredNorm() / 2);
    return std::polar(radius, w.dot(mean_));
  }

  /// E exp(-|Y - c|^2 / (2 s^2))
  ///   = |I + C/s^2|^(-1/2) exp(-(c - m)' (C + s^2 I)^-1 (c - m) / 2),  C = L L',
  /// in units of s or of the largest entry of L, so that no square overflows.
  [[nodiscard]] Scalar gaussian_mean(ConstVectorRef<Scalar> c, Scalar s) const {
    const Scalar unit = (std::max)(s, factor_.cwiseAbs().maxCoeff());
    const Matrix<Scalar> l = factor_ / unit;
    Matrix<Scalar> widened = l * l.transpose();
    widened.diagonal().array() += (s / unit) * (s / unit);
    const Eigen::LLT<Matrix<Scalar>> cholesky(widened);
    Scalar scale = 1;
    for (Index j = 0; j < dimension(); ++j) scale *= s / unit / cholesky.matrixLLT()(j, j);
    const Vector<Scalar> z = cholesky.matrixL().solve((c - mean_) / unit);
    return scale * std::exp(-z.squaredNorm() / 2);
  }

 private:
  static Index positive(Index dimension) {
    check_count("Gaussian", "dimension", dimension);
    check_length<Scalar>("Gaussian", "dimension x dimension", dimension, dimension);
    return dimension;
  }

  /// Rows x_i = m + L z_i in place, from the last coordinate to the first.
  void transform(BlockRef<Scalar> x) const {
    for (Index j = dimension(); j-- > 0;) {
      x.col(j) *= factor_(j, j);
      for (Index k = 0; k < j; ++k)
        if (factor_(j, k) != 0) x.col(j) += factor_(j, k) * x.col(k);
      x.col(j) += mean_[j];
    }
  }

  [[nodiscard]] Vector<Scalar> whitened(ConstBlockRef<Scalar> x, Index i) const {
    Vector<Scalar> z = x.row(i).matrix().transpose() - mean_;
    factor_.template triangularView<Eigen::Lower>().solveInPlace(z);
    return z;
  }

  Vector<Scalar> mean_;
  Matrix<Scalar> factor_;
};

}  // namespace pushforward
