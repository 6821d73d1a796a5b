#pragma once

#include "pushforward/core/block.hpp"
#include "pushforward/core/detail/elementary.hpp"
#include "pushforward/core/detail/huge_angle.hpp"
#include "pushforward/core/detail/normal_cdf.hpp"
#include "pushforward/core/detail/normal_quantile.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <type_traits>

/// \file
/// Elementary functions of a number, and of the sixty-four numbers of a lane in place.
///
/// Each is one scalar formula, without branches where it has a lane: a loop over them that g++ and
/// clang++ turn into vector instructions. So a number has the same bits alone and in whatever lane
/// it stands, and they depend on neither Eigen nor the C library. NaN gives NaN.
///
/// Largest error in units in the last place, over all numbers of the domain, subnormal or not, with
/// or without fused multiply-adds (-ffast-math breaks this promise):
///
/// |          | sin, cos | tanh | exp | log | logistic | softplus | normal |
/// |----------|----------|------|-----|-----|----------|----------|--------|
/// | `float`  | 1.1      | 2.5  | 1   | 1   | 2.5      | 3        | 8      |
/// | `double` | 1.1      | 2.5  | 1   | 1   | 2.5      | 3        | 8      |

namespace pushforward::inline PUSHFORWARD_ISA {

/// exp(x)
template <Real Scalar>
[[nodiscard, gnu::always_inline]] inline Scalar exp(Scalar x) {
  const Scalar bounded = detail::at_least(detail::kLowestExponent<Scalar>, x);
  return detail::exp_parts(detail::at_most(detail::kHighestExponent<Scalar>, bounded)).value();
}

/// tanh(x) = -sign(x) d / (d + 2), d = exp(-2 |x|) - 1 = 2^k q + (2^k - 1) from
/// exp(-2 |x|) = 2^k (1 + q).
template <Real Scalar>
[[nodiscard, gnu::always_inline]] inline Scalar tanh(Scalar x) {
  constexpr Scalar low = -44;  // tanh(22) = 1 - 1.6e-19
  const auto [k, q] = detail::exp_parts(detail::at_least(low, -2 * std::abs(x)));
  const Scalar e = detail::power_of_two<Scalar>(k);
  const Scalar d = e * q + (e - 1);
  return std::copysign(d / (d + 2), x);
}

/// 1 / (1 + exp(-x)); for negative x as exp(x) / (1 + exp(x)).
template <Real Scalar>
[[nodiscard, gnu::always_inline]] inline Scalar logistic(Scalar x) {
  const Scalar e = detail::exp_of_minus_abs(x);
  return detail::select(detail::less(x, Scalar(0)), e, Scalar(1)) / (1 + e);
}

/// log(1 + exp(x)) = max(x, 0) + log1p(e), e = exp(-|x|), where
/// log1p(e) = 2 artanh(s / 2) = s + s^3 a(s^2), s = 2 e / (2 + e); a is a minimax polynomial.
template <Real Scalar>
[[nodiscard, gnu::always_inline]] inline Scalar softplus(Scalar x) {
  const Scalar e = detail::exp_of_minus_abs(x);
  const Scalar s = 2 * e / (2 + e);
  const Scalar z = s * s;
  Scalar a;
  if constexpr (detail::kSingle<Scalar>)
    a = detail::polynomial(z, 8.33330164265e-2, 1.25067810692e-2, 2.18743206938e-3,
                           5.47353902263e-4);
  else
    a = detail::polynomial(z, 8.33333333333328796e-2, 1.25000000000491488e-2,
                           2.23214285530079931e-3, 4.34027811913039790e-4, 8.87780464736935525e-5,
                           1.87824219545487674e-5, 4.05913446930071295e-6, 9.23622085345249927e-7,
                           1.59073772478078746e-7, 8.11513497300343051e-8);
  return detail::select(detail::less(Scalar(0), x), x, Scalar(0)) + (s + s * z * a);
}

/// log(x): -infinity at 0, NaN below. x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), and
/// log(1 + f) = 2 artanh(s), s = f / (2 + f), is f - (h - s (h + s^2 a(s^2))) with h = f^2 / 2.
/// Method and polynomial: fdlibm, FreeBSD.
template <Real Scalar>
[[nodiscard, gnu::always_inline]] inline Scalar log(Scalar x) {
  using Bits = detail::Bits<Scalar>;
  using detail::less, detail::polynomial, detail::select;
  constexpr int fraction = detail::kFractionBits<Scalar>;
  constexpr auto one = std::bit_cast<Bits>(Scalar(1));
  constexpr auto root = std::bit_cast<Bits>(std::numbers::sqrt2_v<Scalar> / 2);
  const Bits tiny = less(x, (std::numeric_limits<Scalar>::min)());
  const Scalar normal = select(tiny, x * Scalar(Bits{1} << fraction), x);
  const Bits bits = std::bit_cast<Bits>(normal) + (one - root);
  const int k =
      static_cast<int>((bits >> fraction) - tiny * fraction) - detail::kExponentBias<Scalar>;
  const Scalar f = std::bit_cast<Scalar>((bits & ((Bits{1} << fraction) - 1)) + root) - 1;
  const Scalar s = f / (2 + f);
  const Scalar z = s * s;
  Scalar a;
  if constexpr (detail::kSingle<Scalar>)
    a = polynomial(z, 0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841);
  else
    a = polynomial(z, 6.666666666666735130e-1, 3.999999999940941908e-1, 2.857142874366239149e-1,
                   2.222219843214978396e-1, 1.818357216161805012e-1, 1.531383769920937332e-1,
                   1.479819860511658591e-1);
  const Scalar n = static_cast<Scalar>(k);
  const Scalar half = f * f / 2;
  const Scalar tail = s * (half + z * a) + n * detail::kLn2<Scalar>[1];
  const Scalar value = n * detail::kLn2<Scalar>[0] - ((half - tail) - f);
  const Bits positive = less(Scalar(0), x);
  const Bits infinite = less((std::numeric_limits<Scalar>::max)(), x);
  const Bits zero = (std::bit_cast<Bits>(std::abs(x)) - 1) >> detail::kTopBit<Scalar>;
  const Scalar edge =
      select(zero, -detail::kInfinity<Scalar>, select(positive, x, detail::kNaN<Scalar>));
  return select(positive & ~infinite, value, edge);
}

/// s = sin(x), c = cos(x), x in radians; infinity gives NaN.
template <Real Scalar>
inline void sincos(Scalar x, Scalar& s, Scalar& c) {
  if (std::abs(x) < detail::kHugeAngle<Scalar>) {
    const auto [sine, cosine] = detail::sine_cosine(detail::reduced(x));
    s = sine, c = cosine;
  } else if (std::abs(x) <= (std::numeric_limits<Scalar>::max)()) {
    const auto [sine, cosine] = detail::sine_cosine(detail::reduced_huge(double(x)));
    s = static_cast<Scalar>(sine), c = static_cast<Scalar>(cosine);
  } else {
    s = c = detail::kNaN<Scalar>;
  }
}

/// sin(x)
template <Real Scalar>
[[nodiscard]] inline Scalar sin(Scalar x) {
  Scalar s, c;
  sincos(x, s, c);
  return s;
}

/// cos(x)
template <Real Scalar>
[[nodiscard]] inline Scalar cos(Scalar x) {
  Scalar s, c;
  sincos(x, s, c);
  return c;
}

/// A normal number from its tail: p = +-P(Z > |z|) becomes z, which has the sign of p.
///
/// |p| <= 1/2; +-1/2 gives +-0, and +-0 gives +-infinity. If |p| is uniform on (0, 1/2] and its
/// sign a fair coin, z is standard normal, and its tails are as fine as |p| is near 0.
template <Real Scalar>
[[nodiscard]] inline Scalar normal_from_tail(Scalar p) {
  return detail::normal_from_tail(p, log(std::abs(p)));
}

/// z with P(Z <= z) = p for a standard normal Z: -infinity at 0, infinity at 1, NaN outside [0, 1].
/// Where p is near 1 it has few digits left: then normal_from_tail() of 1 - p is better.
template <Real Scalar>
[[nodiscard]] inline Scalar normal_quantile(Scalar p) {
  return normal_from_tail(detail::tail_of_probability(p));
}

/// P(Z <= x) for a standard normal Z, with all its digits where x is far below 0.
template <Real Scalar>
[[nodiscard]] inline Scalar normal_cdf(Scalar x) {
  const auto y = static_cast<double>(x);
  const double distance = std::abs(y);
  if (!(distance > 0.67448975))
    return static_cast<Scalar>(0.5 + y * detail::normal_cdf_centre(y * y));
  if (distance > 39) return y < 0 ? Scalar(0) : Scalar(1);  // P(Z < -39) < 1e-332
  // exp(-y^2 / 2) = exp(-h^2 / 2) exp(-(y - h) (y + h) / 2), h^2 exact
  const double h = std::bit_cast<double>(std::bit_cast<std::uint64_t>(distance) >> 27 << 27);
  const double tail =
      exp(-h * h / 2) * (exp(-(distance - h) * (distance + h) / 2) *
                         (distance > std::numbers::sqrt2 * 4 ? detail::normal_far_mills(distance)
                                                             : detail::normal_mills(distance)));
  return static_cast<Scalar>(y < 0 ? tail : 1 - tail);
}

/// x^n by repeated squaring, n >= 0.
template <Real Scalar>
[[nodiscard]] inline Scalar power(Scalar x, Index n) {
  Scalar result = 1;
  for (; n > 0; n /= 2, x *= x)
    if (n % 2 != 0) result *= x;
  return result;
}

/// x_i = exp(x_i)
template <Real Scalar>
inline void exp(Lane<Scalar>& x) {
  detail::in_each_lane(x, [](Scalar y) { return exp(y); });
}

/// x_i = tanh(x_i)
template <Real Scalar>
inline void tanh(Lane<Scalar>& x) {
  detail::in_each_lane(x, [](Scalar y) { return tanh(y); });
}

/// x_i = logistic(x_i)
template <Real Scalar>
inline void logistic(Lane<Scalar>& x) {
  detail::in_each_lane(x, [](Scalar y) { return logistic(y); });
}

/// x_i = softplus(x_i)
template <Real Scalar>
inline void softplus(Lane<Scalar>& x) {
  detail::in_each_lane(x, [](Scalar y) { return softplus(y); });
}

/// x_i = log(x_i)
template <Real Scalar>
inline void log(Lane<Scalar>& x) {
  detail::in_each_lane(x, [](Scalar y) { return log(y); });
}

/// s_i = sin(x_i), c_i = cos(x_i); s or c may be x. Huge angles, from 2^13 on, 2^26 for double, are
/// slow.
template <Real Scalar>
inline void sincos(const Lane<Scalar>& x, Lane<Scalar>& s, Lane<Scalar>& c) {
  const Scalar* const in = x.data();
  Scalar sine[kBlockSize], cosine[kBlockSize];
  detail::Bits<Scalar> huge = 0;
  for (Index i = 0; i < kBlockSize; ++i)
    huge |= detail::less(std::abs(in[i]), detail::kHugeAngle<Scalar>) ^ 1;
  for (Index i = 0; i < kBlockSize; ++i) {
    const auto [sine_i, cosine_i] = detail::sine_cosine(detail::reduced(in[i]));
    sine[i] = sine_i, cosine[i] = cosine_i;
  }
  if (huge != 0)
    for (Index i = 0; i < kBlockSize; ++i)
      if (!(std::abs(in[i]) < detail::kHugeAngle<Scalar>)) sincos(in[i], sine[i], cosine[i]);
  std::memcpy(s.data(), sine, sizeof sine);
  std::memcpy(c.data(), cosine, sizeof cosine);
}

/// p_i = normal_from_tail(p_i)
template <Real Scalar>
inline void normal_from_tail(Lane<Scalar>& p) {
  Lane<Scalar> log_p = p;
  detail::in_each_lane(log_p, [](Scalar y) { return log(std::abs(y)); });
  for (Index i = 0; i < kBlockSize; ++i)
    p.data()[i] = detail::normal_from_tail(p.data()[i], log_p.data()[i]);
}

/// p_i = normal_quantile(p_i)
template <Real Scalar>
inline void normal_quantile(Lane<Scalar>& p) {
  detail::in_each_lane(p, [](Scalar y) { return detail::tail_of_probability(y); });
  normal_from_tail(p);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
