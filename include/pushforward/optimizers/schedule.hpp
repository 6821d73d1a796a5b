#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/vector_math.hpp"

#include <algorithm>
#include <functional>
#include <numbers>
#include <utility>

/// \file
/// Schedules: what the rate is multiplied with at step t of T, 0 <= t < T.

namespace pushforward::inline PUSHFORWARD_ISA {

/// Any function (t, T) -> factor; the types below, or a lambda.
using Schedule = std::function<double(Index step, Index steps)>;

/// 1.
struct Constant {
  double operator()(Index, Index) const { return 1; }
};

/// From 1 down to `last` along half a cosine: last + (1 - last) (1 + cos(pi t / T)) / 2.
struct Cosine {
  double last = 0;
  double operator()(Index step, Index steps) const {
    const double progress = static_cast<double>(step) / static_cast<double>(steps);
    return last + (1 - last) * (1 + cos(std::numbers::pi * progress)) / 2;
  }
};

/// factor^floor(t / every). Throws std::invalid_argument unless every >= 1.
struct StepDecay {
  Index every = 1000;
  double factor = 0.5;
  double operator()(Index step, Index) const {
    check_count("StepDecay", "every", every);
    const Index drops = step / every;
    return power(factor, drops);
  }
};

/// (t + 1) / length over the first `length` steps, then another schedule over the rest.
struct WarmUp {
  Index length = 100;
  Schedule then = Constant{};
  double operator()(Index step, Index steps) const {
    if (step < length) return static_cast<double>(step + 1) / static_cast<double>(length);
    return then(step - length, (std::max)(steps - length, Index(1)));
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
