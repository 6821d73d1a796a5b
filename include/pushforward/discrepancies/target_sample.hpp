#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/random.hpp"
#include "pushforward/core/step.hpp"
#include "pushforward/measures/draw.hpp"

#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Which samples of its target a discrepancy holds a step against.
struct TargetOptions {
  Index batch = 0;       ///< m fresh samples of the target a step; 0: all of its data, every step
  Key key{.stream = 3};  ///< what fresh samples are a function of, with the step

  static constexpr std::string_view kName = "TargetOptions";
  [[nodiscard]] auto description() const { return describe("batch", batch, "key", key); }
};

/// The m samples of a target that a step is held against, with weights that sum to one: all the
/// data of a FiniteMeasure, or samples i m .. i m + m - 1 of any measure at step i. What
/// discrepancies between two samples share.
template <Measure Target>
class TargetSample {
 public:
  using Scalar = typename Target::Scalar;

  /// The fresh samples of a step.
  struct Workspace {
    Index step = -1;  ///< what `fresh` is for
    DrawRoom<Target> fresh;
  };

  /// `function` is what an error names. Throws std::invalid_argument if the batch is negative, or
  /// 0 for a target that is no list of samples, unless it needs none, `known` in closed form.
  TargetSample(std::string_view function, Target target, TargetOptions options, bool known = false)
      : target_(std::move(target)), options_(options) {
    check_argument(options.batch >= 0, function, "target batch", options.batch, "at least 0");
    check_argument(options.batch > 0 || FiniteMeasure<Target> || known, function, "target batch",
                   options.batch, "at least 1 for a target that is not a list of samples");
  }

  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] const TargetOptions& options() const { return options_; }
  [[nodiscard]] Index dimension() const { return target_.dimension(); }
  /// m
  [[nodiscard]] Index count() const {
    if constexpr (FiniteMeasure<Target>)
      if (options_.batch == 0) return target_.data().count();
    return options_.batch;
  }

  /// The samples of a step, d x m: drawn at its first call, kept in `work` until the next step.
  const Batch<Scalar>& samples(const Step& step, Workspace& work) const {
    if constexpr (FiniteMeasure<Target>)
      if (options_.batch == 0) return target_.data();
    if (work.step == step.index) return work.fresh.samples;
    work.step = -1;  // if something is thrown, the next call begins anew
    const auto first =
        static_cast<std::uint64_t>(step.index) * static_cast<std::uint64_t>(options_.batch);
    draw(target_, options_.batch, options_.key, first, step.team, work.fresh);
    work.step = step.index;
    return work.fresh.samples;
  }

  /// The weights of block b of samples(), all of which sum to one; 0 on its padding.
  [[nodiscard]] Lane<Scalar> weight(Index b, const Batch<Scalar>& samples) const {
    if constexpr (FiniteMeasure<Target>)
      if (options_.batch == 0) return target_.weight(b);
    return samples.weight(b, 0, samples.count(), Scalar(1) / static_cast<Scalar>(samples.count()));
  }

 private:
  Target target_;
  TargetOptions options_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
