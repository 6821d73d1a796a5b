#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/detail/shuffle.hpp"

#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// What n + m pooled samples are taken for in 64 relabellings at a time: n of them for x, m for y.
/// Number 0 is what they are, the others are drawn at random.
class Relabellings {
 public:
  Relabellings(Index n, Index m, Key key)
      : n_(n), m_(m), key_(key), order_(static_cast<std::size_t>(n + m)),
        labels_(kBlockSize, n + m) {}

  /// Those of number `first` and on, 64 x (n + m), a row each: m for a sample taken for x, -n for
  /// one taken for y, n m times its weight in the difference of the two laws.
  const Block<double>& draw(Index first) {
    for (Index r = 0; r < kBlockSize; ++r) {
      const Index number = first + r;
      shuffle(order_, number > 0 ? n_ : 0, key_, static_cast<std::uint64_t>(number));
      for (std::size_t k = 0; k < order_.size(); ++k)
        labels_(r, order_[k]) = static_cast<double>(static_cast<Index>(k) < n_ ? m_ : -n_);
    }
    return labels_;
  }

 private:
  Index n_, m_;
  Key key_;
  std::vector<Index> order_;
  Block<double> labels_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
