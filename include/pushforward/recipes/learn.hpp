#pragma once

#include "pushforward/core/hold_out.hpp"
#include "pushforward/io/checkpoint.hpp"
#include "pushforward/maps/compose.hpp"
#include "pushforward/maps/identity_network.hpp"
#include "pushforward/maps/image.hpp"
#include "pushforward/maps/standardize.hpp"
#include "pushforward/measures/draw.hpp"
#include "pushforward/measures/fit_mixture.hpp"
#include "pushforward/metrics/energy_distance.hpp"
#include "pushforward/objectives/regression.hpp"
#include "pushforward/optimizers/adam.hpp"
#include "pushforward/recipes/detail/learn_sizes.hpp"
#include "pushforward/recipes/detail/other_scalar.hpp"
#include "pushforward/sampling/sampler.hpp"
#include "pushforward/training/callbacks.hpp"
#include "pushforward/training/fit.hpp"
#include "pushforward/transport/iterative_transfer.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How `learn` goes about it.
struct LearnOptions {
  double seconds = 10;  ///< from data to map, about
  /// Of training, if positive: instead of as many as there is time for. What is learned then
  /// repeats to the bit; `seconds` says how large the mixture and the pairs are.
  Index steps = 0;
  int threads = 1;        ///< which change no bit of a given number of steps
  double held_out = 0.2;  ///< share of the rows, in [0, 1), that judge and are not learned from
  Key key{};              ///< of everything random

  /// Throws std::domain_error unless seconds is positive and finite and held_out in [0, 1),
  /// std::invalid_argument unless steps is at least 0.
  void check() const {
    check_positive("learn", "seconds", seconds);
    check_argument(steps >= 0, "learn", "steps", steps, "at least 0");
    check_domain(held_out >= 0 && held_out < 1, "learn", "held_out", held_out,
                 "at least 0 and less than 1");
  }
};

/// What learn gives: T(z) = shift + unit (z + m(z)), of z from a mixture of Gaussians.
template <Real S>
using LearnedSampler =
    Sampler<Compose<Residual<Mlp<S, Relu>>, Standardize<S>>, Mixture<Gaussian<S>>>;

/// A sampler, and how near it comes.
template <Real S>
struct Learned {
  LearnedSampler<S> sampler;  ///< in the units of the data
  FitResult<float> fit;       ///< of the training
  Index training_rows, held_out_rows;
  double seconds;  ///< from data to map, without the time that judging takes
  struct Distances {
    double model;     ///< of 4096 samples of the map
    double mixture;   ///< of as many of the mixture that it starts from
    double training;  ///< of the training rows, 4096 at most: what a map that repeats them has
  };
  /// To the rows held out, 4096 at most, in units of each column's deviation; 0 where no row is
  /// held out. The map may well be nearer than the few rows of a small table.
  Distances energy_distance;
};

namespace detail {

/// What learn computes in: float, whatever S is. It is a template so that a program that learns
/// nothing does not compile networks and mixtures of floats.
template <Real S>
struct WorkingScalar {
  using type = float;
};

}  // namespace detail

/// What learn does, for those who want to see its steps, or stop and resume them. \code
///   pf::Learning learning(data, {.steps = 50000, .key = pf::Key{1}});
///   if (std::filesystem::exists("run")) learning.resume("run");
///   const auto learned = learning.fit(pf::Progress{}, learning.checkpoint("run", 1000));
/// \endcode
template <Real S>
class Learning {
 public:
  using Working = typename detail::WorkingScalar<S>::type;
  using Map = Residual<Mlp<Working, Relu>>;
  using Objective = RegressionObjective<Empirical<Working>, AbsoluteError>;

  /// Fits the mixture and makes the pairs. Throws as learn does.
  explicit Learning(const Empirical<S>& data, const LearnOptions& options = {})
      : options_((options.check(), options)), rows_(split(data, options)),
        units_(Standardize<S>::of(rows_.training)),
        sizes_(data.dimension(), rows_.training.cols(), options.seconds), source_(fitted()),
        map_(identity_network<Working, Relu>(layers(data.dimension()), options.key.part(kWeights))),
        objective_(pairs(), {}, {.batch = 256, .key = options.key.part(kBatches)}),
        run_(map_, objective_, Adam{.rate = 2e-3}, fit_options()) {}

  template <class Derived>
  explicit Learning(const AnyMatrix<Derived>& data, const LearnOptions& options = {})
      : Learning(Empirical<S>(data), options) {}

  Learning(const Learning&) = delete;
  Learning& operator=(const Learning&) = delete;

  [[nodiscard]] const HeldOut<S>& rows() const { return rows_; }

  /// A callback that writes the state of the training to a file after every `every` steps and at
  /// the end. Throws std::invalid_argument unless every >= 1.
  [[nodiscard]] auto checkpoint(std::filesystem::path path, Index every) const {
    return Checkpoint(run_, std::move(path), every, average_);
  }
  /// Goes on from such a file, to the bit if it was made with the same data and options, `.steps`
  /// among them. Throws as pushforward::resume does.
  void resume(const std::filesystem::path& path) { pushforward::resume(run_, path, average_); }

  /// Trains to the end, or until a callback stops it, and judges.
  template <class... Callbacks>
  [[nodiscard]] Learned<S> fit(Callbacks&&... callbacks) {
    const FitResult<Working> result = pushforward::fit(run_, average_, callbacks...);
    const double seconds = since_beginning();
    LearnedSampler<S> sampler(Compose(detail::in_scalar<S>(map_), units_.inverse_map()),
                              detail::in_scalar<S>(source_), options_.key);
    const Matrix<S> model = image(units_, sampler.sample(kJudged)),
                    start = draw(sampler.source(), kJudged, sampler.key()),
                    training = rows_.training.leftCols((std::min)(rows_.training.cols(), kJudged));
    return {std::move(sampler),
            result,
            rows_.training.cols(),
            rows_.held_out.cols(),
            seconds,
            {to_held_out(model), to_held_out(start), to_held_out(image(units_, training))}};
  }

 private:
  using Clock = std::chrono::steady_clock;
  enum Part : std::uint32_t { kSplit, kMixture, kPoints, kAxes, kWeights, kBatches };
  static constexpr Index kJudged = 4096;

  /// Three hidden layers.
  static std::vector<Index> layers(Index d) {
    const Index width = d <= 2 ? 64 : 128;
    return {d, width, width, width, d};
  }

  static HeldOut<S> split(const Empirical<S>& data, const LearnOptions& options) {
    check_size("learn", "size of weights", data.weights().size(), 0);
    HeldOut<S> rows = hold_out(data.data().matrix(), options.held_out, options.key.part(kSplit));
    check_count("learn", "number of training rows", rows.training.cols());
    return rows;
  }

  /// The first rows of the training, in working units.
  [[nodiscard]] Matrix<Working> working(Index most) const {
    const Index n = (std::min)(rows_.training.cols(), most);
    return image(units_, rows_.training.leftCols(n)).template cast<Working>();
  }

  [[nodiscard]] Mixture<Gaussian<Working>> fitted() const {
    Team team(options_.threads);
    return fit_mixture(Empirical<Working>(working(sizes_.fitted), {}),
                       {.at_most = sizes_.components,
                        .restarts = 2,
                        .steps = 50,
                        .tolerance = 1e-4,
                        .key = options_.key.part(kMixture)},
                       team)
        .mixture;
  }

  [[nodiscard]] Empirical<Working> pairs() const {
    Team team(options_.threads);
    return iterative_transfer(draw(source_, sizes_.points, options_.key.part(kPoints)),
                              working(sizes_.points),
                              {.turns = sizes_.turns, .key = options_.key.part(kAxes)}, team)
        .pairs();
  }

  [[nodiscard]] FitOptions fit_options() const {
    FitOptions options{
        .steps = options_.steps, .threads = options_.threads, .schedule = WarmUp{200, Cosine{}}};
    if (options_.steps == 0)
      options.seconds = (std::max)(options_.seconds - since_beginning(), options_.seconds / 10);
    return options;
  }

  [[nodiscard]] double to_held_out(const Matrix<S>& x) const {
    Team team(options_.threads);
    const Index n = (std::min)(rows_.held_out.cols(), kJudged);
    return n == 0 ? 0 : energy_distance(x, image(units_, rows_.held_out.leftCols(n)), {}, team);
  }

  [[nodiscard]] double since_beginning() const {
    return std::chrono::duration<double>(Clock::now() - began_).count();
  }

  Clock::time_point began_ = Clock::now();
  LearnOptions options_;
  HeldOut<S> rows_;
  Standardize<S> units_;
  detail::LearnSizes sizes_;
  Mixture<Gaussian<Working>> source_;
  Map map_;
  Objective objective_;
  Run<Map, Objective, Adam> run_;
  Average average_;
};

template <class Derived>
explicit Learning(const AnyMatrix<Derived>&, const LearnOptions& = {})
    -> Learning<typename Derived::Scalar>;

/// From a table to a sampler: the way from data that needs no choice.
///
/// Rows are put into units of each column's deviation, and a fifth is held out. A mixture of
/// Gaussians, as many as describe the others best (BIC), is the source: it already stands where the
/// data stand. Points of it are moved until they have the law of the rows (iterative_transfer), and
/// a network z + m(z), which starts as the identity, learns where they went, by L1: it keeps edges
/// sharp and has nothing to learn where the mixture is right. No step of it asks for widths, rates
/// or patience. Computed in float; the sampler has the scalar of the data. The mixture is fitted to
/// 8192 of the rows at most, and as many of them as `seconds` allow, 2^17 at most, are targets of
/// the transfer: from a larger table they are drawn by the key.
///
/// `data`, d x n, one sample a column, or an Empirical of it without weights. Callbacks as for fit.
/// Throws std::invalid_argument if it is empty, leaves no row to train with, has weights, or looks
/// like the wrong way round, which Empirical(data, {}) says that it is not; std::domain_error
/// naming row and column if an entry is not finite, and as LearnOptions::check() and Team do.
/// Memory: some copies of the data, and 2^17 pairs. \code
///   const auto learned = pf::learn(pf::read_csv<double>("penguins.csv").data, {.seconds = 5});
///   pf::save("penguins.map", learned.sampler);
/// \endcode
template <Real S, class... Callbacks>
[[nodiscard]] Learned<S> learn(const Empirical<S>& data, const LearnOptions& options = {},
                               Callbacks&&... callbacks) {
  Learning<S> learning(data, options);
  return learning.fit(callbacks...);
}

template <class Derived, class... Callbacks>
[[nodiscard]] Learned<typename Derived::Scalar>
learn(const AnyMatrix<Derived>& data, const LearnOptions& options = {}, Callbacks&&... callbacks) {
  return learn(Empirical<typename Derived::Scalar>(data), options, callbacks...);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
