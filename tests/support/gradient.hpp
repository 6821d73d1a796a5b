#pragma once

#include "pushforward/core/random.hpp"
#include "pushforward/testing/gradient_gap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

/// \file
/// `gradient_gap` of the library is the judge of every gradient; `is_second_order` is the judge of
/// the judge, and both are shown to reject a relative bug of 1e-4 (maps/gradient.cpp).

namespace support {

namespace pf = pushforward;
using pf::Index;

using pf::kGradientGap;

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

using pf::detail::central_quotient, pf::detail::derivative;

/// The gap alone, of a function of a vector; `step` is the first h of the differences.
template <class F>
[[nodiscard]] double gradient_gap(const F& f, const pf::Vector<double>& x,
                                  const pf::Vector<double>& gradient, double step = 0.25) {
  return pf::gradient_gap(f, x, gradient, "x", step).gap;
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
