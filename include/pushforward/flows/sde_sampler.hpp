#pragma once

#include "pushforward/flows/diffusion_steps.hpp"
#include "pushforward/flows/time_grid.hpp"
#include "pushforward/measures/measure.hpp"

#include <limits>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The law of a diffusion run backward over a grid of noise levels: from x = q_0 z, step by step
/// (diffusion_steps.hpp), with the denoiser D(x, q), a map R^(d+1) -> R^d that takes x, then q.
/// \code
///   pf::SdeSampler images(denoiser, pf::TimeGrid<double>::noise(100), pf::PredictorCorrector{});
/// \endcode
/// A measure, not a map: each step has noise of its own, a function of (key, sample, step). A
/// sample that does not come through, since the denoiser or the state became NaN or infinite, is
/// NaN in all coordinates.
///
/// q_0 is to be so large that N(0, q_0^2 I) is the law of data with that noise: the mean of the
/// data is off by a part of about their deviation over q_0. Cost: passes() of the denoiser a block.
template <Map D, DiffusionMethod<D> Method = EulerMaruyama>
class SdeSampler {
 public:
  using Scalar = typename D::Scalar;
  using Scratch = typename DiffusionState<D>::Scratch;
  static constexpr std::string_view kName = "SdeSampler";

  /// Throws std::invalid_argument unless the denoiser takes one number more than it gives,
  /// std::domain_error unless the levels decrease to 0 or to a positive one, and as the method's
  /// check does.
  SdeSampler(D denoiser, TimeGrid<Scalar> levels, Method method = {})
      : denoiser_(std::move(denoiser)), levels_(std::move(levels)), method_(std::move(method)) {
    check_field("SdeSampler", denoiser_);
    const Scalar last = levels_.times()[levels_.steps()];
    check_domain(!levels_.increasing() && last >= 0, "SdeSampler", "last noise level", last,
                 "at least 0 and less than the first, " + to_text(levels_.times()[0]));
    method_.check("SdeSampler");
  }

  [[nodiscard]] auto description() const {
    return describe("denoiser", denoiser_, "levels", levels_, "method", method_);
  }
  [[nodiscard]] const D& denoiser() const { return denoiser_; }
  [[nodiscard]] const TimeGrid<Scalar>& levels() const { return levels_; }
  [[nodiscard]] const Method& method() const { return method_; }
  [[nodiscard]] Index dimension() const { return dimension_of(denoiser_); }
  /// Evaluations of the denoiser for a sample.
  [[nodiscard]] Index passes() const {
    return method_.passes(levels_.steps(), levels_.times()[levels_.steps()] == 0);
  }

  void sample(Key key, std::uint64_t first, BlockRef<Scalar> y, Scratch& scratch) const {
    const Vector<Scalar>& q = levels_.times();
    DiffusionState<D> state(denoiser_, levels_, key, first, scratch);
    for (Index n = 0; n < levels_.steps(); ++n) {
      state.begin_step(n);
      method_.step(state, q[n], q[n + 1]);
    }
    y = state.x();
    for (Index i = 0; i < kBlockSize; ++i)
      if (!all_finite(y.row(i))) y.row(i).setConstant(std::numeric_limits<Scalar>::quiet_NaN());
  }

 private:
  D denoiser_;
  TimeGrid<Scalar> levels_;
  Method method_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
