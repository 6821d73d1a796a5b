#pragma once

#include "pushforward/training/events.hpp"

#include <cmath>
#include <cstdio>
#include <limits>
#include <stop_token>
#include <utility>
#include <vector>

#if defined(_WIN32)
#include <io.h>
#else
#include <unistd.h>
#endif

/// \file
/// Callbacks for `fit`: callables that take StepEnd, TrainEnd or both.

namespace pushforward {

/// Keeps the loss of every step, dropped ones included (NaN or infinite there).
template <Real Scalar>
struct History {
  std::vector<Scalar> loss;

  void operator()(const StepEnd<Scalar>& event) { loss.push_back(event.loss); }
};

/// Ends the run when the loss has not fallen below (1 - tolerance) times its best for `patience`
/// steps. Losses of random batches are noisy: give it patience.
struct EarlyStop {
  Index patience = 100;
  double tolerance = 0;
  double best = (std::numeric_limits<double>::max)();
  Index waited = 0;

  template <Real Scalar>
  Signal operator()(const StepEnd<Scalar>& event) {
    const auto loss = static_cast<double>(event.loss);
    if (!event.dropped && loss < best - tolerance * std::abs(best)) {
      best = loss;
      waited = 0;
      return Signal::proceed;
    }
    return ++waited >= patience ? Signal::stop : Signal::proceed;
  }
};

/// Ends the run when the host program asks for it, from whatever thread.
struct StopWhen {
  std::stop_token token;

  template <Real Scalar>
  Signal operator()(const StepEnd<Scalar>&) const {
    return token.stop_requested() ? Signal::stop : Signal::proceed;
  }
};

/// One line of progress with loss and time left, rewritten ten times a second; on a terminal only.
class Progress {
 public:
  explicit Progress(std::FILE* stream = stderr) : stream_(stream), active_(is_terminal(stream)) {}

  template <Real Scalar>
  void operator()(const StepEnd<Scalar>& event) {
    if (!active_ || (event.seconds < next_ && event.step + 1 < event.steps)) return;
    next_ = event.seconds + 0.1;
    const auto done = static_cast<double>(event.step + 1);
    const double left = event.seconds / done * (static_cast<double>(event.steps) - done);
    std::fprintf(stream_, "\rstep %lld of %lld  loss %.3e  %.0f s left ",
                 static_cast<long long>(event.step + 1), static_cast<long long>(event.steps),
                 static_cast<double>(event.loss), left);
    std::fflush(stream_);
  }

  template <Real Scalar>
  void operator()(const TrainEnd<Scalar>&) const {
    if (active_) std::fputs("\r\x1b[K", stream_);
  }

 private:
  static bool is_terminal(std::FILE* stream) {
#if defined(_WIN32)
    return _isatty(_fileno(stream)) != 0;
#else
    return isatty(fileno(stream)) != 0;
#endif
  }

  std::FILE* stream_;
  bool active_;
  double next_ = 0;
};

}  // namespace pushforward
