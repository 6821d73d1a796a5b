#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/detail/pack.hpp"
#include "pushforward/core/detail/reduction.hpp"
#include "pushforward/core/lane.hpp"
#include "pushforward/core/team.hpp"
#include "pushforward/test_functions/kernel.hpp"

#include <algorithm>
#include <array>
#include <utility>

/// \file
/// Sums over pairs of samples, a block against a block, in registers: nothing of the size of a
/// matrix of pairs is ever stored. In one fixed order, and so with the same bits everywhere.

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// Samples of y that are held against the 64 of a block at once.
inline constexpr Index kTile = 8;

/// Numbers of the pairs of 64 samples with kTile others, 64 for each of these.
template <Real Scalar>
using Tile = std::array<Scalar, std::size_t(kTile* kBlockSize)>;

/// value, and slope if asked for, = k(squared) in a tile; or, to `add`, `factor` times that more. A
/// function of its own, and nothing but the loop, so that compilers make vector instructions of it.
template <bool slopes, bool add, class K, Real Scalar>
[[gnu::noinline]] void evaluate(const K& kernel, Scalar factor, const Scalar* __restrict squared,
                                Scalar* __restrict value, Scalar* __restrict slope) {
  const auto radial = kernel.template radial<Scalar>();
  for (Index i = 0; i < kTile * kBlockSize; ++i) {
    const Radial<Scalar> k = radial(squared[i]);
    value[i] = add ? value[i] + factor * k.value : k.value;
    if constexpr (slopes) slope[i] = add ? slope[i] + factor * k.slope : k.slope;
  }
}

/// The same of a kernel that may be a sum, part by part.
template <bool slopes, class K, Real Scalar>
void evaluate(const K& kernel, const Tile<Scalar>& squared, Tile<Scalar>& value,
              Tile<Scalar>& slope) {
  if constexpr (requirement::radial<K>) {
    evaluate<slopes, false>(kernel, Scalar(1), squared.data(), value.data(), slope.data());
  } else {
    value.fill(0), slope.fill(0);
    for_each_part(kernel, [&](double factor, const auto& part) {
      evaluate<slopes, true>(part, static_cast<Scalar>(factor), squared.data(), value.data(),
                             slope.data());
    });
  }
}

/// What a sum over pairs is to give.
enum class Field {
  value,    ///< the potential
  force,    ///< and its gradient
  mutually  ///< and the gradient on the other block
};

/// Rows of a block: from the first up to, not with, the last.
struct Rows {
  Index first, last;
};

/// Those of block b that hold samples begin <= i < end.
[[nodiscard]] inline Rows rows_of(Index b, Index begin, Index end) {
  const auto row = [&](Index i) { return (std::clamp)(i - b * kBlockSize, Index(0), kBlockSize); };
  return {row(begin), row(end)};
}

/// potential_i += sum_j w_j k(x_i, y_j) and dx_i += sum_j w_j slope_ij (x_i - y_j) for the 64 rows
/// of x and those rows j of y, both 64 x d, that have a weight w_j, 64; `rows` tells where they
/// are. If mutually, dy_j += sum_i w_j slope_ij (y_j - x_i) too. Columns of 64 are contiguous, as
/// in a Batch.
template <Field what, class K, Real Scalar>
void add_field(const K& kernel, Index d, const Scalar* x, const Scalar* y, const Scalar* w,
               Rows rows, Scalar* potential, Scalar* dx = nullptr,
               [[maybe_unused]] Scalar* dy = nullptr) {
  constexpr Index width = kPackSize<Scalar>, lane = kBlockSize;
  constexpr std::size_t packs = std::size_t(lane / width), tile = std::size_t(kTile);
  using Pack = detail::Pack<Scalar>;
  const auto at = [](const Scalar* from) {
    Pack pack;
    load<Scalar>(from, pack);
    return pack;
  };
  const auto all = [](Scalar number) {
    Pack pack;
    fill<Scalar>(number, pack);
    return pack;
  };
  alignas(64) Tile<Scalar> squared, value, slope;
  for (Index start = rows.first / kTile * kTile; start < rows.last; start += kTile) {
    const Scalar* const yj = y + start;
    for (Index i = 0; i < lane; i += width) {
      Pack sums[tile] = {};
      for (Index k = 0; k < d; ++k) {
        const Pack xk = at(x + k * lane + i);
        for (std::size_t q = 0; q < tile; ++q) {
          const Pack gap = xk - all(yj[k * lane + Index(q)]);
          sums[q] += gap * gap;
        }
      }
      for (std::size_t q = 0; q < tile; ++q)
        store<Scalar>(sums[q], squared.data() + Index(q) * lane + i);
    }
    evaluate<what != Field::value>(kernel, squared, value, slope);

    Scalar weight = w[start];  // of all rows of the tile, or else 1
    if (!std::all_of(w + start, w + start + kTile, [&](Scalar v) { return v == weight; })) {
      weight = 1;
      for (Index q = 0; q < kTile; ++q)
        for (Index i = q * lane; i < (q + 1) * lane; ++i)
          value[std::size_t(i)] *= w[start + q], slope[std::size_t(i)] *= w[start + q];
    }
    for (Index i = 0; i < lane; i += width) {
      Pack sum = at(value.data() + i), total = at(potential + i);
      for (Index q = 1; q < kTile; ++q) sum += at(value.data() + q * lane + i);
      total += weight * sum;
      store<Scalar>(total, potential + i);
    }
    if constexpr (what == Field::force) {
      for (Index i = 0; i < lane; i += width) {
        Pack pull[tile];
        for (std::size_t q = 0; q < tile; ++q) pull[q] = at(slope.data() + Index(q) * lane + i);
        for (Index k = 0; k < d; ++k) {
          const Pack xk = at(x + k * lane + i);
          Pack sum = pull[0] * (xk - all(yj[k * lane])), total = at(dx + k * lane + i);
          for (std::size_t q = 1; q < tile; ++q)
            sum += pull[q] * (xk - all(yj[k * lane + Index(q)]));
          total += weight * sum;
          store<Scalar>(total, dx + k * lane + i);
        }
      }
    }
    if constexpr (what == Field::mutually) {
      for (Index k = 0; k < d; ++k) {
        Pack xk[packs], totals[packs] = {};
        std::array<Pack, tile> back;
        std::array<Scalar, tile> sums;
        for (std::size_t p = 0; p < packs; ++p) xk[p] = at(x + k * lane + Index(p) * width);
        for (Index q = 0; q < kTile; ++q) {
          const Pack yk = all(yj[k * lane + q]);
          Pack force[packs];
          for (std::size_t p = 0; p < packs; ++p) {
            force[p] = at(slope.data() + q * lane + Index(p) * width) * (xk[p] - yk);
            totals[p] += force[p];
          }
          for (std::size_t half = packs / 2; half > 0; half /= 2)
            for (std::size_t p = 0; p < half; ++p) force[p] += force[p + half];
          back[std::size_t(q)] = force[0];
        }
        detail::sums<Scalar>(back, sums);
        for (std::size_t q = 0; q < tile; ++q) dy[k * lane + start + Index(q)] -= weight * sums[q];
        for (std::size_t p = 0; p < packs; ++p) {
          Scalar* const to = dx + k * lane + Index(p) * width;
          Pack total = at(to);
          total += weight * totals[p];
          store<Scalar>(total, to);
        }
      }
    }
  }
}

/// sum_i u_i sum_j w_j k(x_i, y_j) over the 64 rows of x and some rows j of y. Adds to dx and dy as
/// add_field does: without u.
template <Field what, class K, Real Scalar>
[[nodiscard]] double block_sum(const K& kernel, ConstBlockRef<Scalar> x, const Lane<Scalar>& u,
                               ConstBlockRef<Scalar> y, const Lane<Scalar>& w, Rows rows,
                               Scalar* dx = nullptr, Scalar* dy = nullptr) {
  Lane<Scalar> potential = Lane<Scalar>::Zero();
  add_field<what>(kernel, x.cols(), x.data(), y.data(), w.data(), rows, potential.data(), dx, dy);
  return static_cast<double>(weighted_sum(u, potential));
}

/// sum_ij u_i w_j k(x_i, y_j), with u(b) and w(c) the weights of the samples of a block, 64. If x
/// is y and u is w, `symmetric` saves half of it. `sums` is room for a number a block.
template <class K, Real Scalar, class U, class W>
[[nodiscard]] double pair_sum(Team& team, const K& kernel, const Batch<Scalar>& x, U u,
                              const Batch<Scalar>& y, W w, bool symmetric, Vector<double>& sums) {
  set_size(sums, x.blocks());
  for_each_block(team, x.blocks(), [&](Index, Index b) {
    const Lane<Scalar> rows = u(b);
    double total = 0;
    for (Index c = symmetric ? b : 0; c < y.blocks(); ++c) {
      const double sum = block_sum<Field::value, K, Scalar>(kernel, x.block(b), rows, y.block(c),
                                                            w(c), rows_of(c, 0, y.count()));
      total += symmetric && c > b ? 2 * sum : sum;
    }
    sums[b] = total;
  });
  return sum<double>(sums);
}

/// Calls body(b, c), b < c, once for each two of `count` things: round after round of a tournament,
/// in each of which none has two partners, so that the body may write to both. Its rounds are those
/// of the circle method: all but the last sit round a table, and meet across an axis that turns.
template <class Body>
void for_each_pair(Team& team, Index count, Body body) {
  const Index even = count + count % 2, seats = even - 1;
  for (Index round = 0; round < seats; ++round)
    team.for_each(even / 2, [&](Index, Index match) {
      const Index b = match == 0 ? round : (round + match) % seats;
      const Index c = match == 0 ? seats : (round + seats - match) % seats;
      if ((std::max)(b, c) < count) body((std::min)(b, c), (std::max)(b, c));
    });
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
