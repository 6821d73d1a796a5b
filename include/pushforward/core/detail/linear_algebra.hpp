#pragma once

#include "pushforward/core/detail/dense.hpp"
#include "pushforward/core/detail/reduction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

/// \file
/// Products and solvers in one fixed order of operations, whatever the instruction set, the thread
/// or the place in memory: in Eigen's place where bits are promised.

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// A matrix, or a part of one, to write to or to read from: columns are contiguous. A reference to
/// any other expression is one to a copy.
template <Real Scalar>
using MatrixRef = Eigen::Ref<Matrix<Scalar>>;
template <Real Scalar>
using ConstMatrixRef = const Eigen::Ref<const Matrix<Scalar>>&;

/// y = A x, A m x n: columns one after another, some rows at a time, which stay in the cache.
template <Real Scalar>
void multiply(ConstMatrixRef<Scalar> a, ConstVectorRef<Scalar> x, VectorRef<Scalar> y) {
  constexpr Index some = 1024;
  for (Index i = 0; i < a.rows(); i += some) {
    const Index rows = (std::min)(some, a.rows() - i);
    auto part = y.segment(i, rows).array();
    part.setZero();
    for (Index k = 0; k < a.cols(); ++k) part += x[k] * a.col(k).segment(i, rows).array();
  }
}

/// x = A'y, A m x n: a dot product for each column.
template <Real Scalar>
void multiply_transposed(ConstMatrixRef<Scalar> a, ConstVectorRef<Scalar> y, VectorRef<Scalar> x) {
  for (Index k = 0; k < a.cols(); ++k) x[k] = dot<Scalar>(a.col(k), y);
}

/// G(i + l, j + o) += sign * tile(l, o) for l < rows, o < columns, where that is in the lower
/// triangle of G; tile(l, o) at tile[l + 64 o].
template <Real Scalar>
void add_below_diagonal(const Scalar* tile, Index i, Index rows, Index j, Index columns,
                        Scalar sign, MatrixRef<Scalar> g) {
  for (Index o = 0; o < columns; ++o) {
    const Index from = (std::max)(i, j + o), count = i + rows - from;
    if (count > 0)
      g.col(j + o).segment(from, count) +=
          sign * Eigen::Map<const Vector<Scalar>>(tile + o * kBlockSize + (from - i), count);
  }
}

/// Strips of 64 rows, the last one of fewer, in a matrix of n rows.
[[nodiscard]] constexpr Index strip_count(Index n) noexcept {
  return (n + kBlockSize - 1) / kBlockSize;
}

/// Strip s < strip_count(n) of G = A'A, A m x n: 64 rows of its lower triangle, which alone is
/// written. Strips can be computed in any order, by any thread; the last ones cost most.
///
/// G(i, j) is summed in order over 64 rows of A, then over those sums. A block of 64 x 64 of A is
/// turned over, so that the rows of G are the lanes of scaled_lanes().
/// Cost: 4096 m (s + 1) multiply-adds.
template <Real Scalar>
void gram_strip(ConstMatrixRef<Scalar> a, Index s, MatrixRef<Scalar> g) {
  const Index i = s * kBlockSize, stride = a.outerStride();
  const Index rows = (std::min)(kBlockSize, a.cols() - i), lanes = padded(rows);
  Scalar turned[kBlockSize * kBlockSize], products[kBlockSize * kBlockSize];
  for (Index j = 0; j < i + rows; ++j) {
    const Index above = (std::max)(i, j);
    g.col(j).segment(above, i + rows - above).setZero();
  }
  for (Index k = 0; k < a.rows(); k += kBlockSize) {
    const Index depth = (std::min)(kBlockSize, a.rows() - k);
    if (depth == kBlockSize)
      transpose_block(&a.coeffRef(k, i), rows, turned, stride);
    else
      for (Index p = 0; p < depth; ++p)
        for (Index l = 0; l < lanes; ++l)
          turned[l + p * lanes] = l < rows ? a(k + p, i + l) : Scalar(0);
    for (Index j = 0; j <= i; j += kBlockSize) {
      const Index columns = (std::min)(kBlockSize, i + rows - j);
      scaled_lanes(turned, lanes, lanes, depth, {&a.coeffRef(k, j), stride, 1}, nullptr, columns,
                   products, kBlockSize);
      add_below_diagonal<Scalar>(products, i, rows, j, columns, 1, g);
    }
  }
}

/// G = A'A, the lower triangle alone.
template <Real Scalar>
void gram(ConstMatrixRef<Scalar> a, MatrixRef<Scalar> g) {
  for (Index s = 0; s < strip_count(a.cols()); ++s) gram_strip<Scalar>(a, s, g);
}

/// A = L L', L lower triangular, in the place of the lower triangle of A, n x n; what is above the
/// diagonal stays. False, and A of no use, if a pivot is not positive: A was not positive definite.
///
/// Sixty-four columns at a time: first less what the columns before them say, by scaled_lanes(),
/// then by columns. Cost: n^3 / 6 multiply-adds.
template <Real Scalar>
[[nodiscard]] bool cholesky(MatrixRef<Scalar> a) {
  const Index n = a.rows(), stride = a.outerStride();
  Scalar products[kBlockSize * kBlockSize];
  for (Index j = 0; j < n; j += kBlockSize) {
    const Index columns = (std::min)(kBlockSize, n - j);
    for (Index i = j; j > 0 && i < n; i += kBlockSize) {
      const Index rows = (std::min)(kBlockSize, n - i), lanes = padded(rows);
      const Index first = (std::min)(i, n - lanes);  // whole packs: some lanes again, for nothing
      for (Index k = 0; k < j; k += kBlockSize) {
        scaled_lanes(&a(first, k), stride, lanes, kBlockSize, {&a(j, k), 1, stride}, nullptr,
                     columns, products, kBlockSize);
        add_below_diagonal<Scalar>(products + (i - first), i, rows, j, columns, -1, a);
      }
    }
    for (Index c = j; c < j + columns; ++c) {
      auto column = a.col(c).tail(n - c).array();
      for (Index k = j; k < c; ++k) column -= a(c, k) * a.col(k).tail(n - c).array();
      const Scalar pivot = a(c, c);
      if (!(pivot > 0 && pivot <= (std::numeric_limits<Scalar>::max)())) return false;
      column /= std::sqrt(pivot);
    }
  }
  return true;
}

/// x = L^-1 x, L n x n lower triangular: what is above its diagonal is not read.
template <Real Scalar>
void solve_lower(ConstMatrixRef<Scalar> l, VectorRef<Scalar> x) {
  for (Index k = 0; k < l.cols(); ++k) {
    const Index below = l.rows() - k - 1;
    x[k] /= l(k, k);
    x.tail(below) -= x[k] * l.col(k).tail(below);
  }
}

/// x = L'^-1 x, L n x n lower triangular.
template <Real Scalar>
void solve_lower_transposed(ConstMatrixRef<Scalar> l, VectorRef<Scalar> x) {
  for (Index k = l.cols(); k-- > 0;) {
    const Index below = l.rows() - k - 1;
    x[k] = (x[k] - dot<Scalar>(l.col(k).tail(below), x.tail(below))) / l(k, k);
  }
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
