#pragma once

#include "pushforward/discrepancies/discrepancy.hpp"
#include "pushforward/discrepancies/estimator.hpp"
#include "pushforward/discrepancies/target_means.hpp"
#include "pushforward/discrepancies/weights.hpp"
#include "pushforward/test_functions/gradients.hpp"

#include <cmath>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The mean discrepancy D2^2(mu, mu1; tau) = E_(f ~ tau) |E_mu f - E_mu1 f|^2 over a finite family
/// (Cabannes & Arnal, arXiv 2311.13845), of a sample y_1 .. y_n of mu against a target mu1 it knows
/// by the expectations t_k = E_mu1 f_k.
///
/// With the batch in p parts (Plugin: p = 1, SplitHalves: p = 2), part q of n_q samples:
///
///   r_(q,k) = mean over part q of f_k(y_i) - t_k,        D = sum_k tau_k r_(1,k) r_(p,k),
///   dD/dy_i = 2 / (p n_q) sum_k tau_k r_(q',k) grad f_k(y_i),
///
/// for y_i in part q, where q' is the other part (the same if p = 1). Two passes over the blocks:
/// sums, then pullback. Cost O(K n) each.
///
/// Random functions can be redrawn every few steps and the target's means be those of fresh
/// samples: see TargetMeans. tau is that of the functions of the step.
///
/// \tparam Family     TestFunctions, K real functions on R^d; with `redraw(key)` to be redrawn
/// \tparam Target     a Measure on R^d, or Expectations
/// \tparam TauPolicy  UniformWeights, InverseSquareWeights, ImportanceWeights, GivenWeights, or
/// your
///                    own
/// \tparam Parts      Plugin or SplitHalves
template <class Family, class Target, class TauPolicy = UniformWeights, class Parts = Plugin>
class MeanDiscrepancy {
  using Means = TargetMeans<Family, Target>;
  static_assert(explain_test_functions<Family>());
  static_assert(
      Weights<TauPolicy, Family>,
      "weights: add public `void operator()(const Family& f, VectorRef<Scalar> tau) const`; "
      "InverseSquareWeights take a family with `Index order(Index k) const`, ImportanceWeights one "
      "whose kernel has `double importance(w) const`");
  static_assert(Estimator<Parts>,
                "an estimator: add public `static constexpr Index parts`, which is 1 or 2");

 public:
  using Scalar = typename Family::Scalar;
  static_assert(std::same_as<Scalar, typename Target::Scalar>,
                "MeanDiscrepancy: test functions and target must have the same Scalar");

  /// The target by its law. Throws what TargetMeans throws, and std::domain_error if a weight is
  /// not finite and at least 0.
  MeanDiscrepancy(Family family, Target target, TauPolicy tau = {}, MeanOptions options = {},
                  Parts = {})
      : means_("MeanDiscrepancy", std::move(family), std::move(target), options),
        weights_(std::move(tau)), tau_(this->family().size()) {
    weights_(this->family(), tau_);
    for (Index k = 0; k < tau_.size(); ++k)
      check_domain(is_finite(tau_[k]) && tau_[k] >= 0, "MeanDiscrepancy",
                   "weights[" + to_text(k) + "]", tau_[k], "finite and at least 0");
  }

  /// With other options, and uniform weights.
  MeanDiscrepancy(Family family, Target target, MeanOptions options)
      : MeanDiscrepancy(std::move(family), std::move(target), TauPolicy{}, options) {}

  static constexpr std::string_view kName = "MeanDiscrepancy";
  [[nodiscard]] auto description() const {
    return describe("family", family(), "target", means_.target(), "weights", weights_, "options",
                    options(), "estimator", Parts{});
  }
  [[nodiscard]] const Family& family() const { return means_.family(); }
  /// t, K, and tau, K, of the family as it was given.
  [[nodiscard]] const Vector<Scalar>& target() const { return means_.t(); }
  [[nodiscard]] const Vector<Scalar>& weights() const { return tau_; }
  [[nodiscard]] const MeanOptions& options() const { return means_.options(); }
  [[nodiscard]] Index dimension() const { return family().dimension(); }

  /// The functions of a step and the sums over a batch, kept from call to call. One serves one
  /// discrepancy.
  struct Workspace : Means::Workspace {
    Vector<Scalar> tau;       ///< of its functions, K
    Matrix<Scalar> residual;  ///< r, K x p
    Vector<Scalar> units;     ///< see gradients()
    TreeSum<Scalar> sums;
  };

  /// D of a batch y of dimension d. Throws std::invalid_argument if y has another dimension or
  /// fewer samples than the estimator has parts.
  Scalar value(const Batch<Scalar>& y, const Step& step, Workspace& work) const {
    detail::check_batch("MeanDiscrepancy", y, dimension(), parts);
    means_.prepare(step, work, [&](const Family& drawn) {
      set_size(work.tau, drawn.size());
      weights_(drawn, work.tau);
    });
    set_size(work.residual, work.tau.size(), parts);
    for (Index q = 0; q < parts; ++q) {
      const Index begin = part_begin(q, y), end = part_begin(q + 1, y);
      const Scalar weight = 1 / static_cast<Scalar>(end - begin);
      weighted_means(
          *work.family, y, begin / kBlockSize, (end + kBlockSize - 1) / kBlockSize,
          [&](Index b) { return y.weight(b, begin, end, weight); }, step.team, work.sums,
          work.residual.col(q));
      work.residual.col(q) -= work.t;
    }
    Scalar d = 0;
    for (Index k = 0; k < work.tau.size(); ++k)
      d += work.tau[k] * work.residual(k, 0) * work.residual(k, parts - 1);
    return d;
  }

  /// D of y, and dD/dy in dy, which has the size of y. Throws as value does.
  Scalar value_and_gradient(const Batch<Scalar>& y, const Step& step, Batch<Scalar>& dy,
                            Workspace& work) const {
    const Scalar d = value(y, step, work);
    for (Index c = 0; c < work.residual.cols(); ++c)
      for (Index k = 0; k < work.residual.rows(); ++k) work.residual(k, c) *= work.tau[k];
    for_each_block(step.team, y.blocks(), [&](Index, Index b) {
      dy.block(b).setZero();
      for (Index q = 0; q < parts; ++q) {
        const Index begin = part_begin(q, y), end = part_begin(q + 1, y);
        if (end <= b * kBlockSize || (b + 1) * kBlockSize <= begin) continue;
        const Scalar weight = 2 / static_cast<Scalar>(parts * (end - begin));
        work.family->add_pullback(y.block(b), y.weight(b, begin, end, weight),
                                  work.residual.col(parts - 1 - q), dy.block(b));
      }
    });
    return d;
  }

  /// D is a sum of squares when p = 1: D = sum_k rho_k^2, rho_k = sqrt(tau_k) r_k.
  [[nodiscard]] Index residual_count() const requires(Parts::parts == 1) { return family().size(); }

  /// Sets rho, K. Throws as value does.
  void residuals(const Batch<Scalar>& y, const Step& step, VectorRef<Scalar> rho,
                 Workspace& work) const requires(Parts::parts == 1) {
    value(y, step, work);
    if (work.units.size() == 0) work.units = unit_vectors<Scalar>(family().size());
    for (Index k = 0; k < rho.size(); ++k) rho[k] = std::sqrt(work.tau[k]) * work.residual(k, 0);
  }

  /// Calls visit(k, dy) with dy = d rho_k / dy in block b: sqrt(tau_k) / n grad f_k(y_i), for the
  /// functions of the last residuals().
  template <class Visit>
  void residual_gradients(const Batch<Scalar>& y, Index b, BlockRef<Scalar> dy,
                          const Workspace& work, Visit&& visit) const requires(Parts::parts == 1) {
    const Scalar weight = 1 / static_cast<Scalar>(y.count());
    gradients(*work.family, y.block(b), y.weight(b, 0, y.count(), weight), work.units, dy,
              [&](Index k, BlockRef<Scalar> gradient) {
                gradient *= std::sqrt(work.tau[k]);
                visit(k, gradient);
              });
  }

 private:
  static constexpr Index parts = Parts::parts;

  static Index part_begin(Index q, const Batch<Scalar>& y) { return q * y.count() / parts; }

  Means means_;
  TauPolicy weights_;
  Vector<Scalar> tau_;
};

template <class Family, class Target>
MeanDiscrepancy(Family, Target, MeanOptions) -> MeanDiscrepancy<Family, Target>;

}  // namespace pushforward::inline PUSHFORWARD_ISA
