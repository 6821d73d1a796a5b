#pragma once

#include "pushforward/core/block.hpp"

#include <array>
#include <string_view>
#include <type_traits>

/// \file
/// What a training run tells its callbacks, and how it ended.

namespace pushforward::inline PUSHFORWARD_ISA {

/// How a run stands, or ended.
enum class Status {
  running,    ///< steps are left
  finished,   ///< all steps were done
  converged,  ///< a solver found that no step lowers the loss
  stopped,    ///< the end was asked for while steps were left
  diverged,   ///< step after step was dropped without progress
};

[[nodiscard]] constexpr std::array<std::string_view, 5> enumerators(Status) {
  return {"running", "finished", "converged", "stopped", "diverged"};
}
[[nodiscard]] constexpr std::string_view to_string(Status status) {
  const auto names = enumerators(status);
  const auto number = static_cast<std::size_t>(status);
  return number < names.size() ? names[number] : "unknown";
}

/// What a callback may return: go on, or end the run. One that returns nothing goes on.
enum class Signal { proceed, stop };

/// A run begins: what a callback remembers of another run is void, unless the run is resumed.
struct TrainBegin {
  Index step;    ///< the first to be done, counted from 0
  Index steps;   ///< of the whole run
  bool resumed;  ///< from a state that was saved
};

/// A step has been done, or dropped. `theta` is only valid during the call.
template <Real Scalar>
struct StepEnd {
  Index step;                   ///< counted from 0
  Index steps;                  ///< of the whole run
  Scalar loss;                  ///< before the step
  Scalar gradient_norm;         ///< Euclidean
  double rate;                  ///< of this step, after schedule and halvings
  bool dropped;                 ///< the parameters were rolled back
  double seconds;               ///< since the run began
  const Vector<Scalar>& theta;  ///< after the step, P
};

/// The run has ended. The map holds `theta`, the last state, or what a callback before has put in
/// its place, and will hold what this one does: a weight average, the best by some score.
template <Real Scalar>
struct TrainEnd {
  Status status;
  Index steps;            ///< done, without those dropped
  double seconds;         ///< of the run
  Vector<Scalar>& theta;  ///< P
};

namespace detail {

/// Has what an event may have and is none: only a callback that names no event takes it.
template <Real Scalar>
struct AnyEvent {
  Index step, steps;
  bool resumed, dropped;
  Scalar loss, gradient_norm;
  double rate, seconds;
  Status status;
  Vector<Scalar>& theta;
};

}  // namespace detail

/// A callable that takes an event, and returns nothing or a Signal.
template <class C, class Event>
concept CallbackOf = std::invocable<C&, const Event&> &&
    (std::same_as<std::invoke_result_t<C&, const Event&>, void> ||
     std::same_as<std::invoke_result_t<C&, const Event&>, Signal>);

namespace detail {

/// It takes the events of runs of floats but not of doubles, or the other way round.
template <class C, class Scalar,
          class Other = std::conditional_t<sizeof(Scalar) == 4, double, float>>
concept CallbackOfAnotherScalar = (CallbackOf<C, StepEnd<Other>> &&
                                   !CallbackOf<C, StepEnd<Scalar>>) ||
                                  (CallbackOf<C, TrainEnd<Other>> &&
                                   !CallbackOf<C, TrainEnd<Scalar>>);

}  // namespace detail

/// A callback takes TrainBegin, StepEnd<Scalar>, TrainEnd<Scalar>, or several (by overloads), and
/// returns nothing or a Signal. It names the events: one that takes `const auto&` is none. \code
///   struct StopAt {                              // a user's: ends a run whose loss is low
///     double loss = 1e-3;
///     pf::Signal operator()(const pf::StepEnd<double>& event) const {
///       return event.loss <= loss ? pf::Signal::stop : pf::Signal::proceed;
///     }
///   };
/// \endcode
template <class C, class Scalar>
concept Callback = !std::invocable<C&, const detail::AnyEvent<Scalar>&> &&
                   (CallbackOf<C, StepEnd<Scalar>> || CallbackOf<C, TrainEnd<Scalar>> ||
                    CallbackOf<C, TrainBegin>)&&!detail::CallbackOfAnotherScalar<C, Scalar>;

namespace detail {

/// Gives the event to the callback if it takes it; true if it asks for the end.
template <class C, class Event>
bool notify(C& callback, const Event& event) {
  if constexpr (CallbackOf<C, Event>) {
    if constexpr (std::same_as<std::invoke_result_t<C&, const Event&>, Signal>)
      return callback(event) == Signal::stop;
    else
      callback(event);
  }
  return false;
}

}  // namespace detail

}  // namespace pushforward::inline PUSHFORWARD_ISA
