#pragma once

#include "pushforward/core/block.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <type_traits>

/// \file
/// What elementary functions are made of, for one number: bits, and formulas without branches.

namespace pushforward::inline PUSHFORWARD_ISA::detail {

template <Real Scalar>
inline constexpr bool kSingle = std::is_same_v<Scalar, float>;

template <Real Scalar>
using Bits = std::conditional_t<kSingle<Scalar>, std::uint32_t, std::uint64_t>;

/// The bits of a number after its leading one: 23 or 52.
template <Real Scalar>
inline constexpr int kFractionBits = std::numeric_limits<Scalar>::digits - 1;

/// The place of the sign bit: 31 or 63.
template <Real Scalar>
inline constexpr int kTopBit = std::numeric_limits<Bits<Scalar>>::digits - 1;

/// What is added to k to make the exponent bits of 2^k: 127 or 1023.
template <Real Scalar>
inline constexpr int kExponentBias = std::numeric_limits<Scalar>::max_exponent - 1;

template <Real Scalar>
inline constexpr Scalar kInfinity = std::numeric_limits<Scalar>::infinity();

template <Real Scalar>
inline constexpr Scalar kNaN = std::numeric_limits<Scalar>::quiet_NaN();

/// exp of less is 0, exp of more is infinity.
template <Real Scalar>
inline constexpr Scalar kLowestExponent = kSingle<Scalar> ? -104 : -746;
template <Real Scalar>
inline constexpr Scalar kHighestExponent = kSingle<Scalar> ? 89 : 710;

/// The sum is ln 2; a product of the first part and an exponent is exact.
template <Real Scalar>
inline constexpr Scalar kLn2[] = {
    Scalar(kSingle<Scalar> ? 0x1.62e4p-1 : 0x1.62e42fefa4p-1),
    Scalar(kSingle<Scalar> ? 0x1.7f7d1cf79abcap-20 : -0x1.8432a1b0e2634p-43)};

/// The sum is pi / 2; a product of one of the first three parts and k is exact up to |k| = 2^13,
/// or 2^26 for double (Cody and Waite 1980).
template <Real Scalar>
inline constexpr Scalar kHalfPi[] = {
    Scalar(kSingle<Scalar> ? 0x1.92p+0 : 0x1.921fb54p+0),
    Scalar(kSingle<Scalar> ? 0x1.fb4p-12 : 0x1.10b46p-30),
    Scalar(kSingle<Scalar> ? 0x1.444p-24 : 0x1.1a6263p-54),
    Scalar(kSingle<Scalar> ? 0x1.68c234c4c6629p-39 : 0x1.8a2e03707344ap-81)};

/// c0 + c1 x + c2 x^2 + ...
template <Real Scalar, class... Rest>
[[nodiscard]] constexpr Scalar polynomial(Scalar x, double c0, Rest... rest) {
  if constexpr (sizeof...(rest) == 0)
    return static_cast<Scalar>(c0);
  else
    return static_cast<Scalar>(c0) + x * polynomial(x, rest...);
}

/// 1 if a < b, else 0: a condition for select().
template <Real Scalar>
[[nodiscard]] inline Bits<Scalar> less(Scalar a, Scalar b) {
#if defined(__SSE2__) && !defined(__SSE4_2__) && !defined(__clang__)
  if constexpr (!kSingle<Scalar>) {
    // g++ has no comparison of vectors of double there. Is a - b, never -0, negative and no NaN?
    const Scalar d = (a - b) + 0;
    const Bits<Scalar> nan = std::bit_cast<Bits<Scalar>>(kInfinity<Scalar>) + 1;
    const Bits<Scalar> ordered = std::bit_cast<Bits<Scalar>>(std::abs(d)) - nan;
    return (std::bit_cast<Bits<Scalar>>(d) & ordered) >> kTopBit<Scalar>;
  }
#endif
  return static_cast<Bits<Scalar>>(a < b);
}

/// `yes` if the condition is 1, `no` if it is 0; not by `?:`, which g++ may leave a branch.
template <Real Scalar>
[[nodiscard]] inline Scalar select(Bits<Scalar> condition, Scalar yes, Scalar no) {
  const Bits<Scalar> mask = Bits<Scalar>{0} - condition;
  return std::bit_cast<Scalar>((std::bit_cast<Bits<Scalar>>(yes) & mask) |
                               (std::bit_cast<Bits<Scalar>>(no) & ~mask));
}

/// The integer nearest to a b, |a b| < 2^22 or 2^31: what the last bits of a b + 3/2 2^23, or 2^52,
/// hold. Some integer where a b is larger or NaN.
template <Real Scalar>
[[nodiscard]] inline int nearest(Scalar a, Scalar b) {
  constexpr Scalar up = kSingle<Scalar> ? 0x3p22 : 0x3p51;
  const Bits<Scalar> last =
      std::bit_cast<Bits<Scalar>>(a * b + up) - std::bit_cast<Bits<Scalar>>(up);
  return static_cast<int>(static_cast<std::uint32_t>(last & 0xffffffffU));
}

/// 2^k, a normal number; some number where k is out of range, as it may be for NaN.
template <Real Scalar>
[[nodiscard]] inline Scalar power_of_two(int k) {
  return std::bit_cast<Scalar>((static_cast<Bits<Scalar>>(k) + Bits<Scalar>(kExponentBias<Scalar>))
                               << kFractionBits<Scalar>);
}

/// sqrt(x) for a positive normal number, to 1 unit in the last place. Newton's method: the bits of
/// x give y = 1 / sqrt(x) to 4 percent, 2 or 3 steps to half of the digits, one for sqrt(x) to all.
/// No std::sqrt, which is no vector instruction unless -fno-math-errno.
template <Real Scalar>
[[nodiscard]] inline Scalar square_root(Scalar x) {
  constexpr auto guess =
      static_cast<Bits<Scalar>>(kSingle<Scalar> ? 0x5f3759dfU : 0x5fe6eb50c7b537a9U);
  const Scalar half = x / 2;
  Scalar y = std::bit_cast<Scalar>(guess - (std::bit_cast<Bits<Scalar>>(x) >> 1));
  for (int step = 0; step < (kSingle<Scalar> ? 2 : 3); ++step) y *= Scalar(1.5) - half * y * y;
  const Scalar root = x * y;
  return root + y / 2 * (x - root * root);
}

/// 1 / sqrt(x) for a positive normal number, to 5 units in the last place, by multiplications
/// alone: the bits of x give y to 3 percent, and a minimax polynomial in x y^2 the rest (2e-8 off);
/// for double, one step of Halley's method more. Some finite number at 0 and below the normal
/// numbers; not finite at infinity.
template <Real Scalar>
[[nodiscard]] inline Scalar inverse_square_root(Scalar x) {
  constexpr auto guess =
      static_cast<Bits<Scalar>>(kSingle<Scalar> ? 0x5f3759dfU : 0x5fe6eb50c7b537a9U);
  Scalar y = std::bit_cast<Scalar>(guess - (std::bit_cast<Bits<Scalar>>(x) >> 1));
  y *= polynomial(x * y * y, 2.46300753677, -3.28809477393, 2.96123464585, -1.41021679893,
                  0.274069389645);
  if constexpr (!kSingle<Scalar>) {
    const Scalar rest = 1 - x * y * y;
    y += y * rest * (Scalar(0.5) + Scalar(0.375) * rest);
  }
  return y;
}

/// 2^k (1 + q): what exp is made of.
template <Real Scalar>
struct ExpParts {
  int k;
  Scalar q;

  /// The value, which may be subnormal or infinite although 2^k would be 0 or too large.
  [[nodiscard]] Scalar value() const {
    const int half = k >> 1;
    return (1 + q) * power_of_two<Scalar>(half) * power_of_two<Scalar>(k - half);
  }
};

/// exp(x) for kLowestExponent <= x <= kHighestExponent or NaN, which goes over to q:
/// x = k ln 2 + r with |r| <= ln(2) / 2, and q = exp(r) - 1 = r + r^2 p(r). The polynomial p is a
/// minimax one, 2^-31 or 2^-61 off.
template <Real Scalar>
[[nodiscard]] inline ExpParts<Scalar> exp_parts(Scalar x) {
  const int k = nearest(x, std::numbers::log2e_v<Scalar>);
  const Scalar n = static_cast<Scalar>(k);
  const Scalar r = (x - n * kLn2<Scalar>[0]) - n * kLn2<Scalar>[1];
  Scalar p;
  if constexpr (kSingle<Scalar>)
    p = polynomial(r, 0.5, 1.66666667711e-1, 4.16664825967e-2, 8.33328237905e-3, 1.39332675620e-3,
                   1.99095973546e-4);
  else
    p = polynomial(r, 0.5, 1.66666666666666758e-1, 4.16666666666666894e-2, 8.33333333332218020e-3,
                   1.38888888888702860e-3, 1.98412698849146077e-4, 2.48015873560599677e-5,
                   2.75572452985391579e-6, 2.75572454805680700e-7, 2.51086926676066210e-8,
                   2.09238211092594716e-9);
  return {k, r + r * r * p};
}

/// The larger of x and low; NaN if x is.
template <Real Scalar>
[[nodiscard]] inline Scalar at_least(Scalar low, Scalar x) {
  return select(less(x, low), low, x);
}

/// The smaller of x and high; NaN if x is.
template <Real Scalar>
[[nodiscard]] inline Scalar at_most(Scalar high, Scalar x) {
  return select(less(high, x), high, x);
}

/// exp(-|x|)
template <Real Scalar>
[[nodiscard]] inline Scalar exp_of_minus_abs(Scalar x) {
  return exp_parts(at_least(kLowestExponent<Scalar>, -std::abs(x))).value();
}

/// exp(-kLastExponent) is a normal number.
template <Real Scalar>
inline constexpr Scalar kLastExponent = kSingle<Scalar> ? 87 : 708;

/// exp(x) for x <= 0 or NaN, where x below -kLastExponent counts as that: half of the scaling is
/// saved, and no number is subnormal.
template <Real Scalar>
[[nodiscard]] inline Scalar exp_of_negative(Scalar x) {
  const auto [k, q] = exp_parts(at_least(-kLastExponent<Scalar>, x));
  const Scalar scale = power_of_two<Scalar>(k);
  return scale + scale * q;
}

/// k pi / 2 + (h - l): an angle whose h - l is within pi / 4 of 0, and l far smaller than h.
template <Real Scalar>
struct Angle {
  int k;
  Scalar h, l;
};

/// What reduced() takes: angles below this.
template <Real Scalar>
inline constexpr Scalar kHugeAngle = kSingle<Scalar> ? 0x1p13 : 0x1p26;

/// x as an angle, |x| <= kHugeAngle.
template <Real Scalar>
[[nodiscard]] inline Angle<Scalar> reduced(Scalar x) {
  constexpr auto& part = kHalfPi<Scalar>;
  const int k = nearest(x, 2 * std::numbers::inv_pi_v<Scalar>);
  const Scalar n = static_cast<Scalar>(k);
  const Scalar t = (x - n * part[0]) - n * part[1];
  const Scalar h = t - n * part[2];
  return {k, h, n * part[3] - ((t - h) - n * part[2])};
}

template <Real Scalar>
struct SineCosine {
  Scalar sine, cosine;
};

/// sin(h - l) = h - (l - h^3 s(h^2)) and cos(h - l) = 1 - (h^2 / 2 - (h^4 c(h^2) + h l)), turned by
/// k right angles. Polynomials s and c: Cephes, fdlibm.
template <Real Scalar>
[[nodiscard]] inline SineCosine<Scalar> sine_cosine(Angle<Scalar> angle) {
  const auto [k, h, l] = angle;
  const Scalar z = h * h;
  Scalar s, c;
  if constexpr (kSingle<Scalar>) {
    s = polynomial(z, -1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4);
    c = polynomial(z, 4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5);
  } else {
    s = polynomial(z, -1.66666666666666324348e-1, 8.33333333332248946124e-3,
                   -1.98412698298579493134e-4, 2.75573137070700676789e-6,
                   -2.50507602534068634195e-8, 1.58969099521155010221e-10);
    c = polynomial(z, 4.16666666666666019037e-2, -1.38888888888741095749e-3,
                   2.48015872894767294178e-5, -2.75573143513906633035e-7, 2.08757232129817482790e-9,
                   -1.13596475577881948265e-11);
  }
  const Scalar sine = h - (l - h * z * s);
  const Scalar cosine = 1 - (z / 2 - (z * z * c + h * l));
  constexpr int to_sign = kTopBit<Scalar> - 1;
  const auto turns = static_cast<Bits<Scalar>>(k);
  const Bits<Scalar> odd = turns & 1;
  const auto a = std::bit_cast<Bits<Scalar>>(select(odd, cosine, sine));
  const auto b = std::bit_cast<Bits<Scalar>>(select(odd, sine, cosine));
  return {std::bit_cast<Scalar>(a ^ ((turns & 2) << to_sign)),
          std::bit_cast<Scalar>(b ^ (((turns + 1) & 2) << to_sign))};
}

/// x_i = f(x_i) in each lane.
template <Real Scalar, class F>
inline void in_each_lane(Lane<Scalar>& x, F f) {
  Scalar* const lane = x.data();
  for (Index i = 0; i < kBlockSize; ++i) lane[i] = f(lane[i]);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
