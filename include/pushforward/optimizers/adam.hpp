#pragma once

#include "pushforward/optimizers/optimizer.hpp"

#include <cmath>

namespace pushforward {

/// Adam (Kingma & Ba 2015, algorithm 1), t = 1, 2, ...:
///   m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2,
///   theta <- theta - rate m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon).
struct Adam {
  double rate = 1e-3;
  double beta1 = 0.9;     ///< in [0, 1)
  double beta2 = 0.999;   ///< in [0, 1)
  double epsilon = 1e-8;  ///< positive

  template <Real Scalar>
  struct State {
    Vector<Scalar> m;  ///< mean of the gradients, P
    Vector<Scalar> v;  ///< mean of their squares, P
    Index t = 0;
  };

  /// Throws std::invalid_argument on options out of the ranges above.
  template <Real Scalar>
  [[nodiscard]] State<Scalar> start(Index parameters) const {
    check_argument(is_finite(rate) && rate >= 0, "Adam", "rate", rate, "finite and at least 0");
    check_argument(beta1 >= 0 && beta1 < 1, "Adam", "beta1", beta1, "in [0, 1)");
    check_argument(beta2 >= 0 && beta2 < 1, "Adam", "beta2", beta2, "in [0, 1)");
    check_argument(is_finite(epsilon) && epsilon > 0, "Adam", "epsilon", epsilon, "positive");
    return {Vector<Scalar>::Zero(parameters), Vector<Scalar>::Zero(parameters), 0};
  }

  template <Real Scalar>
  void step(State<Scalar>& state, Vector<Scalar>& theta, const Vector<Scalar>& g,
            double current_rate) const {
    ++state.t;
    const auto t = static_cast<double>(state.t);
    const auto b1 = static_cast<Scalar>(beta1), b2 = static_cast<Scalar>(beta2);
    const auto rate_m = static_cast<Scalar>(current_rate / (1 - std::pow(beta1, t)));
    const auto scale_v = static_cast<Scalar>(1 / (1 - std::pow(beta2, t)));
    const auto small = static_cast<Scalar>(epsilon);
    state.m = b1 * state.m + (1 - b1) * g;
    state.v.array() = b2 * state.v.array() + (1 - b2) * g.array().square();
    theta.array() -= rate_m * state.m.array() / ((scale_v * state.v.array()).sqrt() + small);
  }
};

}  // namespace pushforward
