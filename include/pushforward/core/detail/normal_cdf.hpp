#pragma once

#include "pushforward/core/detail/elementary.hpp"

/// \file
/// The distribution function of the normal law as fractions of polynomials: Cody (1969), as in his
/// ANORM (1993).

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// (P(Z <= x) - 1/2) / x for |x| <= 0.67448975; z = x^2.
[[nodiscard]] inline double normal_cdf_centre(double z) {
  return polynomial(z, 1.8154981253343561249e+04, 1.0676894854603709582e+03,
                    1.6102823106855587881e+02, 2.2352520354606839287e+00,
                    6.5682337918207449113e-02) /
         polynomial(z, 4.5507789335026729956e+04, 1.0260932208618978205e+04,
                    9.7609855173777669322e+02, 4.7202581904688241870e+01, 1.0);
}

/// P(Z > y) exp(y^2 / 2) for 0.67448975 < y <= sqrt(32).
[[nodiscard]] inline double normal_mills(double y) {
  return polynomial(y, 9.8427148383839780218e+03, 1.1602651437647350124e+04,
                    6.8481904505362823326e+03, 2.4945375852903726711e+03, 5.9727027639480026226e+02,
                    9.3506656132177855979e+01, 8.8831497943883759412e+00, 3.9894151208813466764e-01,
                    1.0765576773720192317e-08) /
         polynomial(y, 1.9685429676859990727e+04, 3.8912003286093271411e+04,
                    3.4900952721145977266e+04, 1.8615571640885098091e+04, 6.4855582982667607550e+03,
                    1.5193775994075548050e+03, 2.3538790178262499861e+02, 2.2266688044328115691e+01,
                    1.0);
}

/// The same for y > sqrt(32): (1 / sqrt(2 pi) - z r(z)) / y, z = 1 / y^2.
[[nodiscard]] inline double normal_far_mills(double y) {
  const double z = 1 / (y * y);
  const double r =
      polynomial(z, 2.9112874951168792e-5, 1.421619193227893466e-3, 2.2235277870649807e-2,
                 1.274011611602473639e-1, 2.1589853405795699e-1, 2.307344176494017303e-2) /
      polynomial(z, 7.29751555083966205e-5, 3.78239633202758244e-3, 6.59881378689285515e-2,
                 4.68238212480865118e-1, 1.28426009614491121, 1.0);
  return (0.39894228040143267794 - z * r) / y;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
