#pragma once

#include "pushforward/core/detail/reduction.hpp"
#include "pushforward/metrics/detail/two_samples.hpp"
#include "pushforward/transport/assignment.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

namespace detail {

/// |a - b|^2
template <class A, class B>
[[nodiscard]] double squared_distance(const A& a, const B& b) {
  double sum = 0;
  for (Index k = 0; k < a.size(); ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return sum;
}

}  // namespace detail

/// Wasserstein distance of order 2 of two samples of one size, exactly.
///
/// \f$ W_2 = \min_\sigma \bigl( \tfrac1n \sum_i |x_i - y_{\sigma(i)}|^2 \bigr)^{1/2} \f$ over all
/// permutations \f$ \sigma \f$: by least-cost assignment, in one dimension by sorting.
///
/// Two samples of one law are not at distance 0, but of order n^(-1/d) for d >= 3: compare it with
/// the distance of two true samples, `with_floor`. x and y are d x n, one sample per column, float
/// or double; the arithmetic is in double. In the unit of the data. Throws std::invalid_argument if
/// d or n is 0, the sizes differ or, for d > 1, n is above kLargestAssignment, std::domain_error if
/// a number is NaN or infinite (naming row and column) or the distance is too large for a double.
/// Cost that of least_cost_assignment() of n, for d = 1 O(n log n); memory 8 n^2 bytes.
template <class X, class Y>
[[nodiscard]] double wasserstein2(const AnyMatrix<X>& x, const AnyMatrix<Y>& y) {
  const detail::TwoSamples samples("wasserstein2", x, y);
  Matrix<double> a = samples.x(), b = samples.y();
  const Index n = a.cols();
  check_size("wasserstein2", "number of columns of y", b.cols(), n);
  std::vector<Index> partner(static_cast<std::size_t>(n));
  if (a.rows() == 1) {
    std::sort(a.data(), a.data() + n);
    std::sort(b.data(), b.data() + n);
    std::iota(partner.begin(), partner.end(), Index(0));
  } else {
    check_argument(n <= kLargestAssignment, "wasserstein2", "number of columns of x", n,
                   "at most " + to_text(kLargestAssignment));
    Matrix<double> cost(n, n);
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j) cost(j, i) = detail::squared_distance(a.col(i), b.col(j));
    partner = detail::least_cost_assignment_of(cost);
  }
  Vector<double> squares(n);
  for (Index i = 0; i < n; ++i)
    squares[i] = detail::squared_distance(a.col(i), b.col(partner[static_cast<std::size_t>(i)]));
  return samples.unscaled(std::sqrt(detail::sum<double>(squares) / static_cast<double>(n)));
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
