#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/team.hpp"
#include "pushforward/measures/measure.hpp"

#include <algorithm>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Samples first .. first + count - 1 of stream `key` of a measure on R^d, d x n, one a column.
/// Throws std::invalid_argument if count < 0, std::length_error if that is more than memory has
/// addresses for.
template <class M>
[[nodiscard]] Matrix<typename M::Scalar> draw(const M& measure, std::integral auto count, Key key,
                                              std::uint64_t first = 0) {
  static_assert(explain_measure<M>());
  using Scalar = typename M::Scalar;
  check_argument(count >= 0, "draw", "count", count, "at least 0");
  const Index d = measure.dimension(), n = to_index("draw", "count", count);
  check_length<Scalar>("draw", "dimension x count", d, n);
  Matrix<Scalar> samples(d, n);
  Block<Scalar> x(kBlockSize, d);
  ScratchOf<M> scratch;
  for (Index done = 0; done < n; done += kBlockSize) {
    sample(measure, key, first + static_cast<std::uint64_t>(done), x, scratch);
    const Index size = (std::min)(kBlockSize, n - done);
    samples.middleCols(done, size) = x.topRows(size).matrix().transpose();
  }
  return samples;
}

/// Samples that a team draws, and the room of its workers, kept from call to call so that nothing
/// is allocated again.
template <class M>
struct DrawRoom {
  Batch<typename M::Scalar> samples;
  std::vector<ScratchOf<M>> scratch;  ///< one for each worker
};

/// Samples first .. first + count - 1 of stream `key`, count >= 0, into room.samples, d x count.
template <Measure M>
const Batch<typename M::Scalar>& draw(const M& measure, Index count, Key key, std::uint64_t first,
                                      Team& team, DrawRoom<M>& room) {
  Batch<typename M::Scalar>& y = room.samples;
  y.resize(measure.dimension(), count);
  const auto draw_block = [&](Index worker, Index b) {
    pushforward::sample(measure, key, first + static_cast<std::uint64_t>(b * kBlockSize),
                        y.block(b), room.scratch[static_cast<std::size_t>(worker)]);
  };
  // a new scratch grows now: its worker may come to no block in the first steps
  const auto threads = static_cast<std::size_t>(team.threads());
  while (count > 0 && room.scratch.size() < threads) {
    room.scratch.emplace_back();
    draw_block(static_cast<Index>(room.scratch.size()) - 1, 0);
  }
  for_each_block(team, y.blocks(), draw_block);
  y.pad();
  return y;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
