#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/detail/reduction.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The median rule: the median of |x_i - x_j| over pairs of at most 512 samples of `data`, d x n,
/// in units of x; at least the smallest positive distance among them, and 1 if there is none; at
/// most the largest number.
///
/// Throws std::invalid_argument if data is empty, std::domain_error if an entry is not finite.
/// Cost O(d) for each of at most 130,816 pairs.
template <Real Scalar, class Derived>
[[nodiscard]] Scalar median_distance(const AnyMatrix<Derived>& data) {
  check_count("median_distance", "size of data", data.size());
  check_finite("median_distance", "data", data);
  const Index count = (std::min)(data.cols(), Index(512));
  Matrix<double> x(data.rows(), count);
  for (Index i = 0; i < count; ++i)
    x.col(i) = data.col(i * data.cols() / count).template cast<double>();
  std::vector<double> distances;
  Vector<double> difference(x.rows());
  for (Index i = 0; i < count; ++i)
    for (Index j = 0; j < i; ++j) {
      for (Index k = 0; k < x.rows(); ++k) difference[k] = x(k, i) - x(k, j);
      distances.push_back(detail::norm<double>(difference));
    }
  std::sort(distances.begin(), distances.end());
  const auto positive = std::upper_bound(distances.begin(), distances.end(), 0.0);
  if (positive == distances.end()) return 1;
  const double median = (std::max)(distances[distances.size() / 2], *positive);
  constexpr double largest = double((std::numeric_limits<Scalar>::max)());
  constexpr double smallest = double(std::numeric_limits<Scalar>::denorm_min());
  return static_cast<Scalar>((std::clamp)(median, smallest, largest));
}

/// Widths for several scales at once: the median distance of `data`, d x n, times 1/4, 1/2, 1, 2
/// and 4. Throws as median_distance, and std::domain_error if one is beyond the largest number.
template <Real Scalar, class Derived>
[[nodiscard]] std::vector<double> median_widths(const AnyMatrix<Derived>& data) {
  const auto median = static_cast<double>(median_distance<Scalar>(data));
  std::vector<double> widths;
  for (const double factor : {0.25, 0.5, 1.0, 2.0, 4.0}) {
    widths.push_back(factor * median);
    check_positive("median_widths", "width", static_cast<Scalar>(widths.back()));
  }
  return widths;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
