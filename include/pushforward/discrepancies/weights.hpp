#pragma once

#include "pushforward/test_functions/concatenate.hpp"

#include <utility>

/// \file
/// Weights tau of the test functions in D2^2: policies that give tau_k for each real function.

namespace pushforward {

/// tau = 1 / (number of test functions), as in Figure 1 of the paper; a complex exponential is one
/// test function, so that both its parts have weight 1 / M.
struct UniformWeights {
  template <class Family>
  [[nodiscard]] Vector<typename Family::Scalar> operator()(const Family& f) const {
    using Scalar = typename Family::Scalar;
    return Vector<Scalar>::Constant(f.size(), 1 / static_cast<Scalar>(function_count(f)));
  }
};

/// tau_k proportional to 1 / k^2 in the order k of a function (harmonic, degree), with the weights
/// of the test functions adding up to one. It makes the Fourier problem on the circle perfectly
/// conditioned: D2^2 is then flat in no direction it sees. The family has `f.order(k)`.
struct InverseSquareWeights {
  template <class Family>
  [[nodiscard]] Vector<typename Family::Scalar> operator()(const Family& f) const {
    using Scalar = typename Family::Scalar;
    Vector<Scalar> tau(f.size());
    for (Index k = 0; k < f.size(); ++k) {
      const auto order = static_cast<Scalar>(f.order(k));
      tau[k] = 1 / (order * order);
    }
    return tau *
           (static_cast<Scalar>(f.size()) / static_cast<Scalar>(function_count(f)) / tau.sum());
  }
};

/// Weights given one by one, a number for each real function.
template <Real Scalar>
struct GivenWeights {
  Vector<Scalar> tau;

  /// Throws std::invalid_argument unless there is one for each function, std::domain_error unless
  /// each is finite and at least 0.
  template <class Family>
  [[nodiscard]] Vector<Scalar> operator()(const Family& f) const {
    check_size("GivenWeights", "size of tau", tau.size(), f.size());
    for (Index k = 0; k < tau.size(); ++k)
      check_domain(is_finite(tau[k]) && tau[k] >= 0, "GivenWeights", "tau[" + to_text(k) + "]",
                   tau[k], "finite and at least 0");
    return tau;
  }
};

/// A policy for tau: `tau(f)` is one weight for each real function of f.
template <class T, class Family>
concept Weights = requires(const T& tau, const Family& f) {
  { tau(f) } -> std::same_as<Vector<typename Family::Scalar>>;
};

}  // namespace pushforward
