#pragma once

#include "support/catch.hpp"
#include "support/gradient.hpp"

#include "pushforward/test_functions/kernels.hpp"

#include <algorithm>
#include <cmath>

namespace support {

/// A kernel at r^2, whatever it is a sum of.
template <pf::Real S = double, class K>
[[nodiscard]] pf::Radial<double> at(const K& kernel, S squared) {
  pf::Radial<double> sum{0, 0};
  pf::detail::for_each_part(kernel, [&](double factor, const auto& part) {
    const pf::Radial<S> k = part.template radial<S>()(squared);
    sum.value += factor * double(k.value), sum.slope += factor * double(k.slope);
  });
  return sum;
}

/// The value is that of the formula k(r), the slope (dk/dr) / r, and those of float are the same.
template <class K, class Formula>
void is_a_kernel(const K& kernel, Formula formula) {
  kernel.check();
  for (const double r : {1e-3, 0.05, 0.3, 1.0, 2.5, 7.0}) {
    INFO(K::kName << " at " << r);
    const auto [value, slope] = at(kernel, r * r);
    const double size = std::abs(formula(r)), epsilon = 1e-13;
    CHECK_THAT(value, WithinAbs(formula(r), epsilon * size + 1e-300));
    const double dk =
        pf::detail::derivative([&](double t) { return formula(r + t); }, (std::min)(r / 8, 0.1));
    CHECK_THAT(slope * r, WithinAbs(dk, 1e-9 * std::abs(dk) + 1e-12 * size / r));
    const auto [single, single_slope] = at(kernel, float(r * r));
    CHECK_THAT(single, WithinAbs(value, 3e-6 * std::abs(value) + 1e-6));
    CHECK_THAT(single_slope, WithinAbs(slope, 4e-6 * std::abs(slope) + 1e-6));
  }
}

}  // namespace support
