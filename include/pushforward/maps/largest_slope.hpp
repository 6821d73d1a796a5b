#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/maps/detail/largest_singular_value.hpp"
#include "pushforward/maps/map.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The largest slope of a map at some points: the largest singular value of its Jacobian dT/dx over
/// the columns of `points`, d x n. No Lipschitz constant of T is less; how much larger one may be
/// depends on how well the points fill the places where T is steep.
///
/// Each Jacobian is d tangents. One whose Frobenius norm is no more than the largest slope so far
/// cannot be steeper, so that few singular values are computed. Throws std::invalid_argument unless
/// points has d = input_dimension() rows and a column, std::domain_error if a point is NaN or
/// infinite (naming row and column), or the squares of a Jacobian do not add up to a finite number.
/// Cost: d + 1 passes, and O(min(d, e)^3) for each point that may be the steepest.
template <class M, class Derived>
[[nodiscard]] double largest_slope(const M& map, const AnyMatrix<Derived>& points) {
  static_assert(HasTangent<M>, "largest_slope: the map needs `tangent` (maps/map.hpp)");
  using Scalar = typename M::Scalar;
  constexpr std::string_view name = "largest_slope";
  const Index d = map.input_dimension(), e = map.output_dimension();
  check_size(name, "rows of points", points.rows(), d);
  check_count(name, "number of columns of points", points.cols());
  check_finite(name, "points", points);

  const Batch<Scalar> x(points);
  typename M::Tape tape;
  Block<Scalar> y(kBlockSize, e), unit = Block<Scalar>::Zero(kBlockSize, d);
  Block<double> jacobian(kBlockSize, e * d);  // of row i: dT_k/dx_j at (i, k + e j)
  Vector<double> one(e * d);
  detail::LargestSingularValue<double> steepest;
  double slope = 0;
  for (Index b = 0; b < x.blocks(); ++b) {
    map.forward(x.block(b), y, tape);
    Lane<double> squares = Lane<double>::Zero();
    for (Index j = 0; j < d; ++j) {
      unit.col(j).setOnes();
      map.tangent(tape, unit, y);
      unit.col(j).setZero();
      for (Index k = 0; k < e; ++k)
        for (Index i = 0; i < kBlockSize; ++i) {
          const auto slope_of_k = static_cast<double>(y(i, k));
          jacobian(i, e * j + k) = slope_of_k;
          squares[i] += slope_of_k * slope_of_k;
        }
    }
    const Index first = b * kBlockSize, count = (std::min)(kBlockSize, x.count() - first);
    for (Index i = 0; i < count; ++i) {
      check_domain(is_finite(squares[i]), name,
                   "square of the slope at column " + to_text(first + i), squares[i], "finite");
      if (std::sqrt(squares[i]) <= slope) continue;
      for (Index k = 0; k < e * d; ++k) one[k] = jacobian(i, k);
      steepest.compute(one.data(), e, d);
      slope = (std::max)(slope, steepest.value);
    }
  }
  return slope;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
