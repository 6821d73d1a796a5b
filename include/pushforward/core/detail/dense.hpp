#pragma once

#include "pushforward/core/detail/pack.hpp"

#include <algorithm>
#include <type_traits>

/// \file
/// The one kernel of dense layers and matrix products: a sum of scaled lanes, a register tile at a
/// time.

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// Where a matrix stands in memory: entry (i, j) at data[i * row + j * column].
template <Real Scalar>
struct Weights {
  const Scalar* data;
  Index row;
  Index column;
};

/// acc(o, lanes) += sum_k w(o, k) x(lanes, k), k ascending: `Packs` packs of lanes by `Outputs`
/// sums.
template <std::size_t Packs, std::size_t Outputs, bool Accumulate, Real Scalar>
inline void scaled_lanes_tile(const Scalar* x, Index x_stride, Index inner,
                              const Weights<Scalar>& w, const Scalar* start, Scalar* y,
                              Index y_stride) {
  constexpr Index width = kPackSize<Scalar>;
  Pack<Scalar> acc[Outputs][Packs];
  const auto at = [&](std::size_t o, std::size_t p) {
    return y + Index(o) * y_stride + Index(p) * width;
  };
  for (std::size_t o = 0; o < Outputs; ++o)
    for (std::size_t p = 0; p < Packs; ++p)
      if constexpr (Accumulate)
        load<Scalar>(at(o, p), acc[o][p]);
      else
        fill<Scalar>(start != nullptr ? start[o] : Scalar(0), acc[o][p]);
  for (Index k = 0; k < inner; ++k) {
    Pack<Scalar> lanes[Packs];
    for (std::size_t p = 0; p < Packs; ++p)
      load<Scalar>(x + k * x_stride + Index(p) * width, lanes[p]);
    for (std::size_t o = 0; o < Outputs; ++o) {
      const Scalar factor = w.data[Index(o) * w.row + k * w.column];
      for (std::size_t p = 0; p < Packs; ++p) acc[o][p] += factor * lanes[p];
    }
  }
  for (std::size_t o = 0; o < Outputs; ++o)
    for (std::size_t p = 0; p < Packs; ++p) store<Scalar>(acc[o][p], at(o, p));
}

/// Most sums that a tile of two packs has room for in registers.
inline constexpr std::size_t kMostOutputs = kPackRegisters == 32 ? 8 : 6;

/// scaled_lanes(), tile by tile. A tile of few outputs is one of more packs: sums that wait for
/// nothing keep the multipliers busy.
template <bool Accumulate, std::size_t Outputs = kMostOutputs, Real Scalar>
inline void scaled_lanes_tiles(const Scalar* x, Index x_stride, Index lanes, Index inner,
                               const Weights<std::type_identity_t<Scalar>>& w,
                               const std::type_identity_t<Scalar>* start, Index outputs, Scalar* y,
                               Index y_stride) {
  constexpr std::size_t packs = 4 * Outputs < kPackRegisters ? 4 : 2;
  constexpr Index pack = kPackSize<Scalar>;
  Index o = 0;
  const auto tile = [&](Index l, auto count) {
    scaled_lanes_tile<count(), Outputs, Accumulate>(
        x + l, x_stride, inner, Weights<Scalar>{w.data + o * w.row, w.row, w.column},
        start != nullptr ? start + o : nullptr, y + l + o * y_stride, y_stride);
  };
  for (; o + Index(Outputs) <= outputs; o += Index(Outputs)) {
    Index l = 0;
    for (; l + Index(packs) * pack <= lanes; l += Index(packs) * pack)
      tile(l, std::integral_constant<std::size_t, packs>());
    for (; l < lanes; l += pack) tile(l, std::integral_constant<std::size_t, 1>());
  }
  if constexpr (Outputs > 1)
    if (o < outputs)
      scaled_lanes_tiles<Accumulate, Outputs == 6 ? 4 : Outputs / 2>(
          x, x_stride, lanes, inner, {w.data + o * w.row, w.row, w.column},
          start != nullptr ? start + o : nullptr, outputs - o, y + o * y_stride, y_stride);
}

/// y(l, o) = start_o + sum_k w(o, k) x(l, k)  for l < lanes, o < outputs, k < inner,
/// with x(l, k) at x[l + k * x_stride], y(l, o) at y[l + o * y_stride]; start may be null for zero.
/// With Accumulate, y itself is where each sum starts. `lanes` is a multiple of the pack.
///
/// Each lane is a scalar program of its own, so the bits depend on neither tile nor pack. Lanes and
/// terms are cut so that the part of x that all outputs read stays in the first cache.
/// Cost: lanes * outputs * inner fused multiply-adds.
template <bool Accumulate = false, Real Scalar>
inline void scaled_lanes(const Scalar* x, Index x_stride, Index lanes, Index inner,
                         const Weights<std::type_identity_t<Scalar>>& w,
                         const std::type_identity_t<Scalar>* start, Index outputs, Scalar* y,
                         Index y_stride) {
  constexpr Index terms = 16384 / Index(sizeof(Scalar)) / kBlockSize;
  const Index first = inner <= 2 * terms ? inner : terms;
  for (Index l = 0; l < lanes; l += kBlockSize) {
    const Index some = (std::min)(kBlockSize, lanes - l);
    scaled_lanes_tiles<Accumulate>(x + l, x_stride, some, first, w, start, outputs, y + l,
                                   y_stride);
    for (Index k = first; k < inner; k += terms)
      scaled_lanes_tiles<true>(x + l + k * x_stride, x_stride, some, (std::min)(terms, inner - k),
                               {w.data + k * w.column, w.row, w.column}, nullptr, outputs, y + l,
                               y_stride);
  }
}

/// Lanes are padded to a multiple of this many, which every pack divides.
inline constexpr Index kLaneMultiple = 16;
[[nodiscard]] constexpr Index padded(Index lanes) noexcept {
  return (lanes + kLaneMultiple - 1) / kLaneMultiple * kLaneMultiple;
}

/// to(o, i) = from(i, o) for a 64 x n block, with from(i, o) at from[i + o * from_stride] and
/// to(o, i) at to[o + i * padded(n)]; zero for o >= n.
template <Real Scalar>
inline void transpose_block(const Scalar* from, Index n, Scalar* to,
                            Index from_stride = kBlockSize) {
  constexpr Index pack = kPackSize<Scalar>;
  const Index stride = padded(n);
  for (Index o = 0; o < stride; o += pack)
    for (Index i = 0; i < kBlockSize; i += pack) {
      std::array<Pack<Scalar>, std::size_t(pack)> tile;
      const auto take = [&](std::size_t b) {
        load<Scalar>(from + (o + Index(b)) * from_stride + i, tile[b]);
      };
      if (o + pack <= n) {
        for (std::size_t b = 0; b < tile.size(); ++b) take(b);
      } else {
        tile = {};
        for (std::size_t b = 0; Index(b) < n - o; ++b) take(b);
      }
      transpose<Scalar>(tile);
      for (std::size_t a = 0; a < tile.size(); ++a)
        store<Scalar>(tile[a], to + (i + Index(a)) * stride + o);
    }
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
