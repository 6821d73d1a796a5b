#pragma once

#include "pushforward/core/concepts.hpp"

/// \file
/// What `fit` minimises.

namespace pushforward {

namespace requirement {

template <class T, class M>
concept objective_workspace = std::default_initializable<typename T::template Workspace<M>>;

template <class T, class M>
concept objective_gradient = requires(const T& t, const M& map, Index step,
                                      VectorRef<typename T::Scalar> dtheta,
                                      typename T::template Workspace<M>& work, Pool& pool) {
  { t.value_and_gradient(map, step, dtheta, work, pool) } -> std::same_as<typename T::Scalar>;
};

template <class T, class M>
concept objective_check = requires(const T& t, const M& map) {
  { t.check(map) } -> std::same_as<void>;
};

template <class T, class M>
concept objective_residuals = requires(const T& t, const M& map, Index step,
                                       VectorRef<typename T::Scalar> rho,
                                       Matrix<typename T::Scalar>& jacobian,
                                       typename T::template Workspace<M>& work, Pool& pool) {
  { t.residual_count() } -> std::convertible_to<Index>;
  { t.residuals(map, step, rho, work, pool) } -> std::same_as<void>;
  { t.jacobian(map, step, rho, jacobian, work, pool) } -> std::same_as<void>;
};

}  // namespace requirement

/// A loss of a map M. It sees the map, and owns whatever else the loss needs: source, data, target.
///
/// `check(map)` throws if the map does not fit. `value_and_gradient(map, step, dtheta, work, pool)`
/// returns the loss at that step and sets dtheta, P, to its gradient in the map's parameters; a
/// pure function of map and step. `Workspace<M>` is what it keeps from step to step: empty at
/// first, grown by the first step, and nothing is allocated after. \code
///   struct Shrink {                              // a user's objective: |theta|^2
///     using Scalar = double;
///     template <class Map> struct Workspace {};
///     template <class Map> void check(const Map&) const {}
///     template <class Map>
///     double value_and_gradient(const Map& map, pf::Index, pf::VectorRef<double> dtheta,
///                               Workspace<Map>&, pf::Pool&) const {
///       dtheta = 2 * map.parameters();
///       return map.parameters().squaredNorm();
///     }
///   };
/// \endcode
template <class T, class M>
concept Objective = requirement::scalar<T> && requirement::objective_workspace<T, M> &&
    requirement::objective_check<T, M> && requirement::objective_gradient<T, M>;

/// An objective that is a sum of squares |rho(theta)|^2 of R = residual_count() residuals:
/// `residuals` sets rho, R; `jacobian` sets rho and J' = (d rho / d theta)', P x R.
template <class T, class M>
concept LeastSquares = Objective<T, M> && requirement::objective_residuals<T, M>;

template <class T, class M>
consteval bool explain_objective() {
  static_assert(requirement::scalar<T>, "an objective: add `using Scalar = double;` (or float)");
  static_assert(std::same_as<typename T::Scalar, typename M::Scalar>,
                "an objective: it must have the Scalar of the map");
  static_assert(
      requirement::objective_workspace<T, M>,
      "an objective: add a default-constructible `template <class Map> struct Workspace`");
  static_assert(requirement::objective_check<T, M>,
                "an objective: add `void check(const Map& map) const`");
  static_assert(requirement::objective_gradient<T, M>,
                "an objective: add `Scalar value_and_gradient(const Map& map, Index step, "
                "VectorRef<Scalar> dtheta, Workspace<Map>& work, Pool& pool) const`");
  return Objective<T, M>;
}

}  // namespace pushforward
