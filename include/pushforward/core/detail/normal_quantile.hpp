#pragma once

#include "pushforward/core/detail/elementary.hpp"

/// \file
/// The upper quantile of the normal law, the z >= 0 with P(Z > z) = p, as a fraction of polynomials
/// in each of three ranges: Wichura (1988), algorithm AS 241, PPND7 and PPND16.

namespace pushforward::inline PUSHFORWARD_ISA::detail {

template <Real Scalar>
struct Fraction {
  Scalar numerator, denominator;
};

/// d times this for a tail p = 1/2 - d >= 0.075; u = 0.425^2 - d^2.
template <Real Scalar>
[[nodiscard]] inline Fraction<Scalar> normal_centre(Scalar u) {
  if constexpr (kSingle<Scalar>)
    return {polynomial(u, 3.3871327179, 50.434271938, 159.29113202, 59.109374720),
            polynomial(u, 1.0, 17.895169469, 78.757757664, 67.187563600)};
  else
    return {polynomial(u, 3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427,
                       13731.693765509461125, 45921.953931549871457, 67265.770927008700853,
                       33430.575583588128105, 2509.0809287301226727),
            polynomial(u, 1.0, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
                       21213.794301586595867, 39307.895800092710610, 28729.085735721942674,
                       5226.4952788528545610)};
}

/// For a tail p < 0.075; v = r - 1.6 with r = sqrt(-log(p)) <= 5.
template <Real Scalar>
[[nodiscard]] inline Fraction<Scalar> normal_tail(Scalar v) {
  if constexpr (kSingle<Scalar>)
    return {polynomial(v, 1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103),
            polynomial(v, 1.0, 0.73700164250, 0.12021132975)};
  else
    return {polynomial(v, 1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
                       3.64784832476320460504, 1.27045825245236838258, 2.41780725177450611770e-1,
                       2.27238449892691845833e-2, 7.74545014278341407640e-4),
            polynomial(v, 1.0, 2.05319162663775882187, 1.67638483018380384940,
                       6.89767334985100004550e-1, 1.48103976427480074590e-1,
                       1.51986665636164571966e-2, 5.47593808499534494600e-4,
                       1.05075007164441684324e-9)};
}

/// For a tail p < 1.4e-11; w = r - 5 with r = sqrt(-log(p)) > 5.
template <Real Scalar>
[[nodiscard]] inline Fraction<Scalar> normal_far_tail(Scalar w) {
  if constexpr (kSingle<Scalar>)
    return {polynomial(w, 6.6579051150, 3.0812263860, 0.42868294337, 0.017337203997),
            polynomial(w, 1.0, 0.24197894225, 0.012258202635)};
  else
    return {
        polynomial(w, 6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580,
                   2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                   2.71155556874348757815e-5, 2.01033439929228813265e-7),
        polynomial(w, 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
                   1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
                   1.42151175831644588870e-7, 2.04426310338993978564e-15)};
}

/// z with |p| = P(Z > |z|) and the sign of p, from p and log |p|.
template <Real Scalar>
[[nodiscard, gnu::always_inline]] inline Scalar normal_from_tail(Scalar p, Scalar log_p) {
  const Scalar w = -log_p;
  const Scalar r = square_root(w);
  const Scalar d = Scalar(0.5) - std::abs(p);
  const auto [a, b] = normal_centre(Scalar(0.180625) - d * d);
  const auto [near_a, near_b] = normal_tail(r - Scalar(1.6));
  const auto [far_a, far_b] = normal_far_tail(r - 5);
  const Bits<Scalar> centre = less(d, Scalar(0.425)), far = less(Scalar(5), r);
  const Scalar top = select(centre, d * a, select(far, far_a, near_a));
  const Scalar bottom = select(centre, b, select(far, far_b, near_b));
  const Bits<Scalar> infinite = less((std::numeric_limits<Scalar>::max)(), w);
  return std::copysign(select(infinite, w, top / bottom), p);
}

/// The tail that a probability leaves: -p below 1/2, 1 - p above; NaN outside [0, 1].
template <Real Scalar>
[[nodiscard, gnu::always_inline]] inline Scalar tail_of_probability(Scalar p) {
  const Bits<Scalar> outside = less(p, Scalar(0)) | less(Scalar(1), p);
  const Scalar tail = select(less(p, Scalar(0.5)), -std::abs(p), 1 - p);
  return select(outside, kNaN<Scalar>, tail);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
