#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/measures/measure.hpp"
#include "pushforward/test_functions/test_functions.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Complex exponentials x -> exp(i w_m.x), m = 1 .. M, as 2 M real functions
/// (cos w_1.x, sin w_1.x, cos w_2.x, sin w_2.x, ...).
template <Real S>
class Fourier {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = "Fourier";

  /// The first `count` harmonics of a period L on the line: w_k = 2 pi k / L, k = 1 .. count.
  ///
  /// One sine and one cosine a sample; harmonic k + 1 is harmonic k turned by the first.
  /// Throws std::invalid_argument unless count >= 1, std::length_error if it is more than memory
  /// has addresses for, std::domain_error unless period is positive and finite.
  [[nodiscard]] static Fourier harmonics(std::integral auto count, Scalar period = 1) {
    check_count("Fourier::harmonics", "count", count);
    check_length<Scalar>("Fourier::harmonics", "1 x count", 1, static_cast<Index>(count));
    check_positive("Fourier::harmonics", "period", period);
    Matrix<Scalar> frequencies(1, static_cast<Index>(count));
    for (Index k = 0; k < frequencies.cols(); ++k)
      frequencies(0, k) = 2 * std::numbers::pi_v<Scalar> * static_cast<Scalar>(k + 1) / period;
    return Fourier(std::move(frequencies), true);
  }

  /// Arbitrary frequencies, d x M, in radians per unit of x: one frequency w_m a column; or
  /// harmonic ones, 1 x M: frequency k times the first for k = 1 .. M.
  ///
  /// Throws std::invalid_argument if there is none, or harmonic ones have another shape;
  /// std::domain_error if one is not finite, or not the harmonic it is said to be.
  explicit Fourier(Matrix<Scalar> frequencies, bool harmonic = false)
      : frequencies_(std::move(frequencies)), harmonic_(harmonic) {
    check_count("Fourier", "size of frequencies", frequencies_.size());
    check_finite("Fourier", "frequencies", frequencies_);
    if (!harmonic) return;
    check_size("Fourier", "rows of harmonic frequencies", frequencies_.rows(), 1);
    for (Index k = 1; k < frequencies_.cols(); ++k) {
      const Scalar expected = frequencies_(0, 0) * static_cast<Scalar>(k + 1);
      check_domain(std::abs(frequencies_(0, k) - expected) <=
                       4 * std::numeric_limits<Scalar>::epsilon() * std::abs(expected),
                   "Fourier", "frequency " + to_text(k), frequencies_(0, k),
                   to_text(k + 1) + " times the first");
    }
  }

  [[nodiscard]] auto description() const {
    return describe("frequencies", frequencies_, "harmonic", harmonic_);
  }
  [[nodiscard]] Index dimension() const { return frequencies_.rows(); }
  /// Real functions: 2 M.
  [[nodiscard]] Index size() const { return 2 * frequencies_.cols(); }
  /// Test functions: M, as a complex exponential is one.
  [[nodiscard]] Index functions() const { return frequencies_.cols(); }
  [[nodiscard]] const Matrix<Scalar>& frequencies() const { return frequencies_; }

  /// The number k of the harmonic that real function j belongs to; harmonics only.
  /// Throws std::invalid_argument for other frequencies.
  [[nodiscard]] Index order(Index j) const {
    if (!harmonic_)
      throw std::invalid_argument(
          "Fourier::order: frequencies is arbitrary, but must be harmonics of a period");
    return j / 2 + 1;
  }

  void add_sums(ConstBlockRef<Scalar> y, const Lane<Scalar>& weight, VectorRef<Scalar> sums) const {
    for_each_wave(y, [&](Index m, const Lane<Scalar>& c, const Lane<Scalar>& s) {
      sums[2 * m] += weighted_sum(weight, c);
      sums[2 * m + 1] += weighted_sum(weight, s);
    });
  }

  /// dy += weight sum_m w_m (v_(2m+1) cos w_m.y - v_(2m) sin w_m.y).
  void add_pullback(ConstBlockRef<Scalar> y, const Lane<Scalar>& weight, ConstVectorRef<Scalar> v,
                    BlockRef<Scalar> dy) const {
    for_each_wave(y, [&](Index m, const Lane<Scalar>& c, const Lane<Scalar>& s) {
      const Lane<Scalar> slope = weight * (v[2 * m + 1] * c - v[2 * m] * s);
      for (Index j = 0; j < dimension(); ++j) dy.col(j) += frequencies_(j, m) * slope;
    });
  }

  /// Calls visit(k, dy) with dy = weight grad f_k(y): -w_m sin w_m.y, then w_m cos w_m.y.
  template <class Visit>
  void gradients(ConstBlockRef<Scalar> y, const Lane<Scalar>& weight, BlockRef<Scalar> dy,
                 Visit&& visit) const {
    for_each_wave(y, [&](Index m, const Lane<Scalar>& c, const Lane<Scalar>& s) {
      for (Index j = 0; j < dimension(); ++j) dy.col(j) = -frequencies_(j, m) * (weight * s);
      visit(2 * m, dy);
      for (Index j = 0; j < dimension(); ++j) dy.col(j) = frequencies_(j, m) * (weight * c);
      visit(2 * m + 1, dy);
    });
  }

  /// E exp(i w_m.Y), its real and imaginary parts: the characteristic function at w_m.
  template <HasCharacteristicFunction M>
  void expectation(const M& measure, VectorRef<Scalar> mean) const {
    for (Index m = 0; m < functions(); ++m) {
      const std::complex<Scalar> value = measure.characteristic_function(frequencies_.col(m));
      mean[2 * m] = value.real();
      mean[2 * m + 1] = value.imag();
    }
  }

 private:
  /// Calls wave(m, cos w_m.y, sin w_m.y) for m = 0 .. M - 1.
  template <class Wave>
  void for_each_wave(ConstBlockRef<Scalar> y, Wave wave) const {
    Lane<Scalar> angle, c, s;
    if (harmonic_) {
      Lane<Scalar> c1, s1;
      angle = frequencies_(0, 0) * y.col(0);
      sincos(angle, s1, c1);
      c = c1;
      s = s1;
      for (Index m = 0;; ++m) {
        wave(m, c, s);
        if (m + 1 == functions()) return;
        for (Index i = 0; i < kBlockSize; ++i) {
          const Scalar turned = c[i] * c1[i] - s[i] * s1[i];
          s[i] = s[i] * c1[i] + c[i] * s1[i];
          c[i] = turned;
        }
      }
    }
    for (Index m = 0; m < functions(); ++m) {
      angle = frequencies_(0, m) * y.col(0);
      for (Index j = 1; j < dimension(); ++j) angle += frequencies_(j, m) * y.col(j);
      sincos(angle, s, c);
      wave(m, c, s);
    }
  }

 protected:
  Matrix<Scalar> frequencies_;

 private:
  bool harmonic_ = false;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
