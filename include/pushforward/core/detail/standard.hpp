#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/lane.hpp"

#include <algorithm>
#include <cmath>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// Coordinates in which a sample has mean 0 and E|Y - Y'|^2 = 1, for numbers however large or
/// small.
struct Standard {
  Vector<double> centre;  ///< d
  double length = 1;      ///< 1 for a sample that is one point

  Standard() = default;
  template <Real S, class WeightOf>
  Standard(const Batch<S>& y, WeightOf weight_of) {
    const Index d = y.dimension();
    const Vector<double> first = first_of(y, weight_of);
    Vector<double> mean = Vector<double>::Zero(d);
    const auto for_each = [&](auto visit) {
      for (Index b = 0; b < y.blocks(); ++b) {
        const Lane<S> weight = weight_of(b);
        for (Index i = 0; i < kBlockSize; ++i)
          if (weight[i] > 0)
            for (Index k = 0; k < d; ++k)
              visit(k, static_cast<double>(weight[i]),
                    static_cast<double>(y.block(b)(i, k)) - first[k]);
      }
    };
    for_each([&](Index k, double w, double u) { mean[k] += w * u; });
    double largest = 0, sum = 0;
    for_each(
        [&](Index k, double, double u) { largest = (std::max)(largest, std::abs(u - mean[k])); });
    if (largest > 0)
      for_each([&](Index k, double w, double u) {
        const double share = (u - mean[k]) / largest;
        sum += w * share * share;
      });
    centre = first;
    for (Index k = 0; k < d; ++k) centre[k] += mean[k];
    if (largest > 0) length = largest * std::sqrt(2 * sum);
  }

 private:
  /// The first sample that counts.
  template <Real S, class WeightOf>
  static Vector<double> first_of(const Batch<S>& y, WeightOf weight_of) {
    Vector<double> first = Vector<double>::Zero(y.dimension());
    for (Index b = 0; b < y.blocks(); ++b) {
      const Lane<S> weight = weight_of(b);
      for (Index i = 0; i < kBlockSize; ++i)
        if (weight[i] > 0) {
          for (Index k = 0; k < first.size(); ++k) first[k] = static_cast<double>(y.block(b)(i, k));
          return first;
        }
    }
    return first;
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
