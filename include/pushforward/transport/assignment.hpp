#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/transport/detail/augmenting_paths.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Rows of the largest assignment: its costs take 128 MiB.
inline constexpr Index kLargestAssignment = 4096;

namespace detail {

/// Costs that are listed: c(j, i) is that of row i and column j.
template <Real S>
struct ListedCosts {
  Matrix<S> c;  ///< n x n

  [[nodiscard]] Index count() const noexcept { return c.cols(); }
  [[nodiscard]] S operator()(Index j, Index i) const { return c(j, i); }
  [[nodiscard]] const S* row(Index i, S*) const { return c.col(i).data(); }
};

/// The least-cost assignment for listed costs that are finite and of any size.
template <Real S>
struct ListedAssignment {
  ListedCosts<S> costs;
  ShortestAugmentingPaths<ListedCosts<S>> paths;

  /// n: row i has the column of element i. The costs are scaled by a power of two before.
  const std::vector<Index>& solve() {
    int exponent = 0;
    std::frexp(costs.c.cwiseAbs().maxCoeff(), &exponent);
    costs.c = costs.c.unaryExpr([&](S cost) { return std::ldexp(cost, -exponent); });
    paths.solve(costs);
    return paths.column();
  }
};

}  // namespace detail

/// The assignment of n rows to n columns, each to one, of least cost: the permutation s that
/// minimises sum_i cost(i, s(i)). Element i of the result is s(i).
///
/// cost is n x n, float or double, of any storage order. Of several that cost the same, it is the
/// same one at every call.
/// Throws std::invalid_argument unless cost is square and 1 <= n <= kLargestAssignment,
/// std::domain_error naming row and column of a cost that is NaN or infinite. Cost O(n^3) at the
/// worst; for pairs of points in the plane .05 seconds or so for n = 1024, 1 for 4096. Memory that
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
  detail::ListedAssignment<double> assignment{{cost.transpose().template cast<double>()}, {}};
  return assignment.solve();
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
