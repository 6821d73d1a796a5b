#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/optimizers/schedule.hpp"
#include "pushforward/training/events.hpp"

/// \file
/// What a run is told, what it says at its end, and what it is between two steps.

namespace pushforward::inline PUSHFORWARD_ISA {

struct FitOptions {
  Index steps = 1000;              ///< at least 0
  int threads = 1;                 ///< at least 1; the result does not depend on it
  Schedule schedule = Constant{};  ///< what the optimizer's rate is multiplied with
  Index first = 0;     ///< the index of the first step; what is random is a function of the index
  double seconds = 0;  ///< if positive, a budget that fixes the number of steps instead of `steps`
};

/// How a run went. The map holds the last state whose loss was finite, or what a callback chose.
template <Real Scalar>
struct FitResult {
  Status status = Status::finished;
  Index steps = 0;     ///< done, without those dropped
  Index dropped = 0;   ///< steps that were rolled back
  Index planned = 0;   ///< steps of the whole run, which repeat it where `seconds` were given
  Index next = 0;      ///< the index of the step after the last: `first` of a run that goes on
  Scalar loss = 0;     ///< of what the map holds, at that index
  double seconds = 0;  ///< of the run
};

/// All that a run needs to go on as if it had never stopped: a value, to copy and to save.
template <Real Scalar, class OptimizerState>
struct RunState {
  Status status = Status::running;
  Index step = 0;   ///< done or dropped
  Index steps = 0;  ///< of the whole run
  Index dropped = 0;
  Index halvings = 0;          ///< of the rate
  Index without_progress = 0;  ///< steps dropped since a new state had a finite loss
  bool rolled_back = false;    ///< theta is a state that has been evaluated before
  Scalar start = 0;            ///< the first finite loss; NaN before
  Vector<Scalar> theta;        ///< P
  OptimizerState optimizer;
  Vector<Scalar> good_theta;      ///< the last whose loss was finite
  OptimizerState good_optimizer;  ///< with it

  static constexpr std::string_view kName = "RunState";
  [[nodiscard]] auto description() const {
    return describe("status", status, "step", step, "steps", steps, "dropped", dropped, "halvings",
                    halvings, "without_progress", without_progress, "rolled_back", rolled_back,
                    "start", start, "theta", theta, "optimizer", optimizer, "good_theta",
                    good_theta, "good_optimizer", good_optimizer);
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
