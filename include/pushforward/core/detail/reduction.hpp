#pragma once

#include "pushforward/core/detail/pack.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

/// \file
/// Sums over a vector, in one fixed order: leaves of 1024 numbers, pairwise; in a leaf 32 sums, of
/// every 32nd number each, halved again and again. It depends neither on the instruction set nor on
/// where the vector stands, which Eigen's reductions do.

namespace pushforward::inline PUSHFORWARD_ISA::detail {

inline constexpr Index kSumLeaf = 1024;
inline constexpr Index kSumStride = 32;

/// sum_i a_i b_i ... over i < n
template <Real Scalar, std::same_as<Scalar>... Rest>
[[nodiscard]] inline Scalar sum_of_products(Index n, const Scalar* a, const Rest*... rest) {
  if (n > kSumLeaf) {
    const auto half = static_cast<Index>(std::bit_floor(static_cast<std::size_t>(n - 1)));
    return sum_of_products(half, a, rest...) + sum_of_products(n - half, a + half, rest + half...);
  }
  constexpr Index width = kPackSize<Scalar>;
  constexpr std::size_t packs = std::size_t(kSumStride / width);
  Pack<Scalar> sums[packs] = {};
  const auto add = [&](const Scalar* x, const Rest*... y) {
    for (std::size_t p = 0; p < packs; ++p) {
      const auto at = [&](const Scalar* from) {
        Pack<Scalar> pack;
        load<Scalar>(from + Index(p) * width, pack);
        return pack;
      };
      if constexpr (sizeof...(rest) == 0)
        sums[p] += at(x);
      else
        sums[p] += (at(x) * ... * at(y));
    }
  };
  Index i = 0;
  for (; i + kSumStride <= n; i += kSumStride) add(a + i, rest + i...);
  if (i < n) {
    struct Padded {
      Scalar values[kSumStride] = {};
      Padded(const Scalar* from, Index count) { std::copy_n(from, count, values); }
    };
    add(Padded(a + i, n - i).values, Padded(rest + i, n - i).values...);
  }
  for (std::size_t half = packs / 2; half > 0; half /= 2)
    for (std::size_t p = 0; p < half; ++p) sums[p] += sums[p + half];
  return sum<Scalar>(sums[0]);
}

/// sum_i x_i
template <Real Scalar>
[[nodiscard]] inline Scalar sum(ConstVectorRef<Scalar> x) {
  return sum_of_products(x.size(), x.data());
}

/// a'b for vectors of one size.
template <Real Scalar>
[[nodiscard]] inline Scalar dot(ConstVectorRef<Scalar> a, ConstVectorRef<Scalar> b) {
  return sum_of_products(a.size(), a.data(), b.data());
}

/// sqrt(x'x), infinite only if it is beyond the largest number, and with its digits however small:
/// where the squares are out of range, x is scaled by a power of two.
template <Real Scalar>
[[nodiscard]] inline Scalar norm(ConstVectorRef<Scalar> x) {
  using Limits = std::numeric_limits<Scalar>;
  constexpr bool single = sizeof(Scalar) == 4;
  const Scalar squares = dot<Scalar>(x, x);
  Scalar scale;
  if (squares < (Limits::min)() / Limits::epsilon())
    scale = Scalar(single ? 0x1p100 : 0x1p700);
  else if (squares > (Limits::max)())
    scale = Scalar(single ? 0x1p-80 : 0x1p-600);
  else
    return std::sqrt(squares);
  Scalar scaled[kSumLeaf], sum = 0;
  for (Index i = 0; i < x.size(); i += kSumLeaf) {
    const Index count = (std::min)(kSumLeaf, x.size() - i);
    for (Index j = 0; j < count; ++j) scaled[j] = x[i + j] * scale;
    sum += sum_of_products(count, scaled, scaled);
  }
  return std::sqrt(sum) / scale;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
