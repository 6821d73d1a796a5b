#pragma once

#include "pushforward/training/events.hpp"

#include <csignal>

/// \file
/// Ctrl-C as a callback of training.

namespace support {

/// The first Ctrl-C (SIGINT) ends the training after the step it is at, so that the program can
/// write what was learned; a second one ends the program.
class Interrupt {
 public:
  Interrupt() { static_cast<void>(std::signal(SIGINT, ask)); }

  [[nodiscard]] static bool asked() { return asked_ != 0; }

  template <pushforward::Real Scalar>
  pushforward::Signal operator()(const pushforward::StepEnd<Scalar>&) const {
    return asked() ? pushforward::Signal::stop : pushforward::Signal::proceed;
  }

 private:
  static void ask(int) {
    asked_ = 1;
    static_cast<void>(std::signal(SIGINT, SIG_DFL));
  }

  static inline volatile std::sig_atomic_t asked_ = 0;
};

}  // namespace support
