#pragma once

#include "pushforward/core/detail/standard.hpp"
#include "pushforward/discrepancies/discrepancy.hpp"
#include "pushforward/discrepancies/target_sample.hpp"
#include "pushforward/transport/entropic.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The entropy of a Sinkhorn divergence, and what it is held against.
struct SinkhornOptions {
  double epsilon = 0.05;            ///< positive
  bool relative = true;             ///< epsilon is in units of (E|Y - Y'|^2)^(p/2) of the target
  SinkhornIterations iterations{};  ///< of one value
  TargetOptions target{};           ///< its samples: fresh ones, or all data

  static constexpr std::string_view kName = "SinkhornOptions";
  [[nodiscard]] auto description() const {
    return describe("epsilon", epsilon, "relative", relative, "iterations", iterations, "target",
                    target);
  }
};

/// The Sinkhorn divergence of a sample y_1 .. y_n from a target, debiased (Feydy et al., AISTATS
/// 2019): with OT(a, b) = min over plans of <pi, c> + epsilon KL(pi | a b),
///
///   S = OT(y, t) - (OT(y, y) + OT(t, t)) / 2.
///
/// With converged potentials it is at least 0, and 0 only where the laws are equal; until then it
/// may be below. It becomes the cost of optimal transport as epsilon falls to 0, and half of MMD^2
/// with kernel -c as it grows. The gradient is that of the converged S (envelope theorem):
/// dS/dy_i = 1/n (mean of grad c(y_i, .) over row i of the plan to t - the same over the plan to y
/// itself). Potentials start anew at every call, so that S is a function of the samples alone; the
/// number of iterations is bounded, and how far they came is in Workspace::status. A small epsilon
/// needs many: some 10 / epsilon, relative.
///
/// Where a cost is beyond 10^35 epsilon in float (10^304), or a number of y is infinite, S is
/// infinite, where one is NaN it is NaN, and the gradient is 0. Cost O((n m + n^2 + m^2) d) an
/// iteration; m^2 once for a target that is a list of samples; memory O((n + m) d).
///
/// \tparam Target  a Measure on R^d
/// \tparam Cost    a TransportCost: SquaredDistance, Distance or your own, homogeneous of degree p
template <class Target, class Cost = SquaredDistance>
class SinkhornDivergence {
  static_assert(explain_measure<Target>() && explain_transport_cost<Cost>());

 public:
  using Scalar = typename Target::Scalar;

  /// Throws std::invalid_argument as TargetSample does, and unless iterations are at least 1;
  /// std::domain_error unless epsilon is positive and finite, annealing positive and at most 0.95,
  /// and the tolerance at least 0, or if the target's spread is infinite.
  SinkhornDivergence(Target target, Cost cost, SinkhornOptions options = {})
      : sample_("SinkhornDivergence", std::move(target), options.target), cost_(std::move(cost)),
        options_(options) {
    check_positive("SinkhornDivergence", "epsilon", options.epsilon);
    options.iterations.check("SinkhornDivergence");
    Team alone;
    typename TargetSample<Target>::Workspace work;
    const Batch<Scalar>& y = sample_.samples({0, alone}, work);
    units_ = detail::Standard(y, [&](Index b) { return sample_.weight(b, y); });
    check_domain(is_finite(units_.length), "SinkhornDivergence", "spread of the target",
                 units_.length, "finite");
    const double root = Cost::degree == 2   ? std::sqrt(options.epsilon)
                        : Cost::degree == 1 ? options.epsilon
                                            : exp(log(options.epsilon) / Cost::degree);
    units_.length = options.relative ? units_.length * root : root;
    check_positive("SinkhornDivergence", "epsilon times the spread of the target", units_.length);
  }

  /// With other options, and the squared distance.
  explicit SinkhornDivergence(Target target, SinkhornOptions options = {})
      : SinkhornDivergence(std::move(target), Cost{}, options) {}

  static constexpr std::string_view kName = "SinkhornDivergence";
  [[nodiscard]] auto description() const {
    return describe("target", target(), "cost", cost_, "options", options_);
  }
  [[nodiscard]] const Target& target() const { return sample_.target(); }
  [[nodiscard]] const Cost& cost() const { return cost_; }
  [[nodiscard]] const SinkhornOptions& options() const { return options_; }
  [[nodiscard]] Index dimension() const { return sample_.dimension(); }
  /// Epsilon in units of the cost; of a target that is drawn from, by its samples at step 0.
  [[nodiscard]] double epsilon() const { return power(units_.length, Cost::degree); }

  /// Both samples and the three pairs of potentials, kept from call to call.
  struct Workspace {
    SinkhornStatus status;  ///< of the last call: the worst of the three
    Index step = -1;        ///< what `target` is for
    typename TargetSample<Target>::Workspace sample;
    detail::WeightedSamples<Scalar> y, t;  ///< in units where epsilon is 1
    detail::EntropicPotentials<Scalar> across, within, target;
    SinkhornStatus of_target;
    std::vector<Block<Scalar>> room;  ///< one for each worker
  };

  /// S of y. Throws std::invalid_argument if y has another dimension, or is empty.
  Scalar value(const Batch<Scalar>& y, const Step& step, Workspace& work) const {
    check_size("SinkhornDivergence", "dimension of the batch", y.dimension(), dimension());
    check_count("SinkhornDivergence", "number of samples", y.count());
    set_target(step, work);
    work.status = {};
    const Scalar weight = 1 / static_cast<Scalar>(y.count());
    const auto equal = [&](Index b) { return y.weight(b, 0, y.count(), weight); };
    work.y.set(y, equal, units_, step.team);
    const Scalar size = mean_square(work.y);
    if (!is_finite(size)) return size;
    const auto& iterations = options_.iterations;
    const auto across = work.across.solve(cost_, work.y, work.t, iterations, step.team);
    const auto within = work.within.solve(cost_, work.y, iterations, step.team);
    work.status = {across.converged && within.converged && work.of_target.converged,
                   (std::max)({across.iterations, within.iterations, work.of_target.iterations}),
                   (std::max)({across.residual, within.residual, work.of_target.residual})};
    if (!is_finite(work.status.residual)) return detail::kInfinity<Scalar>;
    const Scalar s = work.y.mean(work.across.f() - work.within.f()) +
                     work.t.mean(work.across.g() - work.target.f());
    return static_cast<Scalar>(static_cast<double>(s) * epsilon());
  }

  /// S of y, and dS/dy in dy, which has the size of y. Throws as value does.
  Scalar value_and_gradient(const Batch<Scalar>& y, const Step& step, Batch<Scalar>& dy,
                            Workspace& work) const {
    const Scalar s = value(y, step, work);
    const double scale = power(units_.length, Cost::degree - 1);
    const Scalar weight = 1 / static_cast<Scalar>(y.count());
    work.room.resize(static_cast<std::size_t>(step.team.threads()));
    for (Block<Scalar>& room : work.room) set_size(room, kBlockSize, dimension());
    for_each_block(step.team, y.blocks(), [&](Index worker, Index b) {
      if (!is_finite(s)) return dy.block(b).setZero(), void();
      Block<Scalar>& of_itself = work.room[static_cast<std::size_t>(worker)];
      work.across.mean_gradient(cost_, work.y.x.block(b), work.t, dy.block(b));
      work.within.mean_gradient(cost_, work.y.x.block(b), work.y, of_itself);
      dy.block(b) = (dy.block(b) - of_itself).colwise() * y.weight(b, 0, y.count(), weight);
      dy.block(b) = (scale * dy.block(b).template cast<double>()).template cast<Scalar>();
    });
    return s;
  }

 private:
  void set_target(const Step& step, Workspace& work) const {
    const Index of = options_.target.batch == 0 ? 0 : step.index;
    if (work.step == of) return;
    work.step = -1;  // if something is thrown, the next call begins anew
    const Batch<Scalar>& t = sample_.samples(step, work.sample);
    const auto weight_of = [&](Index b) { return sample_.weight(b, t); };
    work.t.set(t, weight_of, units_, step.team);
    work.of_target = work.target.solve(cost_, work.t, options_.iterations, step.team);
    work.step = of;
  }

  /// The mean of |y_i|^2: infinite or NaN if a number is.
  static Scalar mean_square(const detail::WeightedSamples<Scalar>& y) {
    Scalar sum = 0;
    for (Index b = 0; b < y.x.blocks(); ++b)
      for (Index k = 0; k < y.x.dimension(); ++k)
        sum += weighted_sum<Scalar>(y.weight.col(b), y.x.block(b).col(k).square());
    return sum;
  }

  TargetSample<Target> sample_;
  Cost cost_;
  SinkhornOptions options_;
  detail::Standard units_;
};

template <class Target>
SinkhornDivergence(Target, SinkhornOptions) -> SinkhornDivergence<Target>;

}  // namespace pushforward::inline PUSHFORWARD_ISA
