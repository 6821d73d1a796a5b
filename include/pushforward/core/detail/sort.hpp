#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/detail/elementary.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// An integer for each number, in their order: -0 is 0, and NaN, of either sign, comes last.
template <Real Scalar>
[[nodiscard]] inline Bits<Scalar> order_key(Scalar x) {
  constexpr Bits<Scalar> top = Bits<Scalar>{1} << kTopBit<Scalar>;
  const auto bits = std::bit_cast<Bits<Scalar>>(x), size = bits & ~top;
  if (size > std::bit_cast<Bits<Scalar>>(kInfinity<Scalar>)) return ~Bits<Scalar>{0};
  return (bits & top) != 0 ? top - size : top + size;
}

/// Sorts numbers, and says where each one was: a radix sort.
///
/// First by 16 or 22 bits of where a number lies between the smallest and the largest, then by
/// insertion, which has little left to do. If it has, as for numbers of very different sizes, they
/// are sorted by all their bits. Whatever the way, the result is the only one: equal numbers stay
/// in the order they came in.
template <Real Scalar>
class Sorter {
 public:
  using Place = std::uint32_t;

  /// Makes room for n numbers.
  void reserve(Index n) {
    if (static_cast<Index>(other_.size()) >= n) return;
    bins_.resize(static_cast<std::size_t>(n));
    other_.resize(static_cast<std::size_t>(n));  // the last: if memory runs out, there is no room
  }

  /// sorted_k = x_(order_k), k < n, in ascending order; equal numbers, -0 and 0 among them, as they
  /// come in x, and NaN last. n < 2^32. Allocates nothing where there is room.
  /// Cost O(n).
  void operator()(Index n, const Scalar* x, Place* order, Scalar* sorted) {
    reserve(n);
    std::iota(order, order + n, Place{0});
    const auto gather = [&] {
      for (Index k = 0; k < n; ++k) sorted[k] = x[order[k]];
    };
    const Range range(n, x);
    if (range.finite) {
      if (n > kFew) n <= kMany ? by_place<8>(n, x, range, order) : by_place<11>(n, x, range, order);
      gather();
      if (by_insertion(n, order, sorted)) return;
    }
    for (int shift = 0; shift <= kTopBit<Scalar>; shift += 16)
      by_digits<8>(n, order, [x, shift](Place i) {
        return static_cast<Place>(order_key(x[i]) >> shift & 0xffff);
      });
    gather();
  }

 private:
  static constexpr Index kFew = 24, kMany = 4096;

  struct Range {
    Scalar low, high;
    bool finite;

    Range(Index n, const Scalar* x) {  // 64 at a time, so that it takes vector instructions
      Scalar lows[64], highs[64];
      Bits<Scalar> sizes[64] = {};
      std::fill_n(lows, 64, n > 0 ? x[0] : Scalar(0));
      std::fill_n(highs, 64, lows[0]);
      const auto add = [&](const Scalar* from, Index count) {
        for (Index i = 0; i < count; ++i) {
          const Scalar number = from[i];
          const auto size = std::bit_cast<Bits<Scalar>>(number) << 1;
          lows[i] = number < lows[i] ? number : lows[i];
          highs[i] = number > highs[i] ? number : highs[i];
          sizes[i] = size > sizes[i] ? size : sizes[i];
        }
      };
      Index i = 0;
      for (; i + 64 <= n; i += 64) add(x + i, 64);
      add(x + i, n - i);
      low = *std::min_element(lows, lows + 64);
      high = *std::max_element(highs, highs + 64);
      finite = *std::max_element(sizes, sizes + 64) < std::bit_cast<Bits<Scalar>>(kInfinity<Scalar>)
                                                          << 1;
    }
  };

  /// By key(i) < 2^(2 Width), its lower digit, then its upper one; those of equal keys stay in
  /// order.
  template <int Width, class Key>
  void by_digits(Index n, Place* order, Key key) {
    constexpr Place size = Place{1} << Width;
    Place lower[size] = {}, upper[size] = {};
    for (Index i = 0; i < n; ++i) {
      const Place number = key(static_cast<Place>(i));
      ++lower[number % size];
      ++upper[number / size];
    }
    for (Place digit = 0, sum = 0, sums = 0; digit < size; ++digit) {
      sum += std::exchange(lower[digit], sum);
      sums += std::exchange(upper[digit], sums);
    }
    Place* const other = other_.data();
    for (Index k = 0; k < n; ++k) {
      const Place i = order[k];
      other[lower[key(i) % size]++] = i;
    }
    for (Index k = 0; k < n; ++k) {
      const Place i = other[k];
      Place& next = upper[key(i) / size];
      order[next++] = i;
    }
  }

  /// By the integer part of 2^(2 Width) (x - low) / (high - low); not at all where high - low is 0
  /// or infinite.
  template <int Width>
  void by_place(Index n, const Scalar* x, const Range& range, Place* order) {
    constexpr Scalar most = (Index(1) << (2 * Width)) - 1;
    const Scalar low = range.low, scale = most / (range.high - low);
    if (!(is_finite(scale) && scale > 0)) return;
    Place* const bins = bins_.data();
    for (Index i = 0; i < n; ++i)
      bins[i] = static_cast<Place>(static_cast<std::int32_t>((x[i] - low) * scale));
    by_digits<Width>(n, order, [bins](Place i) { return bins[i]; });
  }

  /// False, and not done, if it takes many moves.
  static bool by_insertion(Index n, Place* order, Scalar* sorted) {
    Index moves = n * kFew;
    for (Index k = 1; k < n; ++k) {
      if (!(sorted[k] < sorted[k - 1])) continue;
      const Scalar number = sorted[k];
      const Place place = order[k];
      Index to = k;
      for (; to > 0 && number < sorted[to - 1]; --to) {
        sorted[to] = sorted[to - 1];
        order[to] = order[to - 1];
      }
      sorted[to] = number;
      order[to] = place;
      if ((moves -= k - to) < 0) return false;
    }
    return true;
  }

  std::vector<Place> bins_, other_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
