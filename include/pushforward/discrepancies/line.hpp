#pragma once

#include "pushforward/core/detail/reduction.hpp"
#include "pushforward/discrepancies/pooled_sample.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// A distance between a sample and a target on the line, for LineDiscrepancy, and for
/// SlicedDiscrepancy in R^d.
///
/// `line.value_and_gradient(z, dz)` returns D of the pooled sample z and sets dz, n + m, to dD/dx_i
/// and dD/dy_j, in the order the points came in, not the sorted one. Const, no allocation. A line
/// with settings may have `void check() const`, which throws if they are of no use. \code
///   struct MeanGap {                             // a user's: D = (mean of x - mean of y)^2
///     template <pf::Real S>
///     S value_and_gradient(const pf::PooledSample<S>& z, pf::VectorRef<S> dz) const {
///       double gap = 0;
///       for (pf::Index k = 0; k < z.count(); ++k) gap += z.mass(k) * z.place(k);
///       for (pf::Index k = 0; k < z.count(); ++k) dz[z.index(k)] = S(2 * gap * z.mass(k));
///       return S(gap * gap);
///     }
///   };
/// \endcode
template <class T, class Scalar>
concept Line = requires(const T& line, const PooledSample<Scalar>& z, VectorRef<Scalar> dz) {
  { line.value_and_gradient(z, std::move(dz)) } -> std::same_as<Scalar>;
};

template <class T, class Scalar>
consteval bool explain_line() {
  static_assert(Line<T, Scalar>,
                "a distance on the line: add public `Scalar value_and_gradient(const "
                "PooledSample<Scalar>& z, VectorRef<Scalar> dz) const`");
  return Line<T, Scalar>;
}

namespace detail {

/// line.check(), if it has one.
template <class T>
void check_line(const T& line) {
  if constexpr (requires { line.check(); }) line.check();
}

}  // namespace detail

}  // namespace pushforward::inline PUSHFORWARD_ISA
