#pragma once

#include "pushforward/measures/measure.hpp"
#include "pushforward/measures/uniform.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>

/// \file
/// Laws on the line whose quantile function is closed: it is the increasing map that carries the
/// uniform law to them.

namespace pushforward::inline PUSHFORWARD_ISA::problems {

/// The uniform law on [0, 1].
template <Real S>
[[nodiscard]] Uniform<S> uniform() {
  return {S(0), S(1)};
}

/// Student's t with 2 degrees of freedom: p(x) = (2 + x^2)^(-3/2), P(X <= x) = 1/2 +
/// x / (2 sqrt(2 + x^2)). Its mean is 0, its variance infinite.
template <Real S>
struct Student {
  using Scalar = S;
  static constexpr std::string_view kName = "Student";
  [[nodiscard]] Index dimension() const { return 1; }

  void sample(Key key, std::uint64_t first, BlockRef<S> x) const {
    uniforms<S>(key, first, x);
    quantile(x, x);
  }

  /// x = (2 u - 1) / sqrt(2 u (1 - u))
  void quantile(ConstBlockRef<S> u, BlockRef<S> x) const {
    for (Index i = 0; i < kBlockSize; ++i)
      x(i, 0) = (2 * u(i, 0) - 1) / std::sqrt(2 * u(i, 0) * (1 - u(i, 0)));
  }

  /// -3/2 log(2 + x^2), where x^2 may be too large for a number: then -3 log |x|.
  void log_density(ConstBlockRef<S> x, Lane<S>& out) const {
    for (Index i = 0; i < kBlockSize; ++i) {
      const S far = std::abs(x(i, 0));
      out[i] = far > S(1e9) ? -3 * log(far) : S(-1.5) * log(2 + far * far);
    }
  }

  /// -3 x / (2 + x^2), with no x^2 that may be too large.
  void score(ConstBlockRef<S> x, BlockRef<S> dx) const {
    for (Index i = 0; i < kBlockSize; ++i) dx(i, 0) = -3 / (x(i, 0) + 2 / x(i, 0));
  }
};

/// The law of exp(Z), Z ~ N(0, 1).
template <Real S>
struct LogNormal {
  using Scalar = S;
  static constexpr std::string_view kName = "LogNormal";
  [[nodiscard]] Index dimension() const { return 1; }

  void sample(Key key, std::uint64_t first, BlockRef<S> x) const {
    normals<S>(key, first, x);
    Lane<S> z = x.col(0);
    exp(z);
    x.col(0) = z;
  }

  /// x = exp(Phi^-1(u))
  void quantile(ConstBlockRef<S> u, BlockRef<S> x) const {
    Lane<S> z = u.col(0);
    normal_quantile(z);
    exp(z);
    x.col(0) = z;
  }

  /// -(log x)^2 / 2 - log x - log(2 pi) / 2 for x > 0, -infinity elsewhere.
  void log_density(ConstBlockRef<S> x, Lane<S>& out) const {
    const S top = -log(2 * std::numbers::pi_v<S>) / 2;
    for (Index i = 0; i < kBlockSize; ++i) {
      const S z = log(x(i, 0));
      out[i] = x(i, 0) > 0 ? top - z * (z / 2 + 1) : -std::numeric_limits<S>::infinity();
    }
  }

  /// -(1 + log x) / x for x > 0, 0 elsewhere.
  void score(ConstBlockRef<S> x, BlockRef<S> dx) const {
    for (Index i = 0; i < kBlockSize; ++i)
      dx(i, 0) = x(i, 0) > 0 ? -(1 + log(x(i, 0))) / x(i, 0) : S(0);
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::problems
