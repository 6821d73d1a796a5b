#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/vector_math.hpp"

#include <algorithm>
#include <concepts>
#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The noise levels of a diffusion: from the largest to the smallest, closer together the smaller
/// they are, by rho; the defaults are those of Karras et al. (2022).
struct NoiseLevels {
  double largest = 80;      ///< more than the smallest
  double smallest = 0.002;  ///< positive
  double rho = 7;           ///< positive

  static constexpr std::string_view kName = "NoiseLevels";
  [[nodiscard]] auto description() const {
    return describe("largest", largest, "smallest", smallest, "rho", rho);
  }
};

/// The times t_0, ..., t_N of a flow in N steps, all increasing or all decreasing.
///
/// If the grid is open the field is never evaluated at t_N, where it may be singular: the step to
/// it, or from it on the way back, is one of Euler's, with the field at t_(N-1).
template <Real S>
class TimeGrid {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = "TimeGrid";

  /// `times` = t_0, ..., t_N. Throws std::invalid_argument unless there is a step, an open grid has
  /// two; std::domain_error unless the times are finite and all increase or all decrease.
  explicit TimeGrid(Vector<Scalar> times, bool open = false)
      : times_(std::move(times)), open_(open) {
    check_argument(steps() >= (open_ ? 2 : 1), "TimeGrid", "number of steps",
                   (std::max)(steps(), Index(0)),
                   open_ ? "at least 2, as it is open" : "at least 1");
    check_finite("TimeGrid", "times", times_);
    for (Index n = 0; n < steps(); ++n)
      check_domain(increasing() ? times_[n] < times_[n + 1] : times_[n] > times_[n + 1], "TimeGrid",
                   "time " + to_text(n + 1), times_[n + 1],
                   (increasing() ? "more than " : "less than ") + to_text(times_[n]));
  }

  /// t_n = (1 - n / N) from + (n / N) to. Throws std::invalid_argument unless steps >= 1,
  /// std::domain_error unless the times are finite and differ, std::length_error if there is no
  /// room for as many.
  [[nodiscard]] static TimeGrid uniform(Scalar from, Scalar to, std::integral auto steps) {
    Vector<Scalar> times(count("TimeGrid::uniform", steps) + 1);
    for (Index n = 0; n < times.size(); ++n) {
      const Scalar part = static_cast<Scalar>(n) / static_cast<Scalar>(steps);
      times[n] = (1 - part) * from + part * to;
    }
    return TimeGrid(std::move(times));
  }

  /// An open grid of N steps down to 0 (Karras et al. 2022, eq. 5): t_N = 0, and for n < N
  ///
  ///   t_n = (largest^(1/rho) + n / (N - 1) (smallest^(1/rho) - largest^(1/rho)))^rho.
  ///
  /// Throws std::invalid_argument unless steps >= 2, std::domain_error unless
  /// largest > smallest > 0 and rho > 0 are finite, std::length_error if there is no room for as
  /// many.
  [[nodiscard]] static TimeGrid noise(std::integral auto steps, const NoiseLevels& levels = {}) {
    const char* const function = "TimeGrid::noise";
    const Index last = count(function, steps) - 1;
    check_argument(last >= 1, function, "steps", steps, "at least 2");
    check_positive(function, "rho", levels.rho);
    check_positive(function, "smallest", levels.smallest);
    check_domain(is_finite(levels.largest) && levels.largest > levels.smallest, function, "largest",
                 levels.largest, "finite and more than the smallest");
    const double from = exp(log(levels.largest) / levels.rho),
                 to = exp(log(levels.smallest) / levels.rho);
    Vector<Scalar> times(last + 2);
    for (Index n = 1; n < last; ++n) {
      const double part = static_cast<double>(n) / static_cast<double>(last);
      times[n] = static_cast<Scalar>(exp(levels.rho * log(from + part * (to - from))));
    }
    times[0] = static_cast<Scalar>(levels.largest);
    times[last] = static_cast<Scalar>(levels.smallest);
    times[last + 1] = 0;
    return TimeGrid(std::move(times), true);
  }

  [[nodiscard]] auto description() const { return describe("times", times_, "open", open_); }
  [[nodiscard]] const Vector<Scalar>& times() const { return times_; }
  [[nodiscard]] bool open() const { return open_; }
  [[nodiscard]] Index steps() const { return times_.size() - 1; }
  [[nodiscard]] bool increasing() const { return times_[0] < times_[1]; }

 private:
  template <std::integral I>
  static Index count(std::string_view function, I steps) {
    check_count(function, "steps", steps);
    check_length<Scalar>(function, "times", Index(steps), 2);
    return Index(steps);
  }

  Vector<Scalar> times_;
  bool open_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
