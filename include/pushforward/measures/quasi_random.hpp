#pragma once

#include "pushforward/core/concepts.hpp"

#include <cmath>

namespace pushforward {

/// n equal-weight nodes spread evenly over a measure: a deterministic stand-in for it.
///
/// Node i is the measure's quantile at u_i. In one dimension u_i = (i + 1/2) / n. Above, u_i is the
/// Kronecker sequence frac(s_j + i / g^j), j = 1 .. d, with g the root of g^(d+1) = g + 1 (Roberts,
/// "The unreasonable effectiveness of quasirandom sequences", 2018), shifted by uniforms s_j drawn
/// from `shift`, so that every node by itself follows the measure. Sample i of any stream is node i
/// mod n.
template <class M>
class QuasiRandom {
  static_assert(HasQuantile<M>, "QuasiRandom: the measure needs `void quantile(u, x) const`");

 public:
  using Scalar = typename M::Scalar;

  /// Throws std::invalid_argument unless count >= 1.
  QuasiRandom(M measure, Index count, Key shift = {})
      : measure_(std::move(measure)), count_(count), step_(measure_.dimension()),
        start_(measure_.dimension()) {
    check_count("QuasiRandom", "count", count);
    const Index d = measure_.dimension();
    if (d == 1) {
      step_[0] = 1 / static_cast<double>(count);
      start_[0] = step_[0] / 2;
      return;
    }
    double g = 2;
    for (int turn = 0; turn < 64; ++turn) g = std::pow(1 + g, 1 / static_cast<double>(d + 1));
    RandomSequence<double> uniforms(shift, 0);
    for (Index j = 0; j < d; ++j) {
      step_[j] = std::pow(g, -static_cast<double>(j + 1));
      start_[j] = uniforms.uniform();
    }
  }

  [[nodiscard]] Index dimension() const { return measure_.dimension(); }
  [[nodiscard]] Index count() const { return count_; }

  void sample(Key, std::uint64_t first, BlockRef<Scalar> x) const {
    constexpr Scalar least = std::numeric_limits<Scalar>::epsilon() / 2;
    for (Index j = 0; j < dimension(); ++j)
      for (Index i = 0; i < kBlockSize; ++i) {
        const auto node =
            (first + static_cast<std::uint64_t>(i)) % static_cast<std::uint64_t>(count_);
        const double u = start_[j] + static_cast<double>(node) * step_[j];
        x(i, j) = (std::clamp)(static_cast<Scalar>(u - std::floor(u)), least, 1 - least);
      }
    measure_.quantile(x, x);
  }

 private:
  M measure_;
  Index count_;
  Vector<double> step_;
  Vector<double> start_;
};

}  // namespace pushforward
