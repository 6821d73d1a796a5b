#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/core/vector_math.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

/// \file
/// Counter-based random numbers: sample i of a stream is a pure function of (seed, stream, i).

namespace pushforward::inline PUSHFORWARD_ISA {

/// Names a stream of random numbers. Two streams of one seed never share a counter.
struct Key {
  static constexpr std::string_view kName = "Key";
  [[nodiscard]] constexpr auto description() const {
    return describe("seed", seed, "stream", stream);
  }

  std::uint64_t seed = 0;
  std::uint32_t stream = 0;

  /// A key for a part of whatever this key is for; other parts give unrelated streams.
  [[nodiscard]] constexpr Key part(std::uint32_t which) const noexcept;

  friend bool operator==(const Key&, const Key&) = default;
};

/// Philox4x32-10 (Salmon, Moraes, Dror & Shaw, SC 2011) of N counters at once, in place.
///
/// One round: (c0, c1, c2, c3) -> (hi(B c2) ^ c1 ^ k0, lo(B c2), hi(A c0) ^ c3 ^ k1, lo(A c0)),
/// then the key is bumped by the golden ratio and sqrt(3) - 1.
template <std::size_t N>
constexpr void philox4x32(std::array<std::array<std::uint32_t, N>, 4>& c,
                          std::array<std::uint32_t, 2> key) noexcept {
  constexpr std::uint64_t a = 0xD2511F53U, b = 0xCD9E8D57U;
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < N; ++i) {
      const std::uint64_t p = a * c[0][i], q = b * c[2][i];
      c[0][i] = static_cast<std::uint32_t>(q >> 32) ^ c[1][i] ^ key[0];
      c[1][i] = static_cast<std::uint32_t>(q);
      c[2][i] = static_cast<std::uint32_t>(p >> 32) ^ c[3][i] ^ key[1];
      c[3][i] = static_cast<std::uint32_t>(p);
    }
    key[0] += 0x9E3779B9U;
    key[1] += 0xBB67AE85U;
  }
}

namespace detail {

template <std::size_t N>
using Words = std::array<std::array<std::uint32_t, N>, 4>;

/// The four words of draw `draw` for samples first .. first + N - 1 of a stream.
/// Counter: (i mod 2^32, i / 2^32, draw, stream); key: the seed. i wraps around at 2^64.
/// Blocks use the draws below kSequenceDraws, sequences those from there on.
template <std::size_t N>
constexpr Words<N> random_words(Key key, std::uint64_t first, std::uint32_t draw) noexcept {
  Words<N> words;
  for (std::size_t i = 0; i < N; ++i) {
    words[0][i] = static_cast<std::uint32_t>(first + i);
    words[1][i] = static_cast<std::uint32_t>((first + i) >> 32);
    words[2][i] = draw;
    words[3][i] = key.stream;
  }
  philox4x32(words,
             {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)});
  return words;
}

inline constexpr std::uint32_t kSequenceDraws = 0x80000000U;

/// Real numbers that one draw of four words gives: 4 float, 2 double.
template <Real Scalar>
inline constexpr Index kRealsPerDraw = 16 / Index(sizeof(Scalar));

/// Word j of draw words, j < kRealsPerDraw.
template <Real Scalar, std::size_t N>
constexpr Bits<Scalar> word(const Words<N>& words, std::size_t j, std::size_t i) noexcept {
  if constexpr (sizeof(Scalar) == 4)
    return words[j][i];
  else
    return (std::uint64_t{words[2 * j + 1][i]} << 32) | words[2 * j][i];
}

/// (b + 1/2) 2^-m in (0, 1), from the top m bits b of a word; m = 23 for float, 52 for double.
/// Exact: the bits are put behind the exponent of [1, 2), then 1 is taken off.
template <Real Scalar>
constexpr Scalar open_unit(Bits<Scalar> word) noexcept {
  constexpr int m = std::numeric_limits<Scalar>::digits - 1;
  constexpr int size = int(sizeof(Scalar)) * 8;
  constexpr Bits<Scalar> one = std::bit_cast<Bits<Scalar>>(Scalar(1));
  return (std::bit_cast<Scalar>((word >> (size - m)) | one) - Scalar(1)) +
         std::numeric_limits<Scalar>::epsilon() / 2;
}

/// What normal_from_tail() makes a normal number of: the top bit of a word is the sign, the others
/// are a probability in (0, 1/2).
template <Real Scalar>
constexpr Scalar normal_tail_of(Bits<Scalar> word) noexcept {
  Scalar p;
  if constexpr (kSingle<Scalar>)
    p = (static_cast<float>(static_cast<std::int32_t>(word & 0x7FFFFFFFU)) + 0.5F) * 0x1p-32F;
  else
    p = open_unit<double>(word << 1) / 2;
  const Bits<Scalar> sign = (word >> kTopBit<Scalar>) << kTopBit<Scalar>;
  return std::bit_cast<Scalar>(std::bit_cast<Bits<Scalar>>(p) | sign);
}

/// Calls fill(column, word of each lane) for every column of a 64 x d block.
template <Real Scalar, class Fill>
void for_each_column(Key key, std::uint64_t first, BlockRef<Scalar> x, Fill fill) {
  constexpr Index reals = kRealsPerDraw<Scalar>;
  for (Index column = 0; column < x.cols(); column += reals) {
    const auto words =
        random_words<kBlockSize>(key, first, static_cast<std::uint32_t>(column / reals));
    const Index count = (std::min)(reals, x.cols() - column);
    for (Index j = 0; j < count; ++j) {
      std::array<Bits<Scalar>, kBlockSize> lane;
      for (std::size_t i = 0; i < kBlockSize; ++i)
        lane[i] = word<Scalar>(words, static_cast<std::size_t>(j), i);
      fill(column + j, lane);
    }
  }
}

}  // namespace detail

constexpr Key Key::part(std::uint32_t which) const noexcept {
  detail::Words<1> words{{{which}, {stream}, {0x70617274U}, {0xFFFFFFFFU}}};
  philox4x32(words, {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return {(std::uint64_t{words[1][0]} << 32) | words[0][0], words[2][0]};
}

/// u, 64 x d: row i holds d independent uniforms on (0, 1), a function of (key, first + i).
/// Never 0, never 1; 2^23 (float) or 2^52 (double) equidistant values, symmetric about 1/2.
template <Real Scalar>
void uniforms(Key key, std::uint64_t first, BlockRef<Scalar> u) {
  detail::for_each_column<Scalar>(key, first, u, [&](Index column, const auto& bits) {
    for (std::size_t i = 0; i < kBlockSize; ++i)
      u(static_cast<Index>(i), column) = detail::open_unit<Scalar>(bits[i]);
  });
}

/// z, 64 x d: row i holds d independent standard normals, a function of (key, first + i).
///
/// One word gives one normal: its top bit is the sign of z, the others are the probability p in
/// (0, 1/2] of the tail beyond |z|, so that both tails are as fine as the bits allow (|z| up to 6.3
/// for float, 8.3 for double).
template <Real Scalar>
void normals(Key key, std::uint64_t first, BlockRef<Scalar> z) {
  detail::for_each_column<Scalar>(key, first, z, [&](Index column, const auto& bits) {
    Lane<Scalar> tail;
    for (std::size_t i = 0; i < kBlockSize; ++i)
      tail.data()[i] = detail::normal_tail_of<Scalar>(bits[i]);
    normal_from_tail(tail);
    z.col(column) = tail;
  });
}

/// z, d: sample i alone, with the bits of its row of normals().
template <Real Scalar>
void normals_one(Key key, std::uint64_t i, VectorRef<Scalar> z) {
  constexpr Index reals = detail::kRealsPerDraw<Scalar>;
  for (Index column = 0; column < z.size(); column += reals) {
    const auto words = detail::random_words<1>(key, i, static_cast<std::uint32_t>(column / reals));
    for (Index j = 0; j < (std::min)(reals, z.size() - column); ++j)
      z[column + j] = normal_from_tail(detail::normal_tail_of<Scalar>(
          detail::word<Scalar>(words, static_cast<std::size_t>(j), 0)));
  }
}

/// One number after another: the scalar draws of sample i of a stream, for laws that need an
/// unknown number of them, 2^31 at most. They share no word with uniforms() and normals() of the
/// same key.
template <Real Scalar>
class RandomSequence {
 public:
  RandomSequence(Key key, std::uint64_t sample) : key_(key), sample_(sample) {}

  /// Uniform on (0, 1).
  Scalar uniform() { return detail::open_unit<Scalar>(word()); }

  /// Standard normal.
  Scalar normal() { return normal_from_tail(detail::normal_tail_of<Scalar>(word())); }

  /// Gamma of the given shape > 0 and rate 1 (Marsaglia & Tsang 2000; below shape 1 by
  /// G(a) = G(a + 1) U^(1/a)).
  Scalar gamma(Scalar shape) {
    if (shape < 1) {
      const Scalar boost = exp(log(uniform()) / shape);
      return gamma(shape + 1) * boost;
    }
    const Scalar d = shape - Scalar(1) / 3, c = 1 / std::sqrt(9 * d);
    for (;;) {
      const Scalar x = normal(), v = (1 + c * x) * (1 + c * x) * (1 + c * x);
      if (v > 0 && log(uniform()) < x * x / 2 + d - d * v + d * log(v)) return d * v;
    }
  }

 private:
  detail::Bits<Scalar> word() {
    return detail::word<Scalar>(detail::random_words<1>(key_, sample_, draw_++), 0, 0);
  }

  Key key_;
  std::uint64_t sample_;
  std::uint32_t draw_ = detail::kSequenceDraws;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
