#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/description.hpp"

#include <array>
#include <string_view>

/// \file
/// Explicit Runge-Kutta methods, as policies: a method is its tableau.

namespace pushforward::inline PUSHFORWARD_ISA {

/// Butcher's tableau of an explicit method with s stages: a step of dx/dt = u(x, t) from t to t + h
/// is
///
///   k_i = u(x + h sum_(j < i) a_ij k_j, t + c_i h),   x <- x + h sum_i b_i k_i.
template <std::size_t s>
struct Tableau {
  static constexpr std::size_t stages = s;
  std::array<std::array<double, s>, s> a;
  std::array<double, s> b;
  std::array<double, s> c;
};

/// x <- x + h u(x, t): order 1, one evaluation a step.
struct Euler {
  static constexpr std::string_view kName = "Euler";
  static constexpr Index order = 1;
  static constexpr Tableau<1> tableau{{{{0}}}, {1}, {0}};
};

/// The mean of the velocities at both ends, that at the far end by Euler's step: order 2, two
/// evaluations.
struct Heun {
  static constexpr std::string_view kName = "Heun";
  static constexpr Index order = 2;
  static constexpr Tableau<2> tableau{{{{0, 0}, {1, 0}}}, {0.5, 0.5}, {0, 1}};
};

/// The classical method of Runge and Kutta: order 4, four evaluations.
struct RungeKutta4 {
  static constexpr std::string_view kName = "RungeKutta4";
  static constexpr Index order = 4;
  static constexpr Tableau<4> tableau{
      {{{0, 0, 0, 0}, {0.5, 0, 0, 0}, {0, 0.5, 0, 0}, {0, 0, 1, 0}}},
      {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6},
      {0, 0.5, 0.5, 1}};
};

/// Steps of its own size (Dormand & Prince, J. Comput. Appl. Math. 6, 1980): order 5, whose
/// difference e from an embedded order 4 is kept at, with x' for x after the step,
///
///   r = sqrt(mean_j (e_j / (absolute + relative max(|x_j|, |x'_j|)))^2) <= 1.
///
/// A step with r > 1 is tried again; the next is 0.9 r^(-1/5) as long, between 1/5 and 5 times. The
/// first trial is the first step of the time grid, whose inner times do not matter else. Six
/// evaluations a trial: the last of an accepted one is the first of the next.
///
/// Each of the 64 rows of a block has steps of its own, so that its bits do not depend on the other
/// rows; the block is evaluated until its last row has arrived.
struct DormandPrince {
  double relative = 1e-5;  ///< at least 0
  double absolute = 1e-5;  ///< positive, in units of x
  Index at_most = 1000;    ///< trials, those to be tried again counted; at least 1

  static constexpr std::string_view kName = "DormandPrince";
  static constexpr Index order = 5;
  static constexpr Tableau<7> tableau{
      {{{0, 0, 0, 0, 0, 0, 0},
        {1.0 / 5, 0, 0, 0, 0, 0, 0},
        {3.0 / 40, 9.0 / 40, 0, 0, 0, 0, 0},
        {44.0 / 45, -56.0 / 15, 32.0 / 9, 0, 0, 0, 0},
        {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729, 0, 0, 0},
        {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656, 0, 0},
        {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0}}},
      {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0},
      {0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1}};
  /// e = h sum_i error_i k_i
  static constexpr std::array<double, 7> error{
      71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40};

  [[nodiscard]] auto description() const {
    return describe("relative", relative, "absolute", absolute, "at_most", at_most);
  }
  /// Throws std::domain_error unless relative >= 0 and absolute > 0 are finite,
  /// std::invalid_argument unless at_most >= 1.
  void check(std::string_view function) const {
    check_domain(is_finite(relative) && relative >= 0, function, "relative", relative,
                 "at least 0 and finite");
    check_positive(function, "absolute", absolute);
    check_argument(at_most >= 1, function, "at_most", at_most, "at least 1");
  }
};

namespace requirement {

template <class T>
concept tableau = requires {
  { T::order } -> std::convertible_to<Index>;
  requires std::same_as<std::remove_cvref_t<decltype(T::tableau)>, Tableau<T::tableau.stages>>;
};

}  // namespace requirement

/// A method to integrate dx/dt = u(x, t) by: its `order` and its `tableau`. \code
///   struct Midpoint {                            // a user's method
///     static constexpr std::string_view kName = "Midpoint";
///     static constexpr pf::Index order = 2;
///     static constexpr pf::Tableau<2> tableau{{{{0, 0}, {0.5, 0}}}, {0, 1}, {0, 0.5}};
///   };
/// \endcode
template <class T>
concept Integrator = requirement::tableau<T>;

/// One that chooses its steps by an `error`: what DormandPrince has. Its last stage is at the end
/// of the step, where it says the step ends: the last row of a is b.
template <class T>
concept AdaptiveIntegrator = Integrator<T> && requires(const T& t, std::string_view function) {
  { T::error[0] } -> std::convertible_to<double>;
  { t.relative } -> std::convertible_to<double>;
  { t.absolute } -> std::convertible_to<double>;
  { t.at_most } -> std::convertible_to<Index>;
  { t.check(function) } -> std::same_as<void>;
};

/// How a row of a block came through.
enum class FlowStatus {
  finished,
  not_finite,    ///< the field, or the state, became NaN or infinite
  out_of_steps,  ///< an adaptive method took as many as it may, or none was small enough
};

/// How a block came through: a status for each row, and what it cost.
struct FlowReport {
  std::array<FlowStatus, kBlockSize> status{};
  Index evaluations = 0;  ///< of the field, on the whole block
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
