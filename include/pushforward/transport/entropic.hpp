#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/core/team.hpp"
#include "pushforward/transport/detail/log_sum_of_weights.hpp"
#include "pushforward/transport/detail/weighted_samples.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

/// \file
/// Optimal transport with an entropy, in the log domain: Sinkhorn's algorithm.

namespace pushforward::inline PUSHFORWARD_ISA {

/// How far Sinkhorn's algorithm goes: log(largest cost / epsilon) / -log(annealing) iterations at
/// larger epsilons, and `at_most` more.
struct SinkhornIterations {
  double annealing = 0.25;  ///< epsilon falls by this factor an iteration, from the cost's largest
  Index at_most = 30;       ///< iterations at the last epsilon
  double tolerance = 1e-2;  ///< it ends once the residual is not larger

  static constexpr std::string_view kName = "SinkhornIterations";
  [[nodiscard]] auto description() const {
    return describe("annealing", annealing, "at_most", at_most, "tolerance", tolerance);
  }
  /// Throws std::domain_error unless 0 < annealing <= 0.95 and tolerance is at least 0 and finite,
  /// std::invalid_argument unless at_most is at least 1.
  void check(std::string_view function) const {
    check_domain(annealing > 0 && annealing <= 0.95, function, "annealing", annealing,
                 "positive and at most 0.95");
    check_argument(at_most >= 1, function, "iterations at_most", at_most, "at least 1");
    check_domain(is_finite(tolerance) && tolerance >= 0, function, "tolerance", tolerance,
                 "at least 0 and finite");
  }
};

/// How far it came.
struct SinkhornStatus {
  bool converged = false;  ///< the residual is within the tolerance
  Index iterations = 0;    ///< those at larger epsilons counted
  /// Mean distance of the potentials from their fixed point, in epsilons: what the marginals of the
  /// plan are off, relatively. Infinite where the costs over epsilon are.
  double residual = std::numeric_limits<double>::infinity();
};

namespace detail {

/// The potentials f and g of entropic optimal transport between two weighted samples, with
/// epsilon 1:
///
///   OT = min over plans pi of <pi, c> + KL(pi | a b) = max over f, g of
///        <a, f> + <b, g> - sum_ij a_i b_j (exp(f_i + g_j - c_ij) - 1).
///
/// At the maximum f = T(g), T(g)_i = -log sum_j b_j exp(g_j - c_ij), and g = T(f) likewise.
/// Sinkhorn's algorithm, in the symmetric form of Feydy et al. (AISTATS 2019): f and g both move
/// half of the way to their T at once, while epsilon falls from the largest cost to 1. So equal
/// samples have f = g at every iteration, and what transports a sample to itself is one potential,
/// whose slowest error is halved by each. Between two samples errors (1 + sigma) / 2 of which stay,
/// sigma near 1 where epsilon is small; so at the last epsilon the potentials are extrapolated
/// along their last move (Nesterov), until the residual grows, and again from there (O'Donoghue &
/// Candes 2015): some 1 / sqrt(1 - sigma) iterations instead of 1 / (1 - sigma).
///
/// All sums of exponentials are about their largest term: none overflows. Costs are computed again
/// at each iteration, O(n m d); memory is O(n + m). The bits depend on the samples alone.
template <Real S>
class EntropicPotentials {
 public:
  /// Solves it for x, d x n with weights a, and y, d x m with weights b. Where no cost over epsilon
  /// could be represented nothing is done, and the residual is infinite.
  template <TransportCost Cost>
  SinkhornStatus solve(const Cost& cost, const WeightedSamples<S>& x, const WeightedSamples<S>& y,
                       const SinkhornIterations& iterations, Team& team) {
    itself_ = false;
    return run(cost, x, y, iterations, team);
  }

  /// Of x to itself: f = g.
  template <TransportCost Cost>
  SinkhornStatus solve(const Cost& cost, const WeightedSamples<S>& x,
                       const SinkhornIterations& iterations, Team& team) {
    itself_ = true;
    return run(cost, x, x, iterations, team);
  }

  /// 64 x blocks of x, and of y; 0 where there is no weight.
  [[nodiscard]] const Block<S>& f() const { return f_.now; }
  [[nodiscard]] const Block<S>& g() const { return itself_ ? f_.now : g_.now; }

  /// Row i of dx, 64 x d, for block b of x: the mean of grad_x c(x_i, y_j) over the plan's row i,
  /// sum_j p_j (x_i - y_j) slope_ij with p_j ~ b_j exp(g_j - c_ij). Times a_i it is dOT/dx_i, of
  /// which transport to itself has two.
  template <TransportCost Cost>
  void mean_gradient(const Cost& cost, ConstBlockRef<S> x, const WeightedSamples<S>& y,
                     BlockRef<S> dx) const {
    Lane<S> sum = Lane<S>::Zero();
    dx.setZero();
    const auto rescale = [&](const Lane<S>& factor) {
      sum *= factor;
      dx.colwise() *= factor;
    };
    const auto add = [&](ConstBlockRef<S> points, Index j, const S* weight) {
      S slope[kBlockSize];
      squared_distances<S>(x, points, j, slope);
      for (Index i = 0; i < kBlockSize; ++i) {
        sum.data()[i] += weight[i];
        slope[i] = weight[i] * cost.slope(slope[i]);
      }
      for (Index k = 0; k < x.cols(); ++k) {
        const S* const from = x.col(k).data();
        S* const to = dx.col(k).data();
        const S point = points(j, k);
        for (Index i = 0; i < kBlockSize; ++i) to[i] += slope[i] * (from[i] - point);
      }
    };
    (void)log_sum_of_weights(cost, x, y.x, itself_ ? f_.height : g_.height, S(1), rescale, add);
    dx.colwise() /= sum;
  }

 private:
  /// The potential u of one sample: where it is, where it moved from, T of the other's, and
  /// log weight + u / epsilon.
  struct Side {
    Block<S> now, last, next, height;
  };

  template <class Cost>
  SinkhornStatus run(const Cost& cost, const WeightedSamples<S>& x, const WeightedSamples<S>& y,
                     const SinkhornIterations& iterations, Team& team) {
    for_each_side(x, y, start);
    SinkhornStatus status;
    S epsilon = (std::max)(S(1), cost.value(squared_diameter(x, y)));
    if (!(epsilon < (std::numeric_limits<S>::max)() / 1024)) return status;
    Index left = iterations.at_most;
    for (Index turn = 0;; ++turn) {  // moves since the last start from rest
      set_next(cost, x, y, epsilon, team);
      const double before = std::exchange(status.residual, residual(x, y, epsilon));
      ++status.iterations;
      if (epsilon > 1 || status.residual > before) turn = 0;
      if (epsilon == 1) {
        status.converged = status.residual <= iterations.tolerance;
        if (status.converged || --left == 0) break;
      }
      const S momentum = static_cast<S>(turn) / static_cast<S>(turn + 3);
      for_each_side(x, y, [&](const auto&, Side& side) {
        if (status.iterations > 1) side.next = (side.now + side.next) / 2;
        side.now = side.next;
        if (turn > 0) side.now += momentum * (side.next - side.last);
        side.last.swap(side.next);
      });
      epsilon = (std::max)(S(1), epsilon * static_cast<S>(iterations.annealing));
    }
    for_each_side(x, y, [](const WeightedSamples<S>& points, Side& side) {
      side.now = (side.now + side.next) / 2;
      side.height = points.log_weight + side.now;
    });
    return status;
  }

  /// visit(samples, side) of each.
  template <class Visit>
  void for_each_side(const WeightedSamples<S>& x, const WeightedSamples<S>& y, Visit visit) {
    visit(x, f_);
    if (!itself_) visit(y, g_);
  }

  static void start(const WeightedSamples<S>& x, Side& side) {
    for (Block<S>* block : {&side.now, &side.last, &side.next, &side.height})
      set_size(*block, kBlockSize, x.x.blocks());
    side.now.setZero();
  }

  /// next = T of the other's potential.
  template <class Cost>
  void set_next(const Cost& cost, const WeightedSamples<S>& x, const WeightedSamples<S>& y,
                S epsilon, Team& team) {
    for_each_side(x, y, [&](const WeightedSamples<S>& points, Side& side) {
      side.height = points.log_weight + side.now / epsilon;
    });
    const auto ignore = [](auto&&...) {};
    const auto set_block = [&](const WeightedSamples<S>& from, Index b, Side& side,
                               const WeightedSamples<S>& to, const Side& other) {
      const Lane<S> t =
          -epsilon * log_sum_of_weights<Cost, S>(cost, from.x.block(b), to.x, other.height,
                                                 1 / epsilon, ignore, ignore);
      side.next.col(b) = (from.weight.col(b) > 0).select(t, S(0));
    };
    const Index blocks = x.x.blocks();
    for_each_block(team, itself_ ? blocks : blocks + y.x.blocks(), [&](Index, Index b) {
      if (b < blocks)
        set_block(x, b, f_, y, itself_ ? f_ : g_);
      else
        set_block(y, b - blocks, g_, x, f_);
    });
  }

  /// Mean of |T - u| / epsilon over both.
  double residual(const WeightedSamples<S>& x, const WeightedSamples<S>& y, S epsilon) {
    double sum = 0;
    for_each_side(x, y, [&](const WeightedSamples<S>& points, const Side& side) {
      sum += static_cast<double>(points.mean((side.next - side.now).abs()) / epsilon);
    });
    return itself_ ? sum : sum / 2;
  }

  /// Of the box that holds both.
  static S squared_diameter(const WeightedSamples<S>& x, const WeightedSamples<S>& y) {
    S sum = 0;
    for (Index k = 0; k < x.x.dimension(); ++k) {
      S low = kInfinity<S>, high = -kInfinity<S>;
      for (const WeightedSamples<S>* points : {&x, &y})
        for (Index b = 0; b < points->x.blocks(); ++b)
          for (Index i = 0; i < kBlockSize; ++i) {
            if (!(points->weight(i, b) > 0)) continue;
            low = (std::min)(low, points->x.block(b)(i, k));
            high = (std::max)(high, points->x.block(b)(i, k));
          }
      sum += (high - low) * (high - low);
    }
    return sum;
  }

  Side f_, g_;
  bool itself_ = false;
};

}  // namespace detail

}  // namespace pushforward::inline PUSHFORWARD_ISA
