#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/core/detail/dense.hpp"
#include "pushforward/core/directions.hpp"
#include "pushforward/core/random.hpp"
#include "pushforward/core/team.hpp"
#include "pushforward/transport/sorted_pairing.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How often the samples are sorted along random axes, and how far they move each time.
struct IterativeTransferOptions {
  Index turns = 100;
  double step = 1;  ///< of the way to the match, in (0, 1]
  Key key{};        ///< of the axes

  static constexpr std::string_view kName = "IterativeTransferOptions";
  [[nodiscard]] auto description() const {
    return describe("turns", turns, "step", step, "key", key);
  }
};

namespace detail {

/// Samples in the coordinates of an orthonormal basis, an axis a column: n x d, and rows of 0 up to
/// a multiple of 64.
template <Real S>
class OnAxes {
 public:
  explicit OnAxes(const Matrix<double>& samples)
      : count_(samples.cols()), values_(Matrix<S>::Zero(padded(count_), samples.rows())) {
    for (Index i = 0; i < count_; ++i)
      for (Index k = 0; k < samples.rows(); ++k) values_(i, k) = static_cast<S>(samples(k, i));
  }

  [[nodiscard]] Index count() const noexcept { return count_; }
  [[nodiscard]] S* axis(Index a) { return values_.col(a).data(); }
  [[nodiscard]] auto samples() const { return values_.topRows(count_).transpose(); }

  /// Coordinate a of each sample of `from` becomes the sum over k of r(k, a) times coordinate k;
  /// r, d x d.
  void set_rotated(const OnAxes& from, const Matrix<S>& r, Team& team) {
    constexpr Index some = 4096;
    const Index rows = values_.rows(), d = values_.cols();
    team.for_each((rows + some - 1) / some, [&](Index, Index chunk) {
      const Index first = chunk * some;
      scaled_lanes(&from.values_(first, 0), rows, (std::min)(some, rows - first), d,
                   {r.data(), d, 1}, nullptr, d, &values_(first, 0), rows);
    });
  }

 private:
  static Index padded(Index n) { return (n + kBlockSize - 1) / kBlockSize * kBlockSize; }

  Index count_;
  Matrix<S> values_;
};

}  // namespace detail

/// Moves samples until they have the law of others: iterative distribution transfer (Pitie, Kokaram
/// & Dahyot, Computer Vision and Image Understanding 107, 2007).
///
/// Each turn takes a random orthonormal basis R and sends the coordinates along each of its axes,
/// in order, to those of the target: x <- x + step R' (Q(R x) - R x), with Q the monotone coupling
/// of R x and R y, axis by axis. Then the marginals along these axes agree, if the step is 1, and
/// after many turns those along all axes, nearly. The first turn is along the axes of space, so
/// that a law whose coordinates are independent is reached at once and by a map without detours;
/// the last one too: every coordinate of the result is, in some order, that of the target. In the
/// plane 20 to 100 turns are enough, a few hundred in ten dimensions. The coupling is not the
/// optimal one; cost and floor say how far it may be from it.
///
/// x is d x n and y d x m, one sample a column, of one scalar, in which it is computed. With m
/// other than n a coordinate goes to the quantile of its rank. Column i of the result's target is
/// where x_i went. The bits depend on samples and options alone, not on the team. Throws
/// std::invalid_argument if d, n or m is 0, the rows differ or turns is negative, std::domain_error
/// if a number is NaN or infinite (naming row and column), the step is not in (0, 1] or the cost is
/// too large for a double. Cost O(turns (n + m) (d^2 + 40 d)); memory that of some copies of the
/// samples.
template <class X, class Y>
requires std::same_as<typename X::Scalar, typename Y::Scalar>
[[nodiscard]] Pairing<typename X::Scalar>
iterative_transfer(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                   const IterativeTransferOptions& options, Team& team) {
  using Scalar = typename X::Scalar;
  constexpr std::string_view name = "iterative_transfer";
  check_argument(options.turns >= 0, name, "turns", options.turns, "at least 0");
  check_domain(is_finite(options.step) && options.step > 0 && options.step <= 1, name, "step",
               options.step, "positive and at most 1");
  const detail::TwoSamples samples(name, x, y);
  detail::OnAxes<Scalar> moved(samples.x()), before = moved, target(samples.y()), along = target;
  const Index d = x.rows(), n = x.cols(), m = y.cols();
  const auto step = static_cast<Scalar>(options.step);
  std::vector<detail::Rearrangement<Scalar>> rooms(static_cast<std::size_t>(team.threads()));
  Matrix<double> basis = Matrix<double>::Identity(d, d), last = basis, change = basis;
  for (Index turn = 0; turn < options.turns; ++turn) {
    std::swap(basis, last);
    if (turn > 0 && turn + 1 < options.turns)
      draw_directions(Directions::spread, options.key, static_cast<std::uint64_t>(turn), basis);
    else
      basis.setIdentity();
    for (Index a = 0; a < d; ++a)  // from coordinates along `last` to those along `basis`
      detail::multiply_transposed<double>(last, basis.col(a), change.col(a));
    std::swap(moved, before);
    moved.set_rotated(before, change.template cast<Scalar>(), team);
    along.set_rotated(target, basis.template cast<Scalar>(), team);
    team.for_each(d, [&](Index worker, Index a) {
      Scalar* const to = moved.axis(a);
      const auto move = [&](Index i, Scalar match) {
        to[i] = step == 1 ? match : to[i] + step * (match - to[i]);
      };
      rooms[static_cast<std::size_t>(worker)](n, to, m, along.axis(a), move);
    });
  }
  Matrix<Scalar> image = x;
  if (options.turns > 0)
    image = moved.samples().unaryExpr([&](Scalar number) {
      return static_cast<Scalar>(samples.unscaled(static_cast<double>(number)));
    });
  return detail::pairing<Scalar>(name, x, std::move(image));
}

/// How many points in R^d a core of today moves onto as many in so many seconds, about.
[[nodiscard]] constexpr Index affordable_points(Index d, Index turns, double seconds) {
  const auto size = static_cast<double>(d);
  const double points =
      9e9 * seconds / (2 * static_cast<double>(turns) * (size * size + 40 * size));
  constexpr double most = 1e15;
  return static_cast<Index>(points < most ? points : most);
}

/// On one thread.
template <class X, class Y>
requires std::same_as<typename X::Scalar, typename Y::Scalar>
[[nodiscard]] Pairing<typename X::Scalar>
iterative_transfer(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                   const IterativeTransferOptions& options = {}) {
  Team alone;
  return iterative_transfer(x, y, options, alone);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
