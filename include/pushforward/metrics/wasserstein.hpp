#pragma once

#include "pushforward/core/detail/two_samples.hpp"
#include "pushforward/transport/optimal_pairing.hpp"

#include <algorithm>
#include <cmath>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Wasserstein distance of order 2 of two samples of one size, exactly.
///
/// \f$ W_2 = \min_\sigma \bigl( \tfrac1n \sum_i |x_i - y_{\sigma(i)}|^2 \bigr)^{1/2} \f$ over all
/// permutations \f$ \sigma \f$: by least-cost assignment, in one dimension by sorting.
///
/// Two samples of one law are not at distance 0, but of order n^(-1/d) for d >= 3: compare it with
/// the distance of two true samples, `with_floor`. x and y are d x n, one sample per column, float
/// or double; the arithmetic is in double. In the unit of the data. Throws std::invalid_argument if
/// d or n is 0, the sizes differ or, for d > 1, n is above kLargestPairing, std::domain_error if
/// a number is NaN or infinite (naming row and column) or the distance is too large for a double.
/// Cost that of optimal_pairing(), for d = 1 O(n log n); memory O(n).
template <class X, class Y>
[[nodiscard]] double wasserstein2(const AnyMatrix<X>& x, const AnyMatrix<Y>& y) {
  const detail::TwoSamples samples("wasserstein2", x, y);
  Matrix<double> a = samples.x(), b = samples.y();
  const Index n = a.cols();
  check_size("wasserstein2", "number of columns of y", b.cols(), n);
  if (a.rows() == 1) {
    std::sort(a.data(), a.data() + n);
    std::sort(b.data(), b.data() + n);
  } else {
    check_argument(n <= kLargestPairing, "wasserstein2", "number of columns of x", n,
                   "at most " + to_text(kLargestPairing));
    const detail::OptimalOrder<double> order(a, b);
    for (Index i = 0; i < n; ++i)
      b.col(i) = samples.y().col(order.partner[static_cast<std::size_t>(i)]);
  }
  return samples.unscaled(std::sqrt(detail::mean_cost(a, b)));
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
