#pragma once

#include "pushforward/training/run.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

/// Goes on with a run until it ends: the one loop, for every map, objective and optimizer.
///
/// Callbacks are called at the beginning, after every step and at the end, in their order, and may
/// end the run. Throws what a callback or a user's model throws; the map then holds the last
/// finished step, or is unchanged if none was.
template <class M, class O, class Opt, class... Callbacks>
FitResult<typename M::Scalar> fit(Run<M, O, Opt>& run, Callbacks&&... callbacks) {
  using Scalar = typename M::Scalar;
  static_assert(
      (Callback<Callbacks, Scalar> && ...),
      "a callback: it must take `const TrainBegin&`, `const StepEnd<Scalar>&` or `const "
      "TrainEnd<Scalar>&`, by name and not as `const auto&`, and return nothing or a Signal");
  const auto notify = [&]([[maybe_unused]] const auto& event) {
    bool stop = false;
    ((stop = detail::notify(callbacks, event) || stop), ...);
    if (stop) run.stop();
  };
  notify(run.begin());
  while (run.step()) notify(run.last());
  return run.finish([&](const TrainEnd<Scalar>& end) { detail::notify(callbacks, end); }...);
}

/// Trains `map` to minimise `objective`; see Run for what a step does, and what is dropped.
///
/// The loss of the last state is evaluated too. Throws std::invalid_argument on options out of
/// range or sizes that do not fit, and as above. \code
///   const auto result = pf::fit(map, objective, pf::Adam{.rate = 1e-2}, {.steps = 2000});
/// \endcode
template <class M, class O, class Opt, class... Callbacks>
[[nodiscard]] FitResult<typename M::Scalar> fit(M& map, const O& objective, const Opt& optimizer,
                                                const FitOptions& options,
                                                Callbacks&&... callbacks) {
  Run run(map, objective, optimizer, options);
  return fit(run, callbacks...);
}

/// The loss of a map at a step of the caller's choice: of a batch it has not been trained on if the
/// step is beyond the run's, of a large one if the objective's is.
/// Throws std::invalid_argument if the map does not fit.
template <class M, class O>
[[nodiscard]] typename M::Scalar evaluate(const M& map, const O& objective, Index step,
                                          Team& team) {
  static_assert(explain_trainable_map<M>() && explain_objective<O, M>());
  objective.check(map);
  typename O::template Workspace<M> work;
  Vector<typename M::Scalar> gradient(map.parameter_count());
  return objective.value_and_gradient(map, Step{step, team}, gradient, work);
}

/// On one thread.
template <class M, class O>
[[nodiscard]] typename M::Scalar evaluate(const M& map, const O& objective, Index step) {
  Team alone;
  return evaluate(map, objective, step, alone);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
