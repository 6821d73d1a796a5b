#pragma once

#include "pushforward/core/check.hpp"

namespace pushforward {

/// Most coordinates that a block on the stack may have, and so a composed or sampled map.
inline constexpr Index kMaxStackDimension = 256;

/// A block on the stack, for functions that may not allocate.
template <Real Scalar>
class StackBlock {
 public:
  /// Throws std::invalid_argument unless 1 <= dimension <= kMaxStackDimension.
  static void check_dimension(std::string_view function, Index dimension) {
    check_argument(dimension >= 1 && dimension <= kMaxStackDimension, function, "dimension",
                   dimension, "between 1 and " + to_text(kMaxStackDimension));
  }

  /// The first `dimension` columns, 64 x dimension, not set to anything.
  [[nodiscard]] auto columns(Index dimension) {
    return Eigen::Map<Block<Scalar>>(data_, kBlockSize, dimension);
  }

 private:
  alignas(64) Scalar data_[kBlockSize * kMaxStackDimension];
};

}  // namespace pushforward
