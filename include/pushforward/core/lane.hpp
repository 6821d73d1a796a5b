#pragma once

#include "pushforward/core/block.hpp"

/// \file
/// Sums over the rows of a block, in one fixed order.

namespace pushforward {

/// sum_i a_i b_i over the 64 rows, halved again and again: (a_0 b_0 + a_32 b_32), ... The order
/// depends neither on the instruction set nor on where the lanes stand.
template <Real Scalar>
[[nodiscard]] inline Scalar lane_dot(const Scalar* a, const Scalar* b) {
  Scalar sum[kBlockSize / 2];
  for (Index i = 0; i < kBlockSize / 2; ++i)
    sum[i] = a[i] * b[i] + a[i + kBlockSize / 2] * b[i + kBlockSize / 2];
  for (Index i = 0; i < 16; ++i) sum[i] += sum[i + 16];
  for (Index i = 0; i < 8; ++i) sum[i] += sum[i + 8];
  for (Index i = 0; i < 4; ++i) sum[i] += sum[i + 4];
  return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/// sum_i weight_i f_i over the rows of a block: what a test function adds to its sum.
template <Real Scalar>
[[nodiscard]] inline Scalar weighted_sum(const Lane<Scalar>& weight, const Lane<Scalar>& f) {
  return lane_dot(weight.data(), f.data());
}

}  // namespace pushforward
