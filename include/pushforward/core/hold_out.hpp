#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/random.hpp"

#include <numeric>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Samples to learn from, and others to judge by, one a column.
template <Real S>
struct HeldOut {
  Matrix<S> training;
  Matrix<S> held_out;
};

/// Holds out floor(share n) columns of `data`, d x n: those that a shuffle by the key (Fisher &
/// Yates) brings to the front. The others follow in its order. Throws std::domain_error unless 0 <=
/// share < 1. Cost O(d n).
template <class Derived>
[[nodiscard]] HeldOut<typename Derived::Scalar> hold_out(const AnyMatrix<Derived>& data,
                                                         double share, Key key) {
  check_domain(share >= 0 && share < 1, "hold_out", "share", share, "at least 0 and less than 1");
  std::vector<Index> order(static_cast<std::size_t>(data.cols()));
  std::iota(order.begin(), order.end(), Index(0));
  RandomSequence<double> random(key, 0);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.uniform() * double(i))]);
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
