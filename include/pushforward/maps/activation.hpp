#pragma once

#include "pushforward/core/vector_math.hpp"

/// \file
/// Activations: policies of Mlp, written for one column of a block.

namespace pushforward {

/// How the weights of a layer with `in` inputs and `out` outputs are first drawn; biases are zero.
enum class Initialisation {
  glorot,  ///< uniform on +-sqrt(6 / (in + out)) (Glorot & Bengio 2010)
  he,      ///< normal with variance 2 / in (He, Zhang, Ren & Sun 2015)
};

namespace requirement {

template <class A, class Scalar>
concept activation_value = requires(Lane<Scalar>& z) {
  { A::apply(z) } -> std::same_as<void>;
};

template <class A, class Scalar>
concept slope_of_value = requires(Lane<Scalar>& a) {
  { A::slope_of_value(a) } -> std::same_as<void>;
};

template <class A, class Scalar>
concept activation_slope = slope_of_value<A, Scalar> ||
    requires(Lane<Scalar>& z, Lane<Scalar>& slope) {
  { A::apply(z, slope) } -> std::same_as<void>;
};

template <class A>
concept initialisation = std::same_as<decltype(A::initialisation), const Initialisation>;

}  // namespace requirement

/// An activation sigma: `apply(z)` replaces z by sigma(z); `apply(z, slope)` does the same, to the
/// bit, and sets slope to sigma'(z). Where the slope follows from the value, `slope_of_value(a)`,
/// which replaces a = sigma(z) by sigma'(z), stands in its place, and a network need not keep it.
/// An activation also names the initialisation that suits it. The functions of vector_math.hpp
/// (exp, log, tanh, logistic, softplus, sincos) work in place on a Lane. \code
///   struct Sine {                                // a user's activation
///     static constexpr pf::Initialisation initialisation = pf::Initialisation::glorot;
///     template <pf::Real S> static void apply(pf::Lane<S>& z) { pf::Lane<S> c; apply(z, c); }
///     template <pf::Real S> static void apply(pf::Lane<S>& z, pf::Lane<S>& slope) {
///       const pf::Lane<S> x = z;
///       pf::sincos(x, z, slope);
///     }
///   };
/// \endcode
template <class A, class Scalar>
concept Activation = requirement::activation_value<A, Scalar> &&
    requirement::activation_slope<A, Scalar> && requirement::initialisation<A>;

template <class A, class Scalar>
consteval bool explain_activation() {
  static_assert(requirement::activation_value<A, Scalar>,
                "an activation: add `static void apply(Lane<Scalar>& z)`");
  static_assert(requirement::activation_slope<A, Scalar>,
                "an activation: add `static void apply(Lane<Scalar>& z, Lane<Scalar>& slope)` or "
                "`static void slope_of_value(Lane<Scalar>& a)`");
  static_assert(requirement::initialisation<A>,
                "an activation: add `static constexpr Initialisation initialisation`");
  return Activation<A, Scalar>;
}

/// z becomes sigma(z), and slope sigma'(z).
template <class A, Real Scalar>
void activate(Lane<Scalar>& z, Lane<Scalar>& slope) {
  if constexpr (requirement::slope_of_value<A, Scalar>) {
    A::apply(z);
    slope = z;
    A::slope_of_value(slope);
  } else {
    A::apply(z, slope);
  }
}

/// sigma(z) = z: the do-nothing activation, the one to copy for your own.
struct Linear {
  static constexpr Initialisation initialisation = Initialisation::glorot;
  template <Real Scalar>
  static void apply(Lane<Scalar>&) {}
  template <Real Scalar>
  static void slope_of_value(Lane<Scalar>& a) {
    a.setOnes();
  }
};

/// sigma(z) = tanh z, sigma' = 1 - sigma^2.
struct Tanh {
  static constexpr Initialisation initialisation = Initialisation::glorot;
  template <Real Scalar>
  static void apply(Lane<Scalar>& z) {
    tanh(z);
  }
  template <Real Scalar>
  static void slope_of_value(Lane<Scalar>& a) {
    a = 1 - a * a;
  }
};

/// sigma(z) = 1 / (1 + e^-z), sigma' = sigma (1 - sigma). As output: values in (0, 1).
struct Logistic {
  static constexpr Initialisation initialisation = Initialisation::glorot;
  template <Real Scalar>
  static void apply(Lane<Scalar>& z) {
    logistic(z);
  }
  template <Real Scalar>
  static void slope_of_value(Lane<Scalar>& a) {
    a = a * (1 - a);
  }
};

/// sigma(z) = log(1 + e^z), sigma' = 1 / (1 + e^-z). As output: positive values.
struct Softplus {
  static constexpr Initialisation initialisation = Initialisation::he;
  template <Real Scalar>
  static void apply(Lane<Scalar>& z) {
    softplus(z);
  }
  template <Real Scalar>
  static void apply(Lane<Scalar>& z, Lane<Scalar>& slope) {
    slope = z;
    logistic(slope);
    softplus(z);
  }
};

/// sigma(z) = z s with s = 1 / (1 + e^-z), sigma' = s + sigma (1 - s) (Elfwing, Uchibe & Doya
/// 2018).
struct Silu {
  static constexpr Initialisation initialisation = Initialisation::he;
  template <Real Scalar>
  static void apply(Lane<Scalar>& z) {
    Lane<Scalar> s = z;
    logistic(s);
    z *= s;
  }
  template <Real Scalar>
  static void apply(Lane<Scalar>& z, Lane<Scalar>& slope) {
    Lane<Scalar> s = z;
    logistic(s);
    z *= s;
    slope = s + z * (1 - s);
  }
};

/// sigma(z) = z for z > 0, else z / `Denominator`; sigma' = 1 for z > 0, else 1 / Denominator.
template <int Denominator>
struct Rectifier {
  static constexpr Initialisation initialisation = Initialisation::he;
  template <Real Scalar>
  static constexpr Scalar below = Denominator == 0 ? Scalar(0) : Scalar(1) / Scalar(Denominator);

  template <Real Scalar>
  static void apply(Lane<Scalar>& z) {
    Lane<Scalar> slope = z;
    slope_of_value(slope);
    z *= slope;
  }
  template <Real Scalar>
  static void slope_of_value(Lane<Scalar>& a) {  // a > 0 just where z > 0
    for (Index i = 0; i < kBlockSize; ++i) a[i] = a[i] > 0 ? Scalar(1) : below<Scalar>;
  }
};

/// sigma(z) = max(z, 0); at 0 the slope is 0.
using Relu = Rectifier<0>;

/// sigma(z) = max(z, z / 100); at 0 the slope is 1/100.
using LeakyRelu = Rectifier<100>;

}  // namespace pushforward
