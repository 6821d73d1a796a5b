#pragma once

#include "pushforward/flows/detail/path_lanes.hpp"
#include "pushforward/measures/measure.hpp"
#include "pushforward/measures/uniform.hpp"

#include <limits>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Rows (x_t, t | y): what a field at x_t is trained on by regression. Given (x0, x1) of a coupling
/// and an independent t,
///   x_t = a(t) x0 + b(t) x1,   y = c0(t) x0 + c1(t) x1,
/// where the path gives a and b and the prediction c0 and c1. The minimiser of E|u(x_t, t) - y|^2
/// is E[y | x_t]: for the velocity, a field whose flow has the law of x_t at each t (Lipman et al.
/// 2023). \code
///   const pf::PathPairs pairs(pf::Product(pf::Gaussian<float>(2), data));
///   const auto result = pf::fit(net, pf::RegressionObjective(pairs), pf::Adam{}, {.steps = 4000});
/// \endcode
/// Where VariancePreserving predicts the velocity, a law of t that ends before 1 keeps the variance
/// of y finite: Uniform(0, .999).
///
/// \tparam Coupling  a Measure on R^(2 d): x0, then x1. Product(source, target) is the independent
///                   one; MinibatchCoupling, or the pairs() of a transport, make paths straighter
/// \tparam P         a Path
/// \tparam What      a Prediction: PredictVelocity, PredictData, PredictNoise, PredictScore
/// \tparam Times     a Measure on R^1: the law of t
template <class Coupling, class P = LinearPath, class What = PredictVelocity,
          class Times = Uniform<typename Coupling::Scalar>>
class PathPairs {
  static_assert(explain_measure<Coupling>() && explain_measure<Times>() && explain_path<P>());
  static_assert(Prediction<What>, "a prediction: add public `template <Real Scalar> "
                                  "Combination<Scalar> of(const PathPoint<Scalar>& at) const`");
  static_assert(std::same_as<typename Coupling::Scalar, typename Times::Scalar>,
                "PathPairs: coupling and law of t must have the same Scalar");

 public:
  using Scalar = typename Coupling::Scalar;
  static constexpr std::string_view kName = "PathPairs";

  struct Scratch {
    Block<Scalar> ends;  ///< [x0 x1]
    ScratchOf<Coupling> coupling;
    ScratchOf<Times> times;
  };

  /// Throws std::invalid_argument unless the coupling has 2 d coordinates and the law of t one;
  /// std::domain_error if that has a quantile function which is not within [0, kLast] of the path,
  /// and what the path's `check<Scalar>()` throws.
  explicit PathPairs(Coupling coupling, P path = {}, What prediction = {},
                     Times times = Times(0, 1))
      : coupling_(std::move(coupling)), path_(std::move(path)), prediction_(std::move(prediction)),
        times_(std::move(times)) {
    check_argument(coupling_.dimension() % 2 == 0, "PathPairs", "dimension of the coupling",
                   coupling_.dimension(), "2 d: x0, then x1");
    check_size("PathPairs", "dimension of the law of t", times_.dimension(), 1);
    check_settings<Scalar>(path_);
    if constexpr (HasQuantile<Times>) check_times();
  }

  [[nodiscard]] auto description() const {
    return describe("coupling", coupling_, "path", path_, "prediction", prediction_, "times",
                    times_);
  }
  [[nodiscard]] const Coupling& coupling() const { return coupling_; }
  /// 2 d + 1.
  [[nodiscard]] Index dimension() const { return coupling_.dimension() + 1; }

  /// Streams key.part(0) of the coupling and key.part(1) of t.
  void sample(Key key, std::uint64_t first, BlockRef<Scalar> pairs, Scratch& scratch) const {
    const Index d = coupling_.dimension() / 2;
    set_size(scratch.ends, kBlockSize, 2 * d);
    pushforward::sample(coupling_, key.part(0), first, scratch.ends, scratch.coupling);
    pushforward::sample(times_, key.part(1), first, pairs.middleCols(d, 1), scratch.times);
    const detail::PathLanes<Scalar> at(path_, prediction_, pairs.col(d));
    for (Index j = 0; j < d; ++j) {
      const auto x0 = scratch.ends.col(j), x1 = scratch.ends.col(d + j);
      pairs.col(j) = at.a * x0 + at.b * x1;
      pairs.col(d + 1 + j) = at.c0 * x0 + at.c1 * x1;
    }
  }

 private:
  void check_times() const {
    constexpr Scalar least = std::numeric_limits<Scalar>::epsilon() / 2;
    Block<Scalar> t(kBlockSize, 1);
    t.col(0).setConstant(least);
    t(1, 0) = 1 - least;
    times_.quantile(t, t);
    for (Index i = 0; i < 2; ++i)
      check_domain(is_finite(t(i, 0)) && t(i, 0) >= 0 && t(i, 0) <= static_cast<Scalar>(P::kLast),
                   "PathPairs", i == 0 ? "least t" : "largest t", t(i, 0),
                   "finite and between 0 and " + to_text(P::kLast));
  }

  Coupling coupling_;
  P path_;
  What prediction_;
  Times times_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
