#pragma once

#include "pushforward/core/detail/elementary.hpp"
#include "pushforward/core/detail/reduction.hpp"
#include "pushforward/maps/map.hpp"
#include "pushforward/optimizers/optimizer.hpp"
#include "pushforward/training/events.hpp"
#include "pushforward/training/run_state.hpp"

#include <bit>
#include <chrono>
#include <limits>
#include <type_traits>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

namespace detail {

struct NoWorkspace {};

template <class Opt, class Scalar>
struct SolverWorkspace {
  using type = NoWorkspace;
};
template <class Opt, class Scalar>
requires requires { typename Opt::template Workspace<Scalar>; }
struct SolverWorkspace<Opt, Scalar> {
  using type = typename Opt::template Workspace<Scalar>;
};

/// Steps that may be dropped without progress before a run has diverged.
inline constexpr Index kMostDropped = 5;
/// A loss beyond this times (1 + that of the start) has diverged, and so has a step longer than
/// this times (1 + the largest parameter).
inline constexpr double kDiverged = 1e6;

}  // namespace detail

/// The training of a map, a step at a time: can be stopped, saved and continued.
/// \code
///   pf::Run run(map, objective, pf::Adam{.rate = 1e-2}, {.steps = 2000, .threads = 2});
///   while (run.step()) ...;
///   const pf::FitResult<double> result = run.finish();
/// \endcode
/// The map always holds the state after the last step. It keeps references to map and objective.
///
/// A step is dropped if its loss or the square of its gradient is NaN or infinite (told by the
/// bits), if the loss is beyond 10^6 (1 + |that of the start|), or if it would move a parameter by
/// more than 10^6 (1 + the largest of them). Then parameters and optimizer go back, to the bit, to
/// the last state whose loss was finite, and the rate is halved from there on; after five of them
/// without a new state in between that has a finite loss the run ends as `diverged`.
///
/// With the same map, objective, optimizer and options the result has the same bits for every
/// number of threads. Nothing is allocated after the first three steps.
template <class M, class O, class Opt>
class Run {
  static_assert(explain_trainable_map<M>() && explain_objective<O, M>());
  static_assert(explain_optimizer<Opt, Problem<M, O>>());

 public:
  using Scalar = typename M::Scalar;
  using State = RunState<Scalar, typename Opt::template State<Scalar>>;
  static constexpr bool kSolver = Solver<Opt, Problem<M, O>>;

  /// Throws std::invalid_argument on options out of range or sizes that do not fit. If
  /// options.seconds is positive, steps are measured for a twentieth of it, at least three, and
  /// taken back; what remains fixes the number of steps.
  Run(M& map, const O& objective, Opt optimizer, FitOptions options = {})
      : optimizer_(std::move(optimizer)), options_(std::move(options)), team_(options_.threads),
        problem_((objective.check(map), map), objective, team_) {
    check_argument(options_.steps >= 0, "fit", "steps", options_.steps, "at least 0");
    check_argument(options_.first >= 0, "fit", "first", options_.first, "at least 0");
    check_argument(is_finite(options_.seconds) && options_.seconds >= 0, "fit", "seconds",
                   options_.seconds, "finite and at least 0");
    state_.steps = options_.steps;
    state_.start = std::numeric_limits<Scalar>::quiet_NaN();
    state_.theta = state_.good_theta = problem_.theta;
    state_.optimizer = state_.good_optimizer =
        optimizer_.template start<Scalar>(problem_.theta.size());
    last_ = state_.theta;
    last_optimizer_ = state_.optimizer;
    if (options_.seconds > 0) plan();
  }

  Run(M&, const O&&, Opt, FitOptions = {}) = delete;  // the objective must outlive the run
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// Does a step, or drops it. False, and nothing done, once the run has ended.
  ///
  /// Throws std::domain_error if the schedule's factor is not finite, and what the objective
  /// throws; map and state are then as before the call.
  bool step() {
    if (state_.status != Status::running || state_.step >= state_.steps) return false;
    const double factor = options_.schedule(state_.step, state_.steps);
    if (!is_finite(factor))
      throw std::domain_error(
          error_text("fit", "schedule at step " + to_text(state_.step), to_text(factor), "finite"));
    rate_ = std::ldexp(optimizer_.rate * factor, -static_cast<int>(state_.halvings));
    last_ = state_.theta;
    last_optimizer_ = state_.optimizer;
    try {
      advance();
    } catch (...) {
      state_.theta = last_;
      state_.optimizer = last_optimizer_;
      problem_.map.set_parameters(state_.theta);
      throw;
    }
    problem_.map.set_parameters(state_.theta);
    ++state_.step;
    return true;
  }

  /// Ends the run: `stopped`, if it has not ended.
  void stop() {
    if (state_.status == Status::running) state_.status = Status::stopped;
  }

  /// What happened in the last step.
  [[nodiscard]] StepEnd<Scalar> last() const {
    return {state_.step - 1, state_.steps, loss_,     std::sqrt(squared_norm_),
            rate_,           dropped_,     seconds(), state_.theta};
  }

  [[nodiscard]] TrainBegin begin() const { return {state_.step, state_.steps, resumed_}; }
  [[nodiscard]] Status status() const { return state_.status; }
  [[nodiscard]] const M& map() const { return problem_.map; }
  [[nodiscard]] const O& objective() const { return problem_.objective; }
  [[nodiscard]] const Opt& optimizer() const { return optimizer_; }
  [[nodiscard]] const FitOptions& options() const { return options_; }
  /// Since the run began, or was resumed.
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

  [[nodiscard]] const State& state() const { return state_; }

  /// Goes on from a state of a run with the same map, objective, optimizer and options, to the bit,
  /// with any number of threads; one that was stopped runs again. Throws std::invalid_argument if
  /// it has another number of parameters; nothing is changed then.
  void resume(State state) {
    check_size("Run::resume", "size of theta", state.theta.size(), state_.theta.size());
    check_size("Run::resume", "size of good_theta", state.good_theta.size(), state_.theta.size());
    problem_.map.set_parameters(state.theta);
    state_ = std::move(state);
    if (state_.status == Status::stopped) state_.status = Status::running;
    resumed_ = true;
    began_ = std::chrono::steady_clock::now();
  }

  /// Ends the run: `stopped`, if steps are left. Each choose(TrainEnd) may put another theta in the
  /// place of the last, and then in the map; the loss of what the map will hold is evaluated at the
  /// next step, and if it is not finite the map takes the last state whose loss was. If something
  /// is thrown, the map holds the state after the last step.
  template <class... Choose>
  FitResult<Scalar> finish(Choose... choose) {
    if (state_.status == Status::running)
      state_.status = state_.step < state_.steps ? Status::stopped : Status::finished;
    FitResult<Scalar> result;
    result.status = state_.status;
    result.steps = state_.step - state_.dropped;
    result.dropped = state_.dropped;
    result.planned = state_.steps;
    result.next = options_.first + state_.step;
    result.loss = std::numeric_limits<Scalar>::quiet_NaN();
    result.seconds = seconds();
    last_ = state_.theta;
    try {
      [[maybe_unused]] const TrainEnd<Scalar> end{result.status, result.steps, result.seconds,
                                                  last_};
      ((choose(end), problem_.map.set_parameters(last_)), ...);
      result.loss = loss_at(last_, result.next);
      if (!is_finite(result.loss)) {
        last_ = state_.good_theta;
        if (is_finite(state_.start)) result.loss = loss_at(last_, result.next);
      }
      problem_.map.set_parameters(last_);
    } catch (...) {
      problem_.map.set_parameters(state_.theta);
      throw;
    }
    return result;
  }

 private:
  using Clock = std::chrono::steady_clock;

  void advance() {
    problem_.theta = state_.theta;
    const Index index = options_.first + state_.step;
    Move move = Move::moved;
    if constexpr (kSolver) {
      const Advance<Scalar> done =
          optimizer_.advance(state_.optimizer, problem_, index, rate_, work_);
      loss_ = done.loss;
      move = done.move;
    } else {
      loss_ = problem_.evaluate(index);
    }
    squared_norm_ = detail::dot<Scalar>(problem_.gradient, problem_.gradient);
    dropped_ = !is_finite(loss_) || !is_finite(squared_norm_) || is_beyond(loss_);
    if (!dropped_) {
      if constexpr (!kSolver)
        optimizer_.template step<Scalar>(state_.optimizer, problem_.theta, problem_.gradient,
                                         rate_);
      if (!is_finite(state_.start)) state_.start = loss_;  // from here on nothing throws
      if (!state_.rolled_back) state_.without_progress = 0;
      std::swap(state_.good_theta, last_);
      std::swap(state_.good_optimizer, last_optimizer_);
      dropped_ = is_too_far(problem_.theta, state_.good_theta);
    }
    if (dropped_) {
      state_.theta = state_.good_theta;
      state_.optimizer = state_.good_optimizer;
      state_.rolled_back = true;
      ++state_.halvings;
      ++state_.dropped;
      if (++state_.without_progress == detail::kMostDropped) state_.status = Status::diverged;
    } else {
      state_.theta.swap(problem_.theta);
      state_.rolled_back = false;
      if (move == Move::converged) state_.status = Status::converged;
    }
  }

  [[nodiscard]] bool is_beyond(Scalar loss) const {
    const double start = is_finite(state_.start) ? std::abs(static_cast<double>(state_.start)) : 0;
    return is_finite(state_.start) &&
           std::abs(static_cast<double>(loss)) > detail::kDiverged * (1 + start);
  }

  /// By the bits without sign, which are ordered as magnitudes are, infinity and NaN above all.
  [[nodiscard]] static bool is_too_far(const Vector<Scalar>& theta, const Vector<Scalar>& from) {
    using Bits = detail::Bits<Scalar>;
    const auto magnitude = [](Scalar x) { return Bits(std::bit_cast<Bits>(x) << 1 >> 1); };
    Bits size = 0, step = 0;
    for (Index i = 0; i < theta.size(); ++i) {
      size = (std::max)(size, magnitude(from[i]));
      step = (std::max)(step, magnitude(theta[i] - from[i]));
    }
    const auto longest = std::bit_cast<Scalar>(step);
    return !is_finite(longest) ||
           static_cast<double>(longest) >
               detail::kDiverged * (1 + static_cast<double>(std::bit_cast<Scalar>(size)));
  }

  Scalar loss_at(const Vector<Scalar>& theta, Index index) {
    problem_.theta = theta;
    return problem_.evaluate(index);
  }

  /// Measures steps, and takes them back.
  void plan() {
    const State initial = state_;
    state_.steps = (std::numeric_limits<Index>::max)() / 2;
    const auto began = Clock::now();
    auto warm = began;
    const auto since = [](Clock::time_point start) {
      return std::chrono::duration<double>(Clock::now() - start).count();
    };
    Index measured = 0;
    try {
      for (; measured < 3 || since(began) < options_.seconds / 20; ++measured) {
        if (measured == 1) warm = Clock::now();
        if (!step()) break;
      }
    } catch (...) {
      problem_.map.set_parameters(initial.theta);
      throw;
    }
    const double left = options_.seconds - since(began);
    const double each = since(warm) / static_cast<double>((std::max)(measured - 1, Index(1)));
    resume(initial);
    resumed_ = false;
    constexpr double most = 1e15;
    state_.steps = (std::max)(static_cast<Index>((std::min)(left / each, most)), Index(1));
  }

  Opt optimizer_;
  FitOptions options_;
  Team team_;
  Problem<M, O> problem_;
  typename detail::SolverWorkspace<Opt, Scalar>::type work_;
  State state_;
  Vector<Scalar> last_;  // before the step
  typename Opt::template State<Scalar> last_optimizer_;
  Scalar loss_ = 0, squared_norm_ = 0;
  double rate_ = 0;
  bool dropped_ = false, resumed_ = false;
  Clock::time_point began_ = Clock::now();
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
