#pragma once

#include "pushforward/core/vector_math.hpp"

/// \file
/// Activations: policies of Mlp, written for one column of a block.

namespace pushforward::inline PUSHFORWARD_ISA {

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

template <class A, class Scalar>
concept activation_curvature = requires(Lane<Scalar>& z, Lane<Scalar>& slope,
                                        Lane<Scalar>& curvature) {
  { A::apply(z, slope, curvature) } -> std::same_as<void>;
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

/// An activation with a second derivative: `apply(z, slope, curvature)` also sets curvature to
/// sigma''(z). Where sigma has a kink, it is that of the pieces.
template <class A, class Scalar>
concept HasCurvature = Activation<A, Scalar> && requirement::activation_curvature<A, Scalar>;

template <class A, class Scalar>
consteval bool explain_activation() {
  static_assert(requirement::activation_value<A, Scalar>,
                "an activation: add public `static void apply(Lane<Scalar>& z)`");
  static_assert(
      requirement::activation_slope<A, Scalar>,
      "an activation: add public `static void apply(Lane<Scalar>& z, Lane<Scalar>& slope)` or "
      "`static void slope_of_value(Lane<Scalar>& a)`");
  static_assert(requirement::initialisation<A>,
                "an activation: add public `static constexpr Initialisation initialisation`");
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
  static constexpr std::string_view kName = "Linear";
  static constexpr Initialisation initialisation = Initialisation::glorot;
  template <Real Scalar>
  static void apply(Lane<Scalar>&) {}
  template <Real Scalar>
  static void slope_of_value(Lane<Scalar>& a) {
    a.setOnes();
  }
  template <Real Scalar>
  static void apply(Lane<Scalar>&, Lane<Scalar>& slope, Lane<Scalar>& curvature) {
    slope.setOnes();
    curvature.setZero();
  }
};

/// sigma(z) = tanh z, sigma' = 1 - sigma^2, sigma'' = -2 sigma sigma'.
struct Tanh {
  static constexpr std::string_view kName = "Tanh";
  static constexpr Initialisation initialisation = Initialisation::glorot;
  template <Real Scalar>
  static void apply(Lane<Scalar>& z) {
    tanh(z);
  }
  template <Real Scalar>
  static void slope_of_value(Lane<Scalar>& a) {
    a = 1 - a * a;
  }
  template <Real Scalar>
  static void apply(Lane<Scalar>& z, Lane<Scalar>& slope, Lane<Scalar>& curvature) {
    activate<Tanh>(z, slope);
    curvature = -2 * z * slope;
  }
};

/// sigma(z) = 1 / (1 + e^-z), sigma' = sigma (1 - sigma), sigma'' = sigma' (1 - 2 sigma). As
/// output: values in (0, 1).
struct Logistic {
  static constexpr std::string_view kName = "Logistic";
  static constexpr Initialisation initialisation = Initialisation::glorot;
  template <Real Scalar>
  static void apply(Lane<Scalar>& z) {
    logistic(z);
  }
  template <Real Scalar>
  static void slope_of_value(Lane<Scalar>& a) {
    a = a * (1 - a);
  }
  template <Real Scalar>
  static void apply(Lane<Scalar>& z, Lane<Scalar>& slope, Lane<Scalar>& curvature) {
    activate<Logistic>(z, slope);
    curvature = slope * (1 - 2 * z);
  }
};

/// sigma(z) = log(1 + e^z), sigma' = 1 / (1 + e^-z), sigma'' = sigma' (1 - sigma'). As output:
/// positive values.
struct Softplus {
  static constexpr std::string_view kName = "Softplus";
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
  template <Real Scalar>
  static void apply(Lane<Scalar>& z, Lane<Scalar>& slope, Lane<Scalar>& curvature) {
    apply(z, slope);
    curvature = slope * (1 - slope);
  }
};

/// sigma(z) = z s with s = 1 / (1 + e^-z), sigma' = s + sigma (1 - s),
/// sigma'' = (1 - s) (s + sigma' - sigma s) (Elfwing, Uchibe & Doya 2018).
struct Silu {
  static constexpr std::string_view kName = "Silu";
  static constexpr Initialisation initialisation = Initialisation::he;
  template <Real Scalar>
  static void apply(Lane<Scalar>& z) {
    Lane<Scalar> s;
    multiply(z, s);
  }
  template <Real Scalar>
  static void apply(Lane<Scalar>& z, Lane<Scalar>& slope) {
    Lane<Scalar> s;
    apply_with_logistic(z, slope, s);
  }
  template <Real Scalar>
  static void apply(Lane<Scalar>& z, Lane<Scalar>& slope, Lane<Scalar>& curvature) {
    Lane<Scalar> s;
    apply_with_logistic(z, slope, s);
    for (Index i = 0; i < kBlockSize; ++i) {
      const Scalar a = detail::at_most(kLargest<Scalar>, z.data()[i]), t = s.data()[i];
      curvature.data()[i] = (1 - t) * (t + slope.data()[i] - a * t);
    }
  }

 private:
  template <Real Scalar>
  static constexpr Scalar kLargest = (std::numeric_limits<Scalar>::max)();

  template <Real Scalar>
  static void apply_with_logistic(Lane<Scalar>& z, Lane<Scalar>& slope, Lane<Scalar>& s) {
    multiply(z, s);
    for (Index i = 0; i < kBlockSize; ++i)
      slope.data()[i] =
          s.data()[i] + detail::at_most(kLargest<Scalar>, z.data()[i]) * (1 - s.data()[i]);
  }

  /// z = z s; infinities become the largest numbers where they meet a 0.
  template <Real Scalar>
  static void multiply(Lane<Scalar>& z, Lane<Scalar>& s) {
    s = z;
    logistic(s);
    for (Index i = 0; i < kBlockSize; ++i)
      z.data()[i] = detail::at_least(-kLargest<Scalar>, z.data()[i]) * s.data()[i];
  }
};

namespace detail {

/// sigma(z) = z for z > 0, else z / `Denominator`, or 0 if that is 0; sigma' = 1 for z > 0, else
/// 1 / Denominator, or 0.
template <int Denominator>
struct Rectifier {
  static constexpr Initialisation initialisation = Initialisation::he;
  template <Real Scalar>
  static constexpr Scalar below = Denominator == 0 ? Scalar(0) : Scalar(1) / Scalar(Denominator);

  template <Real Scalar>
  static void apply(Lane<Scalar>& z) {
    in_each_lane(z, [](Scalar x) {
      return select(less(x, Scalar(0)), Denominator == 0 ? Scalar(0) : below<Scalar> * x, x);
    });
  }
  template <Real Scalar>
  static void slope_of_value(Lane<Scalar>& a) {  // a > 0 just where z > 0
    in_each_lane(a, [](Scalar x) {
      return select(less(Scalar(0), x), Scalar(1), select(is_nan(x), x, below<Scalar>));
    });
  }
  template <Real Scalar>
  static void apply(Lane<Scalar>& z, Lane<Scalar>& slope, Lane<Scalar>& curvature) {
    apply(z);
    slope = z;
    slope_of_value(slope);
    curvature.setZero();
  }

 private:
  /// 1 if x is NaN, else 0: a condition for select().
  template <Real Scalar>
  [[nodiscard]] static Bits<Scalar> is_nan(Scalar x) {
    return (std::bit_cast<Bits<Scalar>>(kInfinity<Scalar>) -
            std::bit_cast<Bits<Scalar>>(std::abs(x))) >>
           kTopBit<Scalar>;
  }
};

}  // namespace detail

/// sigma(z) = max(z, 0); at 0 the slope is 0.
struct Relu : detail::Rectifier<0> {
  static constexpr std::string_view kName = "Relu";
};

/// sigma(z) = max(z, z / 100); at 0 the slope is 1/100.
struct LeakyRelu : detail::Rectifier<100> {
  static constexpr std::string_view kName = "LeakyRelu";
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
