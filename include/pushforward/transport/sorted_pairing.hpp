#pragma once

#include "pushforward/core/detail/sort.hpp"
#include "pushforward/transport/pairing.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

namespace detail {

/// Which of m numbers in ascending order is the quantile at the level (k + 1/2) / n: the k-th if
/// m = n.
[[nodiscard]] constexpr Index quantile_at(Index k, Index n, Index m) noexcept {
  return m == n ? k : (2 * k + 1) * m / (2 * n);
}

/// Sends numbers to others in order: the k-th smallest x of n to the quantile at (k + 1/2) / n of
/// m numbers y. Room to work in, which grows to the largest call and stays.
template <Real S>
class Rearrangement {
 public:
  /// visit(i, y) for each i < n, y being where x_i goes. Cost O(n + m).
  template <class Visit>
  void operator()(Index n, const S* x, Index m, const S* y, Visit visit) {
    const auto grow = [](auto& room, Index size) {
      if (static_cast<Index>(room.size()) < size) room.resize(static_cast<std::size_t>(size));
    };
    grow(order_, n);
    grow(x_, n);
    grow(y_, m);
    sort_(m, y, y_.data());
    sort_(n, x, order_.data(), x_.data());
    for (Index k = 0; k < n; ++k)
      visit(static_cast<Index>(order_[static_cast<std::size_t>(k)]),
            y_[static_cast<std::size_t>(quantile_at(k, n, m))]);
  }

 private:
  Sorter<S> sort_;
  std::vector<typename Sorter<S>::Place> order_;
  std::vector<S> x_, y_;
};

}  // namespace detail

/// The monotone coupling of two samples on the line: optimal for every cost that is a convex
/// function of x - y, with |x - y|^2 as the one that is reported.
///
/// The k-th smallest of n numbers x goes to the k-th smallest y, or, if there are m of them, to
/// their quantile at the level (k + 1/2) / n. x is 1 x n and y 1 x m, of one scalar; of equal
/// numbers the one that comes first is the smaller. The floor is the cost. Throws
/// std::invalid_argument unless there is one row and n and m are at least 1, std::domain_error if a
/// number is NaN or infinite (naming row and column) or the cost is too large for a double. Cost
/// O(n + m).
template <class X, class Y>
requires std::same_as<typename X::Scalar, typename Y::Scalar>
[[nodiscard]] Pairing<typename X::Scalar> sorted_pairing(const AnyMatrix<X>& x,
                                                         const AnyMatrix<Y>& y) {
  using Scalar = typename X::Scalar;
  constexpr std::string_view name = "sorted_pairing";
  check_size(name, "number of rows of x", x.rows(), 1);
  static_cast<void>(detail::TwoSamples(name, x, y));
  const Matrix<Scalar> from = x, to = y;
  Matrix<Scalar> target(1, from.cols());
  detail::Rearrangement<Scalar> rearrange;
  rearrange(from.cols(), from.data(), to.cols(), to.data(),
            [&](Index i, Scalar match) { target(0, i) = match; });
  return detail::pairing<Scalar>(name, from, std::move(target), detail::kInfinity<double>);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
