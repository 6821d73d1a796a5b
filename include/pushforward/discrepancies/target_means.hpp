#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/core/step.hpp"
#include "pushforward/discrepancies/target_sample.hpp"
#include "pushforward/measures/measure.hpp"
#include "pushforward/test_functions/expectation.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// A target known by the expectations t_k = E_mu1 f_k alone, K numbers. \code
///   pf::MeanDiscrepancy(family, pf::Expectations<double>{means})
/// \endcode
template <Real S>
struct Expectations {
  using Scalar = S;
  Vector<Scalar> t;

  static constexpr std::string_view kName = "Expectations";
  [[nodiscard]] auto description() const { return describe("t", t); }
};

/// What a discrepancy over a family of test functions draws anew.
struct MeanOptions {
  Index redraw_every = 0;  ///< steps between new random functions; 0: never
  Key key{.stream = 3};    ///< what new functions are a function of, with the step
  TargetOptions target{};  ///< which samples the means are of; batch 0: closed form, or all data

  static constexpr std::string_view kName = "MeanOptions";
  [[nodiscard]] auto description() const {
    return describe("redraw_every", redraw_every, "key", key, "target", target);
  }
};

/// The test functions of a step and their means under a target, t_k = E_mu1 f_k: what discrepancies
/// over a family share. Random functions can be redrawn every few steps, so that a map cannot learn
/// the functions instead of the law; with a target batch of m samples the means are those of
/// samples i m .. i m + m - 1 of the target at step i.
///
/// \tparam Family  TestFunctions, K real functions on R^d; with `redraw(key)` to be redrawn
/// \tparam Target  a Measure on R^d, or Expectations
template <class Family, class Target>
class TargetMeans {
  static_assert(explain_test_functions<Family>());

 public:
  using Scalar = typename Family::Scalar;

  /// What a step has, kept from call to call. One serves one discrepancy.
  struct Workspace {
    Index epoch = -1, step = -1;   ///< what `family` and `t` are for
    std::optional<Family> family;  ///< drawn for the epoch
    Vector<Scalar> t;              ///< of it, K
    ExpectationRoom<Target> expectation;
  };

  /// `function` is what an error names. Throws std::invalid_argument if the dimensions differ,
  /// there is no function, an option is negative, or the family cannot be redrawn but is to be;
  /// std::domain_error if an expectation is not finite.
  TargetMeans(std::string_view function, Family family, Target target, MeanOptions options)
      : family_(std::move(family)), target_(std::move(target)), options_(options) {
    const Index size = family_.size();
    check_count(function, "number of test functions", size);
    check_argument(options.redraw_every >= 0, function, "redraw_every", options.redraw_every,
                   "at least 0");
    check_argument(options.target.batch >= 0, function, "target batch", options.target.batch,
                   "at least 0");
    check_argument(options.redraw_every == 0 || (kRedraws && kDrawn), function, "redraw_every",
                   options.redraw_every,
                   "0 for a family without redraw(key), or a target without a law");
    check_argument(options.target.batch == 0 || kDrawn, function, "target batch",
                   options.target.batch, "0 for a target without a law");
    t_.resize(size);
    if constexpr (kDrawn) {
      check_size(function, "dimension of target", target_.dimension(), family_.dimension());
      Team alone;
      Workspace work;
      expect(family_, Step{0, alone}, work, t_);
    } else {
      check_size(function, "size of target", target_.t.size(), size);
      t_ = target_.t;
    }
    check_finite(function, "target", t_);
  }

  [[nodiscard]] const Family& family() const { return family_; }
  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] const MeanOptions& options() const { return options_; }
  /// t, K, of the family as it was given.
  [[nodiscard]] const Vector<Scalar>& t() const { return t_; }

  /// Sets the functions of the step's epoch and their means under the target; calls renewed(family)
  /// if the functions are not those of the last call.
  template <class Renewed>
  void prepare(const Step& step, Workspace& work, Renewed renewed) const {
    const Index every = options_.redraw_every, epoch = every > 0 ? step.index / every : 0;
    const bool fresh = work.epoch != epoch;
    bool moved = kDrawn && options_.target.batch > 0 && (fresh || work.step != step.index);
    if (!fresh && !moved) return;
    work.epoch = work.step = -1;  // if something is thrown, the next call begins anew
    if (fresh && (epoch == 0 || !work.family)) {
      work.family.emplace(family_);
      work.t = t_;
    }
    if constexpr (kRedraws && kDrawn)
      if (fresh && epoch > 0) {
        work.family->redraw(options_.key.part(static_cast<std::uint32_t>(epoch)));
        moved = true;
      }
    if (fresh) renewed(*work.family);
    if constexpr (kDrawn)
      if (moved) expect(*work.family, step, work, work.t);
    work.epoch = epoch;
    work.step = step.index;
  }

 private:
  static constexpr bool kDrawn = Measure<Target>;
  static constexpr bool kRedraws = requires(Family & f, Key key) { f.redraw(key); };

  void expect(const Family& family, const Step& step, Workspace& work,
              VectorRef<Scalar> mean) const requires kDrawn {
    const Index m = options_.target.batch;
    const auto first = static_cast<std::uint64_t>(step.index) * static_cast<std::uint64_t>(m);
    const SampleMean sampling{m, options_.target.key, first};
    if (m > 0)
      sample_mean(family, target_, sampling, step.team, work.expectation, mean);
    else
      pushforward::expectation(family, target_, {}, step.team, work.expectation, mean);
  }

  Family family_;
  Target target_;
  MeanOptions options_;
  Vector<Scalar> t_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
