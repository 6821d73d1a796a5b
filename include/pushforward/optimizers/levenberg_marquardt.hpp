#pragma once

#include "pushforward/core/detail/linear_algebra.hpp"
#include "pushforward/optimizers/optimizer.hpp"

#include <algorithm>
#include <cmath>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Levenberg-Marquardt in the space of residuals, for objectives that are sums of squares |rho|^2
/// of few residuals (R) of many parameters (P), such as D2^2 with the Plugin estimator.
///
/// The step J' (J J' + lambda I)^-1 rho equals the usual (J'J + lambda I)^-1 J' rho, but the system
/// is R x R: for D2^2 with K complex exponentials, 2K x 2K. A step that lowers the loss is taken
/// and divides lambda, down to a floor relative to the largest diagonal entry of J J'; any other is
/// refused, multiplies lambda and is tried again, `tries` times at most. The source must be
/// deterministic (QuasiRandom), so that losses can be compared.
///
/// The run has converged when the residuals are orthogonal to every direction that theta can move
/// them in, |J' rho| <= tolerance |J| |rho| (More 1978), or when lambda has grown so much that a
/// step no longer changes theta.
///
/// Cost of a step: R backward passes, R^2 P / 2 + R^3 / 6 multiply-adds, and a forward pass a try.
/// The products and the factorisation have an order of their own: the bits are everywhere the same.
struct LevenbergMarquardt {
  double rate = 1;        ///< the length of the step, scaled by the schedule; 1 is the full step
  double damping = 1;     ///< lambda at the start, positive
  double decrease = 0.3;  ///< lambda is multiplied with this after a step taken, in (0, 1)
  double increase = 4;    ///< and with this after a step refused, above 1
  int tries = 12;         ///< at least 1
  double floor = 1e-14;   ///< least lambda / max_k (J J')_kk, in (0, 1); float takes 1e-6 at least
  double tolerance = 0;   ///< of convergence, at least 0; float takes 1e-6, double 1e-13 at least

  template <Real Scalar>
  struct State {
    double lambda = 0;

    static constexpr std::string_view kName = "LevenbergMarquardt::State";
    [[nodiscard]] auto description() const { return describe("lambda", lambda); }
  };

  static constexpr std::string_view kName = "LevenbergMarquardt";
  [[nodiscard]] auto description() const {
    return describe("rate", rate, "damping", damping, "decrease", decrease, "increase", increase,
                    "tries", tries, "floor", floor, "tolerance", tolerance);
  }

  template <Real Scalar>
  struct Workspace {
    Vector<Scalar> rho, dual, start, move;
    Matrix<Scalar> jacobian;  ///< J', P x R
    Matrix<Scalar> gram;      ///< J J', R x R, its lower triangle
    Matrix<Scalar> damped;    ///< J J' + lambda I = L L'
  };

  /// Throws std::invalid_argument on options out of the ranges above.
  template <Real Scalar>
  [[nodiscard]] State<Scalar> start(Index) const {
    check_argument(is_finite(rate) && rate >= 0, "LevenbergMarquardt", "rate", rate,
                   "finite and at least 0");
    check_argument(is_finite(damping) && damping > 0, "LevenbergMarquardt", "damping", damping,
                   "positive and finite");
    check_argument(decrease > 0 && decrease < 1, "LevenbergMarquardt", "decrease", decrease,
                   "in (0, 1)");
    check_argument(is_finite(increase) && increase > 1, "LevenbergMarquardt", "increase", increase,
                   "above 1 and finite");
    check_count("LevenbergMarquardt", "tries", tries);
    check_argument(floor > 0 && floor < 1, "LevenbergMarquardt", "floor", floor, "in (0, 1)");
    check_argument(is_finite(tolerance) && tolerance >= 0, "LevenbergMarquardt", "tolerance",
                   tolerance, "finite and at least 0");
    return {damping};
  }

  template <Real Scalar, class P>
  Advance<Scalar> advance(State<Scalar>& state, P& problem, Index step, double current_rate,
                          Workspace<Scalar>& work) const {
    static_assert(
        requires { problem.objective.residual_count(); },
        "LevenbergMarquardt: the objective must be a sum of squares, such as D2^2 with the "
        "Plugin estimator; take Adam or Sgd for others");
    const Index r = problem.objective.residual_count(), p = problem.theta.size();
    set_size(work.rho, r);
    set_size(work.dual, r);
    set_size(work.move, p);
    problem.jacobian(step, work.rho, work.jacobian);
    const Scalar loss = detail::dot<Scalar>(work.rho, work.rho);
    detail::multiply<Scalar>(work.jacobian, work.rho, problem.gradient);
    const Scalar slope = detail::norm<Scalar>(problem.gradient);  // |J' rho|
    problem.gradient *= 2;
    if (!is_finite(loss) || !is_finite(slope)) return {loss, Move::refused};

    set_size(work.gram, r, r);
    const Index strips = detail::strip_count(r);
    problem.team.for_each(strips, [&](Index, Index s) {  // the costly ones first
      detail::gram_strip<Scalar>(work.jacobian, strips - 1 - s, work.gram);
    });
    Scalar largest = 0, trace = 0;
    for (Index k = 0; k < r; ++k) {
      largest = (std::max)(largest, work.gram(k, k));
      trace += work.gram(k, k);
    }
    if (static_cast<double>(slope) <=
        least_tolerance<Scalar>() *
            std::sqrt(static_cast<double>(trace) * static_cast<double>(loss)))
      return {loss, Move::converged};

    work.start = problem.theta;
    const double least = least_floor<Scalar>() * static_cast<double>(largest);
    for (int attempt = 0; attempt < tries; ++attempt) {
      state.lambda = (std::max)(state.lambda, least);
      work.damped = work.gram;
      for (Index k = 0; k < r; ++k) work.damped(k, k) += static_cast<Scalar>(state.lambda);
      if (detail::cholesky<Scalar>(work.damped)) {
        work.dual = work.rho;
        detail::solve_lower<Scalar>(work.damped, work.dual);
        detail::solve_lower_transposed<Scalar>(work.damped, work.dual);
        detail::multiply<Scalar>(work.jacobian, work.dual, work.move);
        problem.theta = work.start - static_cast<Scalar>(current_rate) * work.move;
        if (problem.theta == work.start)
          return {loss, current_rate == 0 ? Move::refused : Move::converged};
        problem.residuals(step, work.dual);
        const Scalar trial = detail::dot<Scalar>(work.dual, work.dual);
        if (is_finite(trial) && trial < loss) {
          state.lambda = (std::max)(state.lambda * decrease, least);
          return {loss, Move::moved};
        }
      }
      state.lambda *= increase;
    }
    problem.theta = work.start;
    return {loss, Move::refused};
  }

 private:
  template <Real Scalar>
  [[nodiscard]] double least_floor() const {
    return sizeof(Scalar) == 4 ? (std::max)(floor, 1e-6) : floor;
  }
  template <Real Scalar>
  [[nodiscard]] double least_tolerance() const {
    return (std::max)(tolerance, sizeof(Scalar) == 4 ? 1e-6 : 1e-13);
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
