#pragma once

namespace support {

/// True if the compiler makes fused multiply-adds of a b + c, and so other last bits.
[[nodiscard]] inline bool contracts() {
  volatile float factor = 1 + 0x1p-12F, product = 1 + 0x1p-11F;  // the square, rounded
  const float a = factor, c = product;
  return a * a - c != 0;
}

}  // namespace support
