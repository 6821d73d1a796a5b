#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/lane.hpp"
#include "pushforward/core/vector_math.hpp"
#include "pushforward/transport/cost.hpp"

#include <limits>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// q_i = |x_i - y|^2 of 64 rows x_i, y being row j of `points`.
template <Real S>
inline void squared_distances(ConstBlockRef<S> x, ConstBlockRef<S> points, Index j, S* q) {
  for (Index k = 0; k < x.cols(); ++k) {
    const S* const from = x.col(k).data();
    const S to = points(j, k);
    if (k == 0)
      for (Index i = 0; i < kBlockSize; ++i) q[i] = (from[i] - to) * (from[i] - to);
    else
      for (Index i = 0; i < kBlockSize; ++i) q[i] += (from[i] - to) * (from[i] - to);
  }
}

/// The weights exp(h_j - s c(x_i, y_j)) of 64 rows x_i against all y_j, tile after tile of y:
/// memory is one tile. h is 64 x blocks, and -infinity where j does not count. Returns
/// log sum_j of them; add(b, j, w) takes those of y_j, block b, relative to their largest so far,
/// and what was added is to be rescaled by rescale(factor) when there is a larger.
template <TransportCost Cost, Real S, class Rescale, class Add>
[[nodiscard]] inline Lane<S> log_sum_of_weights(const Cost& cost, ConstBlockRef<S> x,
                                                const Batch<S>& y, const Block<S>& h, S s,
                                                Rescale rescale, Add add) {
  constexpr Index tile = 32;
  S t[tile][kBlockSize];
  Index place[tile];
  Lane<S> largest = Lane<S>::Constant(std::numeric_limits<S>::lowest()), sum = Lane<S>::Zero();
  for (Index first = 0; first < y.blocks() * kBlockSize; first += tile) {
    const Index b = first / kBlockSize;
    const auto points = y.block(b);
    Index count = 0;
    Lane<S> larger = largest;
    for (Index j = first % kBlockSize; j < first % kBlockSize + tile; ++j) {
      const S height = h(j, b);
      if (!(height > -kInfinity<S>)) continue;
      S* const at = t[count];
      squared_distances<S>(x, points, j, at);
      for (Index i = 0; i < kBlockSize; ++i) {
        at[i] = height - s * cost.value(at[i]);
        larger.data()[i] = at_least(larger.data()[i], at[i]);
      }
      place[count++] = j;
    }
    if (count == 0) continue;
    Lane<S> factor = largest - larger, partial = Lane<S>::Zero();
    in_each_lane(factor, [](S u) { return exp_of_negative(u); });
    largest = larger;
    rescale(factor);
    for (Index c = 0; c < count; ++c) {
      S* const at = t[c];
      for (Index i = 0; i < kBlockSize; ++i) {
        at[i] = exp_of_negative(at[i] - larger.data()[i]);
        partial.data()[i] += at[i];
      }
      add(points, place[c], at);
    }
    sum = sum * factor + partial;
  }
  pushforward::log(sum);
  return largest + sum;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
