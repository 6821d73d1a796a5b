#pragma once

#include "pushforward/core/instruction_set.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// (f(h) - f(-h)) / 2h.
template <class F>
[[nodiscard]] double central_quotient(const F& f, double h) {
  return (f(h) - f(-h)) / (2 * h);
}

/// f'(0): central quotients at h, h/2 .. h/32, extrapolated to h = 0 (Richardson); of the table,
/// the entry that its neighbours agree with best (Ridders 1982).
template <class F>
[[nodiscard]] double derivative(const F& f, double h = 0.25) {
  constexpr std::size_t levels = 6;
  std::array<double, levels> above{};
  double best = std::numeric_limits<double>::quiet_NaN();
  double error = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < levels; ++i, h /= 2) {
    double entry = central_quotient(f, h), power = 1;
    for (std::size_t j = 0; j < i; ++j) {
      power *= 4;
      const double better = entry + (entry - above[j]) / (power - 1);
      const double gap = (std::max)(std::abs(better - entry), std::abs(better - above[j]));
      if (gap <= error) {
        error = gap;
        best = better;
      }
      above[j] = entry;
      entry = better;
    }
    above[i] = entry;
  }
  return best;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
