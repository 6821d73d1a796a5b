#pragma once

#include "pushforward/core/block.hpp"

#include <cstring>
#include <utility>

/// \file
/// As many numbers as one register holds: what the compiler's vector extensions give under g++ and
/// clang++, and a plain loop elsewhere. The results do not depend on the width.

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

#if defined(__GNUC__)
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
    friend type operator*(Scalar factor, const type& pack) {
      type product;
      for (Index i = 0; i < kPackSize<Scalar>; ++i) product.lane[i] = factor * pack.lane[i];
      return product;
    }
  };
};
#endif

}  // namespace detail

/// kPackSize numbers with `+=` and `scalar * pack`.
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

/// low, high = a_0 b_0 a_1 b_1 ...: the entries of a and b in turn, in two packs.
template <Real Scalar>
inline void interleave(const Pack<Scalar>& a, const Pack<Scalar>& b, Pack<Scalar>& low,
                       Pack<Scalar>& high) {
  constexpr int n = int(kPackSize<Scalar>);
#if defined(__GNUC__)
  [&]<int... i>(std::integer_sequence<int, i...>) {
    low = __builtin_shufflevector(a, b, (i / 2 + i % 2 * n)...);
    high = __builtin_shufflevector(a, b, (n / 2 + i / 2 + i % 2 * n)...);
  }(std::make_integer_sequence<int, n>());
#else
  for (int i = 0; i < n; ++i) {
    low.lane[i] = i % 2 == 0 ? a.lane[i / 2] : b.lane[i / 2];
    high.lane[i] = i % 2 == 0 ? a.lane[n / 2 + i / 2] : b.lane[n / 2 + i / 2];
  }
#endif
}

/// Packs as the rows of a square matrix become its columns: log2(kPackSize) rounds of interleaving
/// row i with row i + kPackSize / 2.
template <Real Scalar>
inline void transpose(Pack<Scalar> (&rows)[kPackSize<Scalar>]) {
  constexpr Index n = kPackSize<Scalar>;
  for (Index round = 1; round < n; round *= 2) {
    Pack<Scalar> next[n];
    for (Index i = 0; i < n / 2; ++i)
      interleave<Scalar>(rows[i], rows[i + n / 2], next[2 * i], next[2 * i + 1]);
    for (Index i = 0; i < n; ++i) rows[i] = next[i];
  }
}

}  // namespace pushforward
