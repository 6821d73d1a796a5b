#pragma once

#include "pushforward/core/detail/standard.hpp"
#include "pushforward/transport/entropic.hpp"
#include "pushforward/transport/pairing.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The entropy of a plan between two samples, and how well it is solved.
struct EntropicPairingOptions {
  double epsilon = 0.01;  ///< positive
  bool relative = true;   ///< epsilon is in units of E|Y - Y'|^2 of the target
  SinkhornIterations iterations{.at_most = 1000};

  static constexpr std::string_view kName = "EntropicPairingOptions";
  [[nodiscard]] auto description() const {
    return describe("epsilon", epsilon, "relative", relative, "iterations", iterations);
  }
};

/// Pairs by the mean over an entropic plan, and how far its potentials came.
template <Real S>
struct EntropicPairing : Pairing<S> {
  SinkhornStatus status;
};

/// Each sample goes to the mean of where the plan of entropic optimal transport sends it:
///
///   x_i -> sum_j p_ij y_j / sum_j p_ij,  p_ij ~ exp((f_i + g_j - |x_i - y_j|^2) / epsilon),
///
/// the barycentric projection of the plan that minimises <p, c> + epsilon KL(p | a b). As epsilon
/// falls it becomes the optimal map; at any other the image is narrower than the target: between
/// N(0, A) and N(0, B) in one dimension x goes to (sqrt(4 A B + s^2) - s) / (2 A) x, s = epsilon /
/// 2 (Janati, Muzellec, Peyre & Cuturi, NeurIPS 2020). The noise of the samples is smoothed, too.
///
/// x is d x n and y d x m, one sample a column, of one scalar, in which it is computed. The bits do
/// not depend on the team. Where a cost over epsilon is beyond all numbers, some 10^35 in float,
/// nothing is moved and the residual is infinite.
/// Throws std::invalid_argument if d, n or m is 0, the rows differ or iterations are less than 1,
/// std::domain_error if a number is NaN or infinite (naming row and column), epsilon not positive
/// or an iteration's setting out of range, or the cost too large for a double. Cost O(n m d) an
/// iteration, about 1 / sqrt(epsilon) of them; memory that of some copies of the samples.
template <class X, class Y>
requires std::same_as<typename X::Scalar, typename Y::Scalar>
[[nodiscard]] EntropicPairing<typename X::Scalar>
entropic_pairing(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                 const EntropicPairingOptions& options, Team& team) {
  using Scalar = typename X::Scalar;
  constexpr std::string_view name = "entropic_pairing";
  check_positive(name, "epsilon", options.epsilon);
  options.iterations.check(name);
  const detail::TwoSamples samples(name, x, y);
  const Batch<double> from(samples.x()), to(samples.y());
  const auto equal = [](const Batch<double>& batch) {
    return [&batch](Index b) {
      return batch.weight(b, 0, batch.count(), 1 / static_cast<double>(batch.count()));
    };
  };
  detail::Standard units(to, equal(to));
  const double root = std::sqrt(options.epsilon);
  units.length = options.relative ? units.length * root : samples.scaled(root);

  detail::WeightedSamples<Scalar> a, b;
  a.set(from, equal(from), units, team);
  b.set(to, equal(to), units, team);
  const SquaredDistance cost;
  detail::EntropicPotentials<Scalar> potentials;
  const SinkhornStatus status = potentials.solve(cost, a, b, options.iterations, team);
  Matrix<Scalar> image = x;
  if (!is_finite(status.residual)) return {detail::pairing<Scalar>(name, x, image), status};

  Batch<Scalar> moved(x.rows(), x.cols());  // sum_j p_j 2 (x_i - y_j) = 2 (x_i - image)
  for_each_block(team, moved.blocks(), [&](Index, Index block) {
    potentials.mean_gradient(cost, a.x.block(block), b, moved.block(block));
    moved.block(block) = a.x.block(block) - moved.block(block) / 2;
  });
  const Matrix<Scalar> means = moved.matrix();
  for (Index i = 0; i < x.cols(); ++i)
    for (Index k = 0; k < x.rows(); ++k)
      image(k, i) = static_cast<Scalar>(
          samples.unscaled(units.centre[k] + units.length * static_cast<double>(means(k, i))));
  return {detail::pairing<Scalar>(name, x, std::move(image)), status};
}

/// On one thread.
template <class X, class Y>
requires std::same_as<typename X::Scalar, typename Y::Scalar>
[[nodiscard]] EntropicPairing<typename X::Scalar>
entropic_pairing(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                 const EntropicPairingOptions& options = {}) {
  Team alone;
  return entropic_pairing(x, y, options, alone);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
