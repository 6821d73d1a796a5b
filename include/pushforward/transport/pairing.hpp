#pragma once

#include "pushforward/core/detail/two_samples.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/transport/gelbrich.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Pairs of a transport: sample i of the source goes to column i of the target.
template <Real S>
struct Pairing {
  using Scalar = S;

  Matrix<Scalar> source;  ///< d x n, as it was given
  Matrix<Scalar> target;  ///< d x n, where each column of source goes
  double cost = 0;        ///< the mean of |x - y|^2 over the pairs
  /// What any coupling of these two samples costs at least: the pairs are within cost - floor of
  /// the optimal ones. The dual value where the method has one, which is the cost; else
  /// gelbrich_bound().
  double floor = 0;

  /// The pairs as a measure on R^(2d), a row x and then y: what RegressionObjective trains on.
  [[nodiscard]] Empirical<Scalar> pairs() const {
    Matrix<Scalar> both(2 * source.rows(), source.cols());
    both << source, target;
    return Empirical<Scalar>(both, Vector<Scalar>());
  }
};

namespace detail {

/// The mean of |x_i - y_i|^2 of two samples of one size.
[[nodiscard]] inline double mean_cost(const Matrix<double>& x, const Matrix<double>& y) {
  Vector<double> squares = Vector<double>::Zero(x.cols());
  for (Index i = 0; i < x.cols(); ++i)
    for (Index k = 0; k < x.rows(); ++k) squares[i] += (x(k, i) - y(k, i)) * (x(k, i) - y(k, i));
  return sum<double>(squares) / static_cast<double>(x.cols());
}

/// The pairs with their cost, for an error of `function`. The floor is the one that is given, but
/// no more than the cost: infinity says that no coupling costs less. A negative one is unknown:
/// then it is gelbrich_bound().
template <Real S>
[[nodiscard]] Pairing<S> pairing(std::string_view function, Matrix<S> source, Matrix<S> target,
                                 double floor = -1) {
  const TwoSamples samples(function, source, target);
  const double cost = samples.unscaled_square(mean_cost(samples.x(), samples.y()));
  if (floor < 0) floor = gelbrich_bound_of(samples);
  return {std::move(source), std::move(target), cost, (std::min)(floor, cost)};
}

}  // namespace detail

}  // namespace pushforward::inline PUSHFORWARD_ISA
