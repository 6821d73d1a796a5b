#pragma once

#include "pushforward/flows/detail/runge_kutta.hpp"
#include "pushforward/flows/divergence.hpp"
#include "pushforward/flows/time_grid.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The flow of a velocity field over a time grid, as a map of R^d: x(t_0) -> x(t_N) along
/// dx/dt = u(x, t), by a method (integrators.hpp). \code
///   pf::OdeFlow flow(net, pf::TimeGrid<double>::uniform(0, 1, 20), pf::Heun{});
/// \endcode
/// Invertible: the inverse integrates back over the same grid, and undoes apply to within the error
/// of the method. So does log |det dT/dx| = int div u(x(t), t) dt hold, which is integrated beside
/// x by the same steps: it is that of the flow, not of the discretisation. An adaptive method
/// controls the error of x alone.
///
/// A row that does not come through, since the field or the state became NaN or infinite, or an
/// adaptive method ran out of steps, is NaN in all coordinates, and in log |det|; the report of
/// apply says which, and why. Other rows are as they are without it.
///
/// Cost: N s evaluations of the field for s stages, s - 1 less on an open grid; with log |det| that
/// many divergences.
template <Map U, Integrator Method = RungeKutta4, class Div = ExactDivergence>
class OdeFlow {
 public:
  using Scalar = typename U::Scalar;
  static constexpr std::string_view kName = "OdeFlow";
  static constexpr bool kAdaptive = AdaptiveIntegrator<Method>;
  static constexpr bool kHasLogDet = Divergence<Div, U>;

  struct Scratch {
    ScratchOf<U> field;
    typename Div::template Room<U> divergence;
    detail::Stages<Scalar, Method::tableau.stages> stages;
    Block<Scalar> state;  ///< [x log_det]
    Block<Scalar> input;  ///< [x t]
    FlowReport report;
  };

  /// Throws std::invalid_argument unless the field takes one number more than it gives, and as
  /// check of the method and of the divergence do.
  OdeFlow(U field, TimeGrid<Scalar> grid, Method method = {}, Div divergence = {})
      : field_(std::move(field)), grid_(std::move(grid)), method_(std::move(method)),
        divergence_(std::move(divergence)) {
    check_field("OdeFlow", field_);
    if constexpr (kAdaptive) method_.check("OdeFlow");
    divergence_.check("OdeFlow");
  }

  [[nodiscard]] auto description() const {
    return describe("field", field_, "grid", grid_, "method", method_, "divergence", divergence_);
  }
  [[nodiscard]] const U& field() const { return field_; }
  [[nodiscard]] const TimeGrid<Scalar>& grid() const { return grid_; }
  [[nodiscard]] const Method& method() const { return method_; }
  [[nodiscard]] const Div& divergence() const { return divergence_; }
  [[nodiscard]] Index input_dimension() const { return dimension_of(field_); }
  [[nodiscard]] Index output_dimension() const { return dimension_of(field_); }
  /// Evaluations of the field that apply costs; of an adaptive method the report says so.
  [[nodiscard]] Index passes() const requires(!kAdaptive) {
    constexpr auto stages = static_cast<Index>(Method::tableau.stages);
    return stages * grid_.steps() - (grid_.open() ? stages - 1 : 0);
  }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    integrate<false>(true, x, y, scratch);
  }
  /// The same, with how each row came through.
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, FlowReport& report,
             Scratch& scratch) const {
    integrate<false>(true, x, y, scratch);
    report = scratch.report;
  }
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det,
             Scratch& scratch) const requires kHasLogDet {
    divergence_.prepare(field_, scratch.divergence);
    integrate<true>(true, x, y, scratch);
    log_det = scratch.state.col(input_dimension());
  }
  void inverse(ConstBlockRef<Scalar> y, BlockRef<Scalar> x, Scratch& scratch) const {
    integrate<false>(false, y, x, scratch);
  }
  /// The same, with how each row came through.
  void inverse(ConstBlockRef<Scalar> y, BlockRef<Scalar> x, FlowReport& report,
               Scratch& scratch) const {
    integrate<false>(false, y, x, scratch);
    report = scratch.report;
  }

 private:
  template <bool log_det>
  void integrate(bool onward, ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    const Index d = input_dimension();
    Block<Scalar>& state = scratch.state;
    FlowReport& report = scratch.report;
    set_size(state, kBlockSize, d + 1);
    set_size(scratch.input, kBlockSize, d + 1);
    scratch.stages.resize(d + 1);
    scratch.stages.columns = log_det ? d + 1 : d;
    state.leftCols(d) = x;
    state.col(d).setZero();
    report = {};

    const auto rate = [&](const Block<Scalar>& at, const Lane<Scalar>& t, Block<Scalar>& k) {
      scratch.input.leftCols(d) = at.leftCols(d);
      scratch.input.col(d) = t;
      if constexpr (log_det) {
        Lane<Scalar> divergence;
        divergence_.apply(field_, scratch.input, k.leftCols(d), divergence, scratch.field,
                          scratch.divergence);
        k.col(d) = divergence;
      } else {
        pushforward::apply(field_, scratch.input, k.leftCols(d), scratch.field);
      }
      ++report.evaluations;
    };

    const Vector<Scalar>& t = grid_.times();
    const Index steps = grid_.steps(), last = grid_.open() ? steps - 1 : steps;
    const auto open_step = [&](Index from, Index to) {
      rate(state, lane(t[last]), scratch.stages.k[0]);
      detail::add_stages(state, lane(t[to] - t[from]), Euler::tableau.b.data(), 1, scratch.stages,
                         state);
    };
    if (!onward && grid_.open()) open_step(steps, last);
    if constexpr (kAdaptive) {
      const Index from = onward ? 0 : last, next = onward ? 1 : last - 1;
      detail::adapt(method_, d, state, t[from], t[last - from], std::abs(t[next] - t[from]), rate,
                    scratch.stages, report);
    } else {
      for (Index n = 0; n < last; ++n)
        detail::step<Method>(state, lane(t[onward ? n : last - n]),
                             lane(t[onward ? n + 1 : last - n - 1]), rate, scratch.stages);
    }
    if (onward && grid_.open()) open_step(last, steps);

    for (Index i = 0; i < kBlockSize; ++i) {
      FlowStatus& status = report.status[static_cast<std::size_t>(i)];
      if (status == FlowStatus::finished && !all_finite(state.row(i).head(d)))
        status = FlowStatus::not_finite;
      if (status != FlowStatus::finished)
        state.row(i).setConstant(std::numeric_limits<Scalar>::quiet_NaN());
    }
    y = state.leftCols(d);
  }

  static Lane<Scalar> lane(Scalar t) { return Lane<Scalar>::Constant(t); }

  U field_;
  TimeGrid<Scalar> grid_;
  Method method_;
  Div divergence_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
