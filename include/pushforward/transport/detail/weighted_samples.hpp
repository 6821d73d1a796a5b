#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/detail/standard.hpp"
#include "pushforward/core/lane.hpp"
#include "pushforward/core/team.hpp"
#include "pushforward/core/vector_math.hpp"

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// Samples with weights that sum to one, as transport takes them; in units where epsilon is 1. What
/// is in a row of weight 0 does not count, were it NaN.
template <Real S>
struct WeightedSamples {
  Batch<S> x;                   ///< d x n
  Block<S> weight, log_weight;  ///< 64 x blocks; 0 and -infinity on padding

  /// d x n, all of it to be set.
  void resize(Index dimension, Index count) {
    x.resize(dimension, count);
    set_size(weight, kBlockSize, x.blocks());
    set_size(log_weight, kBlockSize, x.blocks());
  }
  void set_weight(Index b, const Lane<S>& w) {
    Lane<S> logarithm = w;
    pushforward::log(logarithm);
    weight.col(b) = w;
    log_weight.col(b) = logarithm;
  }
  /// y with weight_of(b) for its block b, in these units; 0 where there is no weight.
  template <Real T, class WeightOf>
  void set(const Batch<T>& y, WeightOf weight_of, const Standard& units, Team& team) {
    resize(y.dimension(), y.count());
    for_each_block(team, y.blocks(), [&](Index, Index b) {
      const Lane<S> w = weight_of(b).template cast<S>();
      set_weight(b, w);
      for (Index k = 0; k < y.dimension(); ++k)
        for (Index i = 0; i < kBlockSize; ++i) {
          const double u = static_cast<double>(y.block(b)(i, k)) - units.centre[k];
          x.block(b)(i, k) = w[i] > 0 ? static_cast<S>(u / units.length) : S(0);
        }
    });
  }
  /// sum_i weight_i u_i of u, 64 x blocks.
  template <class U>
  [[nodiscard]] S mean(const U& u) const {
    S sum = 0;
    for (Index b = 0; b < x.blocks(); ++b)
      sum += weighted_sum<S>(Lane<S>(weight.col(b)), Lane<S>(u.col(b)));
    return sum;
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
