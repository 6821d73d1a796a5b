#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/core/random.hpp"

#include <concepts>
#include <utility>

/// \file
/// Kernels k(x, y) = k(r^2), r = |x - y|: what two ways to compute one MMD have in common. A kernel
/// knows its value and slope, for sums over pairs (KernelDiscrepancy), or its spectral measure, for
/// random features (RandomFourier), or both.

namespace pushforward::inline PUSHFORWARD_ISA {

/// A kernel at a distance r: its value k, and its slope (dk/dr) / r, so that the gradient of
/// k(x, y) in x is slope (x - y).
template <Real Scalar>
struct Radial {
  Scalar value, slope;
};

namespace requirement {

template <class T>
concept check = requires(const T& k) {
  { k.check() } -> std::same_as<void>;
};

template <class T>
concept radial = requires(const T& k) {
  { k.template radial<float>()(1.0F) } -> std::same_as<Radial<float>>;
  { k.template radial<double>()(1.0) } -> std::same_as<Radial<double>>;
};

/// What a sum of kernels shows its parts to.
struct PartVisitor {
  template <class K>
  void operator()(double, const K&) const {}
};

template <class T>
concept parts = requires(const T& k) {
  { k.for_each_part(PartVisitor{}) } -> std::same_as<void>;
};

}  // namespace requirement

/// A kernel by its value: `check()` throws on settings out of range, `k.radial<S>()` gives, with
/// what can be computed beforehand, the function from r^2 >= 0 to value and slope at r, as float or
/// double. The slope is to be finite at 0. A formula without branches, of pushforward::exp and the
/// like, is computed in vector registers. A sum of kernels has `k.for_each_part(visit)` in its
/// place, which calls visit(factor, kernel) for each. \code
///   struct CauchyKernel {                        // a user's: 1 / (1 + r^2 / l^2)
///     static constexpr std::string_view kName = "CauchyKernel";
///     [[nodiscard]] auto description() const { return pf::describe("length", length); }
///     double length = 1;
///     void check() const { pf::check_positive("CauchyKernel", "length", length); }
///     template <pf::Real S>
///     [[nodiscard]] auto radial() const {
///       const S rate = S(1 / (length * length));
///       return [rate](S squared) -> pf::Radial<S> {
///         const S k = 1 / (1 + rate * squared);
///         return {k, -2 * rate * k * k};
///       };
///     }
///   };
/// \endcode
template <class T>
concept Kernel = requirement::check<T> &&(requirement::radial<T> || requirement::parts<T>);

template <class T>
consteval bool explain_kernel() {
  static_assert(requirement::check<T>, "a kernel: add public `void check() const`");
  static_assert(requirement::radial<T> || requirement::parts<T>,
                "a kernel: add public `template <Real S> auto radial() const`, which returns a "
                "function from an S, the squared distance, to Radial<S>");
  return Kernel<T>;
}

/// A kernel whose widths can be multiplied by a factor: `k.stretch(factor)`.
template <class T>
concept HasWidths = Kernel<T> && requires(T& k, double factor) {
  { k.stretch(factor) } -> std::same_as<void>;
};

/// A kernel by its spectral measure, the law of a frequency w whose mean over exp(i w.(x - y)) is
/// k(x, y) (Bochner): `check()` as above, `draw(random, w)` sets w, d, to one frequency in radians
/// per unit of x. D2^2 with frequencies from it is MMD^2 of the kernel (Rahimi & Recht 2007). \code
///   struct ProductLaplace {                      // a user's: prod_j exp(-|x_j - y_j| / length)
///     double length = 1;
///     void check() const { pf::check_positive("ProductLaplace", "length", length); }
///     void draw(pf::RandomSequence<double>& random, pf::VectorRef<double> w) const {
///       for (double& frequency : w) {            // of a Cauchy law: a quotient of normals
///         frequency = random.normal() / length;
///         frequency /= random.normal();
///       }
///     }
///   };
/// \endcode
template <class T>
concept SpectralMeasure = requires(const T& t, RandomSequence<double>& random,
                                   VectorRef<double> w) {
  { t.check() } -> std::same_as<void>;
  { t.draw(random, std::move(w)) } -> std::same_as<void>;
};

namespace detail {

/// Calls visit(factor, kernel) for each kernel that k is a sum of: itself, or those it names.
template <Kernel K, class Visit>
void for_each_part(const K& k, Visit visit) {
  if constexpr (requirement::radial<K>)
    visit(1.0, k);
  else
    k.for_each_part(visit);
}

/// k(0), of every part.
template <Real Scalar, Kernel K>
[[nodiscard]] double at_zero(const K& k) {
  double sum = 0;
  for_each_part(k, [&](double factor, const auto& part) {
    sum += factor * static_cast<double>(part.template radial<Scalar>()(Scalar(0)).value);
  });
  return sum;
}

}  // namespace detail

}  // namespace pushforward::inline PUSHFORWARD_ISA
