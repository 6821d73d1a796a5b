#pragma once

#include "pushforward/core/random.hpp"

#include <numeric>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// Fills `order` with 0, 1, 2, ... and brings a random choice of them, in random order, to its
/// first `count` places (Fisher and Yates): all of it shuffled if count is its size. Cost: its
/// size, and a random number for each of the `count`.
inline void shuffle(std::vector<Index>& order, Index count, Key key, std::uint64_t number) {
  std::iota(order.begin(), order.end(), Index(0));
  RandomSequence<double> random(key, number);
  for (std::size_t k = 0; k < static_cast<std::size_t>(count); ++k) {
    const auto rest = static_cast<double>(order.size() - k);  // times a number below 1: less
    std::swap(order[k], order[k + static_cast<std::size_t>(random.uniform() * rest)]);
  }
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
