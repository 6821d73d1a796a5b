#pragma once

#include "pushforward/core/block.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>
#include <type_traits>

/// \file
/// Elementary functions of sixty-four numbers at once.

namespace pushforward {

namespace detail {

template <Real Scalar>
using Bits = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;

template <Real Scalar>
inline constexpr int kFractionBits = std::numeric_limits<Scalar>::digits - 1;

/// c0 + c1 x + c2 x^2 + ...
template <Real Scalar, class... Rest>
[[nodiscard]] constexpr Scalar polynomial(Scalar x, double c0, Rest... rest) {
  if constexpr (sizeof...(rest) == 0)
    return static_cast<Scalar>(c0);
  else
    return static_cast<Scalar>(c0) + x * polynomial(x, rest...);
}

/// a - b, in this order even if -ffast-math lets the compiler reorder sums.
template <Real Scalar>
[[nodiscard]] inline Scalar difference(Scalar a, Scalar b) {
#if defined(__clang__)
#pragma clang fp reassociate(off)
#elif defined(__GNUC__) && __GNUC__ >= 12
  return __builtin_assoc_barrier(a - b);
#endif
  return a - b;
}

/// yes if `condition`, else no; as bits, which is no branch whatever the compiler thinks of traps.
template <Real Scalar>
[[nodiscard]] inline Scalar select(bool condition, Scalar yes, Scalar no) {
  const Bits<Scalar> mask = Bits<Scalar>{0} - static_cast<Bits<Scalar>>(condition);
  return std::bit_cast<Scalar>((std::bit_cast<Bits<Scalar>>(yes) & mask) |
                               (std::bit_cast<Bits<Scalar>>(no) & ~mask));
}

/// x, or the nearest end of [low, high]; NaN stays NaN.
template <Real Scalar>
[[nodiscard]] inline Scalar clamp(Scalar x, Scalar low, Scalar high) {
  const Scalar y = select(x < low, low, x);
  return select(y > high, high, y);
}

/// The integer nearest to x.
template <Real Scalar>
[[nodiscard]] inline int nearest(Scalar x) {
  return static_cast<int>(x + std::copysign(Scalar(0.5), x));
}

/// 2^k, for a normal number.
template <Real Scalar>
[[nodiscard]] inline Scalar power_of_two(int k) {
  constexpr int bias = std::numeric_limits<Scalar>::max_exponent - 1;
  return std::bit_cast<Scalar>(static_cast<Bits<Scalar>>(k + bias) << kFractionBits<Scalar>);
}

/// 2^k x, where 2^k may be too large or too small for a number.
template <Real Scalar>
[[nodiscard]] inline Scalar times_power_of_two(Scalar x, int k) {
  const int half = k >> 1;
  return x * power_of_two<Scalar>(half) * power_of_two<Scalar>(k - half);
}

/// exp(x) = 2^k (1 + a / b)
template <Real Scalar>
struct ExpParts {
  int k;
  Scalar a, b;
};

template <Real Scalar>
[[nodiscard]] inline ExpParts<Scalar> exp_parts(Scalar x, Scalar low, Scalar high) {
  constexpr bool single = std::is_same_v<Scalar, float>;
  constexpr Scalar ln2_high = single ? Scalar(0x1.62e4p-1) : Scalar(0x1.62e42fefa4p-1);
  constexpr Scalar ln2_low =
      single ? Scalar(0x1.7f7d1cf79abcap-20) : Scalar(-0x1.8432a1b0e2634p-43);
  const Scalar t = clamp(x, low, high);
  const int k = nearest(select(t == t, t, low) * std::numbers::log2e_v<Scalar>);
  const Scalar n = static_cast<Scalar>(k);
  const Scalar r = difference(difference(t, n * ln2_high), n * ln2_low);
  const Scalar z = r * r;
  if constexpr (single) {
    const Scalar p = r * polynomial(z, 1.0, 1.0 / 60);
    return {k, 2 * p, polynomial(z, 2.0, 0.2) - p};
  } else {
    const Scalar p = r * polynomial(z, 0.99999999999999999991, 3.02994407707441961300e-2,
                                    1.26177193074810590878e-4);
    return {k, 2 * p,
            polynomial(z, 2.0, 2.27265548208155028766e-1, 2.52448340349684104192e-3,
                       3.00198505138664455042e-6) -
                p};
  }
}

template <Real Scalar>
[[nodiscard]] inline Scalar exp(Scalar x) {
  constexpr bool single = std::is_same_v<Scalar, float>;
  const auto [k, a, b] = exp_parts(x, Scalar(single ? -104 : -746), Scalar(single ? 89 : 710));
  return times_power_of_two(1 + a / b, k);
}

template <Real Scalar>
[[nodiscard]] inline Scalar tanh(Scalar x) {
  const auto [k, a, b] = exp_parts(-2 * std::abs(x), Scalar(-44), Scalar(0));
  const Scalar e = power_of_two<Scalar>(k);
  const Scalar y = (e * a + (e - 1) * b) / (e * a + (e + 1) * b);
  return std::copysign(y, x);
}

template <Real Scalar>
[[nodiscard]] inline Scalar log(Scalar x) {
  constexpr bool single = std::is_same_v<Scalar, float>;
  constexpr Scalar smallest = std::numeric_limits<Scalar>::min();
  constexpr Scalar infinity = std::numeric_limits<Scalar>::infinity();
  constexpr Scalar ln2_high = single ? Scalar(0x1.62e4p-1) : Scalar(0x1.62e42fefa4p-1);
  constexpr Scalar ln2_low =
      single ? Scalar(0x1.7f7d1cf79abcap-20) : Scalar(-0x1.8432a1b0e2634p-43);
  constexpr Scalar up = single ? Scalar(0x1p24) : Scalar(0x1p54);
  constexpr Bits<Scalar> one = std::bit_cast<Bits<Scalar>>(Scalar(1));
  constexpr Bits<Scalar> root = std::bit_cast<Bits<Scalar>>(std::numbers::sqrt2_v<Scalar> / 2);
  const bool tiny = x < smallest;
  const Bits<Scalar> u = std::bit_cast<Bits<Scalar>>(select(tiny, x * up, x)) + (one - root);
  const int k = static_cast<int>(u >> kFractionBits<Scalar>) -
                (std::numeric_limits<Scalar>::max_exponent - 1) -
                (single ? 24 : 54) * static_cast<int>(tiny);
  const Scalar f =
      std::bit_cast<Scalar>((u & ((Bits<Scalar>{1} << kFractionBits<Scalar>)-1)) + root) - 1;
  const Scalar s = f / (2 + f);
  const Scalar z = s * s;
  Scalar tail;
  if constexpr (single)
    tail = z * polynomial(z, 0x1.555554p-1, 0x1.999c26p-2, 0x1.23d3dcp-2, 0x1.f13c4cp-3);
  else
    tail =
        z * polynomial(z, 6.666666666666735130e-01, 3.999999999940941908e-01,
                       2.857142874366239149e-01, 2.222219843214978396e-01, 1.818357216161805012e-01,
                       1.531383769920937332e-01, 1.479819860511658591e-01);
  const Scalar n = static_cast<Scalar>(k);
  const Scalar half = f * f / 2;
  const Scalar y = n * ln2_high - ((half - (s * (half + tail) + n * ln2_low)) - f);
  const Scalar outside =
      select(x == 0, -infinity, select(x > 0, x, std::numeric_limits<Scalar>::quiet_NaN()));
  return select((x > 0) & (x < infinity), y, outside);
}

template <Real Scalar>
[[nodiscard]] inline Scalar logistic(Scalar x) {
  constexpr bool single = std::is_same_v<Scalar, float>;
  const auto [k, a, b] = exp_parts(-std::abs(x), Scalar(single ? -104 : -746), Scalar(0));
  const Scalar e = times_power_of_two(a + b, k);
  return select(x < 0, e, b) / (b + e);
}

template <Real Scalar>
[[nodiscard]] inline Scalar softplus(Scalar x) {
  constexpr bool single = std::is_same_v<Scalar, float>;
  const auto [k, a, b] = exp_parts(-std::abs(x), Scalar(single ? -104 : -746), Scalar(0));
  const Scalar e = times_power_of_two(a + b, k);
  const Scalar s = 2 * e / (2 * b + e);
  const Scalar z = s * s;
  const Scalar y = s + s * z * polynomial(z, 1.0 / 12, 1.0 / 80, 1.0 / 448);
  return select(x > 0, x, Scalar(0)) + y;
}

/// x = f(x) in each lane.
template <Real Scalar, class F>
inline void in_each_lane(Lane<Scalar>& x, F f) {
  Scalar* const lane = x.data();
  for (Index i = 0; i < kBlockSize; ++i) lane[i] = f(lane[i]);
}

}  // namespace detail

template <Real Scalar>
inline void sincos(const Lane<Scalar>& x, Lane<Scalar>& s, Lane<Scalar>& c) {
  constexpr bool single = std::is_same_v<Scalar, float>;
  using Bits = detail::Bits<Scalar>;
  using detail::difference;
  constexpr Scalar limit = single ? Scalar(8192) : Scalar(0x1p26);
  constexpr Scalar half_pi[] = {single ? Scalar(0x1.92p+0) : Scalar(0x1.921fb54p+0),
                                single ? Scalar(0x1.fb4p-12) : Scalar(0x1.10b461p-30),
                                single ? Scalar(0x1.444p-24) : Scalar(0x1.a62633p-58),
                                single ? Scalar(0x1.68c234c4c6629p-39)
                                       : Scalar(0x1.45c06e0e68948p-86)};
  Lane<Scalar> angle = x, sine, cosine;
  const Scalar* const in = angle.data();
  Scalar* const ps = sine.data();
  Scalar* const pc = cosine.data();
  int beyond = 0;
  for (Index i = 0; i < kBlockSize; ++i) {
    const bool inside = std::abs(in[i]) <= limit;
    beyond += !inside;
    const Scalar y = detail::select(inside, in[i], Scalar(0));
    const int k = detail::nearest(y * (2 * std::numbers::inv_pi_v<Scalar>));
    const Scalar n = static_cast<Scalar>(k);
    const Scalar t = difference(difference(y, n * half_pi[0]), n * half_pi[1]);
    const Scalar w = n * half_pi[2];
    const Scalar r = difference(t, w);
    const Scalar tail = n * half_pi[3] - difference(difference(t, r), w);
    const Scalar z = r * r;
    Scalar ss, cc;
    if constexpr (single) {
      ss = r - (tail -
                r * z * detail::polynomial(z, -1.6666654611E-1, 8.3321608736E-3, -1.9515295891E-4));
      cc = 1 - (z / 2 - (z * z *
                             detail::polynomial(z, 4.166664568298827E-002, -1.388731625493765E-003,
                                                2.443315711809948E-005) +
                         r * tail));
    } else {
      ss = r - (tail -
                r * z *
                    detail::polynomial(z, -1.66666666666666324348e-01, 8.33333333332248946124e-03,
                                       -1.98412698298579493134e-04, 2.75573137070700676789e-06,
                                       -2.50507602534068634195e-08, 1.58969099521155010221e-10));
      cc = 1 - (z / 2 -
                (z * z *
                     detail::polynomial(z, 4.16666666666666019037e-02, -1.38888888888741095749e-03,
                                        2.48015872894767294178e-05, -2.75573143513906633035e-07,
                                        2.08757232129817482790e-09, -1.13596475577881948265e-11) +
                 r * tail));
    }
    const Bits q = static_cast<Bits>(static_cast<std::make_signed_t<Bits>>(k));
    constexpr int to_sign = int(sizeof(Bits)) * 8 - 2;
    const Bits swap = Bits{0} - (q & 1);
    const Bits bs = std::bit_cast<Bits>(ss), bc = std::bit_cast<Bits>(cc);
    ps[i] = std::bit_cast<Scalar>(((bs & ~swap) | (bc & swap)) ^ ((q & 2) << to_sign));
    pc[i] = std::bit_cast<Scalar>(((bc & ~swap) | (bs & swap)) ^ (((q + 1) & 2) << to_sign));
  }
  if (beyond > 0)
    for (Index i = 0; i < kBlockSize; ++i)
      if (!(std::abs(in[i]) <= limit)) {
        ps[i] = std::sin(in[i]);
        pc[i] = std::cos(in[i]);
      }
  s = sine;
  c = cosine;
}

template <Real Scalar>
inline void tanh(Lane<Scalar>& x) {
  detail::in_each_lane(x, [](Scalar y) { return detail::tanh(y); });
}
template <Real Scalar>
inline void exp(Lane<Scalar>& x) {
  detail::in_each_lane(x, [](Scalar y) { return detail::exp(y); });
}
template <Real Scalar>
inline void log(Lane<Scalar>& x) {
  detail::in_each_lane(x, [](Scalar y) { return detail::log(y); });
}
template <Real Scalar>
inline void logistic(Lane<Scalar>& x) {
  detail::in_each_lane(x, [](Scalar y) { return detail::logistic(y); });
}
template <Real Scalar>
inline void softplus(Lane<Scalar>& x) {
  detail::in_each_lane(x, [](Scalar y) { return detail::softplus(y); });
}

}  // namespace pushforward
