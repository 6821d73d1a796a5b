#pragma once

#include "pushforward/core/vector_math.hpp"

#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// The inverse of a small square matrix, and log |det|: Gauss-Jordan elimination in place, with the
/// largest entry of each row as its pivot, in one fixed order of operations. In double, whatever
/// the matrix is in; nothing is allocated for a matrix of the size of the one before.
struct Inverse {
  Matrix<double> matrix;      ///< A^-1, n x n; no more than numbers if A is singular
  double log_det = 0;         ///< log |det A|, -infinity if A is singular
  std::vector<Index> pivots;  ///< room to work in

  /// Of A, n x n column by column. Columns are exchanged so that the pivot of row k stands on the
  /// diagonal, and multiples of column k are taken from the others: A P E_1 .. E_n = I. In the
  /// place of a column that has become a unit vector stands what I has become.
  /// Cost: n^3 multiply-adds.
  template <Real Scalar>
  void compute(const Scalar* a, Index n) {
    set_size(matrix, n, n);
    for (Index k = 0; k < n * n; ++k) matrix.data()[k] = double(a[k]);
    pivots.resize(static_cast<std::size_t>(n));
    log_det = 0;
    for (Index k = 0; k < n; ++k) {
      Index& pivot = pivots[static_cast<std::size_t>(k)];
      pivot = k;
      for (Index j = k + 1; j < n; ++j)
        if (std::abs(matrix(k, j)) > std::abs(matrix(k, pivot))) pivot = j;
      if (pivot != k) matrix.col(k).swap(matrix.col(pivot));
      const double value = std::exchange(matrix(k, k), 1);
      log_det += log(std::abs(value));
      if (value == 0) return;
      matrix.col(k) /= value;
      for (Index j = 0; j < n; ++j) {
        if (j == k) continue;
        const double factor = std::exchange(matrix(k, j), 0);
        if (factor != 0) matrix.col(j) -= factor * matrix.col(k);
      }
    }
    for (Index k = n; k-- > 0;) {
      const Index pivot = pivots[static_cast<std::size_t>(k)];
      for (Index j = 0; pivot != k && j < n; ++j) std::swap(matrix(k, j), matrix(pivot, j));
    }
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
