#pragma once

#include <bit>
#include <cstdint>

namespace support {

/// Whether x is NaN, told by its bits: so under -ffast-math too, where std::isnan is always false.
[[nodiscard]] inline bool is_nan(double x) {
  return (std::bit_cast<std::uint64_t>(x) & 0x7fffffffffffffffU) > 0x7ff0000000000000U;
}
[[nodiscard]] inline bool is_nan(float x) {
  return (std::bit_cast<std::uint32_t>(x) & 0x7fffffffU) > 0x7f800000U;
}

}  // namespace support
