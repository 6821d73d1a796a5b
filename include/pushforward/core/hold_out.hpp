#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/detail/shuffle.hpp"

#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Samples to learn from, and others to judge by, one a column.
template <Real S>
struct HeldOut {
  Matrix<S> training;
  Matrix<S> held_out;
};

/// Holds out floor(share n) columns of `data`, d x n: those that a shuffle by the key brings to the
/// front. The others follow in its order. Throws std::domain_error unless 0 <= share < 1.
/// Cost O(d n).
template <class Derived>
[[nodiscard]] HeldOut<typename Derived::Scalar> hold_out(const AnyMatrix<Derived>& data,
                                                         double share, Key key) {
  check_domain(share >= 0 && share < 1, "hold_out", "share", share, "at least 0 and less than 1");
  std::vector<Index> order(static_cast<std::size_t>(data.cols()));
  detail::shuffle(order, data.cols(), key, 0);
  const auto count = static_cast<Index>(share * static_cast<double>(data.cols()));
  HeldOut<typename Derived::Scalar> parts;
  parts.held_out.resize(data.rows(), count);
  parts.training.resize(data.rows(), data.cols() - count);
  for (Index i = 0; i < data.cols(); ++i) {
    const auto from = data.col(order[static_cast<std::size_t>(i)]);
    if (i < count)
      parts.held_out.col(i) = from;
    else
      parts.training.col(i - count) = from;
  }
  return parts;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
