#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/vector_math.hpp"
#include "pushforward/test_functions/kernels.hpp"

#include <algorithm>
#include <limits>
#include <string_view>

/// \file
/// Kernels for sums over pairs that are no mean over frequencies of finite measure. Where
/// k(x, x) - 2 k(x, y) + k(y, y) >= 0 only for measures of equal mass, as here, MMD is a distance
/// all the same: constants cancel.

namespace pushforward::inline PUSHFORWARD_ISA {

/// k = -r: MMD^2 is the energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'| (Szekely & Rizzo, J.
/// Statist. Plann. Inference 143, 2013). It has no width, and samples far away are drawn as
/// strongly as those nearby.
struct EnergyKernel {
  static constexpr std::string_view kName = "EnergyKernel";
  void check() const {}

  template <Real S>
  [[nodiscard]] auto radial() const {
    return [](S squared) -> Radial<S> {
      const S inverse = detail::inverse_distance(squared);
      return {-(squared * inverse), -inverse};
    };
  }
};

/// k = -r^b, 0 < b < 2 (Riesz). The closer b is to 2, the more it sees of the means, and the less
/// of what is close together; below 1 samples repel each other without bound as they meet.
struct RieszKernel {
  static constexpr std::string_view kName = "RieszKernel";
  [[nodiscard]] auto description() const { return describe("exponent", exponent); }

  double exponent = 1;
  void check() const {
    check_domain(exponent > 0 && exponent < 2, "RieszKernel", "exponent", exponent,
                 "between 0 and 2");
  }

  template <Real S>
  [[nodiscard]] auto radial() const {
    const S b = static_cast<S>(exponent), power = static_cast<S>(exponent / 2 - 1);
    return [b, power](S squared) -> Radial<S> {
      const S x = detail::at_least((std::numeric_limits<S>::min)(), squared);
      const S k = exp(power * log(x));
      return {-(squared * k), -b * k};
    };
  }
};

/// k = -log(r^2 + e^2) / 2, e the softening: in the plane, charges that repel each other (Coulomb).
/// Its pull is strong nearby, so that it keeps small modes that others lose, and falls off as 1/r.
struct LogarithmicKernel {
  static constexpr std::string_view kName = "LogarithmicKernel";
  [[nodiscard]] auto description() const { return describe("softening", softening); }

  double softening = 0.03;
  void check() const { check_positive("LogarithmicKernel", "softening", softening); }
  void stretch(double factor) { softening *= factor; }

  template <Real S>
  [[nodiscard]] auto radial() const {
    constexpr double smallest = double((std::numeric_limits<S>::min)());
    const S soft = detail::bounded<S>((std::max)(softening * softening, smallest));
    return [soft](S squared) -> Radial<S> {
      const S x = squared + soft;
      return {S(-0.5) * log(x), -1 / x};
    };
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
