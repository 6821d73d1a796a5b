#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/lane.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// The largest |x_ij|; NaN do not count.
template <class Derived>
[[nodiscard]] typename Derived::Scalar largest(const Eigen::DenseBase<Derived>& x) {
  typename Derived::Scalar most = 0;
  for (Index j = 0; j < x.cols(); ++j)
    for (Index i = 0; i < x.rows(); ++i) most = (std::max)(most, std::abs(x.derived()(i, j)));
  return most;
}

/// Newton's method for the minima of sixty-four convex functions f_i on R^d side by side, one for
/// each row of a block. A row is moved by what it says itself, so that it does not know the others.
///
/// A step s = H^-1 g, g = -grad f, is halved until f still falls at its end, which leaves at least
/// half of what the best step along it gains; or until it halves |g|, and passes the best step by
/// so little that f rises less than a quarter as steeply as it fell. So it comes near the minimum
/// from anywhere, and then by full steps.
template <Real Scalar>
class LaneNewton {
 public:
  /// x, 64 x d, from where it is to the minima. `evaluate(x, g, noise)` sets g, 64 x d, to -grad f
  /// and noise_i to what of |g| at x_i rounding can explain; `solve(s)` sets s, which is g, to
  /// H^-1 g, at the x that was evaluated last.
  ///
  /// A row ends with the full step from where |g|, the largest entry, is at most the noise. One
  /// that is not there after 64 steps is NaN.
  template <class Evaluate, class Solve>
  void minimise(BlockRef<Scalar> x, Evaluate evaluate, Solve solve) {
    constexpr int most_steps = 64, most_halvings = 60;
    for (Block<Scalar>* block : {&g_, &step_, &next_, &next_g_})
      set_size(*block, kBlockSize, x.cols());
    std::array<Row, kBlockSize> rows;
    rows.fill(Row::open);
    next_ = x;
    evaluate(next_, g_, noise_);
    for (int turn = 0; turn < most_steps && any(rows, Row::open); ++turn) {
      step_ = g_;
      solve(step_);
      for (Index i = 0; i < kBlockSize; ++i) {
        Row& row = rows[std::size_t(i)];
        fall_[i] = along_step(i, g_);
        if (row != Row::open) continue;
        if (!is_finite(fall_[i]))
          row = Row::lost;
        else
          row = largest(g_.row(i)) <= noise_[i] ? Row::last : Row::moving;
      }
      length_.setOnes();
      for (int halving = 0; halving <= most_halvings; ++halving) {
        for (Index i = 0; i < kBlockSize; ++i) {
          const Row row = rows[std::size_t(i)];
          const bool moves = row == Row::moving || row == Row::open || row == Row::last;
          for (Index j = 0; j < x.cols(); ++j)
            next_(i, j) = moves ? x(i, j) + length_[i] * step_(i, j) : x(i, j);
        }
        evaluate(next_, next_g_, noise_);
        for (Index i = 0; i < kBlockSize; ++i) {
          Row& row = rows[std::size_t(i)];
          if (row != Row::moving) continue;
          const Scalar fall = along_step(i, next_g_);
          if (fall >= 0 ||
              (fall >= -fall_[i] / 4 && largest(next_g_.row(i)) <= largest(g_.row(i)) / 2))
            row = Row::open;
          else
            length_[i] /= 2;
        }
        if (!any(rows, Row::moving)) break;
      }
      x = next_;
      g_.swap(next_g_);
      for (Row& row : rows) {
        if (row == Row::last) row = Row::found;
        if (row == Row::moving) row = Row::lost;
      }
    }
    for (Index i = 0; i < kBlockSize; ++i)
      if (rows[std::size_t(i)] != Row::found)
        x.row(i).setConstant(std::numeric_limits<Scalar>::quiet_NaN());
  }

 private:
  /// On its way; with a step that is too long; with its last step; at its end, right or wrong.
  enum class Row { open, moving, last, found, lost };

  [[nodiscard]] static bool any(const std::array<Row, kBlockSize>& rows, Row which) {
    return std::find(rows.begin(), rows.end(), which) != rows.end();
  }
  [[nodiscard]] Scalar along_step(Index i, const Block<Scalar>& g) const {
    Scalar sum = 0;
    for (Index j = 0; j < g.cols(); ++j) sum += step_(i, j) * g(i, j);
    return sum;
  }

  Block<Scalar> g_, step_, next_, next_g_;
  Lane<Scalar> noise_, fall_, length_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
