#pragma once

#include "pushforward/core/detail/elementary.hpp"
#include "pushforward/core/vector_math.hpp"

#include <limits>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// Sixty-four symmetric d x d matrices A = R R' side by side, one for each row of a block: their
/// Cholesky factors, log-determinants, solutions and inverses, in lanes.
///
/// Entry (j, k), j >= k, of all of them is a column of one block; what is above the diagonal is
/// neither read nor written.
template <Real Scalar>
class LaneCholesky {
 public:
  void resize(Index dimension) {
    d_ = dimension;
    set_size(a_, kBlockSize, d_ * d_);
  }
  /// 64 numbers; entry(j, k + 1) stands stride() numbers behind entry(j, k).
  [[nodiscard]] Scalar* entry(Index j, Index k) { return a_.col(k * d_ + j).data(); }
  [[nodiscard]] const Scalar* entry(Index j, Index k) const { return a_.col(k * d_ + j).data(); }
  [[nodiscard]] Index stride() const { return kBlockSize * d_; }

  /// R in the place of A, but 1 / R_kk on the diagonal; log_det_i = log det A_i. Where a pivot is
  /// less than the round-off of A_kk, A_i is singular or not positive definite: then log_det_i is
  /// -infinity, and what solve() and invert() give is finite, but no more. NaN gives NaN.
  /// Cost: d^3 / 6 multiply-adds a row.
  void factorise(Lane<Scalar>& log_det) {
    log_det.setZero();
    Lane<Scalar> pivot;
    for (Index k = 0; k < d_; ++k) {
      pivot = lane(k, k) * std::numeric_limits<Scalar>::epsilon();
      for (Index j = k; j < d_; ++j)
        for (Index m = 0; m < k; ++m) lane(j, k) -= lane(j, m) * lane(k, m);
      Scalar* const diagonal = entry(k, k);
      for (Index i = 0; i < kBlockSize; ++i) {
        constexpr Scalar smallest = (std::numeric_limits<Scalar>::min)();
        const auto singular = less(diagonal[i], at_least(smallest, pivot.data()[i]));
        pivot.data()[i] = select(singular, Scalar(0), diagonal[i]);
        diagonal[i] = select(singular, Scalar(0), 1 / square_root(diagonal[i]));
      }
      for (Index j = k + 1; j < d_; ++j) lane(j, k) *= lane(k, k);
      log(pivot);
      log_det += pivot;
    }
  }

  /// x = A^-1 x, 64 x d, of what factorise() has left.
  void solve(BlockRef<Scalar> x) const {
    for (Index k = 0; k < d_; ++k) {
      for (Index m = 0; m < k; ++m) x.col(k) -= lane(k, m) * x.col(m);
      x.col(k) *= lane(k, k);
    }
    for (Index k = d_; k-- > 0;) {
      for (Index m = k + 1; m < d_; ++m) x.col(k) -= lane(m, k) * x.col(m);
      x.col(k) *= lane(k, k);
    }
  }

  /// Column j d + k of `inverse`, 64 x d^2, is entry (j, k) of A^-1 = M' M, M = R^-1, which takes
  /// the place of R. Cost: d^3 / 2 multiply-adds a row.
  void invert(Block<Scalar>& inverse) {
    set_size(inverse, kBlockSize, d_ * d_);
    Lane<Scalar> sum;
    for (Index k = 0; k < d_; ++k)
      for (Index j = k + 1; j < d_; ++j) {
        sum = lane(j, k) * lane(k, k);
        for (Index m = k + 1; m < j; ++m) sum += lane(j, m) * lane(m, k);
        lane(j, k) = -lane(j, j) * sum;
      }
    for (Index j = 0; j < d_; ++j)
      for (Index k = 0; k <= j; ++k) {
        sum = lane(j, j) * lane(j, k);
        for (Index m = j + 1; m < d_; ++m) sum += lane(m, j) * lane(m, k);
        inverse.col(j * d_ + k) = sum;
        inverse.col(k * d_ + j) = sum;
      }
  }

 private:
  [[nodiscard]] auto lane(Index j, Index k) { return a_.col(k * d_ + j); }
  [[nodiscard]] auto lane(Index j, Index k) const { return a_.col(k * d_ + j); }

  Block<Scalar> a_;
  Index d_ = 0;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
