#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/detail/dense.hpp"
#include "pushforward/discrepancies/discrepancy.hpp"
#include "pushforward/discrepancies/line.hpp"
#include "pushforward/discrepancies/target_sample.hpp"

#include <algorithm>
#include <type_traits>
#include <vector>

/// \file
/// A Line along a direction: what LineDiscrepancy and the sliced ones share.

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// The masses of n samples and of a target's, when n has changed; the workspace they are kept in
/// serves one target.
template <class Target>
void weigh(Index n, const TargetSample<Target>& target,
           const Batch<typename Target::Scalar>& samples, PooledMasses& masses) {
  if (masses.samples() == n) return;
  Vector<double> weights(samples.count());
  for (Index b = 0; b < samples.blocks(); ++b) {
    const Index first = b * kBlockSize, size = (std::min)(kBlockSize, samples.count() - first);
    const auto weight = target.weight(b, samples);
    for (Index i = 0; i < size; ++i) weights[first + i] = static_cast<double>(weight[i]);
  }
  masses = PooledMasses(n, weights, target.options().batch > 0);
}

/// Makes a column of dz for each direction: n + m slopes, and what makes whole blocks of the n.
template <Real Scalar>
void resize_slopes(const Batch<Scalar>& y, const PooledMasses& masses, Index directions,
                   Matrix<Scalar>& dz) {
  const Index rows = (std::max)(y.count() + masses.targets(), y.blocks() * kBlockSize);
  if (dz.rows() == rows && dz.cols() >= directions) return;
  set_size(dz, rows, directions);
  dz.setZero();
}

/// Room for value_along(), one for each thread.
template <Real Scalar>
struct LineRoom {
  std::vector<Scalar> points;  ///< n + m, and padding of the target
  PooledSample<Scalar> pool;

  /// For samples x and y. A thread that is late finds its room made.
  void reserve(const Batch<Scalar>& x, const Batch<Scalar>& y) {
    const auto size = static_cast<std::size_t>((x.blocks() + y.blocks()) * kBlockSize);
    if (points.size() < size) points.resize(size);
    pool.reserve(x.count() + y.count());
  }
};

/// The line's D of <theta, x_i> and <theta, y_j>, x d x n and y d x m; and its slopes in dz, a
/// column of resize_slopes(). Cost O((n + m) d), and that of the line.
template <class L, Real Scalar>
Scalar value_along(const Scalar* theta, const Batch<Scalar>& x, const Batch<Scalar>& y,
                   const PooledMasses& masses, const L& line, LineRoom<Scalar>& room,
                   VectorRef<std::type_identity_t<Scalar>> dz) {
  room.reserve(x, y);
  const auto project = [&](const Batch<Scalar>& batch, Scalar* to) {
    for (Index b = 0; b < batch.blocks(); ++b)
      scaled_lanes(batch.block(b).data(), kBlockSize, kBlockSize, batch.dimension(), {theta, 0, 1},
                   nullptr, 1, to + b * kBlockSize, kBlockSize);
  };
  project(x, room.points.data());
  project(y, room.points.data() + x.count());  // over the padding of x
  room.pool.sort(room.points.data(), masses);
  return line.value_and_gradient(room.pool, VectorRef<Scalar>(dz.head(room.pool.count())));
}

/// Zero on the padding rows of dy.
template <Real Scalar>
void clear_padding(Batch<Scalar>& dy) {
  const Index padding = dy.blocks() * kBlockSize - dy.count();
  if (padding > 0) dy.block(dy.blocks() - 1).bottomRows(padding).setZero();
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
