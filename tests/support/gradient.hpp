#pragma once

#include "pushforward/core/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

/// \file
/// The one gradient check: a derivative claimed is held against differences of the function.
///
/// `gradient_gap` is the judge of every gradient; `is_second_order` is the judge of the judge, and
/// both are shown to reject a relative bug of 1e-4 (maps/gradient.cpp).

namespace support {

namespace pf = pushforward;
using pf::Index;

/// What gradient_gap of a correct gradient stays below.
inline constexpr double kGradientGap = 1e-10;

/// 64 x d, uniform on (-scale, scale): the same numbers for the same seed.
template <pf::Real S = double>
[[nodiscard]] pf::Block<S> random_block(Index dimension, std::uint64_t seed, double scale = 1) {
  pf::Block<S> x(pf::kBlockSize, dimension);
  pf::uniforms<S>(pf::Key{seed, 0x74657374U}, 0, x);
  return static_cast<S>(scale) * (2 * x - 1);
}

/// Entries uniform on (-scale, scale): the same numbers for the same seed.
template <pf::Real S = double>
[[nodiscard]] pf::Vector<S> random_vector(Index size, std::uint64_t seed, double scale = 1) {
  const pf::Block<S> block = random_block<S>(size / pf::kBlockSize + 1, seed, scale);
  return block.reshaped().head(size).matrix();
}

/// d x n, entries uniform on (-scale, scale): the same numbers for the same seed.
template <pf::Real S = double>
[[nodiscard]] pf::Matrix<S> random_matrix(Index rows, Index columns, std::uint64_t seed,
                                          double scale = 1) {
  return random_vector<S>(rows * columns, seed, scale).reshaped(rows, columns);
}

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

/// The largest |f'(x; u) - <gradient, u>| over some random unit directions u, relative to
/// |gradient| and |f(x)|; NaN if anything is. `step` is the first h of the differences.
template <class F>
[[nodiscard]] double gradient_gap(const F& f, const pf::Vector<double>& x,
                                  const pf::Vector<double>& gradient, double step = 0.25) {
  constexpr std::uint64_t directions = 4;
  const double size = gradient.norm() + std::abs(f(x));
  double worst = 0;
  for (std::uint64_t k = 1; k <= directions; ++k) {
    const pf::Vector<double> u = random_vector(x.size(), k).normalized();
    const auto along = [&](double t) { return f(pf::Vector<double>(x + t * u)); };
    const double gap = std::abs(derivative(along, step) - gradient.dot(u));
    if (gap == 0) continue;
    if (!(gap / size <= worst)) worst = gap / size;
    if (std::isnan(worst)) break;
  }
  return worst;
}

/// True if the central quotients of f at h = step 2^-3 .. 2^-12 approach `slope` as h^2: each local
/// order is in [1.9, 2.1], and each error at most 2 C h^2 with C from the first, down to round-off.
template <class F>
[[nodiscard]] bool is_second_order(const F& f, double slope, double step = 1) {
  const double round_off = 16 * std::numeric_limits<double>::epsilon() * std::abs(f(0.0));
  double first = 0, before = 0;
  for (int k = 3; k <= 12; ++k) {
    const double h = std::ldexp(step, -k), noise = round_off / h;
    const double error = std::abs(central_quotient(f, h) - slope);
    if (k == 3) {
      first = error;
    } else {
      const double order = std::log2(before / error);
      if (error > 100 * noise && !(order >= 1.9 && order <= 2.1)) return false;
      if (!(error <= 2 * std::ldexp(first, 2 * (3 - k)) + noise)) return false;
    }
    before = error;
  }
  return true;
}

}  // namespace support
