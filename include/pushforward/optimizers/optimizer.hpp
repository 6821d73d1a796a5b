#pragma once

#include "pushforward/objectives/objective.hpp"

/// \file
/// What moves the parameters: first-order optimizers, which see the gradient alone, and solvers,
/// which may evaluate the objective wherever they like.

namespace pushforward {

/// A map, its objective and the room to evaluate them: what a solver steps on. It keeps references
/// to all but `theta` and `gradient`.
template <class M, class O>
struct Problem {
  using Scalar = typename M::Scalar;

  Problem(M& trained, const O& minimised, Pool& threads)
      : map(trained), objective(minimised), pool(threads), theta(map.parameters()) {
    gradient.setZero(theta.size());
  }

  M& map;
  const O& objective;
  Pool& pool;
  typename O::template Workspace<M> work;
  Vector<Scalar> theta;
  Vector<Scalar> gradient;

  /// The loss at theta, with its gradient in `gradient`.
  Scalar evaluate(Index step) {
    map.set_parameters(theta);
    return objective.value_and_gradient(map, step, gradient, work, pool);
  }

  /// rho at theta, R; the loss is |rho|^2.
  void residuals(Index step, Vector<Scalar>& rho) {
    map.set_parameters(theta);
    objective.residuals(map, step, rho, work, pool);
  }

  /// rho at theta, R, and J', P x R.
  void jacobian(Index step, Vector<Scalar>& rho, Matrix<Scalar>& j) {
    map.set_parameters(theta);
    objective.jacobian(map, step, rho, j, work, pool);
  }
};

/// A first-order optimizer: the options are the object; the memory is a `State<Scalar>`, a value
/// that can be copied and saved. `start<Scalar>(P)` makes one; `step(state, theta, dtheta, rate)`
/// moves theta, P. `rate` is the base rate, before schedule and rollbacks. \code
///   struct SignDescent {                         // a user's optimizer
///     double rate = 1e-3;
///     template <pf::Real> struct State {};
///     template <pf::Real S> State<S> start(pf::Index) const { return {}; }
///     template <pf::Real S>
///     void step(State<S>&, pf::Vector<S>& theta, const pf::Vector<S>& dtheta, double rate) const {
///       theta -= S(rate) * dtheta.cwiseSign();
///     }
///   };
/// \endcode
template <class T, class Scalar>
concept Optimizer = requires(const T& t, typename T::template State<Scalar>& state,
                             Vector<Scalar>& theta, const Vector<Scalar>& dtheta) {
  { t.rate } -> std::convertible_to<double>;
  { t.template start<Scalar>(Index()) } -> std::same_as<typename T::template State<Scalar>>;
  { t.step(state, theta, dtheta, t.rate) } -> std::same_as<void>;
};

/// An optimizer that evaluates the problem itself: `advance(state, problem, step, rate)` moves
/// problem.theta and returns the loss before the move.
template <class T, class P>
concept Solver = requires(const T& t, typename T::template State<typename P::Scalar>& state,
                          P& problem, Index step) {
  { t.rate } -> std::convertible_to<double>;
  {
    t.template start<typename P::Scalar>(Index())
    } -> std::same_as<typename T::template State<typename P::Scalar>>;
  { t.advance(state, problem, step, t.rate) } -> std::same_as<typename P::Scalar>;
};

}  // namespace pushforward
