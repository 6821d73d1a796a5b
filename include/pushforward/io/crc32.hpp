#pragma once

#include "pushforward/core/instruction_set.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pushforward::inline PUSHFORWARD_ISA {

namespace detail {

/// Table k holds, for each byte, the remainder of that byte followed by k zero bytes.
using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;
constexpr CrcTables make_crc_tables() {
  CrcTables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t r = byte;
    for (int bit = 0; bit < 8; ++bit) r = (r >> 1) ^ ((r & 1U) != 0 ? 0xEDB88320U : 0U);
    tables[0][byte] = r;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t r = tables[k - 1][byte];
      tables[k][byte] = (r >> 8) ^ tables[0][r & 255U];
    }
  return tables;
}
inline constexpr CrcTables kCrcTables = make_crc_tables();

}  // namespace detail

/// CRC-32 as zlib, PNG and Ethernet have it (polynomial 0x04C11DB7, reflected). Finds every change
/// of at most 32 neighbouring bits. Eight bytes at a time (Kounavis & Berry 2005).
[[nodiscard]] constexpr std::uint32_t crc32(std::string_view bytes) {
  const auto& table = detail::kCrcTables;
  std::uint32_t r = 0xFFFFFFFFU;
  const auto byte = [&](std::size_t i) {
    return std::uint32_t{static_cast<unsigned char>(bytes[i])};
  };
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    r ^= byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    r = table[7][r & 255U] ^ table[6][r >> 8 & 255U] ^ table[5][r >> 16 & 255U] ^
        table[4][r >> 24] ^ table[3][byte(i + 4)] ^ table[2][byte(i + 5)] ^ table[1][byte(i + 6)] ^
        table[0][byte(i + 7)];
  }
  for (; i < bytes.size(); ++i) r = (r >> 8) ^ table[0][(r ^ byte(i)) & 255U];
  return ~r;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
