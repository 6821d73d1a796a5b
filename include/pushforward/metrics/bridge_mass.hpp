#pragma once

#include "pushforward/core/detail/reduction.hpp"
#include "pushforward/core/vector_math.hpp"
#include "pushforward/metrics/coverage.hpp"

#include <algorithm>
#include <limits>

namespace pushforward::inline PUSHFORWARD_ISA {

/// What a map leaves between modes.
struct BridgeMass {
  double mass = 0;   ///< share of the samples that no mode has
  double bound = 0;  ///< what a map from N(0, I) as steep as this one leaves there at least
  double gap =
      0;  ///< g, the least distance between two modes' balls; 0 if some meet, or there is one
};

/// What a continuous map leaves between modes, which it cannot jump over, and what it must leave.
///
/// Ball j is what is within so many deviations of mode j, as coverage() has it, and a_j the share
/// of the samples in it. If T takes z ~ N(0, I) to the samples with slopes of at most L, places
/// that it takes to two balls are g / L apart: the neighbourhoods of radius g / (2 L) of the k sets
/// that it takes to the balls do not meet. By the Gaussian isoperimetric inequality (Sudakov &
/// Tsirelson 1974, Borell 1975) their masses are at least those of half-spaces, and so
///
/// \f$ 1 - \sum_j a_j \ge \sum_j \bigl[ \Phi\bigl(\Phi^{-1}(a_j) + \tfrac{g}{2L}\bigr) - a_j \bigr]
///     \approx \tfrac{g}{2L} \sum_j \varphi(\Phi^{-1}(a_j)), \f$
///
/// with equality for two modes whose sets are parted by a slab; for halves it is 0.4 g / L
/// (Salmona, De Bortoli, Delon & Desolneux, "Can push-forward generative models fit multimodal
/// distributions?", NeurIPS 2022). A bridge this small needs a map this steep, however it is
/// trained, or another source. \code
///   const double slope = pf::largest_slope(map, pf::draw(source, 10000));
///   const auto [mass, bound, gap] = pf::bridge_mass(samples, centres, deviations, slope);
/// \endcode
/// A source that is an image of N(0, I) with slope s counts with s L: s for N(m, s^2 I), and
/// w / sqrt(2 pi) for the uniform law on a cube of side w. The mass is that of the samples, with
/// their noise, and has the tails of the modes beyond their balls too.
///
/// slope L; the others as in coverage(). Throws as coverage() does, std::domain_error unless the
/// slope is positive and finite. Cost O((n + k) k d).
template <class X, class C, class D>
[[nodiscard]] BridgeMass bridge_mass(const AnyMatrix<X>& samples, const AnyMatrix<C>& centres,
                                     const AnyMatrix<D>& deviations, double slope,
                                     const CoverageOptions& options = {}) {
  const Coverage found = coverage(samples, centres, deviations, options);
  check_positive("bridge_mass", "slope", slope);
  const auto radius = [&](Index j) {
    return options.within * static_cast<double>(deviations.derived().coeff(j));
  };
  BridgeMass result{.mass = 1 - found.high_quality};
  if (found.of == 1) return result;

  const auto& c = centres.template cast<double>();
  double least = std::numeric_limits<double>::infinity();
  for (Index j = 1; j < found.of; ++j)
    for (Index i = 0; i < j; ++i)
      least = (std::min)(least, detail::norm<double>(c.col(i) - c.col(j)) - radius(i) - radius(j));
  result.gap = (std::max)(least, 0.0);
  for (const Index count : found.counts) {
    const double share = static_cast<double>(count) / static_cast<double>(samples.cols());
    if (result.gap > 0 && share > 0)
      result.bound += normal_cdf(normal_quantile(share) + result.gap / slope / 2) - share;
  }
  return result;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
