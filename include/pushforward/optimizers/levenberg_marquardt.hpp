#pragma once

#include "pushforward/optimizers/optimizer.hpp"

#include <Eigen/Cholesky>

namespace pushforward {

/// Levenberg-Marquardt in the space of residuals, for objectives that are sums of squares |rho|^2
/// of few residuals (R) of many parameters (P), such as D2^2 with the Plugin estimator.
///
/// The step J' (J J' + lambda I)^-1 rho equals the usual (J'J + lambda I)^-1 J' rho, but the system
/// is R x R: for D2^2 with K complex exponentials, 2K x 2K. A step that lowers the loss is taken
/// and divides lambda; any other is refused, multiplies lambda and is tried again, `tries` times at
/// most. The source must be deterministic (QuasiRandom), so that losses can be compared.
///
/// When no try lowers the loss, theta is left as it is, and the run has converged.
///
/// Cost of a step: R backward passes, O(P R^2), and a forward pass a try.
struct LevenbergMarquardt {
  double rate = 1;        ///< the length of the step, scaled by the schedule; 1 is the full step
  double damping = 1;     ///< lambda at the start, positive
  double decrease = 0.3;  ///< lambda is multiplied with this after a step taken, in (0, 1)
  double increase = 4;    ///< and with this after a step refused, above 1
  int tries = 12;         ///< at least 1

  template <Real Scalar>
  struct State {
    double lambda = 0;
    Vector<Scalar> rho, dual, start;
    Matrix<Scalar> jacobian;  ///< J', P x R
    Matrix<Scalar> gram;      ///< J J', R x R
    Matrix<Scalar> damped;    ///< J J' + lambda I
    Eigen::LLT<Matrix<Scalar>> cholesky;
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
    State<Scalar> state;
    state.lambda = damping;
    return state;
  }

  template <Real Scalar, class P>
  Scalar advance(State<Scalar>& state, P& problem, Index step, double current_rate) const {
    static_assert(
        requires { problem.objective.residual_count(); },
        "LevenbergMarquardt: the objective must be a sum of squares, such as D2^2 with the "
        "Plugin estimator; take Adam or Sgd for others");
    const Index r = problem.objective.residual_count();
    set_size(state.rho, r);
    set_size(state.dual, r);
    problem.jacobian(step, state.rho, state.jacobian);
    const Scalar loss = state.rho.squaredNorm();
    problem.gradient.noalias() = 2 * state.jacobian * state.rho;
    if (!is_finite(loss) || !all_finite(problem.gradient)) return loss;

    state.gram.noalias() = state.jacobian.transpose() * state.jacobian;
    state.start = problem.theta;
    for (int attempt = 0; attempt < tries; ++attempt) {
      state.damped = state.gram;
      state.damped.diagonal().array() += static_cast<Scalar>(state.lambda);
      state.cholesky.compute(state.damped);
      state.dual = state.cholesky.solve(state.rho);
      problem.theta = state.start;
      problem.theta.noalias() -= static_cast<Scalar>(current_rate) * (state.jacobian * state.dual);
      problem.residuals(step, state.dual);
      const Scalar trial = state.dual.squaredNorm();
      if (is_finite(trial) && trial < loss) {
        state.lambda *= decrease;
        return loss;
      }
      state.lambda *= increase;
    }
    problem.theta = state.start;
    return loss;
  }
};

}  // namespace pushforward
