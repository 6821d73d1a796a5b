#pragma once

#include "pushforward/core/detail/linear_algebra.hpp"
#include "pushforward/measures/measure.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The Gaussian measure N(m, L L') on R^d, given by its mean m and a lower triangular factor L of
/// its covariance.
template <Real S>
class Gaussian {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = "Gaussian";

  /// Room to solve for z in.
  struct Scratch {
    Block<Scalar> z;
  };

  /// N(0, I) on R^d. Throws std::invalid_argument unless d >= 1, std::length_error if d x d is more
  /// than memory has addresses for.
  explicit Gaussian(std::integral auto dimension)
      : Gaussian(Vector<Scalar>::Zero(positive(dimension)),
                 Matrix<Scalar>::Identity(positive(dimension), Index(dimension))) {}

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
    log_top_ = -Scalar(dimension()) / 2 * log(2 * std::numbers::pi_v<Scalar>);
    for (Index j = 0; j < dimension(); ++j) log_top_ -= log(factor_(j, j));
  }

  [[nodiscard]] auto description() const { return describe("mean", mean_, "factor", factor_); }
  [[nodiscard]] Index dimension() const { return mean_.size(); }
  [[nodiscard]] const Vector<Scalar>& mean() const { return mean_; }
  [[nodiscard]] const Matrix<Scalar>& factor() const { return factor_; }

  void sample(Key key, std::uint64_t first, BlockRef<Scalar> x) const {
    normals<Scalar>(key, first, x);
    transform(x);
  }
  void sample_one(Key key, std::uint64_t i, VectorRef<Scalar> x) const {
    normals_one<Scalar>(key, i, x);
    transform(x.data(), 1, 1);
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
  void log_density(ConstBlockRef<Scalar> x, Lane<Scalar>& out, Scratch& scratch) const {
    set_size(scratch.z, kBlockSize, dimension());
    whiten(x, scratch.z);
    out = scratch.z.col(0).square();
    for (Index j = 1; j < dimension(); ++j) out += scratch.z.col(j).square();
    out = log_top_ - out / 2;
  }

  /// grad log p(x) = -L'^-1 z, with L z = x - m.
  void score(ConstBlockRef<Scalar> x, BlockRef<Scalar> dx) const {
    whiten(x, dx);
    for (Index j = dimension(); j-- > 0;) {
      for (Index k = j + 1; k < dimension(); ++k)
        if (factor_(k, j) != 0) dx.col(j) += factor_(k, j) * dx.col(k);
      dx.col(j) /= -factor_(j, j);
    }
  }

  /// E exp(i w.Y) = exp(i w.m - |L' w|^2 / 2).
  [[nodiscard]] std::complex<Scalar> characteristic_function(ConstVectorRef<Scalar> w) const {
    Scalar squares = 0;
    for (Index k = 0; k < dimension(); ++k) {
      const Scalar along = detail::dot<Scalar>(factor_.col(k), w);
      squares += along * along;
    }
    const Scalar radius = exp(-squares / 2);
    Scalar s, c;
    sincos(detail::dot<Scalar>(w, mean_), s, c);
    return {radius * c, radius * s};
  }

  /// E exp(-|Y - c|^2 / (2 s^2))
  ///   = |I + C/s^2|^(-1/2) exp(-(c - m)' (C + s^2 I)^-1 (c - m) / 2),  C = L L',
  /// in units of s or of the largest entry of L, so that no square overflows. R R' = C + s^2 I
  /// grows from s^2 I by a column of L after another, so that it is positive however small s is.
  /// Cost O(d^3).
  [[nodiscard]] Scalar gaussian_mean(ConstVectorRef<Scalar> c, Scalar s) const {
    const Index d = dimension();
    const Scalar unit = (std::max)(s, factor_.cwiseAbs().maxCoeff());
    Matrix<Scalar> r = Matrix<Scalar>::Identity(d, d) * (s / unit);
    Vector<Scalar> z(d);
    for (Index k = 0; k < d; ++k) {
      z = factor_.col(k) / unit;
      add_square(z, r);
    }
    z = (c - mean_) / unit;
    detail::solve_lower<Scalar>(r, z);
    Scalar scale = 1;
    for (Index j = 0; j < d; ++j) scale *= s / unit / r(j, j);
    return scale * exp(-detail::dot<Scalar>(z, z) / 2);
  }

 private:
  template <std::integral I>
  static Index positive(I dimension) {
    check_count("Gaussian", "dimension", dimension);
    check_length<Scalar>("Gaussian", "dimension x dimension", Index(dimension), Index(dimension));
    return Index(dimension);
  }

  /// Rows x_i = m + L z_i in place, from the last coordinate to the first.
  void transform(BlockRef<Scalar> x) const { transform(x.data(), kBlockSize, x.outerStride()); }

  void transform(Scalar* x, Index rows, Index stride) const {
    for (Index j = dimension(); j-- > 0;) {
      Scalar* const xj = x + j * stride;
      for (Index i = 0; i < rows; ++i) xj[i] *= factor_(j, j);
      for (Index k = 0; k < j; ++k) {
        const Scalar *const xk = x + k * stride, factor = factor_(j, k);
        if (factor == 0) continue;
        for (Index i = 0; i < rows; ++i) xj[i] += factor * xk[i];
      }
      for (Index i = 0; i < rows; ++i) xj[i] += mean_[j];
    }
  }

  /// Rows z_i = L^-1 (x_i - m), from the first coordinate to the last.
  void whiten(ConstBlockRef<Scalar> x, BlockRef<Scalar> z) const {
    for (Index j = 0; j < dimension(); ++j) {
      z.col(j) = x.col(j) - mean_[j];
      for (Index k = 0; k < j; ++k)
        if (factor_(j, k) != 0) z.col(j) -= factor_(j, k) * z.col(k);
      z.col(j) /= factor_(j, j);
    }
  }

  /// R with R R' + v v' in the place of R R': plane rotations of [R v] take v to 0.
  static void add_square(Vector<Scalar>& v, Matrix<Scalar>& r) {
    for (Index j = 0; j < v.size(); ++j) {
      const Scalar a = std::abs(r(j, j)), b = std::abs(v[j]), large = (std::max)(a, b);
      if (large == 0) continue;
      const Scalar ratio = (std::min)(a, b) / large;
      const Scalar length = large * std::sqrt(1 + ratio * ratio);
      const Scalar cosine = r(j, j) / length, sine = v[j] / length;
      for (Index i = j; i < v.size(); ++i) {
        const Scalar turned = cosine * r(i, j) + sine * v[i];
        v[i] = cosine * v[i] - sine * r(i, j);
        r(i, j) = turned;
      }
    }
  }

  Vector<Scalar> mean_;
  Matrix<Scalar> factor_;
  Scalar log_top_ = 0;  ///< log p(m)
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
