#pragma once

#include "pushforward/core/block.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

/// \file
/// As many numbers as one register holds: what the compiler's vector extensions give under g++ and
/// clang++, and plain loops elsewhere, or if PUSHFORWARD_PLAIN_PACKS is defined. The results depend
/// neither on the width nor on that.

namespace pushforward {

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

namespace detail {

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
    friend type operator*(Scalar factor, type pack) {
      for (Scalar& lane : pack.lane) lane *= factor;
      return pack;
    }
    friend type operator*(type a, const type& b) {
      for (Index i = 0; i < kPackSize<Scalar>; ++i) a.lane[i] *= b.lane[i];
      return a;
    }
  };
};
#endif

}  // namespace detail

/// kPackSize numbers with `+=`, `scalar * pack` and `pack * pack`.
template <Real Scalar>
using Pack = typename detail::PackOf<Scalar>::type;

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
  pack = Pack<Scalar>{} + value;
#else
  for (Scalar& lane : pack.lane) lane = value;
#endif
}

/// low, high = a_0 b_0 a_1 b_1 ...: the entries of a and b in turn, in two packs.
template <Real Scalar>
inline void interleave(const Pack<Scalar>& a, const Pack<Scalar>& b, Pack<Scalar>& low,
                       Pack<Scalar>& high) {
  constexpr int n = int(kPackSize<Scalar>);
#if defined(PUSHFORWARD_VECTOR_EXTENSIONS)
  [&]<int... i>(std::integer_sequence<int, i...>) {
    low = __builtin_shufflevector(a, b, (i / 2 + i % 2 * n)...);
    high = __builtin_shufflevector(a, b, (n / 2 + i / 2 + i % 2 * n)...);
  }
  (std::make_integer_sequence<int, n>());
#else
  for (int i = 0; i < n; ++i) {
    low.lane[i] = i % 2 == 0 ? a.lane[i / 2] : b.lane[i / 2];
    high.lane[i] = i % 2 == 0 ? a.lane[n / 2 + i / 2] : b.lane[n / 2 + i / 2];
  }
#endif
}

/// to_i = from_(i + Shift), counted round the end.
template <int Shift, Real Scalar>
inline void rotate(const Pack<Scalar>& from, Pack<Scalar>& to) {
  constexpr int n = int(kPackSize<Scalar>);
#if defined(PUSHFORWARD_VECTOR_EXTENSIONS)
  [&]<int... i>(std::integer_sequence<int, i...>) {
    to = __builtin_shufflevector(from, from, ((i + Shift) % n)...);
  }
  (std::make_integer_sequence<int, n>());
#else
  for (int i = 0; i < n; ++i) to.lane[i] = from.lane[(i + Shift) % n];
#endif
}

/// The sum of the entries, halved again and again: (a_0 + a_(n/2)) + (a_(n/4) + a_(3n/4)) + ...
template <Real Scalar, int Half = int(kPackSize<Scalar>) / 2>
[[nodiscard]] inline Scalar sum(Pack<Scalar> pack) {
  if constexpr (Half == 0) {
    Scalar first;
    std::memcpy(&first, &pack, sizeof first);
    return first;
  } else {
    Pack<Scalar> other;
    rotate<Half, Scalar>(pack, other);
    pack += other;
    return sum<Scalar, Half / 2>(pack);
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

}  // namespace pushforward
