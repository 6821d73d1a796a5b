#pragma once

#include "pushforward/core/detail/pack.hpp"

/// \file
/// Sums over the rows of a block, in one fixed order.

namespace pushforward::inline PUSHFORWARD_ISA {

/// sum_i a_i b_i over the 64 rows, halved again and again: (a_0 b_0 + a_32 b_32), ... The order
/// depends neither on the instruction set nor on where the lanes stand.
template <Real Scalar>
[[nodiscard]] inline Scalar lane_dot(const Scalar* a, const Scalar* b) {
  using detail::kPackSize, detail::Pack;
  constexpr Index width = kPackSize<Scalar>;
  constexpr std::size_t half = std::size_t(kBlockSize / width / 2);  // packs in half a lane
  const auto product = [&](std::size_t p) {
    Pack<Scalar> x, y;
    detail::load<Scalar>(a + Index(p) * width, x);
    detail::load<Scalar>(b + Index(p) * width, y);
    return x * y;
  };
  Pack<Scalar> sums[half];
  for (std::size_t p = 0; p < half; ++p) (sums[p] = product(p)) += product(p + half);
  for (std::size_t n = half / 2; n > 0; n /= 2)
    for (std::size_t p = 0; p < n; ++p) sums[p] += sums[p + n];
  return detail::sum<Scalar>(sums[0]);
}

/// sum_i weight_i f_i over the rows of a block: what a test function adds to its sum. In one fixed
/// order, and so with the same bits on every machine, which Eigen's sum() does not promise.
template <Real Scalar>
[[nodiscard]] inline Scalar weighted_sum(const Lane<Scalar>& weight, const Lane<Scalar>& f) {
  return lane_dot(weight.data(), f.data());
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
