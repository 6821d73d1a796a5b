#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/objectives/objective.hpp"

/// \file
/// What moves the parameters: first-order optimizers, which see the gradient alone, and solvers,
/// which may evaluate the objective wherever they like.

namespace pushforward::inline PUSHFORWARD_ISA {

/// What a solver did with a step.
enum class Move {
  moved,      ///< theta is better
  refused,    ///< no better theta was found this time; it is as it was
  converged,  ///< and none will be
};

/// The loss before a step of a solver, and what became of it.
template <Real Scalar>
struct Advance {
  Scalar loss;
  Move move;
};

namespace requirement {

template <class T>
concept rate = requires(const T& t) {
  { t.rate } -> std::convertible_to<double>;
};

template <class T, class Scalar>
concept start = requires(const T& t) {
  { t.template start<Scalar>(Index()) } -> std::same_as<typename T::template State<Scalar>>;
};

template <class T, class Scalar>
concept step = requires(const T& t, typename T::template State<Scalar>& state,
                        VectorRef<Scalar> theta, ConstVectorRef<Scalar> dtheta) {
  { t.template step<Scalar>(state, std::move(theta), dtheta, t.rate) } -> std::same_as<void>;
};

template <class T, class P, class Scalar = typename P::Scalar>
concept advance = requires(const T& t, typename T::template State<Scalar>& state, P& problem,
                           Index step, typename T::template Workspace<Scalar>& work) {
  { t.advance(state, problem, step, t.rate, work) } -> std::same_as<Advance<Scalar>>;
};

}  // namespace requirement

/// A map, its objective and the room to evaluate them: what a solver steps on. It keeps references
/// to all but `theta` and `gradient`.
template <class M, class O>
struct Problem {
  using Scalar = typename M::Scalar;

  Problem(M& trained, const O& minimised, Team& workers)
      : map(trained), objective(minimised), team(workers), theta(map.parameters()) {
    gradient.setZero(theta.size());
  }

  M& map;
  const O& objective;
  Team& team;
  typename O::template Workspace<M> work;
  Vector<Scalar> theta;
  Vector<Scalar> gradient;

  /// The loss at theta, with its gradient in `gradient`.
  Scalar evaluate(Index step) {
    map.set_parameters(theta);
    return objective.value_and_gradient(map, Step{step, team}, gradient, work);
  }

  /// rho at theta, R; the loss is |rho|^2.
  void residuals(Index step, Vector<Scalar>& rho) {
    map.set_parameters(theta);
    objective.residuals(map, Step{step, team}, rho, work);
  }

  /// rho at theta, R, and J', P x R.
  void jacobian(Index step, Vector<Scalar>& rho, Matrix<Scalar>& j) {
    map.set_parameters(theta);
    objective.jacobian(map, Step{step, team}, rho, j, work);
  }
};

/// A first-order optimizer: the options are the object; the memory is a `State<Scalar>`, a value
/// that can be copied and saved. `start<Scalar>(P)` makes one for a segment of P parameters;
/// `step(state, theta, dtheta, rate)` moves theta, P. `rate` is the base rate, before schedule and
/// rollbacks. \code
///   struct SignDescent {                         // a user's optimizer
///     double rate = 1e-3;
///     template <pf::Real> struct State {};
///     template <pf::Real S> State<S> start(pf::Index) const { return {}; }
///     template <pf::Real S>
///     void step(State<S>&, pf::VectorRef<S> theta, pf::ConstVectorRef<S> dtheta,
///               double current_rate) const {
///       theta -= S(current_rate) * dtheta.cwiseSign();
///     }
///   };
/// \endcode
template <class T, class Scalar>
concept Optimizer =
    requirement::rate<T> && requirement::start<T, Scalar> && requirement::step<T, Scalar>;

/// An optimizer that evaluates the problem itself: `advance(state, problem, step, rate, work)`
/// moves problem.theta and sets problem.gradient to the gradient before the move. What it only
/// works in is a `Workspace<Scalar>`, empty at first. \code
///   struct Backtracking {                        // a user's solver: half as far until it is down
///     double rate = 1;
///     template <pf::Real> struct State {};
///     template <pf::Real S> struct Workspace { pf::Vector<S> theta, gradient; };
///     template <pf::Real S> State<S> start(pf::Index) const { return {}; }
///     template <pf::Real S, class P>
///     pf::Advance<S> advance(State<S>&, P& problem, pf::Index step, double length,
///                            Workspace<S>& from) const {
///       const S loss = problem.evaluate(step);
///       from = {problem.theta, problem.gradient};
///       bool better = false;
///       for (int halvings = 0; halvings < 30 && !better; ++halvings, length /= 2) {
///         problem.theta = from.theta - S(length) * from.gradient;
///         better = problem.evaluate(step) < loss;
///       }
///       problem.gradient = from.gradient;
///       if (better) return {loss, pf::Move::moved};
///       problem.theta = from.theta;
///       return {loss, pf::Move::refused};
///     }
///   };
/// \endcode
template <class T, class P>
concept Solver =
    requirement::rate<T> && requirement::start<T, typename P::Scalar> && requirement::advance<T, P>;

/// One sentence for what T misses to be an optimizer or a solver of the Problem P.
template <class T, class P>
consteval bool explain_optimizer() {
  static_assert(requirement::rate<T>, "an optimizer: add public `double rate`");
  static_assert(requirement::start<T, typename P::Scalar>,
                "an optimizer: add public `template <Real> struct State` and `template <Real S> "
                "State<S> start(Index parameters) const`");
  static_assert(requirement::step<T, typename P::Scalar> || requirement::advance<T, P>,
                "an optimizer: add public `template <Real S> void step(State<S>& state, "
                "VectorRef<S> theta, ConstVectorRef<S> dtheta, double rate) const`; a solver has "
                "`Workspace<S>` and `advance` instead");
  return Optimizer<T, typename P::Scalar> || Solver<T, P>;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
