#pragma once

#include "pushforward/core/concepts.hpp"
#include "pushforward/core/step.hpp"

#include <utility>

/// \file
/// What `fit` minimises.

namespace pushforward::inline PUSHFORWARD_ISA {

namespace requirement {

template <class T, class M>
concept objective_workspace = std::default_initializable<typename T::template Workspace<M>>;

template <class T, class M>
concept objective_gradient = requires(const T& t, const M& map, const Step& step,
                                      VectorRef<typename T::Scalar> dtheta,
                                      typename T::template Workspace<M>& work) {
  { t.value_and_gradient(map, step, std::move(dtheta), work) } -> std::same_as<typename T::Scalar>;
};

template <class T, class M>
concept objective_check = requires(const T& t, const M& map) {
  { t.check(map) } -> std::same_as<void>;
};

template <class T, class M>
concept objective_residuals = requires(const T& t, const M& map, const Step& step,
                                       VectorRef<typename T::Scalar> rho,
                                       Matrix<typename T::Scalar>& jacobian,
                                       typename T::template Workspace<M>& work) {
  { t.residual_count() } -> std::same_as<Index>;
  { t.residuals(map, step, std::move(rho), work) } -> std::same_as<void>;
  { t.jacobian(map, step, std::move(rho), jacobian, work) } -> std::same_as<void>;
};

}  // namespace requirement

/// A loss of a map M. It sees the map, and owns whatever else the loss needs: source, data, target.
///
/// `check(map)` throws if the map does not fit. `value_and_gradient(map, step, dtheta, work)`
/// returns the loss at that step and sets dtheta, P, to its gradient in the map's parameters; a
/// pure function of map and step.index. `Workspace<M>` is what it keeps from step to step: empty at
/// first, grown by the first step, and nothing is allocated after. \code
///   struct Shrink {                              // a user's objective: |theta|^2
///     using Scalar = double;
///     template <class Map> struct Workspace {};
///     template <class Map> void check(const Map&) const {}
///     template <class Map>
///     double value_and_gradient(const Map& map, const pf::Step&, pf::VectorRef<double> dtheta,
///                               Workspace<Map>&) const {
///       dtheta = 2 * map.parameters();
///       return map.parameters().squaredNorm();
///     }
///   };
/// \endcode
template <class T, class M>
concept Objective = requirement::scalar<T> && requirement::objective_workspace<T, M> &&
    requirement::objective_check<T, M> && requirement::objective_gradient<T, M>;

/// An objective that is a sum of squares |rho(theta)|^2 of R = residual_count() residuals:
/// `residuals(map, step, rho, work)` sets rho, R; `jacobian(map, step, rho, jacobian, work)` sets
/// rho and J' = (d rho / d theta)', P x R. \code
///   struct Valley {                              // a user's: |(1 - a, 10 (b - a^2))|^2
///     using Scalar = double;
///     template <class Map> struct Workspace {};
///     template <class Map> void check(const Map&) const {}
///     pf::Index residual_count() const { return 2; }
///     template <class Map>
///     void residuals(const Map& map, const pf::Step&, pf::VectorRef<double> rho,
///                    Workspace<Map>&) const {
///       const pf::Vector<double> theta = map.parameters();
///       rho << 1 - theta[0], 10 * (theta[1] - theta[0] * theta[0]);
///     }
///     template <class Map>
///     void jacobian(const Map& map, const pf::Step& step, pf::VectorRef<double> rho,
///                   pf::Matrix<double>& jacobian, Workspace<Map>& work) const {
///       residuals(map, step, rho, work);
///       jacobian.resize(2, 2);
///       jacobian << -1, -20 * map.parameters()[0], 0, 10;
///     }
///     template <class Map>
///     double value_and_gradient(const Map& map, const pf::Step& step,
///                               pf::VectorRef<double> dtheta, Workspace<Map>& work) const {
///       pf::Vector<double> rho(2);
///       pf::Matrix<double> j;
///       jacobian(map, step, rho, j, work);
///       dtheta = 2 * j * rho;
///       return rho.squaredNorm();
///     }
///   };
/// \endcode
template <class T, class M>
concept LeastSquares = Objective<T, M> && requirement::objective_residuals<T, M>;

template <class T, class M>
consteval bool explain_objective() {
  static_assert(requirement::scalar<T>,
                "an objective: add public `using Scalar = double;` (or float)");
  static_assert(std::same_as<typename T::Scalar, typename M::Scalar>,
                "an objective: it must have the Scalar of the map");
  static_assert(
      requirement::objective_workspace<T, M>,
      "an objective: add a public, default-constructible `template <class Map> struct Workspace`");
  static_assert(requirement::objective_check<T, M>,
                "an objective: add public `void check(const Map& map) const`");
  static_assert(
      requirement::objective_gradient<T, M>,
      "an objective: add public `Scalar value_and_gradient(const Map& map, const Step& step, "
      "VectorRef<Scalar> dtheta, Workspace<Map>& work) const`");
  return Objective<T, M>;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
