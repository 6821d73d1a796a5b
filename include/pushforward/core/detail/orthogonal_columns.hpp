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
template <Real S>
void make_columns_orthogonal(Matrix<S>& a, Matrix<S>* turned = nullptr) {
  constexpr S enough = 4 * std::numeric_limits<S>::epsilon();
  bool turns = true;
  for (int sweep = 0; turns && sweep < 60; ++sweep) {
    turns = false;
    for (Index q = 1; q < a.cols(); ++q)
      for (Index p = 0; p < q; ++p) {
        const S pp = dot<S>(a.col(p), a.col(p)), qq = dot<S>(a.col(q), a.col(q)),
                pq = dot<S>(a.col(p), a.col(q));
        if (!(std::abs(pq) > enough * std::sqrt(pp) * std::sqrt(qq))) continue;
        turns = true;
        const S half = (qq - pp) / (2 * pq);  // 1 / tan of twice the angle
        const S t = (half < 0 ? S(-1) : S(1)) / (std::abs(half) + std::sqrt(1 + half * half));
        const S c = 1 / std::sqrt(1 + t * t), s = c * t;
        for (Matrix<S>* m : {&a, turned})
          for (Index i = 0; m != nullptr && i < m->rows(); ++i) {
            const S x = (*m)(i, p), y = (*m)(i, q);
            (*m)(i, p) = c * x - s * y;
            (*m)(i, q) = s * x + c * y;
          }
      }
  }
}

/// C = A A' = Q diag(v) Q' for a square A: principal axes and variances of a covariance that is
/// given by a factor, in no order. C is not formed, so that small variances have their digits.
/// Cost: that of make_columns_orthogonal, twice.
template <Real S>
struct PrincipalAxes {
  Matrix<S> axes;       ///< Q, orthogonal: axis j is column j
  Vector<S> variances;  ///< v

  /// A' Q has orthogonal columns, whose squares are v.
  explicit PrincipalAxes(Matrix<S> a)
      : axes(Matrix<S>::Identity(a.rows(), a.rows())), variances(a.rows()) {
    a = a.transpose().eval();
    make_columns_orthogonal(a, &axes);
    for (Index j = 0; j < a.cols(); ++j) variances[j] = dot<S>(a.col(j), a.col(j));
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
