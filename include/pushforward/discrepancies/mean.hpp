#pragma once

#include "pushforward/core/expectation.hpp"
#include "pushforward/discrepancies/weights.hpp"

#include <cmath>
#include <utility>

namespace pushforward {

/// D2^2 of the whole batch: biased upward by sum_k tau_k Var f_k / n.
struct Plugin {
  static constexpr Index parts = 1;
};

/// The product of two half-batch means: unbiased, and so is its gradient; it may be negative.
/// The halves are samples 0 .. n/2 - 1 and n/2 .. n - 1.
struct SplitHalves {
  static constexpr Index parts = 2;
};

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
/// \tparam Family     TestFunctions, K real functions on R^d
/// \tparam TauPolicy  UniformWeights, InverseSquareWeights, GivenWeights, or your own
/// \tparam Estimator  Plugin or SplitHalves
template <class Family, class TauPolicy = UniformWeights, class Estimator = Plugin>
class MeanDiscrepancy {
  static_assert(explain_test_functions<Family>());
  static_assert(Weights<TauPolicy, Family>,
                "weights: add `Vector<Scalar> operator()(const Family& f) const`");

 public:
  using Scalar = typename Family::Scalar;

  /// Room for the sums of a step, kept from call to call.
  struct Workspace {
    Matrix<Scalar> partials;  ///< K x runs
    Matrix<Scalar> residual;  ///< r, K x p
  };

  /// The target by its law: t = expectation(family, target), in closed form where there is one.
  template <Measure Target>
  MeanDiscrepancy(Family family, const Target& target, TauPolicy tau = {})
      : family_(std::move(family)), target_(expectation(family_, target)), tau_(tau(family_)) {}

  /// The target by its expectations t, K numbers.
  /// Throws std::invalid_argument on another size or if K = 0, std::domain_error if one is not
  /// finite.
  MeanDiscrepancy(Family family, Vector<Scalar> target, TauPolicy tau = {})
      : family_(std::move(family)), target_(std::move(target)), tau_(tau(family_)) {
    check_count("MeanDiscrepancy", "number of test functions", static_cast<Index>(family_.size()));
    check_size("MeanDiscrepancy", "size of target", target_.size(), family_.size());
    check_finite("MeanDiscrepancy", "target", target_);
  }

  [[nodiscard]] const Family& family() const { return family_; }
  [[nodiscard]] const Vector<Scalar>& target() const { return target_; }
  [[nodiscard]] const Vector<Scalar>& weights() const { return tau_; }
  [[nodiscard]] Index dimension() const { return family_.dimension(); }

  /// Takes new random functions, and their expectations under the target; for families with
  /// `redraw(key)`.
  template <Measure Target>
  void redraw(Key key, const Target& target) requires requires(Family& f) {
    f.redraw(key);
  }
  {
    check_size("MeanDiscrepancy::redraw", "dimension of target", target.dimension(), dimension());
    Family family = family_;
    family.redraw(key);
    target_ = expectation(family, target);
    family_ = std::move(family);
  }

  /// D of a batch y of dimension d. Throws std::invalid_argument if y has another dimension or
  /// fewer samples than the estimator has parts.
  [[nodiscard]] Scalar value(const Batch<Scalar>& y) const {
    Workspace work;
    Pool alone;
    return value(y, work, alone);
  }

  Scalar value(const Batch<Scalar>& y, Workspace& work, Pool& pool) const {
    check_size("MeanDiscrepancy::value", "dimension of the batch", y.dimension(), dimension());
    check_argument(y.count() >= parts, "MeanDiscrepancy::value", "number of samples", y.count(),
                   "at least " + to_text(parts));
    set_size(work.residual, family_.size(), parts);
    for (Index q = 0; q < parts; ++q) {
      const Index begin = part_begin(q, y), end = part_begin(q + 1, y);
      const Scalar weight = 1 / static_cast<Scalar>(end - begin);
      weighted_means(
          family_, y, begin / kBlockSize, (end + kBlockSize - 1) / kBlockSize,
          [&](Index b) { return y.weight(b, begin, end, weight); }, work.partials,
          work.residual.col(q), pool);
      work.residual.col(q) -= target_;
    }
    return (tau_.array() * work.residual.col(0).array() * work.residual.col(parts - 1).array())
        .sum();
  }

  /// D of y, and dD/dy in dy, which takes the size of y. Throws as value does.
  Scalar value_and_gradient(const Batch<Scalar>& y, Batch<Scalar>& dy, Workspace& work,
                            Pool& pool) const {
    const Scalar d = value(y, work, pool);
    dy.resize(y.dimension(), y.count());
    work.residual.array().colwise() *= tau_.array();
    for_each_block(pool, y.blocks(), [&](Index, Index b) {
      dy.block(b).setZero();
      for (Index q = 0; q < parts; ++q) {
        const Index begin = part_begin(q, y), end = part_begin(q + 1, y);
        if (end <= b * kBlockSize || (b + 1) * kBlockSize <= begin) continue;
        const Scalar weight = 2 / static_cast<Scalar>(parts * (end - begin));
        family_.add_pullback(y.block(b), y.weight(b, begin, end, weight),
                             work.residual.col(parts - 1 - q), dy.block(b));
      }
    });
    return d;
  }

  /// D is a sum of squares when p = 1: D = sum_k rho_k^2, rho_k = sqrt(tau_k) r_k.
  [[nodiscard]] Index residual_count() const { return family_.size(); }

  /// Sets rho, K. Throws as value does.
  void residuals(const Batch<Scalar>& y, VectorRef<Scalar> rho, Workspace& work, Pool& pool) const
      requires(Estimator::parts == 1) {
    value(y, work, pool);
    rho = work.residual.col(0).array() * tau_.array().sqrt();
  }

  /// Sets dy to d rho_k / dy in block b: sqrt(tau_k) / n grad f_k(y_i).
  void residual_gradient(Index k, const Batch<Scalar>& y, Index b, BlockRef<Scalar> dy,
                         VectorRef<Scalar> unit) const requires(Estimator::parts == 1) {
    unit.setZero();
    unit[k] = std::sqrt(tau_[k]);
    dy.setZero();
    const Scalar weight = 1 / static_cast<Scalar>(y.count());
    family_.add_pullback(y.block(b), y.weight(b, 0, y.count(), weight), unit, dy);
  }

 private:
  static constexpr Index parts = Estimator::parts;

  static Index part_begin(Index q, const Batch<Scalar>& y) { return q * y.count() / parts; }

  Family family_;
  Vector<Scalar> target_;
  Vector<Scalar> tau_;
};

}  // namespace pushforward
