#pragma once

#include "pushforward/core/random.hpp"
#include "pushforward/flows/time_grid.hpp"
#include "pushforward/flows/velocity.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

/// \file
/// Steps of a diffusion back from the noise level q to r < q, as policies of SdeSampler. D(x, q) is
/// the denoiser E(x_0 | x_0 + q z = x), and grad log p_q(x) = (D(x, q) - x) / q^2 (Tweedie); x_q
/// solves dx = -2 q grad log p_q(x) dq + sqrt(2 q) dW backward in q (Song et al. 2021;
/// Karras et al. 2022, eq. 6).

namespace pushforward::inline PUSHFORWARD_ISA {

/// Sixty-four samples on their way: what a step changes.
template <Map D>
class DiffusionState {
 public:
  using Scalar = typename D::Scalar;
  struct Scratch {
    ScratchOf<D> denoiser;
    Block<Scalar> input;  ///< [x q]
    Block<Scalar> denoised, noise, before, slope;
  };

  /// x = q_0 z for sample first + i of the key, q_0 the first of the levels.
  DiffusionState(const D& denoiser, const TimeGrid<Scalar>& levels, Key key, std::uint64_t first,
                 Scratch& scratch)
      : denoiser_(denoiser), steps_(levels.steps()), key_(key), first_(first), scratch_(scratch) {
    const Index d = dimension_of(denoiser);
    set_size(scratch.input, kBlockSize, d + 1);
    for (Block<Scalar>* block :
         {&scratch.denoised, &scratch.noise, &scratch.before, &scratch.slope})
      set_size(*block, kBlockSize, d);
    normals<Scalar>(key, first, x());
    x() *= levels.times()[0];
  }

  /// N
  [[nodiscard]] Index steps() const { return steps_; }
  /// 64 x d
  [[nodiscard]] auto x() { return scratch_.input.leftCols(scratch_.denoised.cols()); }
  /// Room of the size of x.
  [[nodiscard]] Block<Scalar>& before() { return scratch_.before; }
  [[nodiscard]] Block<Scalar>& slope() { return scratch_.slope; }

  /// D(x, q)
  [[nodiscard]] const Block<Scalar>& denoised(Scalar q) {
    scratch_.input.col(scratch_.denoised.cols()).setConstant(q);
    apply(denoiser_, scratch_.input, scratch_.denoised, scratch_.denoiser);
    return scratch_.denoised;
  }

  /// The draws that follow are functions of (key, sample, n), and of how many came before in step
  /// n.
  void begin_step(Index n) {
    step_ = key_.part(static_cast<std::uint32_t>(n));
    draws_ = 0;
  }
  /// x += deviation z
  void add_noise(Scalar deviation) {
    normals<Scalar>(step_.part(draws_++), first_, scratch_.noise);
    x() += deviation * scratch_.noise;
  }

 private:
  const D& denoiser_;
  Index steps_;
  Key key_, step_{};
  std::uint64_t first_;
  std::uint32_t draws_ = 0;
  Scratch& scratch_;
};

/// A step of a diffusion of the denoiser D: `m.step(state, q, r)` takes state.x() from the noise
/// level q to r, 0 <= r < q; `m.passes(steps, to_zero)` evaluations of D do all,
/// `m.check(function)` throws on settings that make no sense. EulerMaruyama is one of a few lines.
template <class M, class D>
concept DiffusionMethod = requires(const M& m, DiffusionState<D>& state, typename D::Scalar q,
                                   Index steps, bool to_zero, std::string_view function) {
  { m.step(state, q, q) } -> std::same_as<void>;
  { m.passes(steps, to_zero) } -> std::same_as<Index>;
  { m.check(function) } -> std::same_as<void>;
};

/// The method of Euler and Maruyama in its exponential form: D is held over the step, and the
/// equation, then linear, solved exactly (the ancestral step of Ho et al. 2020):
///
///   x <- D + (r / q)^2 (x - D) + r sqrt(1 - (r / q)^2) z.
///
/// Exact for a point, whatever the steps; weak order 1; the step to r = 0 is x <- D.
struct EulerMaruyama {
  static constexpr std::string_view kName = "EulerMaruyama";
  [[nodiscard]] static Index passes(Index steps, bool) { return steps; }
  static void check(std::string_view) {}

  template <class State, Real Scalar>
  void step(State& state, Scalar q, Scalar r) const {
    const Scalar keep = (r / q) * (r / q);
    const Block<Scalar>& d = state.denoised(q);
    state.x() = d + keep * (state.x() - d);
    if (r > 0) state.add_noise(r * std::sqrt(1 - keep));
  }
};

/// Euler and Maruyama's step as a predictor, then Langevin steps at the level r (Song et al. 2021),
///
///   x <- x + e grad log p_r(x) + sqrt(2 e) z,   e = 2 (ratio r)^2,
///
/// whose length goes with r, not with the norm of the score, so that each row has the same. They
/// leave p_r as it is but for O(ratio^2), and mend what the predictor has left. None at r = 0.
struct PredictorCorrector {
  Index corrections = 1;  ///< Langevin steps at each level, at least 0
  double ratio = 0.16;    ///< of a correction to its noise, in (0, 1)

  static constexpr std::string_view kName = "PredictorCorrector";
  [[nodiscard]] auto description() const {
    return describe("corrections", corrections, "ratio", ratio);
  }
  [[nodiscard]] Index passes(Index steps, bool to_zero) const {
    return steps + corrections * (to_zero ? steps - 1 : steps);
  }
  /// Throws std::invalid_argument unless corrections >= 0, std::domain_error unless 0 < ratio < 1.
  void check(std::string_view function) const {
    check_argument(corrections >= 0, function, "corrections", corrections, "at least 0");
    check_domain(ratio > 0 && ratio < 1, function, "ratio", ratio, "positive and less than 1");
  }

  template <class State, Real Scalar>
  void step(State& state, Scalar q, Scalar r) const {
    EulerMaruyama{}.step(state, q, r);
    const auto part = static_cast<Scalar>(ratio);
    for (Index n = 0; n < corrections && r > 0; ++n) {
      const Block<Scalar>& d = state.denoised(r);
      state.x() += 2 * part * part * (d - state.x());
      state.add_noise(2 * part * r);
    }
  }
};

/// The stochastic sampler of Karras et al. (2022, algorithm 2): noise is added up to the level
/// q' = q (1 + min(churn / N, sqrt(2) - 1)) where lowest <= q <= highest, then Heun's step of
/// dx/dq = (x - D) / q goes from q' to r, Euler's to r = 0. Without churn the flow itself.
struct ChurnedHeun {
  double churn = 40;     ///< at least 0
  double lowest = 0.05;  ///< level at which noise is added, at least 0
  double highest = 50;   ///< at least the lowest
  double noise = 1.003;  ///< deviation of what is added, in units of what should be; positive

  static constexpr std::string_view kName = "ChurnedHeun";
  [[nodiscard]] auto description() const {
    return describe("churn", churn, "lowest", lowest, "highest", highest, "noise", noise);
  }
  [[nodiscard]] static Index passes(Index steps, bool to_zero) {
    return 2 * steps - (to_zero ? 1 : 0);
  }
  /// Throws std::domain_error unless churn and lowest are at least 0, highest at least lowest, and
  /// noise positive, all finite.
  void check(std::string_view function) const {
    check_domain(is_finite(churn) && churn >= 0, function, "churn", churn, "at least 0 and finite");
    check_domain(is_finite(lowest) && lowest >= 0, function, "lowest", lowest,
                 "at least 0 and finite");
    check_domain(is_finite(highest) && highest >= lowest, function, "highest", highest,
                 "finite and at least the lowest");
    check_positive(function, "noise", noise);
  }

  template <class State, Real Scalar>
  void step(State& state, Scalar q, Scalar r) const {
    const bool churned = q >= static_cast<Scalar>(lowest) && q <= static_cast<Scalar>(highest);
    constexpr double most = std::numbers::sqrt2 - 1;
    const double more = churned ? (std::min)(churn / static_cast<double>(state.steps()), most) : 0;
    const Scalar up = q * static_cast<Scalar>(1 + more);
    if (more > 0) state.add_noise(static_cast<Scalar>(noise) * std::sqrt(up * up - q * q));
    state.before() = state.x();
    state.slope() = (state.x() - state.denoised(up)) / up;
    state.x() += (r - up) * state.slope();
    if (!(r > 0)) return;
    state.slope() = (state.slope() + (state.x() - state.denoised(r)) / r) / 2;
    state.x() = state.before() + (r - up) * state.slope();
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
