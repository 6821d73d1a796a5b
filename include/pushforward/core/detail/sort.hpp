#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/detail/elementary.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <type_traits>
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
/// in the order they came in. A number moves with its place, so that memory is read in order.
template <Real Scalar>
class Sorter {
 public:
  using Place = std::uint32_t;

  /// Makes room for n numbers.
  void reserve(Index n) {
    if (static_cast<Index>(other_.size()) < n) other_.resize(static_cast<std::size_t>(n));
  }

  /// sorted_k = x_(order_k), k < n, in ascending order; equal numbers, -0 and 0 among them, as they
  /// come in x, and NaN last. n < 2^32. Allocates nothing where there is room.
  /// Cost O(n).
  void operator()(Index n, const Scalar* x, Place* order, Scalar* sorted) {
    reserve(n);
    sort(n, x, other_.data(), order, sorted);
  }

  /// The same without their places.
  void operator()(Index n, const Scalar* x, Scalar* sorted) {
    if (static_cast<Index>(numbers_.size()) < n) numbers_.resize(static_cast<std::size_t>(n));
    sort(n, x, numbers_.data(), nullptr, sorted);
  }

 private:
  static constexpr Index kFew = 24, kMany = 4096;

  struct Item {
    Scalar number;
    Place place;
  };

  struct Range {
    Scalar low, high;
    bool finite;

    /// What puts numbers between low and high at places 0, 1, ..., 2^(2 width) - 1.
    [[nodiscard]] Scalar scale(int width) const {
      return static_cast<Scalar>((Index(1) << (2 * width)) - 1) / (high - low);
    }
    /// Whether there is such a scale: not where high - low is 0, nearly so, or infinite.
    [[nodiscard]] bool has_scale(int width) const {
      return is_finite(scale(width)) && scale(width) > 0;
    }
    [[nodiscard]] auto place(int width) const {
      return [from = low, scale = scale(width)](Scalar number) {
        return static_cast<Place>(static_cast<std::int32_t>((number - from) * scale));
      };
    }

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

  static Scalar number_of(Scalar number) { return number; }
  static Scalar number_of(const Item& item) { return item.number; }

  /// Room for n numbers, with their places unless `order` is nullptr.
  template <class Moved, class Order>
  void sort(Index n, const Scalar* x, Moved* other, Order order, Scalar* sorted) {
    const Range range(n, x);
    const auto first = [x](Index k) {
      if constexpr (kPlaces<Order>)
        return Item{x[k], static_cast<Place>(k)};
      else
        return x[k];
    };
    const auto again = [&](Index k) {
      if constexpr (kPlaces<Order>)
        return Item{sorted[k], order[k]};
      else
        return sorted[k];
    };
    const auto copy = [&] {
      std::copy_n(x, n, sorted);
      if constexpr (kPlaces<Order>) std::iota(order, order + n, Place{0});
    };
    if (range.finite) {
      if (n <= kFew || !range.has_scale(n <= kMany ? 8 : 11))
        copy();
      else if (n <= kMany)
        by_digits<8>(n, first, other, order, sorted, range.place(8));
      else
        by_digits<11>(n, first, other, order, sorted, range.place(11));
      if (by_insertion(n, order, sorted)) return;
    } else {
      copy();
    }
    for (int shift = 0; shift <= kTopBit<Scalar>; shift += 16)
      by_digits<8>(n, again, other, order, sorted, [shift](Scalar number) {
        return static_cast<Place>(order_key(number) >> shift & 0xffff);
      });
  }

  /// By key(number) < 2^(2 Width), its lower digit, then its upper one; those of equal keys stay in
  /// order.
  template <int Width, class From, class Moved, class Order, class Key>
  static void by_digits(Index n, From from, Moved* other, Order order, Scalar* sorted, Key key) {
    constexpr Place size = Place{1} << Width;
    Place lower[size] = {}, upper[size] = {};
    for (Index k = 0; k < n; ++k) {
      const Place number = key(number_of(from(k)));
      ++lower[number % size];
      ++upper[number / size];
    }
    for (Place digit = 0, sum = 0, sums = 0; digit < size; ++digit) {
      sum += std::exchange(lower[digit], sum);
      sums += std::exchange(upper[digit], sums);
    }
    for (Index k = 0; k < n; ++k) {
      const Moved moved = from(k);
      other[lower[key(number_of(moved)) % size]++] = moved;
    }
    for (Index k = 0; k < n; ++k) {
      const Moved moved = other[k];
      const Place to = upper[key(number_of(moved)) / size]++;
      sorted[to] = number_of(moved);
      if constexpr (kPlaces<Order>) order[to] = moved.place;
    }
  }

  /// False, and not done, if it takes many moves.
  template <class Order>
  static bool by_insertion(Index n, Order order, Scalar* sorted) {
    Index moves = n * kFew;
    for (Index k = 1; k < n; ++k) {
      if (!(sorted[k] < sorted[k - 1])) continue;
      const Scalar number = sorted[k];
      [[maybe_unused]] Place place = 0;
      if constexpr (kPlaces<Order>) place = order[k];
      Index to = k;
      for (; to > 0 && number < sorted[to - 1]; --to) {
        sorted[to] = sorted[to - 1];
        if constexpr (kPlaces<Order>) order[to] = order[to - 1];
      }
      sorted[to] = number;
      if constexpr (kPlaces<Order>) order[to] = place;
      if ((moves -= k - to) < 0) return false;
    }
    return true;
  }

  template <class Order>
  static constexpr bool kPlaces = !std::is_same_v<Order, std::nullptr_t>;

  std::vector<Item> other_;
  std::vector<Scalar> numbers_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
