#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/flows/velocity.hpp"

#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The velocity that goes in one step of Euler's method where another goes in two (progressive
/// distillation, Salimans & Ho 2022): with x' = x + h u(x, t),
///
///   (u(x, t) + u(x', t + h)) / 2,   h the step, or half of what is left where that is less.
///
/// A pupil of it, `RegressionObjective(Graph(TwoSteps(teacher, h), points))`, needs half of the
/// steps, and can be the teacher of the next, with 2 h.
///
/// \tparam Velocity  a map from (x, t), d + 1 inputs, to d
template <class Velocity>
class TwoSteps {
  static_assert(explain_map<Velocity>());

 public:
  using Scalar = typename Velocity::Scalar;
  static constexpr std::string_view kName = "TwoSteps";

  struct Scratch {
    Block<Scalar> later, second;
    ScratchOf<Velocity> velocity;
  };

  /// Throws std::invalid_argument unless the velocity leads from R^(d+1) to R^d,
  /// std::domain_error unless step is in (0, 1/2].
  TwoSteps(Velocity velocity, Scalar step) : velocity_(std::move(velocity)), step_(step) {
    check_field("TwoSteps", velocity_);
    check_domain(step > 0 && step <= Scalar(0.5), "TwoSteps", "step", step,
                 "positive and at most 0.5");
  }

  [[nodiscard]] auto description() const { return describe("velocity", velocity_, "step", step_); }
  [[nodiscard]] const Velocity& velocity() const { return velocity_; }
  [[nodiscard]] Scalar step() const { return step_; }
  [[nodiscard]] Index input_dimension() const { return velocity_.input_dimension(); }
  [[nodiscard]] Index output_dimension() const { return velocity_.output_dimension(); }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> u, Scratch& scratch) const {
    const Index d = output_dimension();
    set_size(scratch.later, kBlockSize, d + 1);
    set_size(scratch.second, kBlockSize, d);
    pushforward::apply(velocity_, x, u, scratch.velocity);
    const Lane<Scalar> h = ((1 - x.col(d)) / 2).min(step_);
    for (Index j = 0; j < d; ++j) scratch.later.col(j) = x.col(j) + h * u.col(j);
    scratch.later.col(d) = x.col(d) + h;
    pushforward::apply(velocity_, scratch.later, scratch.second, scratch.velocity);
    u = (u + scratch.second) / 2;
  }

 private:
  Velocity velocity_;
  Scalar step_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
