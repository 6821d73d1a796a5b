#pragma once

#include "pushforward/core/detail/two_samples.hpp"
#include "pushforward/transport/detail/augmenting_paths.hpp"
#include "pushforward/transport/pairing.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Samples of the largest optimal pairing.
inline constexpr Index kLargestPairing = 8192;

namespace detail {

/// c(j, i) = |x_i - y_j|^2 for ShortestAugmentingPaths, each row worked out when it is asked for.
template <Real S>
class SquaredDistances {
 public:
  /// x and y, d x n, of size 1 at most; they are scaled by a power of two so that their box has a
  /// diagonal of at most 1, and of more than 1/2 unless it is tiny.
  SquaredDistances(const Matrix<S>& x, const Matrix<S>& y) : x_(x), y_(y.transpose()) {
    double squares = 0;
    for (Index k = 0; k < x.rows(); ++k) {
      const double low = (std::min)(x.row(k).minCoeff(), y.row(k).minCoeff()),
                   high = (std::max)(x.row(k).maxCoeff(), y.row(k).maxCoeff());
      squares += (high - low) * (high - low);
    }
    int exponent = 0;
    std::frexp(squares, &exponent);
    exponent = (std::max)((exponent + 1) / 2, -500);
    squared_unit_ = std::ldexp(1.0, 2 * exponent);
    const double scale = std::ldexp(1.0, -exponent);
    x_ *= scale;
    y_ *= scale;
  }

  [[nodiscard]] Index count() const noexcept { return x_.cols(); }
  /// What a cost is to be multiplied with to be one between what was given.
  [[nodiscard]] double squared_unit() const noexcept { return squared_unit_; }

  [[nodiscard]] double operator()(Index j, Index i) const {
    double square = 0;
    for (Index k = 0; k < x_.rows(); ++k) square += (y_(j, k) - x_(k, i)) * (y_(j, k) - x_(k, i));
    return square;
  }

  [[nodiscard]] const double* row(Index i, double* room) const {
    constexpr Index some = 1024;  // they stay in the cache
    for (Index j = 0; j < count(); j += some) {
      const Index size = (std::min)(some, count() - j);
      Eigen::Map<Eigen::ArrayXd> squares(room + j, size);
      squares = (y_.col(0).segment(j, size).array() - x_(0, i)).square();
      for (Index k = 1; k < x_.rows(); ++k)
        squares += (y_.col(k).segment(j, size).array() - x_(k, i)).square();
    }
    return room;
  }

 private:
  Matrix<S> x_, y_;  ///< d x n, n x d
  double squared_unit_;
};

/// Two samples of one size and the permutation of the second that pairs them at least cost.
template <Real S>
struct OptimalOrder {
  std::vector<Index> partner;  ///< x_i and y_partner(i)
  double dual = 0;             ///< what any coupling costs at least, a sum of n squared distances

  OptimalOrder(const Matrix<S>& x, const Matrix<S>& y) {
    const SquaredDistances<S> costs(x, y);
    ShortestAugmentingPaths<SquaredDistances<S>> paths;
    paths.solve(costs);
    dual = paths.dual() * costs.squared_unit();
    partner = paths.column();
  }
};

}  // namespace detail

/// The optimal coupling of two samples of one size for the cost |x - y|^2: each x has a y of its
/// own, and no coupling costs less.
///
/// Exact, by least-cost assignment with costs that are worked out where they are needed. The floor
/// is the value of the dual problem at the prices of the solution, a proof that holds whatever was
/// done to find them; it is the cost but for round-off.
///
/// x and y are d x n, one sample a column, of one scalar; the arithmetic is in double. Of several
/// couplings that cost the same it is the same one at every call.
/// Throws std::invalid_argument if d or n is 0, the sizes differ or n is above kLargestPairing,
/// std::domain_error if a number is NaN or infinite (naming row and column) or the cost is too
/// large for a double. Cost O(n^3) at the worst; for points in general position half a second
/// for n = 4096. Memory O(n).
template <class X, class Y>
requires std::same_as<typename X::Scalar, typename Y::Scalar>
[[nodiscard]] Pairing<typename X::Scalar> optimal_pairing(const AnyMatrix<X>& x,
                                                          const AnyMatrix<Y>& y) {
  using Scalar = typename X::Scalar;
  constexpr std::string_view name = "optimal_pairing";
  const detail::TwoSamples samples(name, x, y);
  const Index n = x.cols();
  check_size(name, "number of columns of y", y.cols(), n);
  check_argument(n <= kLargestPairing, name, "number of columns of x", n,
                 "at most " + to_text(kLargestPairing));
  const detail::OptimalOrder<double> order(samples.x(), samples.y());
  Matrix<Scalar> target(x.rows(), n);
  for (Index i = 0; i < n; ++i) target.col(i) = y.col(order.partner[static_cast<std::size_t>(i)]);
  const double floor = samples.unscaled_square((std::max)(order.dual, 0.0) / double(n));
  return detail::pairing<Scalar>(name, x, std::move(target), floor);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
