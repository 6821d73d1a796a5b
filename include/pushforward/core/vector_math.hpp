#pragma once

#include "pushforward/core/block.hpp"
#include "pushforward/core/detail/elementary.hpp"
#include "pushforward/core/detail/normal_fraction.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>
#include <type_traits>

/// \file
/// Elementary functions of the sixty-four numbers of a lane, in place.
///
/// Each is one scalar formula without branches, in a loop that g++ and clang++ turn into vector
/// instructions. So a number has the same bits in whatever lane it stands, and they depend on
/// neither Eigen nor, but for normal_cdf() and huge angles, the C library. NaN gives NaN.
///
/// Largest error in units in the last place, over all numbers of the domain, subnormal or not, with
/// or without fused multiply-adds (-ffast-math breaks this promise):
///
/// |          | sin, cos | tanh | exp | log | logistic | softplus | normal |
/// |----------|----------|------|-----|-----|----------|----------|--------|
/// | `float`  | 1.1      | 2.5  | 1   | 1   | 2.5      | 3        | 8      |
/// | `double` | 1.1      | 2.5  | 1   | 1   | 2.5      | 3        | 8      |

namespace pushforward {

/// x = exp(x)
template <Real Scalar>
inline void exp(Lane<Scalar>& x) {
  detail::in_each_lane(x, [](Scalar y) {
    const Scalar bounded = detail::at_least(detail::kLowestExponent<Scalar>, y);
    return detail::exp_parts(detail::at_most(detail::kHighestExponent<Scalar>, bounded)).value();
  });
}

/// x = tanh(x) = -sign(x) d / (d + 2), d = exp(-2 |x|) - 1 = 2^k q + (2^k - 1) from
/// exp(-2 |x|) = 2^k (1 + q).
template <Real Scalar>
inline void tanh(Lane<Scalar>& x) {
  detail::in_each_lane(x, [](Scalar y) {
    constexpr Scalar low = -44;  // tanh(22) = 1 - 1.6e-19
    const auto [k, q] = detail::exp_parts(detail::at_least(low, -2 * std::abs(y)));
    const Scalar e = detail::power_of_two<Scalar>(k);
    const Scalar d = e * q + (e - 1);
    return std::copysign(d / (d + 2), y);
  });
}

/// x = 1 / (1 + exp(-x)); for negative x as exp(x) / (1 + exp(x)).
template <Real Scalar>
inline void logistic(Lane<Scalar>& x) {
  detail::in_each_lane(x, [](Scalar y) {
    const Scalar e = detail::exp_of_minus_abs(y);
    return detail::select(detail::less(y, Scalar(0)), e, Scalar(1)) / (1 + e);
  });
}

/// x = log(1 + exp(x)) = max(x, 0) + log1p(e), e = exp(-|x|), where
/// log1p(e) = 2 artanh(s / 2) = s + s^3 a(s^2), s = 2 e / (2 + e); a is a minimax polynomial.
template <Real Scalar>
inline void softplus(Lane<Scalar>& x) {
  detail::in_each_lane(x, [](Scalar y) {
    const Scalar e = detail::exp_of_minus_abs(y);
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
    return detail::select(detail::less(Scalar(0), y), y, Scalar(0)) + (s + s * z * a);
  });
}

/// x = log(x): -infinity at 0, NaN below. x = 2^k (1 + f) with sqrt(1/2) <= 1 + f <
/// sqrt(2), and log(1 + f) = 2 artanh(s), s = f / (2 + f), is f - (h - s (h + s^2 a(s^2))) with
/// h = f^2 / 2. Method and polynomial: fdlibm, FreeBSD.
template <Real Scalar>
inline void log(Lane<Scalar>& x) {
  using Bits = detail::Bits<Scalar>;
  using detail::less, detail::polynomial, detail::select;
  constexpr int fraction = detail::kFractionBits<Scalar>;
  constexpr auto one = std::bit_cast<Bits>(Scalar(1));
  constexpr auto root = std::bit_cast<Bits>(std::numbers::sqrt2_v<Scalar> / 2);
  Scalar* const lane = x.data();
  for (Index i = 0; i < kBlockSize; ++i) {
    const Scalar y = lane[i];
    const Bits tiny = less(y, std::numeric_limits<Scalar>::min());
    const Scalar normal = select(tiny, y * Scalar(Bits{1} << fraction), y);
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
    const Bits positive = less(Scalar(0), y);
    const Bits infinite = less(std::numeric_limits<Scalar>::max(), y);
    const Bits zero = (std::bit_cast<Bits>(std::abs(y)) - 1) >> detail::kTopBit<Scalar>;
    const Scalar edge =
        select(zero, -detail::kInfinity<Scalar>, select(positive, y, detail::kNaN<Scalar>));
    lane[i] = select(positive & ~infinite, value, edge);
  }
}

/// s = sin(x), c = cos(x), x in radians; s or c may be x. Angles from 2^13 on, 2^26 for double, are
/// left to the C library; infinity gives NaN.
template <Real Scalar>
inline void sincos(const Lane<Scalar>& x, Lane<Scalar>& s, Lane<Scalar>& c) {
  using Bits = detail::Bits<Scalar>;
  constexpr Scalar limit = detail::kSingle<Scalar> ? 0x1p13 : 0x1p26;
  constexpr int to_sign = std::numeric_limits<Bits>::digits - 2;
  const Scalar* const in = x.data();
  Scalar sine[kBlockSize], cosine[kBlockSize];
  Bits beyond = 0;
  for (Index i = 0; i < kBlockSize; ++i) beyond |= detail::less(std::abs(in[i]), limit) ^ 1;
  for (Index i = 0; i < kBlockSize; ++i) {
    const auto part = detail::sincos_parts(in[i]);
    const Bits k = static_cast<Bits>(static_cast<std::make_signed_t<Bits>>(part.k));
    const Bits odd = k & 1;
    const Bits a = std::bit_cast<Bits>(detail::select(odd, part.cosine, part.sine));
    const Bits b = std::bit_cast<Bits>(detail::select(odd, part.sine, part.cosine));
    sine[i] = std::bit_cast<Scalar>(a ^ ((k & 2) << to_sign));
    cosine[i] = std::bit_cast<Scalar>(b ^ (((k + 1) & 2) << to_sign));
  }
  if (beyond != 0)
    for (Index i = 0; i < kBlockSize; ++i)
      if (!(std::abs(in[i]) < limit)) {
        const bool finite = std::abs(in[i]) <= std::numeric_limits<Scalar>::max();
        sine[i] = finite ? std::sin(in[i]) : detail::kNaN<Scalar>;
        cosine[i] = finite ? std::cos(in[i]) : detail::kNaN<Scalar>;
      }
  std::memcpy(s.data(), sine, sizeof sine);
  std::memcpy(c.data(), cosine, sizeof cosine);
}

/// A normal number from its tail: p = +-P(Z > |z|) becomes z, which has the sign of p.
///
/// |p| <= 1/2; +-1/2 gives +-0, and +-0 gives +-infinity. If |p| is uniform on (0, 1/2] and its
/// sign a fair coin, z is standard normal, and its tails are as fine as |p| is near 0.
template <Real Scalar>
inline void normal_from_tail(Lane<Scalar>& p) {
  using Bits = detail::Bits<Scalar>;
  using detail::less, detail::select;
  Lane<Scalar> logarithm = p;
  detail::in_each_lane(logarithm, [](Scalar y) { return std::abs(y); });
  log(logarithm);
  const Scalar* const log_p = logarithm.data();
  Scalar* const z = p.data();
  for (Index i = 0; i < kBlockSize; ++i) {
    const Scalar w = -log_p[i];
    const Scalar r = detail::square_root(w);
    const Scalar d = Scalar(0.5) - std::abs(z[i]);
    const auto [a, b] = detail::normal_centre(Scalar(0.180625) - d * d);
    const auto [near_a, near_b] = detail::normal_tail(r - Scalar(1.6));
    const auto [far_a, far_b] = detail::normal_far_tail(r - 5);
    const Bits centre = less(d, Scalar(0.425)), far = less(Scalar(5), r);
    const Scalar top = select(centre, d * a, select(far, far_a, near_a));
    const Scalar bottom = select(centre, b, select(far, far_b, near_b));
    const Bits infinite = less(std::numeric_limits<Scalar>::max(), w);
    z[i] = std::copysign(select(infinite, w, top / bottom), z[i]);
  }
}

/// p becomes z with P(Z <= z) = p for a standard normal Z: -infinity at 0, infinity at 1, NaN
/// outside [0, 1]. Where p is near 1 it has few digits left: then normal_from_tail() of 1 - p is
/// better.
template <Real Scalar>
inline void normal_quantile(Lane<Scalar>& p) {
  using detail::less, detail::select;
  detail::in_each_lane(p, [](Scalar y) {
    const auto outside = less(y, Scalar(0)) | less(Scalar(1), y);
    const Scalar tail = select(less(y, Scalar(0.5)), -y, 1 - y);
    return select(outside, detail::kNaN<Scalar>, tail);
  });
  normal_from_tail(p);
}

/// P(Z <= x) = erfc(-x / sqrt(2)) / 2 for a standard normal Z.
template <Real Scalar>
[[nodiscard]] inline Scalar normal_cdf(Scalar x) {
  return std::erfc(-x * (std::numbers::sqrt2_v<Scalar> / 2)) / 2;
}

}  // namespace pushforward
