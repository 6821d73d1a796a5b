#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/maps/map.hpp"

/// \file
/// A velocity field u(x, t) on R^d is a map R^(d+1) -> R^d: rows x, then t, the last column. So an
/// Mlp({d + 1, ..., d}) is one, and what is known in closed form is another. Where a noise level q
/// stands for t, it is the last column too. The flow of u is dx/dt = u(x, t). Denoisers, scores and
/// the other predictions of a path are fields of the same shape.

namespace pushforward::inline PUSHFORWARD_ISA {

/// d, of a field that takes (x, t) in R^(d+1).
template <Map U>
[[nodiscard]] Index dimension_of(const U& u) {
  return u.output_dimension();
}

/// Throws std::invalid_argument unless u takes one number more than it gives; `function` is what
/// the error names.
template <Map U>
void check_field(std::string_view function, const U& u) {
  check_size(function, "input dimension of the field", u.input_dimension(), dimension_of(u) + 1);
}

/// A field that knows its divergence: `u.divergence(x, out, scratch)` sets out_i = tr du/dx, of the
/// d coordinates of x alone, at the rows (x_i, t_i) of x, 64 x (d + 1). The scratch is NoScratch
/// for a map that names none.
template <class T>
concept HasDivergence = Map<T> && requires(const T& u, ConstBlockRef<typename T::Scalar> x,
                                           Lane<typename T::Scalar>& out, ScratchOf<T>& scratch) {
  { u.divergence(x, out, scratch) } -> std::same_as<void>;
};

namespace detail {

/// Room for the divergence of a map that has tangents, by d of them.
template <class U>
struct TangentTrace {
  using Scalar = typename U::Scalar;
  TapeOf<U> tape;
  Block<Scalar> y, unit;

  /// out_i = sum_j (J e_j)_j at the rows of x, 64 x (d + 1). Cost: d + 1 passes.
  void operator()(const U& u, ConstBlockRef<Scalar> x, Lane<Scalar>& out) requires HasTangent<U> {
    set_size(y, kBlockSize, u.output_dimension());
    set_size(unit, kBlockSize, x.cols());
    u.forward(x, y, tape);
    unit.setZero();
    out.setZero();
    for (Index j = 0; j < y.cols(); ++j) {
      unit.col(j).setOnes();
      u.tangent(tape, unit, y);
      out += y.col(j);
      unit.col(j).setZero();
    }
  }
};

}  // namespace detail

}  // namespace pushforward::inline PUSHFORWARD_ISA
