#pragma once

#include "pushforward/discrepancies/discrepancy.hpp"
#include "pushforward/discrepancies/kernel_target.hpp"
#include "pushforward/discrepancies/riesz_kernels.hpp"
#include "pushforward/discrepancies/sum_kernels.hpp"
#include "pushforward/measures/draw.hpp"
#include "pushforward/test_functions/kernels.hpp"
#include "pushforward/test_functions/median_distance.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The squared maximum mean discrepancy of a sample x_1 .. x_n from a target law,
///
///   D = MMD^2 = E k(X, X') - 2 E k(X, Y) + E k(Y, Y')
///
/// (Gretton et al., J. Mach. Learn. Res. 13, 2012); with EnergyKernel, the energy distance. With
/// weights w_j of the target's m samples, and u_i and b_ij of the estimator,
///
///   D = sum_i u_i (sum_j b_ij k(x_i, x_j) - 2 sum_j w_j k(x_i, y_j)) + E k(Y, Y'),
///   dD/dx_i = 2 u_i (sum_j b_ij grad k(x_i, x_j) - sum_j w_j grad k(x_i, y_j)):
///
/// | estimator   | u_i       | b_ij                           | D                            |
/// |-------------|-----------|--------------------------------|------------------------------|
/// | Plugin      | 1/n       | 1/n                            | biased upward; at least 0    |
/// | Unbiased    | 1/n       | 1/(n - 1), j other than i      | unbiased; n at least 2       |
/// | SplitHalves | 1/(2 n_q) | 1/n_r for j in the other half  | unbiased, from half the pairs |
///
/// The target is all the data of a FiniteMeasure, which then *are* the law, with weights if they
/// have some; or m fresh samples of any measure at each step; or, where its MeanEmbedding is known,
/// a law in closed form. E k(Y, Y') is computed once where it is a constant, and at each step for
/// fresh samples (of distinct pairs, unless the estimator is Plugin) or while the widths change, in
/// O(m^2 / 2) values; `constant = false` leaves it out.
///
/// Cost O((n^2 / 2 + n m) d) in registers: nothing of the size of a matrix of pairs is ever stored.
/// Where squares of distances are beyond the largest number, D may be infinite or NaN, whereupon a
/// run goes back a step.
///
/// \tparam K       a Kernel, or a sum of some: `0.5 * LogarithmicKernel{} + EnergyKernel{}`
/// \tparam Target  a Measure on R^d
/// \tparam Parts   Unbiased, Plugin or SplitHalves
template <class K, class Target, class Parts = Unbiased>
class KernelDiscrepancy {
  static_assert(explain_kernel<K>() && explain_measure<Target>());
  static_assert(PairEstimator<Parts>,
                "an estimator of pairs: add public `static constexpr Pairs pairs`");
  static constexpr bool kHalves = Parts::pairs == Pairs::across;

 public:
  using Scalar = typename Target::Scalar;
  static constexpr std::string_view kName = "KernelDiscrepancy";
  /// The fewest samples that can be held against the target.
  static constexpr Index fewest = Parts::pairs == Pairs::all ? 1 : 2;

  /// Throws std::invalid_argument if an option is negative; if a batch is 1 for an unbiased
  /// estimate, or 0 where the target is neither a list of samples nor its mean embedding known; if
  /// `anneal` is given for a kernel without widths, or a closed form, or `coarse` without it.
  /// Throws std::domain_error unless `coarse` is positive and finite, if E k(Y, Y') is not finite,
  /// and as the kernel's check.
  /// For a finite target whose term E k(Y, Y') is wanted: cost O(m^2 d / 2), on one thread.
  KernelDiscrepancy(K kernel, Target target, KernelOptions options = {}, Parts = {})
      : KernelDiscrepancy("KernelDiscrepancy", std::move(kernel), std::move(target), options) {}
  /// The same for another class: `function` is what an error names.
  KernelDiscrepancy(std::string_view function, K kernel, Target target, KernelOptions options)
      : function_(function),
        target_(function, std::move(kernel), std::move(target), options, Parts::pairs) {}

  /// With Gaussian kernels of the median_widths() of the target's data, or of 512 samples of it.
  explicit KernelDiscrepancy(Target target, KernelOptions options = {},
                             Parts parts = {}) requires std::same_as<K, MultiScaleKernel>
      : KernelDiscrepancy(K{widths_for(target, options.target)}, target, options, parts) {}

  [[nodiscard]] auto description() const {
    return describe("kernel", kernel(), "target", target(), "options", options(), "estimator",
                    Parts{});
  }
  [[nodiscard]] const K& kernel() const { return target_.kernel(); }
  [[nodiscard]] const Target& target() const { return target_.target(); }
  [[nodiscard]] const KernelOptions& options() const { return target_.options(); }
  [[nodiscard]] Index dimension() const { return target().dimension(); }

  /// The target's samples and sums over blocks, kept from call to call. One serves one discrepancy.
  struct Workspace {
    typename KernelTarget<K, Target>::Workspace target;
    Vector<double> sums;              ///< one for each block
    std::vector<Block<Scalar>> half;  ///< what one half does to the other, for each worker
  };

  /// D of a batch x, and dD/dx in dx, which has the size of x. Throws std::invalid_argument if x
  /// has another dimension, or fewer than `fewest` samples.
  Scalar value_and_gradient(const Batch<Scalar>& x, const Step& step, Batch<Scalar>& dx,
                            Workspace& work) const {
    detail::check_batch(function_, x, dimension(), fewest);
    const K& kernel = target_.prepare(step, work.target);
    const Index n = x.count();
    set_size(work.sums, x.blocks());
    if constexpr (kHalves) {
      work.half.resize(static_cast<std::size_t>(step.team.threads()));
      for (Block<Scalar>& half : work.half) set_size(half, kBlockSize, dimension());
    }

    for_each_block(step.team, x.blocks(), [&](Index worker, Index b) {
      dx.block(b).setZero();
      const Lane<Scalar> u = row_weight(x, b);
      double sum = 2 * target_.subtract(step, x.block(b), u, dx.block(b), worker, work.target);
      if constexpr (kHalves)
        sum += add_halves(kernel, x, b, u, dx, work.half[static_cast<std::size_t>(worker)]);
      else
        sum += add_pairs<detail::Field::force>(kernel, x, b, b, u, dx);
      work.sums[b] = sum;
    });
    if constexpr (!kHalves)
      detail::for_each_pair(step.team, x.blocks(), [&](Index b, Index c) {
        const Lane<Scalar> u = row_weight(x, b);
        work.sums[b] += 2 * add_pairs<detail::Field::mutually>(kernel, x, b, c, u, dx);
      });
    for_each_block(step.team, x.blocks(), [&](Index, Index b) {
      dx.block(b).colwise() *= Lane<Scalar>(2 * row_weight(x, b));
    });

    const double itself =
        Parts::pairs == Pairs::distinct ? detail::at_zero<Scalar>(kernel) / double(n - 1) : 0;
    return static_cast<Scalar>(detail::sum<double>(work.sums) - itself +
                               target_.constant(work.target));
  }

  /// The witness f(z) = E k(X, z) - E k(Y, z) at the rows of z, 64 x d, with the batch x for X. It
  /// is large where samples are too dense. Throws std::invalid_argument unless x and z have
  /// dimension d and x is not empty.
  void witness(const Batch<Scalar>& x, ConstBlockRef<Scalar> z, const Step& step, Lane<Scalar>& out,
               Workspace& work) const {
    detail::check_batch(function_, x, dimension());
    check_size(function_, "columns of z", z.cols(), dimension());
    const K& kernel = target_.prepare(step, work.target);
    const Block<Scalar> at = z;
    out.setZero();
    for (Index c = 0; c < x.blocks(); ++c) {
      const Lane<Scalar> w = x.weight(c, 0, x.count(), 1 / static_cast<Scalar>(x.count()));
      detail::add_field<detail::Field::value>(kernel, at.cols(), at.data(), x.block(c).data(),
                                              w.data(), detail::rows_of(c, 0, x.count()),
                                              out.data());
    }
    target_.subtract(step, at, out, work.target);
  }

 private:
  static std::vector<double> widths_for(const Target& target, const TargetOptions& options) {
    if constexpr (FiniteMeasure<Target>)
      return median_widths<Scalar>(target.data().matrix());
    else
      return median_widths<Scalar>(draw(target, 512, options.key));
  }

  /// u_i on the rows of block b, 0 on padding.
  static Lane<Scalar> row_weight(const Batch<Scalar>& x, Index b) {
    const Index n = x.count(), half = n / 2;
    if (!kHalves) return x.weight(b, 0, n, 1 / static_cast<Scalar>(n));
    return x.weight(b, 0, half, 1 / static_cast<Scalar>(2 * half)) +
           x.weight(b, half, n, 1 / static_cast<Scalar>(2 * (n - half)));
  }

  /// sum_i u_i sum_j b_ij k(x_i, x_j) for i in block b and j in block c, i itself not left out;
  /// adds to dx.
  template <detail::Field what>
  static double add_pairs(const K& kernel, const Batch<Scalar>& x, Index b, Index c,
                          const Lane<Scalar>& u, Batch<Scalar>& dx) {
    const Index n = x.count(), others = Parts::pairs == Pairs::distinct ? n - 1 : n;
    return detail::block_sum<what, K, Scalar>(
        kernel, x.block(b), u, x.block(c), x.weight(c, 0, n, 1 / static_cast<Scalar>(others)),
        detail::rows_of(c, 0, n), dx.block(b).data(), dx.block(c).data());
  }

  /// The same for i in block b and j in the other half.
  static double add_halves(const K& kernel, const Batch<Scalar>& x, Index b, const Lane<Scalar>& u,
                           Batch<Scalar>& dx, Block<Scalar>& half) {
    const Index n = x.count(), ends[] = {0, n / 2, n};
    double sum = 0;
    for (Index q = 0; q < 2; ++q) {
      const Index begin = ends[1 - q], end = ends[2 - q];  // of the other half
      const Lane<Scalar> part = x.weight(b, ends[q], ends[q + 1], 1);
      const auto [first, last] = detail::rows_of(b, ends[q], ends[q + 1]);
      if (first == last) continue;
      half.setZero();
      for (Index c = begin / kBlockSize; c * kBlockSize < end; ++c)
        sum += detail::block_sum<detail::Field::force, K, Scalar>(
            kernel, x.block(b), part * u, x.block(c),
            x.weight(c, begin, end, 1 / static_cast<Scalar>(end - begin)),
            detail::rows_of(c, begin, end), half.data());
      dx.block(b) += half.colwise() * part;
    }
    return sum;
  }

  std::string_view function_;
  KernelTarget<K, Target> target_;
};

template <Measure Target, class Parts = Unbiased>
KernelDiscrepancy(Target, KernelOptions = {}, Parts = {})
    -> KernelDiscrepancy<MultiScaleKernel, Target, Parts>;

}  // namespace pushforward::inline PUSHFORWARD_ISA
