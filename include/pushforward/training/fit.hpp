#pragma once

#include "pushforward/optimizers/optimizer.hpp"
#include "pushforward/optimizers/schedule.hpp"
#include "pushforward/training/events.hpp"

#include <chrono>
#include <limits>
#include <type_traits>
#include <utility>

namespace pushforward {

struct FitOptions {
  Index steps = 1000;              ///< at least 0
  int threads = 1;                 ///< at least 1; the result does not depend on it
  Schedule schedule = Constant{};  ///< what the optimizer's rate is multiplied with
};

/// How a run went. The map holds the last state whose loss was finite.
template <Real Scalar>
struct FitResult {
  Status status = Status::finished;
  Index steps = 0;       ///< done, without those dropped
  Index dropped = 0;     ///< steps whose loss or gradient was not finite
  Scalar loss = 0;       ///< of the state that the map holds; NaN if it never was finite
  Scalar best_loss = 0;  ///< the least of all; NaN as above
  Vector<Scalar> best;   ///< the parameters it is the loss of, P
  double seconds = 0;    ///< of the run
};

/// A callback takes StepEnd<Scalar>, or TrainEnd<Scalar>, or both (by overloads), and returns
/// nothing or a Signal.
template <class C, class Event>
concept CallbackOf = std::invocable<C&, const Event&> &&
    (std::same_as<std::invoke_result_t<C&, const Event&>, void> ||
     std::same_as<std::invoke_result_t<C&, const Event&>, Signal>);

template <class C, class Scalar>
concept Callback = CallbackOf<C, StepEnd<Scalar>> || CallbackOf<C, TrainEnd<Scalar>>;

namespace detail {

/// Steps in a row that may be dropped before a run has diverged.
inline constexpr Index kMostDropped = 5;

/// Gives the event to the callback if it takes it; true if it asks for the end.
template <class C, class Event>
bool notify(C& callback, const Event& event) {
  if constexpr (CallbackOf<C, Event>) {
    if constexpr (std::is_same_v<std::invoke_result_t<C&, const Event&>, Signal>)
      return callback(event) == Signal::stop;
    else
      callback(event);
  }
  return false;
}

/// One step of an optimizer: the loss before it. Leaves theta alone if loss or gradient is not
/// finite.
template <class O, class State, class P>
auto advance(const O& optimizer, State& state, P& problem, Index step, double rate) {
  if constexpr (Solver<O, P>) {
    return optimizer.advance(state, problem, step, rate);
  } else {
    const auto loss = problem.evaluate(step);
    if (is_finite(loss) && all_finite(problem.gradient))
      optimizer.step(state, problem.theta, problem.gradient, rate);
    return loss;
  }
}

}  // namespace detail

/// Trains `map` to minimise `objective`: the one loop, for every map, objective and optimizer.
///
/// A step whose loss or gradient is NaN or infinite (told by the bits) is dropped: parameters and
/// optimizer go back, to the bit, to the last state whose loss was finite, and the rate is halved
/// from there on; after five in a row the run ends as `diverged`. Callbacks are called after every
/// step, in their order, and may end the run. The loss of the last state is evaluated too.
///
/// With the same map, objective, optimizer and steps the result has the same bits for every number
/// of threads. Throws std::invalid_argument on options out of range or sizes that do not fit, and
/// what a callback or a user's model throws; the map then holds the last finished step, or is
/// unchanged if none was. Nothing is allocated after the first three steps.
template <class M, class O, class Opt, class... Callbacks>
[[nodiscard]] FitResult<typename M::Scalar> fit(M& map, const O& objective, const Opt& optimizer,
                                                const FitOptions& options,
                                                Callbacks&&... callbacks) {
  using Scalar = typename M::Scalar;
  using State = typename Opt::template State<Scalar>;
  static_assert(explain_trainable_map<M>() && explain_objective<O, M>());
  static_assert(
      Optimizer<Opt, Scalar> || Solver<Opt, Problem<M, O>>,
      "an optimizer: add `double rate`, `template <Real> struct State`, `start<Scalar>(P)` "
      "and `step(state, theta, dtheta, rate)`; a solver has `advance` instead of `step`");
  static_assert(
      (Callback<Callbacks, Scalar> && ...),
      "a callback: it must take `const StepEnd<Scalar>&` or `const TrainEnd<Scalar>&` and "
      "return nothing or a Signal");
  check_argument(options.steps >= 0, "fit", "steps", options.steps, "at least 0");
  objective.check(map);

  const auto began = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  Pool pool(options.threads);
  Problem<M, O> problem{map, objective, pool};
  Vector<Scalar>& theta = problem.theta;
  State state = optimizer.template start<Scalar>(theta.size());
  Vector<Scalar> last_theta = theta, good_theta = theta;  // before this step; with a finite loss
  State last_state = state, good_state = state;
  const Vector<Scalar>* settled = &last_theta;  // what the map holds if something throws
  double halving = 1;
  Index in_a_row = 0, step = 0;

  FitResult<Scalar> result;
  result.loss = result.best_loss = std::numeric_limits<Scalar>::quiet_NaN();
  result.best = theta;
  const auto keep = [&](const Vector<Scalar>& of, Scalar loss) {
    result.loss = loss;
    if (is_finite(result.best_loss) && loss >= result.best_loss) return;
    result.best_loss = loss;
    result.best = of;
  };

  try {
    for (; step < options.steps && result.status == Status::finished; ++step) {
      const double rate = optimizer.rate * halving * options.schedule(step, options.steps);
      last_theta = theta;
      last_state = state;
      settled = &last_theta;
      const Scalar loss = detail::advance(optimizer, state, problem, step, rate);
      const bool finite = is_finite(loss) && all_finite(problem.gradient);
      if (finite) {
        in_a_row = 0;
        ++result.steps;
        good_theta.swap(last_theta);
        std::swap(good_state, last_state);
        keep(good_theta, loss);
        if (Solver<Opt, Problem<M, O>> && theta == good_theta) result.status = Status::converged;
      } else {
        theta = good_theta;
        state = good_state;
        halving /= 2;
        ++result.dropped;
        if (++in_a_row == detail::kMostDropped) result.status = Status::diverged;
      }
      map.set_parameters(theta);
      settled = &theta;
      [[maybe_unused]] const StepEnd<Scalar> event{
          step, options.steps, loss, problem.gradient.norm(), rate, !finite, seconds(), theta};
      bool stop = false;
      ((stop = detail::notify(callbacks, event) || stop), ...);
      if (stop && result.status == Status::finished) result.status = Status::stopped;
    }
    if (result.status != Status::diverged) {
      const Scalar loss = problem.evaluate(step);
      if (is_finite(loss))
        keep(theta, loss);
      else
        map.set_parameters(theta = good_theta);
    }
    result.seconds = seconds();
    [[maybe_unused]] const TrainEnd<Scalar> event{result.status, result.steps, result.seconds};
    (detail::notify(callbacks, event), ...);
  } catch (...) {
    map.set_parameters(*settled);
    throw;
  }
  return result;
}

}  // namespace pushforward
