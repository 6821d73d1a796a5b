#pragma once

#include "pushforward/core/vector_math.hpp"
#include "pushforward/optimizers/optimizer.hpp"

#include <limits>

namespace pushforward::inline PUSHFORWARD_ISA {

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

    static constexpr std::string_view kName = "Adam::State";
    [[nodiscard]] auto description() const { return describe("m", m, "v", v, "t", t); }
  };

  static constexpr std::string_view kName = "Adam";
  [[nodiscard]] auto description() const {
    return describe("rate", rate, "beta1", beta1, "beta2", beta2, "epsilon", epsilon);
  }

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
  void step(State<Scalar>& state, VectorRef<Scalar> theta, ConstVectorRef<Scalar> g,
            double current_rate) const {
    ++state.t;
    const auto b1 = static_cast<Scalar>(beta1), b2 = static_cast<Scalar>(beta2);
    const auto rate_m = static_cast<Scalar>(current_rate / (1 - power(beta1, state.t)));
    const auto scale_v = static_cast<Scalar>(1 / (1 - power(beta2, state.t)));
    const auto small = static_cast<Scalar>(epsilon);
    // square_root takes no zero, and halves what it takes: that must not be flushed to zero either
    constexpr Scalar least = 4 * (std::numeric_limits<Scalar>::min)();
    Scalar* const m = state.m.data();
    Scalar* const v = state.v.data();
    Scalar* const x = theta.data();
    const Scalar* const gradient = g.data();
    for (Index i = 0; i < theta.size(); ++i) {
      m[i] = b1 * m[i] + (1 - b1) * gradient[i];
      v[i] = b2 * v[i] + (1 - b2) * (gradient[i] * gradient[i]);
      x[i] -= rate_m * m[i] / (detail::square_root(scale_v * v[i] + least) + small);
    }
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
