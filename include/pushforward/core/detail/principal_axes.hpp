#pragma once

#include "pushforward/core/detail/linear_algebra.hpp"

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// C = A A' = Q diag(v) Q' for a square A: principal axes and variances of a covariance that is
/// given by a factor, in no order.
struct PrincipalAxes {
  Matrix<double> axes;       ///< Q, orthogonal: axis j is column j
  Vector<double> variances;  ///< v

  /// One-sided Jacobi rotations (Hestenes 1958), in one fixed order of operations: columns of A'
  /// are turned in pairs, A' Q, until all are orthogonal; then their squares are v. C is not
  /// formed, so that small variances have their digits. Cost O(n^3) a sweep; some ten sweeps.
  explicit PrincipalAxes(Matrix<double> a)
      : axes(Matrix<double>::Identity(a.rows(), a.rows())), variances(a.rows()) {
    const Index n = a.rows();
    a.transposeInPlace();
    bool turns = true;
    for (int sweep = 0; turns && sweep < 64; ++sweep) {
      turns = false;
      for (Index p = 0; p < n; ++p)
        for (Index q = p + 1; q < n; ++q) turns = turn(a, p, q) || turns;
    }
    for (Index j = 0; j < n; ++j) variances[j] = dot<double>(a.col(j), a.col(j));
  }

 private:
  /// Turns columns p and q so that they are orthogonal, by the lesser angle; false if they are.
  bool turn(Matrix<double>& a, Index p, Index q) {
    const double pp = dot<double>(a.col(p), a.col(p)), qq = dot<double>(a.col(q), a.col(q)),
                 pq = dot<double>(a.col(p), a.col(q));
    if (!(std::abs(pq) > 0x1p-49 * std::sqrt(pp) * std::sqrt(qq))) return false;
    const double zeta = (qq - pp) / (2 * pq);
    const double t = std::copysign(1 / (std::abs(zeta) + std::sqrt(1 + zeta * zeta)), zeta);
    const double cosine = 1 / std::sqrt(1 + t * t), sine = cosine * t;
    for (Matrix<double>* m : {&a, &axes})
      for (Index i = 0; i < m->rows(); ++i) {
        const double x = (*m)(i, p), y = (*m)(i, q);
        (*m)(i, p) = cosine * x - sine * y;
        (*m)(i, q) = sine * x + cosine * y;
      }
    return true;
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
