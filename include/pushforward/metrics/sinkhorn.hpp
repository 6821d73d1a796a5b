#pragma once

#include "pushforward/core/detail/two_samples.hpp"
#include "pushforward/discrepancies/sinkhorn.hpp"
#include "pushforward/measures/empirical.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The entropy of a Sinkhorn divergence between two samples.
struct SinkhornDistanceOptions {
  double epsilon = 0.05;  ///< positive
  bool relative = true;   ///< epsilon is in units of (E|Y - Y'|^2)^(p/2) of the second sample
  SinkhornIterations iterations{.at_most = 1000, .tolerance = 1e-6};
};

/// A Sinkhorn divergence and how far its potentials came.
struct SinkhornDistance {
  double value = 0;  ///< in units of the cost
  SinkhornStatus status;
};

/// Sinkhorn divergence of two samples, debiased, for the cost |x - y|^2 or another, homogeneous of
/// degree p; see SinkhornDivergence. It is exactly 0 for x against x, and at least 0 once the
/// potentials have converged; as epsilon falls it becomes W2^2. By default epsilon is 0.05 of
/// (E|Y - Y'|^2)^(p/2) within y, and iterations go on until the plan's marginals are right to 1e-6;
/// status says if they got there.
///
/// x is d x n and y d x m, one sample a column, float or double; computed in double. Throws
/// std::invalid_argument if d, n or m is 0, or the rows differ, std::domain_error if a number is
/// NaN or infinite (naming row and column) or the result is too large for a double, and as
/// SinkhornDivergence if an option is out of range. Cost O((n + m)^2 d) an iteration, memory that
/// of some copies of the samples.
template <class X, class Y, TransportCost Cost>
[[nodiscard]] SinkhornDistance
sinkhorn_divergence(const AnyMatrix<X>& x, const AnyMatrix<Y>& y, const Cost& cost,
                    const SinkhornDistanceOptions& options, Team& team) {
  const Eigen::Ref<const Matrix<double>> a = x.template cast<double>(),
                                         b = y.template cast<double>();
  static_cast<void>(detail::TwoSamples("sinkhorn_divergence", a, b));
  const SinkhornDivergence divergence(
      Empirical<double>(b, Vector<double>()), cost,
      {.epsilon = options.epsilon, .relative = options.relative, .iterations = options.iterations});
  typename decltype(divergence)::Workspace work;
  const double value = divergence.value(Batch<double>(a), {0, team}, work);
  check_domain(is_finite(value), "sinkhorn_divergence", "divergence", value, "finite");
  return {value, work.status};
}

/// On one thread.
template <class X, class Y, TransportCost Cost>
[[nodiscard]] SinkhornDistance sinkhorn_divergence(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                                                   const Cost& cost,
                                                   const SinkhornDistanceOptions& options = {}) {
  Team alone;
  return sinkhorn_divergence(x, y, cost, options, alone);
}

/// For the squared distance.
template <class X, class Y>
[[nodiscard]] SinkhornDistance sinkhorn_divergence(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                                                   const SinkhornDistanceOptions& options,
                                                   Team& team) {
  return sinkhorn_divergence(x, y, SquaredDistance{}, options, team);
}

/// For the squared distance, on one thread.
template <class X, class Y>
[[nodiscard]] SinkhornDistance sinkhorn_divergence(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                                                   const SinkhornDistanceOptions& options = {}) {
  return sinkhorn_divergence(x, y, SquaredDistance{}, options);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
