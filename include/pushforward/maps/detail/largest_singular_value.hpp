#pragma once

#include "pushforward/core/detail/linear_algebra.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// s = u'A v, the largest singular value of a matrix with its vectors, worked out in double by the
/// power method, whose powers are squared: G = A'A, G^2, G^4, ... until it has rank one.
///
/// Where several are the largest, u and v belong to one of them. A matrix of zeros has s = 1 and
/// u = v = 0; NaN gives NaN.
/// Cost: n^3 / 2 multiply-adds for each squaring, n the smaller side; about 10 of them, at most 40.
template <Real Scalar>
struct LargestSingularValue {
  Scalar value = 1;
  Vector<Scalar> u, v;  ///< of size 1, or zero

  /// Of A, rows x columns, column by column.
  void compute(const Scalar* a, Index rows, Index columns) {
    const bool wide = rows < columns;
    const Eigen::Map<const Matrix<Scalar>> given(a, rows, columns);
    set_size(a_, (std::max)(rows, columns), (std::min)(rows, columns));  // A, or A' if it is wide
    if (wide)
      a_ = given.transpose().template cast<double>();
    else
      a_ = given.template cast<double>();
    const double scale = largest(a_);
    set_size(u, rows);
    set_size(v, columns);
    if (scale == 0) {
      value = 1;
      u.setZero();
      v.setZero();
      return;
    }
    a_ /= scale;
    power();
    multiply<double>(a_, right_, left_);
    const double s = norm<double>(left_);
    value = static_cast<Scalar>(s * scale);
    left_ /= s;
    (wide ? v : u) = left_.template cast<Scalar>();
    (wide ? u : v) = right_.template cast<Scalar>();
  }

 private:
  /// right_ = the first vector of G = A'A.
  void power() {
    const Index n = a_.cols();
    set_size(gram_, n, n);
    set_size(square_, n, n);
    set_size(left_, a_.rows());
    set_size(right_, n);
    gram<double>(a_, gram_);
    double squares = normalise();
    for (int turn = 0; turn < 40 && 1 - squares > 1e-15; ++turn) {
      gram<double>(gram_, square_);
      gram_.swap(square_);
      squares = normalise();
    }
    Index column = 0;  // of v v', or of the sum of several, the one with the largest entry
    for (Index k = 1; k < n; ++k)
      if (gram_(k, k) > gram_(column, column)) column = k;
    right_ = gram_.col(column);
    right_ /= norm<double>(right_);
  }

  /// G / tr G, from its lower triangle alone. Returns tr G^2, which is at most 1: if it is 1, G has
  /// rank one.
  double normalise() {
    double trace = 0, squares = 0;
    for (Index k = 0; k < gram_.cols(); ++k) {
      trace += gram_(k, k);
      for (Index i = k + 1; i < gram_.rows(); ++i) gram_(k, i) = gram_(i, k);
    }
    gram_ /= trace;
    for (Index k = 0; k < gram_.cols(); ++k) squares += dot<double>(gram_.col(k), gram_.col(k));
    return squares;
  }

  [[nodiscard]] static double largest(const Matrix<double>& a) {
    double most = 0;
    for (Index k = 0; k < a.size(); ++k) most = (std::max)(most, std::abs(a.data()[k]));
    return most;
  }

  Matrix<double> a_, gram_, square_;
  Vector<double> left_, right_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
