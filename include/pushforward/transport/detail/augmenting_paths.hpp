#pragma once

#include "pushforward/core/block.hpp"
#include "pushforward/core/detail/elementary.hpp"
#include "pushforward/core/detail/reduction.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// The least-cost assignment by shortest augmenting paths (Jonker & Volgenant, Computing 38, 1987)
/// from the prices and most of the pairs of an auction with finer and finer steps (Bertsekas,
/// Annals of Operations Research 14, 1988).
///
/// Column j has a price v_j, and c(j, i) - v_j is what it is to row i. A row has no column that is
/// less to it than its own. Then no assignment costs less: sum_i c(j_i, i) = sum_i min_j (c(j, i) -
/// v_j) + sum_j v_j, which is at most the cost of any.
///
/// Prices only fall. So a row that has seen all columns keeps the few that are least to it: what
/// the others were to it at least, they stay, and it bids from memory until that is no more enough.
/// Memory is O(n) beside that of the costs. It is kept: once solved, a problem of the same n or of
/// fewer rows allocates nothing.
///
/// \tparam Costs  costs.count() is n; costs.row(i, room) returns the n costs of row i, which it may
///                put in room, n; costs(j, i) is one of them. Finite, of size 1 at most.
template <class Costs>
class ShortestAugmentingPaths {
 public:
  /// Finds the assignment, which column() is from then on.
  void solve(const Costs& costs) {
    resize(costs.count());
    costs_ = &costs;
    for (Index i = 0; i < n_; ++i) price_ = price_.min(row(i));
    for (const double step : {0x1p-7, 0x1p-10, 0x1p-13, 0x1p-16, 0x1p-19}) auction(step);
    auction(0);
    for (Index i = 0; i < n_; ++i)
      if (column_[at(i)] < 0) augment(i);
  }

  /// n: row i has column()[i].
  [[nodiscard]] const std::vector<Index>& column() const noexcept { return column_; }

  /// sum_i min_j (c(j, i) - v_j) + sum_j v_j of the costs solved for, which live: no assignment
  /// costs less, whatever the prices are.
  [[nodiscard]] double dual() {
    Vector<double> terms(n_);
    for (Index i = 0; i < n_; ++i) terms[i] = (row(i) - price_).minCoeff() + price_[i];
    return sum<double>(terms);
  }

 private:
  static constexpr Index kRemembered = 64;

  /// Columns that are less than `others` to a row, in ascending order, with what they cost; every
  /// other one is `others` or more to it.
  struct Memory {
    std::array<double, kRemembered> cost;
    std::array<std::uint32_t, kRemembered> column;
    Index count = 0;
    double others = -kInfinity<double>;
  };

  /// The column that is least to a row, one that is free if it can be, and what it and the next
  /// one are to it.
  struct Bid {
    Index column = -1;
    double least = kInfinity<double>, second = kInfinity<double>;
  };

  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }

  /// Room for n rows; nothing is known of them.
  void resize(Index n) {
    n_ = n;
    price_.setConstant(n, kInfinity<double>);
    open_.resize(n);
    length_.resize(n);
    room_.resize(n);
    memory_.assign(at(n), {});
    seen_.reserve(at(n));
    free_.reserve(at(n));
    stops_.reserve(at(n));
  }

  [[nodiscard]] auto row(Index i) {
    return Eigen::Map<const Eigen::ArrayXd>(costs_->row(i, room_.data()), n_);
  }

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

  [[nodiscard]] Bid recall(const Memory& memory) const {
    Bid bid;
    for (Index k = 0; k < memory.count; ++k) {
      const Index j = memory.column[at(k)];
      const double length = memory.cost[at(k)] - price_[j];
      const bool free_tie = length == bid.least && row_[at(j)] < 0 && row_[at(bid.column)] >= 0;
      if (length < bid.least || free_tie) {
        bid.second = bid.least;
        bid.least = length;
        bid.column = j;
      } else {
        bid.second = (std::min)(bid.second, length);
      }
    }
    return bid;
  }

  /// Looks at all columns, and remembers those that are less to row i than half of the least of
  /// 64 sets of columns are: about 44 of them.
  [[nodiscard]] Bid look(Index i) {
    const auto cost = row(i);
    length_ = cost - price_;
    std::array<double, kRemembered> least;
    least.fill(kInfinity<double>);
    Eigen::Map<Eigen::Array<double, kRemembered, 1>> sets(least.data());
    Index first = 0;
    for (; first + kRemembered <= n_; first += kRemembered)
      sets = sets.min(length_.template segment<kRemembered>(first));
    for (Index j = first; j < n_; ++j)
      least[at(j - first)] = (std::min)(least[at(j - first)], length_[j]);
    std::nth_element(least.begin(), least.begin() + kRemembered / 2, least.end());
    double others = n_ > kRemembered ? least[kRemembered / 2] : kInfinity<double>;

    seen_.clear();
    for (Index j = 0; j < n_; ++j)
      if (length_[j] < others) seen_.push_back({length_[j], j});
    if (seen_.size() > kRemembered) {
      std::nth_element(seen_.begin(), seen_.begin() + kRemembered, seen_.end());
      others = seen_[kRemembered].first;
      seen_.resize(kRemembered);
      std::sort(seen_.begin(), seen_.end(), [](auto& a, auto& b) { return a.second < b.second; });
    }
    Memory& memory = memory_[at(i)];
    memory.others = others;
    memory.count = static_cast<Index>(seen_.size());
    for (std::size_t k = 0; k < seen_.size(); ++k) {
      memory.cost[k] = cost[seen_[k].second];
      memory.column[k] = static_cast<std::uint32_t>(seen_[k].second);
    }
    Bid bid = recall(memory);
    if (bid.second <= others) return bid;
    bid.least = length_.minCoeff();  // two columns at most were less than the others
    bid.column = find(bid.least);
    length_[bid.column] = kInfinity<double>;
    bid.second = length_.minCoeff();
    return bid;
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
      Bid bid = recall(memory_[at(i)]);
      if (!(bid.second <= memory_[at(i)].others)) bid = look(i);
      const Index j = bid.column, loser = row_[at(j)];
      const double lowered = price_[j] - (bid.second - bid.least + step);
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
      Stop& from = stops_.back();
      const auto cost = row(from.row);
      if (from.column >= 0) from.offset = cost[from.column] - price_[from.column] - length;
      length_ = length_.min(cost - open_ - from.offset);
      length = length_.minCoeff();
      j = find(length);
      const Index i = row_[at(j)];
      if (i < 0) break;
      stops_.push_back({i, 0, j, length});
      open_[j] = -kInfinity<double>;  // it is not come by again
      length_[j] = kInfinity<double>;
    }
    for (std::size_t last = stops_.size(); last > 0;) {
      const auto way = [&](const Stop& from) {
        return (*costs_)(j, from.row) - price_[j] - from.offset;
      };
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

  const Costs* costs_ = nullptr;
  Index n_ = 0;
  Eigen::ArrayXd price_, open_, length_, room_;
  std::vector<Memory> memory_;
  std::vector<std::pair<double, Index>> seen_;
  std::vector<Index> column_, row_;  ///< -1: none
  std::vector<Index> free_;
  std::vector<Stop> stops_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
