#pragma once

#include "pushforward/optimizers/optimizer.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

/// Stochastic gradient descent with momentum (Polyak 1964):
///   v <- momentum v + g,   theta <- theta - rate v.
struct Sgd {
  double rate = 1e-2;
  double momentum = 0;  ///< in [0, 1)

  template <Real Scalar>
  struct State {
    Vector<Scalar> velocity;  ///< v, P

    static constexpr std::string_view kName = "Sgd::State";
    [[nodiscard]] auto description() const { return describe("velocity", velocity); }
  };

  static constexpr std::string_view kName = "Sgd";
  [[nodiscard]] auto description() const { return describe("rate", rate, "momentum", momentum); }

  /// Throws std::invalid_argument unless rate >= 0 is finite and 0 <= momentum < 1.
  template <Real Scalar>
  [[nodiscard]] State<Scalar> start(Index parameters) const {
    check_argument(is_finite(rate) && rate >= 0, "Sgd", "rate", rate, "finite and at least 0");
    check_argument(momentum >= 0 && momentum < 1, "Sgd", "momentum", momentum, "in [0, 1)");
    return {Vector<Scalar>::Zero(parameters)};
  }

  template <Real Scalar>
  void step(State<Scalar>& state, VectorRef<Scalar> theta, ConstVectorRef<Scalar> g,
            double current_rate) const {
    state.velocity = static_cast<Scalar>(momentum) * state.velocity + g;
    theta -= static_cast<Scalar>(current_rate) * state.velocity;
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
