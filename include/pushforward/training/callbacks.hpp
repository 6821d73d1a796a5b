#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/training/events.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <stop_token>
#include <utility>
#include <vector>

#if defined(_WIN32)
#include <io.h>
#else
#include <sys/ioctl.h>
#include <unistd.h>
#endif

/// \file
/// Callbacks for `fit`: callables that take TrainBegin, StepEnd or TrainEnd. Each may serve one run
/// after another: it forgets at TrainBegin, unless the run is resumed.

namespace pushforward::inline PUSHFORWARD_ISA {

/// Keeps the loss of every step of a run, dropped ones included.
template <Real Scalar>
struct History {
  std::vector<Scalar> loss;

  static constexpr std::string_view kName = "History";
  [[nodiscard]] auto description() const { return describe("loss", loss); }

  void operator()(const TrainBegin& event) {
    if (!event.resumed) loss.clear();
  }
  void operator()(const StepEnd<Scalar>& event) { loss.push_back(event.loss); }
};

/// Ends the run when the loss has not fallen below (1 - tolerance) times its best for `patience`
/// steps. Losses of random batches are noisy: give it patience.
struct EarlyStop {
  Index patience = 100;
  double tolerance = 0;
  double best = (std::numeric_limits<double>::max)();
  Index waited = 0;

  static constexpr std::string_view kName = "EarlyStop";
  [[nodiscard]] auto description() const {
    return describe("patience", patience, "tolerance", tolerance, "best", best, "waited", waited);
  }

  void operator()(const TrainBegin& event) {
    if (event.resumed) return;
    best = (std::numeric_limits<double>::max)();
    waited = 0;
  }

  template <Real Scalar>
  Signal operator()(const StepEnd<Scalar>& event) {
    if (event.dropped) return Signal::proceed;
    const auto loss = static_cast<double>(event.loss);
    if (loss < best - tolerance * std::abs(best)) {
      best = loss;
      waited = 0;
      return Signal::proceed;
    }
    return ++waited >= patience ? Signal::stop : Signal::proceed;
  }
};

/// Ends with a weight average in the place of the last state (Polyak & Juditsky 1992):
///   mean <- d mean + (1 - d) theta after step t = 0, 1, ...,   d = min(decay, t / (t + 9)),
/// so that it forgets the start. Steps that were dropped do not count.
struct Average {
  double decay = 0.999;   ///< in [0, 1)
  Vector<double> mean{};  ///< P
  Index count = 0;        ///< steps it is of

  static constexpr std::string_view kName = "Average";
  [[nodiscard]] auto description() const {
    return describe("decay", decay, "mean", mean, "count", count);
  }

  /// Throws std::invalid_argument unless 0 <= decay < 1.
  void operator()(const TrainBegin& event) {
    check_argument(decay >= 0 && decay < 1, "Average", "decay", decay, "in [0, 1)");
    if (!event.resumed) count = 0;
  }
  template <Real Scalar>
  void operator()(const StepEnd<Scalar>& event) {
    if (event.dropped) return;
    const double t = static_cast<double>(count++), d = (std::min)(decay, t / (t + 9));
    if (count == 1) {
      mean = event.theta.template cast<double>();
    } else {
      check_size("Average", "size of mean", mean.size(), event.theta.size());
      mean += (1 - d) * (event.theta.template cast<double>() - mean);
    }
  }
  template <Real Scalar>
  void operator()(const TrainEnd<Scalar>& event) const {
    if (count > 0) event.theta = mean.template cast<Scalar>();
  }
};

/// Ends with the best state by a score, such as a distance from data held out: score() is asked
/// after every `every` steps and at the end, when the map holds the state; the least one wins. An
/// Average that stands before it is a state too. A Checkpoint does not save it: a run that is
/// resumed has forgotten the best before.
/// \code
///   pf::KeepBest keep([&] { return pf::energy_distance(pf::image(map, nodes), held_out); });
/// \endcode
template <class Score>
struct KeepBest {
  static_assert(std::is_invocable_r_v<double, Score&>,
                "KeepBest: score() must be callable and give a number");

  Score score;
  Index every = 100;  ///< at least 1
  double best = (std::numeric_limits<double>::max)();
  Vector<double> theta;  ///< of it, P
  Index step = -1;       ///< after how many steps it was found

  explicit KeepBest(Score measured, Index interval = 100)
      : score(std::move(measured)), every(interval) {
    check_count("KeepBest", "every", interval);
  }

  void operator()(const TrainBegin& event) {
    if (event.resumed) return;
    best = (std::numeric_limits<double>::max)();
    step = -1;
  }
  template <Real Scalar>
  void operator()(const StepEnd<Scalar>& event) {
    if ((event.step + 1) % every == 0 && !event.dropped) keep(event.theta, event.step + 1);
  }
  template <Real Scalar>
  void operator()(const TrainEnd<Scalar>& event) {
    keep(event.theta, event.steps);
    if (step >= 0) event.theta = theta.template cast<Scalar>();
  }

 private:
  template <Real Scalar>
  void keep(const Vector<Scalar>& now, Index at) {
    const auto value = static_cast<double>(score());
    if (!(value < best)) return;
    best = value;
    theta = now.template cast<double>();
    step = at;
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

/// One line of progress with loss and time left, rewritten ten times a second; on a terminal only,
/// and cut to its width.
class Progress {
 public:
  explicit Progress(std::FILE* stream = stderr) : stream_(stream), active_(is_terminal(stream)) {}

  void operator()(const TrainBegin& event) {
    next_ = 0;
    first_ = event.step;
  }

  template <Real Scalar>
  void operator()(const StepEnd<Scalar>& event) {
    if (!active_ || (event.seconds < next_ && event.step + 1 < event.steps)) return;
    next_ = event.seconds + 0.1;
    const auto done = static_cast<double>(event.step + 1 - first_);
    const double left = event.seconds / done * static_cast<double>(event.steps - event.step - 1);
    char line[160];
    const int size =
        std::snprintf(line, sizeof line, "step %lld of %lld  loss %.3e  %.0f s left",
                      static_cast<long long>(event.step + 1), static_cast<long long>(event.steps),
                      static_cast<double>(event.loss), left);
    std::fprintf(stream_, "\r%.*s\x1b[K", (std::min)(size, columns() - 1), line);
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

  /// Of the terminal, which may have changed; 80 if it does not say.
  [[nodiscard]] int columns() const {
#if defined(TIOCGWINSZ)
    winsize size{};
    if (ioctl(fileno(stream_), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
#endif
    return 80;
  }

  std::FILE* stream_;
  bool active_;
  double next_ = 0;
  Index first_ = 0;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
