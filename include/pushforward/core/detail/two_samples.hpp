#pragma once

#include "pushforward/core/check.hpp"

#include <algorithm>
#include <cmath>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// Two samples to be compared, checked, in double, and so scaled that squares of differences
/// neither overflow nor vanish. The scale is a power of two: it changes no digit.
class TwoSamples {
 public:
  /// x d x n and y d x m, of any storage order and stride; `function` is what an error names.
  /// Throws std::invalid_argument unless d, n and m are at least 1 and x and y have as many rows,
  /// std::domain_error naming row and column of a number that is NaN or infinite.
  template <class X, class Y>
  requires Real<typename X::Scalar> && Real<typename Y::Scalar>
  TwoSamples(std::string_view function, const AnyMatrix<X>& x, const AnyMatrix<Y>& y)
      : function_(function), x_(checked("x", x)), y_(checked("y", y)) {
    check_size(function, "number of rows of y", y_.rows(), x_.rows());
    double largest = 0;
    for (const Matrix<double>* samples : {&x_, &y_})
      for (Index k = 0; k < samples->size(); ++k)
        largest = (std::max)(largest, std::abs(samples->data()[k]));
    std::frexp(largest, &exponent_);
    const int half = exponent_ / 2;  // the whole power may be no number
    const double first = std::ldexp(1.0, -half), second = std::ldexp(1.0, half - exponent_);
    for (Matrix<double>* samples : {&x_, &y_}) {
      *samples *= first;
      *samples *= second;
    }
  }

  /// The samples, d x n and d x m, every entry at most 1 in size.
  [[nodiscard]] const Matrix<double>& x() const noexcept { return x_; }
  [[nodiscard]] const Matrix<double>& y() const noexcept { return y_; }

  /// A length in the unit of x() and y().
  [[nodiscard]] double scaled(double length) const { return std::ldexp(length, -exponent_); }

  /// The distance between what was given, from that between x() and y().
  /// Throws std::domain_error if it is too large for a double.
  [[nodiscard]] double unscaled(double distance) const {
    const double result = std::ldexp(distance, exponent_);
    check_domain(is_finite(result), function_, "distance", result, "finite");
    return result;
  }
  /// A squared distance between what was given, likewise.
  [[nodiscard]] double unscaled_square(double square) const {
    const double result = std::ldexp(square, 2 * exponent_);
    check_domain(is_finite(result), function_, "squared distance", result, "finite");
    return result;
  }

 private:
  template <class Derived>
  Matrix<double> checked(const std::string& name, const AnyMatrix<Derived>& samples) const {
    check_count(function_, "number of rows of " + name, samples.rows());
    check_count(function_, "number of columns of " + name, samples.cols());
    Matrix<double> copy = samples.template cast<double>();
    check_finite(function_, name, copy);
    return copy;
  }

  std::string_view function_;
  Matrix<double> x_, y_;
  int exponent_ = 0;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
