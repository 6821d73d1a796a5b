#pragma once

#include "pushforward/core/lane.hpp"
#include "pushforward/discrepancies/detail/slices.hpp"
#include "pushforward/discrepancies/wasserstein_line.hpp"

#include <cmath>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How a direction climbs to where a distance is largest.
struct Climb {
  Index steps = 8;     ///< at least 0
  double angle = 0.5;  ///< of the first, in radians, positive; doubled if it went up, else halved

  static constexpr std::string_view kName = "Climb";
  [[nodiscard]] auto description() const { return describe("steps", steps, "angle", angle); }
};

/// The largest of a distance on the line over directions (Deshpande et al., CVPR 2019):
///
///   D = max_theta D_line(<theta, y>, <theta, y'>),   dD/dy_i = theta dD_line/d<theta, y_i>
///
/// at the maximising theta (envelope theorem). theta is the best of L directions that are drawn for
/// the step; then it climbs, on the sphere, along
///
///   dD/dtheta = sum_i y_i dD_line/d<theta, y_i> + sum_j y'_j dD_line/d<theta, y'_j>.
///
/// Without climbing, D and its gradient are exactly those of the largest of L. A climb that stops
/// below the top gives a lower bound of D, and the gradient along its last theta.
///
/// Cost O((L + steps) (n + m) d); the climb is one thread's.
///
/// \tparam Target  a Measure on R^d
/// \tparam L       WassersteinLine, EnergyLine, or your own Line
template <class Target, class L = WassersteinLine>
class MaxSlicedDiscrepancy {
  using Slices = detail::Slices<Target, L>;

 public:
  using Scalar = typename Target::Scalar;

  struct Workspace : Slices::Workspace {
    Vector<Scalar> best, tried;  ///< directions
    Vector<Scalar> slope;        ///< dD/dtheta at the best one
  };

  /// Throws std::invalid_argument unless there is a direction, redraw_every and climb.steps are at
  /// least 0, std::domain_error unless climb.angle is positive and finite; and as TargetSample and
  /// the line's check() do.
  explicit MaxSlicedDiscrepancy(Target target, L line = {}, SlicedOptions options = {},
                                Climb climb = {})
      : slices_("MaxSlicedDiscrepancy", std::move(target), std::move(line), options),
        climb_(climb) {
    check_argument(climb.steps >= 0, "MaxSlicedDiscrepancy", "climb.steps", climb.steps,
                   "at least 0");
    check_positive("MaxSlicedDiscrepancy", "climb.angle", climb.angle);
  }

  static constexpr std::string_view kName = "MaxSlicedDiscrepancy";
  [[nodiscard]] auto description() const {
    return describe("target", target(), "line", line(), "options", options(), "climb", climb_);
  }
  [[nodiscard]] const Target& target() const { return slices_.target(); }
  [[nodiscard]] const L& line() const { return slices_.line(); }
  [[nodiscard]] const SlicedOptions& options() const { return slices_.options(); }
  [[nodiscard]] const Climb& climb() const { return climb_; }
  [[nodiscard]] Index dimension() const { return slices_.dimension(); }

  /// D of y, and dD/dy. Throws std::invalid_argument if y has another dimension or no sample, and
  /// as the line does.
  Scalar value_and_gradient(const Batch<Scalar>& y, const Step& step, Batch<Scalar>& dy,
                            Workspace& work) const {
    const Batch<Scalar>& samples = slices_.prepare(y, step, work);
    slices_.for_each(y, samples, step, work, [](Index, Index) {});
    const auto along = [&](ConstVectorRef<Scalar> theta, Index column) {
      return detail::value_along(theta.data(), y, samples, work.masses, line(), work.rooms[0],
                                 work.dz.col(column));
    };
    for (Vector<Scalar>* v : {&work.best, &work.tried, &work.slope}) set_size(*v, dimension());
    work.best = work.theta.col(largest(work.values));
    Index at = 0;  // the column of dz that holds the slopes along the best
    Scalar d = along(work.best, at);
    double angle = climb_.angle;
    for (Index k = 0; k < climb_.steps && is_finite(d); ++k) {
      if (!turn(y, samples, work.dz.col(at), angle, work)) break;
      const Scalar tried = along(work.tried, 1 - at);
      const bool up = tried > d;
      angle *= up ? 2 : 0.5;
      if (!up) continue;
      d = tried;
      at = 1 - at;
      work.best.swap(work.tried);
    }
    for (Index b = 0; b < y.blocks(); ++b)
      for (Index j = 0; j < dimension(); ++j)
        dy.block(b).col(j) =
            work.best[j] * work.dz.col(at).segment(b * kBlockSize, kBlockSize).array();
    detail::clear_padding(dy);
    return d;
  }

 private:
  /// The first that is largest, or not finite.
  static Index largest(const Vector<Scalar>& values) {
    Index best = 0;
    for (Index l = 0; l < values.size() && is_finite(values[best]); ++l)
      if (!(values[l] <= values[best])) best = l;
    return best;
  }

  /// tried = cos(angle) theta + sin(angle) u, u the direction of dD/dtheta in the tangent plane at
  /// theta, the best; false if it has none.
  static bool turn(const Batch<Scalar>& y, const Batch<Scalar>& samples, ConstVectorRef<Scalar> dz,
                   double angle, Workspace& work) {
    work.slope.setZero();
    add_products(y, dz.head(y.count()), work.slope);
    add_products(samples, dz.segment(y.count(), samples.count()), work.slope);
    work.slope -= detail::dot<Scalar>(work.slope, work.best) * work.best;
    const Scalar length = detail::norm<Scalar>(work.slope);
    if (!(length > 0 && is_finite(length))) return false;
    Scalar s, c;
    sincos(static_cast<Scalar>(angle), s, c);
    work.tried = c * work.best + (s / length) * work.slope;
    work.tried /= detail::norm<Scalar>(work.tried);
    return true;
  }

  /// slope_j += sum_i dz_i y_ij
  static void add_products(const Batch<Scalar>& y, ConstVectorRef<Scalar> dz,
                           VectorRef<Scalar> slope) {
    for (Index b = 0; b < y.blocks(); ++b) {
      const Index first = b * kBlockSize, size = (std::min)(kBlockSize, y.count() - first);
      Lane<Scalar> weight = Lane<Scalar>::Zero();
      weight.head(size) = dz.segment(first, size).array();
      for (Index j = 0; j < y.dimension(); ++j)
        slope[j] += weighted_sum(weight, Lane<Scalar>(y.block(b).col(j)));
    }
  }

  Slices slices_;
  Climb climb_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
