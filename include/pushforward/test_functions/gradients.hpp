#pragma once

#include "pushforward/test_functions/test_functions.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

/// What the unit vectors of R^K are cut from: K - 1 zeros, a one, K - 1 zeros.
template <Real Scalar>
[[nodiscard]] Vector<Scalar> unit_vectors(Index size) {
  Vector<Scalar> units = Vector<Scalar>::Zero(2 * size - 1);
  units[size - 1] = 1;
  return units;
}

/// Calls visit(k, dy) for k = 0 .. K - 1 with dy, 64 x d, set to weight_i grad f_k(y_i) in row i.
///
/// In one sweep, O(d) a function and row, where the family has `f.gradients(y, weight, dy, visit)`;
/// else by pullbacks of the unit vectors that `units` = unit_vectors(K) holds, O(K d) each; each
/// part of a Concatenate in its own way. Allocates nothing.
template <TestFunctions Family, class Visit>
void gradients(const Family& f, ConstBlockRef<typename Family::Scalar> y,
               const Lane<typename Family::Scalar>& weight,
               ConstVectorRef<typename Family::Scalar> units, BlockRef<typename Family::Scalar> dy,
               Visit&& visit) {
  if constexpr (requires { f.gradients(y, weight, dy, visit); }) {
    f.gradients(y, weight, dy, visit);
  } else if constexpr (TwoFamilies<Family>) {
    gradients(f.first(), y, weight, units, dy, visit);
    const auto visit_second =
        [&visit, before = f.first().size()](Index k, BlockRef<typename Family::Scalar> gradient) {
          visit(before + k, gradient);
        };
    gradients(f.second(), y, weight, units, dy, visit_second);
  } else {
    const Index size = f.size();
    for (Index k = 0; k < size; ++k) {
      dy.setZero();
      f.add_pullback(y, weight, units.segment((units.size() - 1) / 2 - k, size), dy);
      visit(k, dy);
    }
  }
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
