#pragma once

#include "pushforward/core/detail/reduction.hpp"

#include <cmath>
#include <limits>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// A <- A V, V orthogonal, so that the columns of A, m x n, are orthogonal: A V = U diag(s), s
/// being their norms, the singular values of A. Jacobi's method from one side (Hestenes 1958):
/// pairs of columns are turned by the lesser angle that makes them orthogonal, until all are, to
/// the last digit of the shorter one too. If `turned` is given, k x n, it <- turned V.
///
/// In one fixed order of operations. Finite entries whose squares neither overflow nor vanish.
/// Cost: 3 m n^2 multiply-adds a sweep; about 8 of them, at most 60.
inline void make_columns_orthogonal(Matrix<double>& a, Matrix<double>* turned = nullptr) {
  constexpr double enough = 4 * std::numeric_limits<double>::epsilon();
  bool turns = true;
  for (int sweep = 0; turns && sweep < 60; ++sweep) {
    turns = false;
    for (Index q = 1; q < a.cols(); ++q)
      for (Index p = 0; p < q; ++p) {
        const double pp = dot<double>(a.col(p), a.col(p)), qq = dot<double>(a.col(q), a.col(q)),
                     pq = dot<double>(a.col(p), a.col(q));
        if (!(std::abs(pq) > enough * std::sqrt(pp) * std::sqrt(qq))) continue;
        turns = true;
        const double half = (qq - pp) / (2 * pq);  // 1 / tan of twice the angle
        const double t = (half < 0 ? -1 : 1) / (std::abs(half) + std::sqrt(1 + half * half));
        const double c = 1 / std::sqrt(1 + t * t), s = c * t;
        for (Matrix<double>* m : {&a, turned})
          for (Index i = 0; m != nullptr && i < m->rows(); ++i) {
            const double x = (*m)(i, p), y = (*m)(i, q);
            (*m)(i, p) = c * x - s * y;
            (*m)(i, q) = s * x + c * y;
          }
      }
  }
}

/// C = A A' = Q diag(v) Q' for a square A: principal axes and variances of a covariance that is
/// given by a factor, in no order. C is not formed, so that small variances have their digits.
/// Cost: that of make_columns_orthogonal, twice.
struct PrincipalAxes {
  Matrix<double> axes;       ///< Q, orthogonal: axis j is column j
  Vector<double> variances;  ///< v

  /// A' Q has orthogonal columns, whose squares are v.
  explicit PrincipalAxes(Matrix<double> a)
      : axes(Matrix<double>::Identity(a.rows(), a.rows())), variances(a.rows()) {
    a.transposeInPlace();
    make_columns_orthogonal(a, &axes);
    for (Index j = 0; j < a.cols(); ++j) variances[j] = dot<double>(a.col(j), a.col(j));
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
