#pragma once

#include "pushforward/core/block.hpp"

#include <string_view>

/// \file
/// What a training run tells its callbacks, and how it ended.

namespace pushforward {

/// How a run ended.
enum class Status {
  finished,   ///< all steps were done
  converged,  ///< a solver found no step that lowers the loss
  stopped,    ///< a callback asked for the end
  diverged,   ///< five steps in a row were dropped
};

[[nodiscard]] constexpr std::string_view to_string(Status status) noexcept {
  switch (status) {
  case Status::finished:
    return "finished";
  case Status::converged:
    return "converged";
  case Status::stopped:
    return "stopped";
  case Status::diverged:
    return "diverged";
  }
  return "unknown";
}

/// What a callback may return: go on, or end the run. One that returns nothing goes on.
enum class Signal { proceed, stop };

/// A step has been done, or dropped. `theta` is only valid during the call.
template <Real Scalar>
struct StepEnd {
  Index step;            ///< counted from 0
  Index steps;           ///< of the whole run
  Scalar loss;           ///< before the step
  Scalar gradient_norm;  ///< Euclidean
  double rate;           ///< of this step, after schedule and halvings
  bool dropped;          ///< loss or gradient was not finite: the parameters were rolled back
  double seconds;        ///< since the run began
  const Vector<Scalar>& theta;  ///< after the step, P
};

/// The run has ended.
template <Real Scalar>
struct TrainEnd {
  Status status;
  Index steps;     ///< done, without those dropped
  double seconds;  ///< of the run
};

}  // namespace pushforward
