#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/vector_math.hpp"
#include "pushforward/test_functions/kernel.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>
#include <vector>

/// \file
/// Kernels with a spectral measure. Widths s and lengths l are in units of x.

namespace pushforward::inline PUSHFORWARD_ISA {

namespace detail {

/// A number in another precision: the largest one if it is beyond.
template <Real Scalar>
[[nodiscard]] inline Scalar bounded(double x) {
  constexpr double largest = double((std::numeric_limits<Scalar>::max)());
  return static_cast<Scalar>((std::clamp)(x, -largest, largest));
}

/// 1 / r for r^2 = `squared` >= 0: a number at 0, too, and whatever is flushed to 0.
template <Real Scalar>
[[nodiscard]] inline Scalar inverse_distance(Scalar squared) {
  return inverse_square_root(squared + 4 * (std::numeric_limits<Scalar>::min)());
}

/// sqrt(x) for x >= 0; finite at infinity.
template <Real Scalar>
[[nodiscard]] inline Scalar distance(Scalar squared) {
  const Scalar x = at_most((std::numeric_limits<Scalar>::max)(), squared);
  return x * inverse_distance(x);
}

/// log(1 + x) for x >= 0, with the digits that 1 + x loses; finite at infinity.
template <Real Scalar>
[[nodiscard]] inline Scalar log_of_one_plus(Scalar x) {
  const Scalar y = at_most((std::numeric_limits<Scalar>::max)(), x), base = 1 + y;
  return log(base) + (y - (base - 1)) / base;
}

}  // namespace detail

/// k = exp(-r^2 / (2 s^2)):  w = g / s, g ~ N(0, I).
struct GaussianKernel {
  static constexpr std::string_view kName = "GaussianKernel";
  [[nodiscard]] auto description() const { return describe("width", width); }

  double width = 1;
  void check() const { check_positive("GaussianKernel", "width", width); }
  void stretch(double factor) { width *= factor; }

  template <Real S>
  [[nodiscard]] auto radial() const {
    const S rate = detail::bounded<S>(1 / (width * width));
    return [rate](S squared) -> Radial<S> {
      const S k = detail::exp_of_negative(-rate / 2 * squared);
      return {k, -rate * k};
    };
  }
  void draw(RandomSequence<double>& random, VectorRef<double> w) const {
    for (Index j = 0; j < w.size(); ++j) w[j] = random.normal() / width;
  }
};

/// The Matern kernel of smoothness nu and length l, exp(-r / l) at nu = 1/2, by its spectral
/// measure: w = g / (l sqrt(G / nu)), G ~ Gamma(nu, 1), a Student t with 2 nu degrees of freedom,
/// whose largest frequencies grow without bound as nu falls. At least 0.01.
struct MaternKernel {
  static constexpr std::string_view kName = "MaternKernel";
  [[nodiscard]] auto description() const {
    return describe("smoothness", smoothness, "length", length);
  }

  double smoothness = 0.5;
  double length = 1;
  void check() const {
    check_domain(is_finite(smoothness) && smoothness >= 0.01, "MaternKernel", "smoothness",
                 smoothness, "finite and at least 0.01");
    check_positive("MaternKernel", "length", length);
  }

  void draw(RandomSequence<double>& random, VectorRef<double> w) const {
    const double spread = length * std::sqrt(random.gamma(smoothness) / smoothness);
    for (Index j = 0; j < w.size(); ++j) w[j] = random.normal() / spread;
  }
};

/// k = exp(-r / l), Matern's of smoothness 1/2.
struct LaplaceKernel {
  static constexpr std::string_view kName = "LaplaceKernel";
  [[nodiscard]] auto description() const { return describe("length", length); }

  double length = 1;
  void check() const { check_positive("LaplaceKernel", "length", length); }
  void stretch(double factor) { length *= factor; }

  template <Real S>
  [[nodiscard]] auto radial() const {
    const S rate = detail::bounded<S>(1 / length);
    return [rate](S squared) -> Radial<S> {
      const S x = detail::at_most((std::numeric_limits<S>::max)(), squared);
      const S inverse = detail::inverse_distance(x);
      const S k = detail::exp_of_negative(-rate * (x * inverse));
      return {k, -k * detail::at_most((std::numeric_limits<S>::max)(), rate * inverse)};
    };
  }
  void draw(RandomSequence<double>& random, VectorRef<double> w) const {
    MaternKernel{0.5, length}.draw(random, w);
  }
};

/// k = (1 + a) exp(-a), a = sqrt(3) r / l: Matern's of smoothness 3/2, with a gradient that is
/// continuous at r = 0.
struct Matern32Kernel {
  static constexpr std::string_view kName = "Matern32Kernel";
  [[nodiscard]] auto description() const { return describe("length", length); }

  double length = 1;
  void check() const { check_positive("Matern32Kernel", "length", length); }
  void stretch(double factor) { length *= factor; }

  template <Real S>
  [[nodiscard]] auto radial() const {
    const S rate = detail::bounded<S>(std::numbers::sqrt3 / length);
    const S fall = detail::bounded<S>(3 / (length * length));
    return [rate, fall](S squared) -> Radial<S> {
      const S a = detail::at_most(detail::kLastExponent<S>, rate * detail::distance(squared));
      const S e = detail::exp_of_negative(-a);
      return {e + a * e, -fall * e};
    };
  }
  void draw(RandomSequence<double>& random, VectorRef<double> w) const {
    MaternKernel{1.5, length}.draw(random, w);
  }
};

/// k = (1 + r^2 / (2 a l^2))^-a:  w = sqrt(2 G) g, G ~ Gamma(shape a, rate 2 a l^2). It nears the
/// Gaussian kernel of width l as a grows.
struct RationalQuadraticKernel {
  static constexpr std::string_view kName = "RationalQuadraticKernel";
  [[nodiscard]] auto description() const {
    return describe("exponent", exponent, "length", length);
  }

  double exponent = 1;
  double length = 1;
  void check() const {
    check_positive("RationalQuadraticKernel", "exponent", exponent);
    check_positive("RationalQuadraticKernel", "length", length);
  }
  void stretch(double factor) { length *= factor; }

  template <Real S>
  [[nodiscard]] auto radial() const {
    const double power = (std::min)(exponent, 1e24);  // from there on the digits are the Gaussian's
    const S top = detail::bounded<S>(1 / (length * length)), a = detail::bounded<S>(power);
    const S rate = detail::bounded<S>(0.5 / (power * length * length));
    return [rate, a, top](S squared) -> Radial<S> {
      const S x = rate * squared;
      const S k = detail::exp_of_negative(-a * detail::log_of_one_plus(x));
      return {k, -top * (k / detail::at_most((std::numeric_limits<S>::max)(), 1 + x))};
    };
  }
  void draw(RandomSequence<double>& random, VectorRef<double> w) const {
    const double scale = std::sqrt(random.gamma(exponent) / exponent) / length;
    for (Index j = 0; j < w.size(); ++j) w[j] = scale * random.normal();
  }
};

/// k = (1 + r^2 / l^2)^-1/2: the rational quadratic one of exponent 1/2, by multiplications alone.
struct InverseMultiquadricKernel {
  static constexpr std::string_view kName = "InverseMultiquadricKernel";
  [[nodiscard]] auto description() const { return describe("length", length); }

  double length = 1;
  void check() const { check_positive("InverseMultiquadricKernel", "length", length); }
  void stretch(double factor) { length *= factor; }

  template <Real S>
  [[nodiscard]] auto radial() const {
    const S rate = detail::bounded<S>(1 / (length * length));
    return [rate](S squared) -> Radial<S> {
      const S base = detail::at_most((std::numeric_limits<S>::max)(), 1 + rate * squared);
      const S k = detail::inverse_square_root(base);
      return {k, -rate * k * k * k};
    };
  }
  void draw(RandomSequence<double>& random, VectorRef<double> w) const {
    RationalQuadraticKernel{0.5, length}.draw(random, w);
  }
};

/// k = mean over the widths s of exp(-r^2 / (2 s^2)): each frequency takes one of the widths.
struct MultiScaleKernel {
  static constexpr std::string_view kName = "MultiScaleKernel";
  [[nodiscard]] auto description() const { return describe("widths", widths); }

  std::vector<double> widths{0.25, 0.5, 1, 2, 4};
  void check() const {
    check_count("MultiScaleKernel", "number of widths", widths.size());
    for (std::size_t c = 0; c < widths.size(); ++c)
      check_positive("MultiScaleKernel", "widths[" + to_text(c) + "]", widths[c]);
  }
  void stretch(double factor) {
    for (double& width : widths) width *= factor;
  }

  /// Calls visit(factor, kernel) for each kernel it is a sum of.
  template <class Visit>
  void for_each_part(Visit visit) const {
    for (const double width : widths)
      visit(1 / static_cast<double>(widths.size()), GaussianKernel{width});
  }
  void draw(RandomSequence<double>& random, VectorRef<double> w) const {
    const auto count = static_cast<double>(widths.size());
    const auto chosen = static_cast<std::size_t>(random.uniform() * count);
    GaussianKernel{widths[(std::min)(chosen, widths.size() - 1)]}.draw(random, w);
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
