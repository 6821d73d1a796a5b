#pragma once

#include "pushforward/core/detail/elementary.hpp"

/// \file
/// Huge angles, reduced exactly by integers (Payne and Hanek 1983).

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// The bits of 2 / pi behind the point, after 64 zeros.
inline constexpr std::uint64_t kTwoOverPi[] = {
    0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041,
    0xfe5163abdebbc561, 0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e,
    0xe88235f52ebb4484, 0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b,
    0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab};

/// The upper half of the 128 bits of a b.
[[nodiscard]] constexpr std::uint64_t upper_product(std::uint64_t a, std::uint64_t b) noexcept {
  constexpr std::uint64_t low = 0xFFFFFFFFU;
  const std::uint64_t cross = (a >> 32) * (b & low);
  const std::uint64_t middle =
      ((a & low) * (b & low) >> 32) + (cross & low) + (a & low) * (b >> 32);
  return (a >> 32) * (b >> 32) + (cross >> 32) + (middle >> 32);
}

/// x as an angle, for finite |x| >= 2^13.
///
/// |x| = m 2^e with an integer m < 2^53. Of 2 / pi, the bits worth 4 / 2^e and more give whole
/// turns and the 192 after them, times m, the fraction of a turn: two bits say the right angle, and
/// the rest keeps 64 good bits even where x is as near to a right angle as a double can be, 2^-62.
[[nodiscard]] inline Angle<double> reduced_huge(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(std::abs(x));
  const std::uint64_t m = (bits & 0xFFFFFFFFFFFFFU) | 0x10000000000000U;
  const auto skip = static_cast<std::size_t>(bits >> 52) - (1023 + 52) + 64 - 2;
  const auto window = [&](std::size_t i) {
    const std::uint64_t* const from = kTwoOverPi + skip / 64 + i;
    return (from[0] << skip % 64) | (from[1] >> 1 >> (63 - skip % 64));
  };
  // turn = m * window mod 2^192
  const std::uint64_t last = m * window(2);
  const std::uint64_t carry = upper_product(m, window(2));
  const std::uint64_t middle = m * window(1) + carry;
  const std::uint64_t top =
      m * window(0) + upper_product(m, window(1)) + (middle < carry ? 1U : 0U);
  // Less the nearest right angle: a fraction of one, from -1/2 to 1/2, in 128 bits
  const auto k = static_cast<int>((top + (std::uint64_t{1} << 61)) >> 62);
  std::uint64_t high = (top << 2) | (middle >> 62), low = (middle << 2) | (last >> 62);
  const bool negative = high >> 63 != 0;
  if (negative) high = ~high, low = ~low;  // but for the last bit
  const int zeros = std::countl_zero(high);
  const std::uint64_t fraction = zeros == 0 ? high : (high << zeros) | (low >> (64 - zeros));
  // Times pi / 2, whose integer is that of 2^63 pi / 2
  const std::uint64_t angle = upper_product(fraction, 0xc90fdaa22168c235);
  const double unit = power_of_two<double>(-63 - zeros) * (negative == (x < 0) ? 1 : -1);
  const std::uint64_t rest = angle & 0x7FF;
  return {x < 0 ? -k : k, static_cast<double>(angle - rest) * unit,
          -(static_cast<double>(rest) * unit)};
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
