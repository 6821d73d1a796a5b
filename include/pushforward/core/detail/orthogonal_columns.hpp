#pragma once

#include "pushforward/core/detail/reduction.hpp"

#include <cmath>
#include <limits>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// A <- A V, V orthogonal, so that the columns of A, m x n, are orthogonal: A V = U diag(s), s
/// being their norms, the singular values of A. Jacobi's method from one side (Hestenes 1958):
/// pairs of columns are turned by the angle that makes them orthogonal, until all are, to the last
/// digit of the shorter one too.
///
/// In one fixed order of operations. Finite entries whose squares neither overflow nor vanish.
/// Cost: 3 m n^2 multiply-adds a sweep; about 8 of them, at most 60.
inline void make_columns_orthogonal(Matrix<double>& a) {
  constexpr double enough = 4 * std::numeric_limits<double>::epsilon();
  bool turned = true;
  for (int sweep = 0; turned && sweep < 60; ++sweep) {
    turned = false;
    for (Index q = 1; q < a.cols(); ++q)
      for (Index p = 0; p < q; ++p) {
        const double pp = dot<double>(a.col(p), a.col(p)), qq = dot<double>(a.col(q), a.col(q)),
                     pq = dot<double>(a.col(p), a.col(q));
        if (!(std::abs(pq) > enough * std::sqrt(pp) * std::sqrt(qq))) continue;
        turned = true;
        const double half = (qq - pp) / (2 * pq);  // 1 / tan of twice the angle
        const double t = (half < 0 ? -1 : 1) / (std::abs(half) + std::sqrt(1 + half * half));
        const double c = 1 / std::sqrt(1 + t * t), s = c * t;
        for (Index i = 0; i < a.rows(); ++i) {
          const double x = a(i, p), y = a(i, q);
          a(i, p) = c * x - s * y;
          a(i, q) = s * x + c * y;
        }
      }
  }
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
