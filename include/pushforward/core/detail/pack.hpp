#pragma once

#include "pushforward/core/block.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

/// \file
/// As many numbers as one register holds: what the compiler's vector extensions give under g++ and
/// clang++, and plain loops elsewhere, or if PUSHFORWARD_PLAIN_PACKS is defined. The results depend
/// neither on the width nor on that.

namespace pushforward::inline PUSHFORWARD_ISA::detail {

#if defined(__AVX512F__)
inline constexpr Index kPackBytes = 64;
#elif defined(__AVX__)
inline constexpr Index kPackBytes = 32;
#else
inline constexpr Index kPackBytes = 16;
#endif

/// Registers that hold a pack: what bounds the number of sums a loop keeps at once.
#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr int kPackRegisters = 32;
#else
inline constexpr int kPackRegisters = 16;
#endif

/// Numbers in a pack.
template <Real Scalar>
inline constexpr Index kPackSize = kPackBytes / Index(sizeof(Scalar));

#if defined(__GNUC__) && !defined(PUSHFORWARD_PLAIN_PACKS)
#define PUSHFORWARD_VECTOR_EXTENSIONS 1
template <Real Scalar>
struct PackOf {
  typedef Scalar type __attribute__((vector_size(kPackBytes)));
};
#else
template <Real Scalar>
struct PackOf {
  struct type {
    Scalar lane[kPackSize<Scalar>];
    type& operator+=(const type& other) {
      for (Index i = 0; i < kPackSize<Scalar>; ++i) lane[i] += other.lane[i];
      return *this;
    }
    friend type operator-(type a, const type& b) {
      for (Index i = 0; i < kPackSize<Scalar>; ++i) a.lane[i] -= b.lane[i];
      return a;
    }
    friend type operator*(Scalar factor, type pack) {
      for (Index i = 0; i < kPackSize<Scalar>; ++i) pack.lane[i] *= factor;
      return pack;
    }
    friend type operator*(type a, const type& b) {
      for (Index i = 0; i < kPackSize<Scalar>; ++i) a.lane[i] *= b.lane[i];
      return a;
    }
  };
};
#endif

/// kPackSize numbers with `+=`, `pack - pack`, `scalar * pack` and `pack * pack`.
template <Real Scalar>
using Pack = typename PackOf<Scalar>::type;

/// pack = from[0 .. kPackSize). `from` needs no alignment.
template <Real Scalar>
inline void load(const Scalar* from, Pack<Scalar>& pack) {
  std::memcpy(&pack, from, sizeof(Pack<Scalar>));
}

/// to[0 .. kPackSize) = pack. `to` needs no alignment.
template <Real Scalar>
inline void store(const Pack<Scalar>& pack, Scalar* to) {
  std::memcpy(to, &pack, sizeof(Pack<Scalar>));
}

/// pack = value in every place.
template <Real Scalar>
inline void fill(Scalar value, Pack<Scalar>& pack) {
#if defined(PUSHFORWARD_VECTOR_EXTENSIONS)
  pack = value - Pack<Scalar>{};  // -0, too, stays what it is
#else
  for (Scalar& lane : pack.lane) lane = value;
#endif
}

/// out_j = the entry i_j of a, and of b from kPackSize on.
template <Real Scalar, int... i>
inline void shuffle(const Pack<Scalar>& a, const Pack<Scalar>& b, Pack<Scalar>& out) {
#if !defined(PUSHFORWARD_VECTOR_EXTENSIONS)
  constexpr int n = int(kPackSize<Scalar>);
  out = {{(i < n ? a.lane[i % n] : b.lane[i % n])...}};
#elif __has_builtin(__builtin_shufflevector)
  out = __builtin_shufflevector(a, b, i...);
#else  // g++ 11
  using Int = std::conditional_t<sizeof(Scalar) == 4, std::int32_t, std::int64_t>;
  typedef Int Places __attribute__((vector_size(kPackBytes)));
  out = __builtin_shuffle(a, b, Places{i...});
#endif
}

/// low, high = a_0 b_0 a_1 b_1 ...: the entries of a and b in turn, in two packs.
template <Real Scalar>
inline void interleave(const Pack<Scalar>& a, const Pack<Scalar>& b, Pack<Scalar>& low,
                       Pack<Scalar>& high) {
  constexpr int n = int(kPackSize<Scalar>);
  [&]<int... i>(std::integer_sequence<int, i...>) {
    shuffle<Scalar, (i / 2 + i % 2 * n)...>(a, b, low);
    shuffle<Scalar, (n / 2 + i / 2 + i % 2 * n)...>(a, b, high);
  }
  (std::make_integer_sequence<int, n>());
}

/// to_i = from_(i + Shift), counted round the end.
template <int Shift, Real Scalar>
inline void rotate(const Pack<Scalar>& from, Pack<Scalar>& to) {
  constexpr int n = int(kPackSize<Scalar>);
  [&]<int... i>(std::integer_sequence<int, i...>) {
    shuffle<Scalar, ((i + Shift) % n)...>(from, from, to);
  }
  (std::make_integer_sequence<int, n>());
}

/// Halves a pack again and again until its first `Left` entries are the sums of all:
/// (a_0 + a_(n/2)) + (a_(n/4) + a_(3n/4)) + ...
template <Real Scalar, int Half, int Left>
inline void fold(Pack<Scalar>& pack) {
  if constexpr (Half >= Left) {
    Pack<Scalar> other;
    rotate<Half, Scalar>(pack, other);
    pack += other;
    fold<Scalar, Half / 2, Left>(pack);
  }
}

/// The sum of the entries, halved again and again.
template <Real Scalar>
[[nodiscard]] inline Scalar sum(Pack<Scalar> pack) {
  fold<Scalar, int(kPackSize<Scalar>) / 2, 1>(pack);
  Scalar first;
  std::memcpy(&first, &pack, sizeof first);
  return first;
}

/// sums_q = sum(packs_q), to the bit, for a power of two of packs at once: two packs of half sums
/// become one, a half of each in turn.
template <Real Scalar, std::size_t Count>
inline void sums(std::array<Pack<Scalar>, Count> packs, std::array<Scalar, Count>& sums) {
  constexpr std::size_t n = std::size_t(kPackSize<Scalar>), merged = n < Count ? n : Count;
  for (std::size_t left = Count; left > Count / merged; left /= 2)
    for (std::size_t q = 0; q < left / 2; ++q) {
      Pack<Scalar> low, high;
      interleave<Scalar>(packs[q], packs[q + left / 2], low, high);
      packs[q] = low;
      packs[q] += high;
    }
  for (std::size_t q = 0; q < Count / merged; ++q) {
    Pack<Scalar> total = packs[q];
    fold<Scalar, int(n) / 2, int(merged)>(total);
    Scalar lanes[n];
    store<Scalar>(total, lanes);
    for (std::size_t i = 0; i < merged; ++i) sums[q + Count / merged * i] = lanes[i];
  }
}

/// Packs as the rows of a square matrix become its columns: log2(kPackSize) rounds of interleaving
/// row i with row i + kPackSize / 2.
template <Real Scalar>
inline void transpose(std::array<Pack<Scalar>, std::size_t(kPackSize<Scalar>)>& rows) {
  constexpr std::size_t n = std::size_t(kPackSize<Scalar>);
  for (std::size_t round = 1; round < n; round *= 2) {
    std::array<Pack<Scalar>, n> next;
    for (std::size_t i = 0; i < n / 2; ++i)
      interleave<Scalar>(rows[i], rows[i + n / 2], next[2 * i], next[2 * i + 1]);
    rows = next;
  }
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
