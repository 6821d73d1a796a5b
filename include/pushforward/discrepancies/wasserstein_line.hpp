#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/vector_math.hpp"
#include "pushforward/discrepancies/line.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The Wasserstein distance of order p on the line, to its power:
///
///   D = W_p^p = int_0^1 |F^-1(u) - G^-1(u)|^p du = sum of mass |x - y|^p over the sorted coupling,
///   dD/dx_i = sum of mass p |x_i - y|^(p-1) sign(x_i - y) over the y that x_i is coupled with.
///
/// For p = 1 this is D_inf over the 1-Lipschitz functions, int |F - G|, and dD/dx_i is the slope of
/// the maximising one. The sorted coupling is optimal for every convex cost. A sample and a target
/// of different sizes and weights are coupled in parts. Where x_i = y, the derivative for p = 1 is
/// 0; of equal x_i the first is coupled with the lowest y: one of the limits of the gradient. Cost
/// O(n + m) after the sort.
struct WassersteinLine {
  double p = 2;  ///< at least 1; 1 and 2 are fast

  static constexpr std::string_view kName = "WassersteinLine";
  [[nodiscard]] auto description() const { return describe("p", p); }

  /// Throws std::domain_error unless p is finite and at least 1.
  void check() const {
    check_domain(is_finite(p) && p >= 1, "WassersteinLine", "p", p, "finite and at least 1");
  }

  template <Real Scalar>
  Scalar value_and_gradient(const PooledSample<Scalar>& z, VectorRef<Scalar> dz) const {
    const auto sign = [](double e) { return e > 0 ? 1.0 : e < 0 ? -1.0 : 0.0; };
    if (p == 1) return couple(z, dz, [&](double e) { return Cost{std::abs(e), sign(e)}; });
    if (p == 2) return couple(z, dz, [](double e) { return Cost{e * e, 2 * e}; });
    return couple(z, dz, [&](double e) {
      const double power = exp((p - 1) * log(std::abs(e)));  // |e|^(p-1), 0 at 0
      return Cost{power * std::abs(e), p * power * sign(e)};
    });
  }

 private:
  struct Cost {
    double value, slope;  ///< c(e), c'(e)
  };

  /// sum of mass c(x - y) over the sorted coupling, and its gradient.
  template <Real Scalar, class CostOf>
  static Scalar couple(const PooledSample<Scalar>& z, VectorRef<Scalar> dz, CostOf cost_of) {
    dz.setZero();
    double value = 0;
    Index i = 0, j = 0, x = z.sample_at(0), y = z.target_at(0);
    double slope_x = 0, slope_y = 0;
    std::int64_t rest_x = z.units(x), rest_y = -z.units(y);
    for (;;) {
      const std::int64_t both = (std::min)(rest_x, rest_y);
      const double mass = z.mass_of(both);
      const Cost cost = cost_of(z.place(x) - z.place(y));
      value += mass * cost.value;
      slope_x += mass * cost.slope;
      slope_y -= mass * cost.slope;
      rest_x -= both;
      rest_y -= both;
      if (rest_x == 0) {
        dz[z.index(x)] = static_cast<Scalar>(std::exchange(slope_x, 0));
        if (++i == z.samples()) break;
        x = z.sample_at(i);
        rest_x = z.units(x);
      }
      if (rest_y == 0) {
        dz[z.index(y)] = static_cast<Scalar>(std::exchange(slope_y, 0));
        if (++j == z.targets()) break;
        y = z.target_at(j);
        rest_y = -z.units(y);
      }
    }
    dz[z.index(x)] += static_cast<Scalar>(slope_x);
    dz[z.index(y)] += static_cast<Scalar>(slope_y);
    return static_cast<Scalar>(value);
  }
};

/// The 1-Lipschitz function that tells a sample from a target best, at all points, n + m, in the
/// order they came in: sum_i f(x_i) / n - sum_j w_j f(y_j) = W_1. Its slope is 1 where F < G, -1
/// where F > G, else 0; it is 0 at the lowest point.
template <Real Scalar>
void lipschitz_witness(const PooledSample<Scalar>& z, VectorRef<Scalar> f) {
  double value = 0;
  for (Index k = 0; k < z.count(); ++k) {
    f[z.index(k)] = static_cast<Scalar>(value);
    const double gap = z.gap(k + 1);
    if (gap != 0) value += gap < 0 ? z.width(k) : -z.width(k);
  }
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
