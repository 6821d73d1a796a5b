#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/detail/reduction.hpp"
#include "pushforward/discrepancies/line.hpp"
#include "pushforward/test_functions/energy_spectrum.hpp"

#include <string_view>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The energy distance on the line, twice that of Cramer (Szekely & Rizzo, J. Statist. Plann.
/// Inference 143, 2013):
///
///   D = 2 E|X - Y| - E|X - X'| - E|Y - Y'| = 2 int (F - G)^2,
///   dD/dz_k = -2 c_k (S_k + S_(k+1)),
///
/// c_k the mass of z_k and S = F - G below and above it. Between equal points, which share the
/// mean of it, the derivative of |x - y| is 0.
///
/// That, the biased form, counts each x_i against itself, which pulls a sample together: its spread
/// comes out too small, by 1 / n. The unbiased one, whose mean over samples is that of their law,
/// does not, nor a fresh y_j; it may be negative:
///
///   D = 2 int (F - G)^2 - 2 / (n - 1) int F (1 - F) [- 2 / (m - 1) int G (1 - G)].
///
/// Cost O(n + m) after the sort.
struct EnergyLine {
  bool unbiased = true;  ///< for n >= 2, and m >= 2 fresh samples of the target

  static constexpr std::string_view kName = "EnergyLine";
  [[nodiscard]] auto description() const { return describe("unbiased", unbiased); }

  /// Throws std::invalid_argument if the unbiased form has too few samples.
  template <Real Scalar>
  Scalar value_and_gradient(const PooledSample<Scalar>& z, VectorRef<Scalar> dz) const {
    double value =
        2 * detail::sum_of_products(z.count() - 1, z.widths(), z.gaps() + 1, z.gaps() + 1);
    for_each_tie(z, [&](Index k, Index end) {
      const double slope = -2 * (z.gap(k) + z.gap(end));
      for (; k < end; ++k) dz[z.index(k)] = static_cast<Scalar>(z.mass(k) * slope);
    });
    if (unbiased) {
      value -= self_distance("number of samples", z, z.samples(), dz,
                             [&](Index i) { return z.sample_at(i); });
      if (z.fresh())
        value -= self_distance("number of target samples", z, z.targets(), dz,
                               [&](Index j) { return z.target_at(j); });
    }
    return static_cast<Scalar>(value);
  }

  /// See energy_constant: with it the mean over all directions in R^d is the energy distance there.
  [[nodiscard]] static double slicing_constant(Index d) { return energy_constant(d); }

 private:
  /// Calls body(k, end) for each run z_k = ... = z_(end-1) of equal points.
  template <Real Scalar, class Body>
  static void for_each_tie(const PooledSample<Scalar>& z, Body body) {
    if (!z.tied()) {
      for (Index k = 0; k < z.count(); ++k) body(k, k + 1);
      return;
    }
    for (Index k = 0, end; k < z.count(); k = end) {
      end = k + 1;
      while (z.width(end - 1) == 0) ++end;
      body(k, end);
    }
  }

  /// sum_ij |x_i - x_j| / (n^2 (n - 1)) of the n points z_at(0) <= z_at(1) ..., whose gradient is
  /// taken off dz.
  template <Real Scalar, class At>
  static double self_distance(std::string_view name, const PooledSample<Scalar>& z, Index n,
                              VectorRef<Scalar> dz, At at) {
    check_argument(n >= 2, "EnergyLine", name, n, "at least 2 to be unbiased");
    const double share = 1 / static_cast<double>(n), scale = 2 / static_cast<double>(n - 1);
    double value = 0;
    for (Index i = 0, end; i < n; i = end) {
      const double here = z.place(at(i));
      double next = here;
      for (end = i + 1; end < n && (next = z.place(at(end))) == here;) ++end;
      const double f = share * static_cast<double>(end);  // F above
      const double slope = scale * share * (share * static_cast<double>(i) + f - 1);
      for (Index k = i; k < end; ++k) dz[z.index(at(k))] -= static_cast<Scalar>(slope);
      if (end < n) value += (next - here) * scale * f * (1 - f);
    }
    return value;
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
