#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/test_functions/concatenate.hpp"

#include <utility>

/// \file
/// Weights tau of the test functions in D2^2: policies that give tau_k for each real function.

namespace pushforward::inline PUSHFORWARD_ISA {

/// tau = 1 / (number of test functions), as in Figure 1 of the paper; a complex exponential is one
/// test function, so that both its parts have weight 1 / M.
struct UniformWeights {
  static constexpr std::string_view kName = "UniformWeights";
  template <class Family>
  void operator()(const Family& f, VectorRef<typename Family::Scalar> tau) const {
    using Scalar = typename Family::Scalar;
    tau.setConstant(1 / static_cast<Scalar>(function_count(f)));
  }
};

/// tau_k proportional to 1 / k^2 in the order k of a function (harmonic, degree), with the weights
/// of the test functions adding up to one. It makes the Fourier problem on the circle perfectly
/// conditioned: D2^2 is then flat in no direction it sees. The family has `f.order(k)`.
struct InverseSquareWeights {
  static constexpr std::string_view kName = "InverseSquareWeights";
  template <class Family>
  void operator()(const Family& f, VectorRef<typename Family::Scalar> tau) const requires
      requires(Index k) {
    { f.order(k) } -> std::same_as<Index>;
  }
  {
    using Scalar = typename Family::Scalar;
    Scalar sum = 0;
    for (Index k = 0; k < f.size(); ++k) {
      const auto order = static_cast<Scalar>(f.order(k));
      sum += tau[k] = 1 / (order * order);
    }
    tau *= static_cast<Scalar>(f.size()) / static_cast<Scalar>(function_count(f)) / sum;
  }
};

/// tau_m = 1 / M times what a kernel integrates over what it draws, `f.kernel().importance(w_m)`,
/// for M frequencies w_m: both parts of a complex exponential have it. D2^2 is then right on
/// average for a spectral measure that is not the law of the frequencies.
struct ImportanceWeights {
  static constexpr std::string_view kName = "ImportanceWeights";
  template <class Family>
  void operator()(const Family& f, VectorRef<typename Family::Scalar> tau) const requires
      requires(const Vector<typename Family::Scalar>& w) {
    { f.kernel().importance(w) } -> std::same_as<double>;
  }
  {
    using Scalar = typename Family::Scalar;
    for (Index m = 0; m < f.functions(); ++m) {
      const double importance = f.kernel().importance(f.frequencies().col(m));
      tau[2 * m] = tau[2 * m + 1] =
          static_cast<Scalar>(importance / static_cast<double>(f.functions()));
    }
  }
};

/// Weights given one by one, a number for each real function.
template <Real Scalar>
struct GivenWeights {
  Vector<Scalar> tau;

  static constexpr std::string_view kName = "GivenWeights";
  [[nodiscard]] auto description() const { return describe("tau", tau); }

  /// Throws std::invalid_argument unless there is one for each function.
  template <class Family>
  void operator()(const Family& f, VectorRef<Scalar> out) const {
    check_size("GivenWeights", "size of tau", tau.size(), f.size());
    out = tau;
  }
};

/// A policy for tau: `weights(f, tau)` sets tau, K, to a finite weight of at least 0 for each real
/// function of f. Const, no allocation. \code
///   struct HalfTheRest {                         // a user's weights: 1, 1/2, 1/2, ...
///     template <class Family>
///     void operator()(const Family&, pf::VectorRef<typename Family::Scalar> tau) const {
///       tau.setConstant(0.5);
///       tau[0] = 1;
///     }
///   };
/// \endcode
template <class T, class Family>
concept Weights = requires(const T& weights, const Family& f,
                           VectorRef<typename Family::Scalar> tau) {
  { weights(f, std::move(tau)) } -> std::same_as<void>;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
