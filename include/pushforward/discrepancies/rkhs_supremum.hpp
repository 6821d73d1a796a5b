#pragma once

#include "pushforward/discrepancies/kernel.hpp"

#include <cmath>
#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// D_inf(mu, mu1) = sup over f of |E_mu f - E_mu1 f|, where f is in the unit ball of the Hilbert
/// space of a kernel: it is MMD, not squared, and f = witness / MMD attains it (Gretton et al., J.
/// Mach. Learn. Res. 13, 2012). The laws are those of the samples (Plugin), for which the supremum
/// is exact.
///
///   D = sqrt(MMD^2),  dD/dx_i = d(MMD^2)/dx_i / (2 D), and 0 where D is 0, its minimum.
///
/// \tparam K, Target  as of KernelDiscrepancy
template <class K, class Target>
class RkhsSupremum {
 public:
  using Scalar = typename Target::Scalar;
  using Squared = KernelDiscrepancy<K, Target, Plugin>;
  using Workspace = typename Squared::Workspace;
  static constexpr std::string_view kName = "RkhsSupremum";

  /// Throws as KernelDiscrepancy does, and std::invalid_argument unless options.constant.
  RkhsSupremum(K kernel, Target target, KernelOptions options = {})
      : squared_(kName, std::move(kernel), std::move(target), options) {
    check_argument(options.constant, kName, "constant", int(options.constant), "1, for a distance");
  }

  [[nodiscard]] auto description() const {
    return describe("kernel", squared_.kernel(), "target", squared_.target(), "options",
                    squared_.options());
  }
  [[nodiscard]] const Squared& squared() const { return squared_; }
  [[nodiscard]] Index dimension() const { return squared_.dimension(); }

  /// Throws as KernelDiscrepancy does.
  Scalar value_and_gradient(const Batch<Scalar>& x, const Step& step, Batch<Scalar>& dx,
                            Workspace& work) const {
    const Scalar d = root(squared_.value_and_gradient(x, step, dx, work));
    const Scalar scale = d == 0 ? Scalar(0) : 1 / (2 * d);
    for_each_block(step.team, x.blocks(), [&](Index, Index b) { dx.block(b) *= scale; });
    return d;
  }

  /// The function that attains the supremum, out_i = f(z_i) at the rows of z, 64 x d: of norm 1,
  /// and larger where samples are too dense; 0 where D is 0.
  void witness(const Batch<Scalar>& x, ConstBlockRef<Scalar> z, const Step& step, Lane<Scalar>& out,
               Workspace& work) const {
    Batch<Scalar> dx(x.dimension(), x.count());
    const Scalar d = root(squared_.value_and_gradient(x, step, dx, work));
    squared_.witness(x, z, step, out, work);
    out *= d == 0 ? Scalar(0) : 1 / d;
  }

 private:
  /// 0 where MMD^2 is below 0 by rounding; NaN stays NaN.
  static Scalar root(Scalar squared) { return squared < 0 ? Scalar(0) : std::sqrt(squared); }

  Squared squared_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
