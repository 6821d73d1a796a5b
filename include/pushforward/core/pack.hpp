#pragma once

#include "pushforward/core/block.hpp"

#include <cstring>

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

}  // namespace pushforward
