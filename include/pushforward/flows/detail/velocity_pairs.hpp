#pragma once

#include "pushforward/core/check.hpp"

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// The d of rows (x, t | velocity), 2 d + 1 coordinates. Throws std::invalid_argument unless it is
/// one.
inline Index velocity_dimension(std::string_view function, Index coordinates) {
  check_argument(coordinates % 2 == 1 && coordinates >= 3, function, "dimension of the pairs",
                 coordinates, "2 d + 1: x, t and the velocity");
  return coordinates / 2;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
