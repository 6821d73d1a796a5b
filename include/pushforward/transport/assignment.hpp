#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/detail/elementary.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Rows of the largest assignment: its costs take 128 MiB.
inline constexpr Index kLargestAssignment = 4096;

namespace detail {

/// The least-cost assignment by shortest augmenting paths (Jonker & Volgenant, Computing 38, 1987)
/// from the prices and most of the pairs of an auction with finer and finer steps (Bertsekas,
/// Annals of Operations Research 14, 1988).
///
/// Column j has a price v_j, and c(j, i) - v_j is what it is to row i. A row has no column that is
/// less to it than its own. Then no assignment costs less: sum_i c(j_i, i) = sum_i min_j (c(j, i) -
/// v_j) + sum_j v_j, which is at most the cost of any.
class ShortestAugmentingPaths {
 public:
  /// c, n x n: column i has the costs of row i. Finite, of size 1 at most.
  explicit ShortestAugmentingPaths(const Matrix<double>& c)
      : c_(c), n_(c.cols()), price_(c.rowwise().minCoeff()), open_(n_), length_(n_) {
    for (const double step : {0x1p-7, 0x1p-10, 0x1p-13, 0x1p-16, 0x1p-19}) auction(step);
    auction(0);
    for (Index i = 0; i < n_; ++i)
      if (column_[at(i)] < 0) augment(i);
  }

  /// n: row i has column()[i].
  [[nodiscard]] std::vector<Index>& column() noexcept { return column_; }

 private:
  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }

  void match(Index i, Index j) {
    column_[at(i)] = j;
    row_[at(j)] = i;
  }

  /// A column whose length is `value`: the first that is free, or the first.
  [[nodiscard]] Index find(double value) const {
    Index found = -1;
    for (Index j = 0; j < n_; ++j)
      if (length_[j] == value) {
        if (row_[at(j)] < 0) return j;
        if (found < 0) found = j;
      }
    return found;
  }

  /// All rows are free, and each that is takes the column that is least to it, from whoever has
  /// it, and lowers its price until it is as much as the second least, and by `step` more: then its
  /// own column is within `step` of the least. Who has lost a column for less bids again, 16 n bids
  /// at most; with step 0, who finds it taken at no other price stays free.
  void auction(double step) {
    column_.assign(at(n_), -1);
    row_.assign(at(n_), -1);
    free_.clear();
    for (Index i = n_; i-- > 0;) free_.push_back(i);
    for (Index bids = 16 * n_; bids > 0 && !free_.empty(); --bids) {
      const Index i = free_.back();
      free_.pop_back();
      length_ = c_.col(i).array() - price_;
      const double least = length_.minCoeff();
      const Index j = find(least), loser = row_[at(j)];
      length_[j] = kInfinity<double>;
      const double lowered = price_[j] - (length_.minCoeff() - least + step);
      const bool lowers = n_ > 1 && lowered < price_[j];
      if (lowers) price_[j] = lowered;
      if (loser >= 0 && !lowers) continue;
      if (loser >= 0) {
        column_[at(loser)] = -1;
        free_.push_back(loser);
      }
      match(i, j);
    }
  }

  /// Dijkstra's algorithm from a row without column to the nearest free column. The way to a column
  /// j by row i is longer by c(j, i) - v_j, less the same of the column of row i: at least 0. Then
  /// every row on the way takes the next column, and the prices of what was nearer fall, so that no
  /// column is less to a row than its own.
  void augment(Index start) {
    stops_.assign(1, {start, 0, -1, 0});
    open_ = price_;
    length_.setConstant(kInfinity<double>);
    Index j = -1;
    double length = 0;
    for (;;) {
      const Stop& from = stops_.back();
      length_ = length_.min(c_.col(from.row).array() - open_ - from.offset);
      length = length_.minCoeff();
      j = find(length);
      const Index i = row_[at(j)];
      if (i < 0) break;
      stops_.push_back({i, c_(j, i) - price_[j] - length, j, length});
      open_[j] = -kInfinity<double>;  // it is not come by again
      length_[j] = kInfinity<double>;
    }
    for (std::size_t last = stops_.size(); last > 0;) {
      const auto way = [&](const Stop& from) { return c_(j, from.row) - price_[j] - from.offset; };
      std::size_t best = 0;
      for (std::size_t s = 1; s < last; ++s)
        if (way(stops_[s]) < way(stops_[best])) best = s;
      match(stops_[best].row, j);
      j = stops_[best].column;
      last = best;
    }
    for (std::size_t s = 1; s < stops_.size(); ++s)
      price_[stops_[s].column] += stops_[s].length - length;
  }

  /// Where the search goes on from: a row, by way of its column, at `length`. From there the way to
  /// column j is c(j, row) - v_j - offset.
  struct Stop {
    Index row;
    double offset;
    Index column;
    double length;
  };

  const Matrix<double>& c_;
  Index n_;
  Eigen::ArrayXd price_, open_, length_;
  std::vector<Index> column_, row_;  ///< -1: none
  std::vector<Index> free_;
  std::vector<Stop> stops_;
};

/// The least-cost assignment for finite costs of any size, c(j, i) that of row i and column j,
/// which are scaled by a power of two.
[[nodiscard]] inline std::vector<Index> least_cost_assignment_of(Matrix<double>& c) {
  int exponent = 0;
  std::frexp(c.cwiseAbs().maxCoeff(), &exponent);
  c = c.unaryExpr([&](double cost) { return std::ldexp(cost, -exponent); });
  return std::move(ShortestAugmentingPaths(c).column());
}

}  // namespace detail

/// The assignment of n rows to n columns, each to one, of least cost: the permutation s that
/// minimises sum_i cost(i, s(i)). Element i of the result is s(i).
///
/// cost is n x n, float or double, of any storage order. Of several that cost the same, it is the
/// same one at every call.
/// Throws std::invalid_argument unless cost is square and 1 <= n <= kLargestAssignment,
/// std::domain_error naming row and column of a cost that is NaN or infinite. Cost O(n^3) at the
/// worst; for pairs of points in the plane .1 seconds or so for n = 1024, 2 for 4096. Memory that
/// of a copy of the costs in double.
template <class Derived>
requires Real<typename Derived::Scalar>
[[nodiscard]] std::vector<Index> least_cost_assignment(const AnyMatrix<Derived>& cost) {
  constexpr std::string_view name = "least_cost_assignment";
  check_size(name, "number of columns of cost", cost.cols(), cost.rows());
  check_argument(cost.rows() >= 1 && cost.rows() <= kLargestAssignment, name,
                 "number of rows of cost", cost.rows(),
                 "between 1 and " + to_text(kLargestAssignment));
  check_finite(name, "cost", cost);
  Matrix<double> copy = cost.transpose().template cast<double>();
  return detail::least_cost_assignment_of(copy);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
