#pragma once

#include "pushforward/core/block.hpp"
#include "pushforward/transport/iterative_transfer.hpp"

#include <algorithm>
#include <cmath>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// What learn affords in so many seconds, of which the mixture and the pairs take a tenth each, or
/// so, on one core.
struct LearnSizes {
  Index fitted;      ///< rows that the mixture is fitted to
  Index components;  ///< of the mixture, at most
  Index turns;       ///< of the transfer
  Index points;      ///< that are transferred

  /// Of n rows of d columns.
  LearnSizes(Index d, Index n, double seconds)
      : fitted((std::min)(n, Index(8192))), turns(d == 1 ? 1 : 100),
        points(
            (std::clamp)(affordable_points(d, turns, seconds / 10), Index(256), Index(1) << 17)) {
    constexpr double rate = 2.5e10;
    const double dd = static_cast<double>(d) * static_cast<double>(d);
    const double one = 25 * static_cast<double>(fitted) * (dd + 30);  // it grows with the square
    const double affordable = std::sqrt(seconds / 10 * rate / one),
                 told = static_cast<double>(n) / (10 * static_cast<double>(d));
    components = static_cast<Index>((std::clamp)((std::min)(affordable, told), 1.0, 32.0));
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
