#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/random.hpp"

#include <cmath>
#include <numbers>
#include <string_view>

namespace pushforward::inline PUSHFORWARD_ISA {

/// c_d = sqrt(pi) Gamma((d+1)/2) / Gamma(d/2), d >= 1: the energy distance in R^d is c_d times its
/// mean over all directions of the line (Hertrich et al., ICLR 2024). c_1 = 1, and
/// c_d c_(d+1) = pi d / 2.
[[nodiscard]] inline double energy_constant(Index d) {
  double c = 1;
  for (Index k = 1; k < d; ++k) c = std::numbers::pi * static_cast<double>(k) / (2 * c);
  return c;
}

/// Frequencies for the energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'|, by importance sampling.
///
/// It is the integral of |phi_X(w) - phi_Y(w)|^2 dw / (C |w|^(d+1)) (Szekely & Rizzo 2013), whose
/// measure is infinite near w = 0. Drawn is w = r u / length, u uniform on the sphere, r half
/// Cauchy, with the weight c_d length (1 + 1 / (length |w|)^2): it grows like 1 / |w|^2 as |w|
/// falls, where |phi_X - phi_Y|^2 falls like |w|^2. So no frequency outweighs the others, low ones
/// are not drowned by high ones, and samples that are far away are pulled as much as near ones.
/// With ImportanceWeights D2^2 is the energy distance on average over frequencies: \code
///   pf::MeanDiscrepancy(pf::RandomFourier<float, pf::EnergySpectrum>(d, 256, {}, key), target,
///                       pf::ImportanceWeights{})
/// \endcode
struct EnergySpectrum {
  static constexpr std::string_view kName = "EnergySpectrum";
  [[nodiscard]] auto description() const { return describe("length", length); }

  double length = 1;  ///< half of the frequencies are below 1 / length
  void draw(RandomSequence<double>& random, VectorRef<double> w) const {
    const double above = random.normal(), below = random.normal();
    const double radius = std::abs(above / below) / length;
    double squares = 0;
    for (double& component : w) {
      component = random.normal();
      squares += component * component;
    }
    for (double& component : w) component *= radius / std::sqrt(squares);
  }
  /// What is integrated over what is drawn, at frequency w, d.
  template <class W>
  [[nodiscard]] double importance(const AnyMatrix<W>& w) const {
    double squares = 0;
    for (Index k = 0; k < w.size(); ++k) {
      const double component = length * static_cast<double>(w.derived().coeff(k));
      squares += component * component;
    }
    return energy_constant(w.size()) * length * (1 + 1 / squares);
  }
  void check() const { check_positive("EnergySpectrum", "length", length); }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
