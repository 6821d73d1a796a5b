#pragma once

#include "pushforward/discrepancies/detail/slices.hpp"
#include "pushforward/discrepancies/energy_line.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The mean of a distance on the line over L directions (Rabin, Peyre, Delon & Bernot, SSVM 2011):
///
///   D = (c_d / L) sum_l D_line(<theta_l, y>, <theta_l, y'>),  y a sample in R^d, y' of the target,
///   dD/dy_i = (c_d / L) sum_l theta_l dD_line/d<theta_l, y_i>.
///
/// c_d is the line's slicing_constant(d), if it has one, else 1. With that of EnergyLine the mean
/// over all directions is the energy distance in R^d, and over L of them off by O(sqrt(d / L))
/// (Hertrich et al., ICLR 2024). With WassersteinLine{p} it is SW_p^p. \code
///   pf::SlicedDiscrepancy(target, pf::EnergyLine{}, {.directions = 64})
/// \endcode
/// Directions are fresh each step, so that none is learned. Threads share them; memory is
/// O((n + m) threads). Cost O(L (n + m) d).
///
/// \tparam Target  a Measure on R^d
/// \tparam L       EnergyLine, WassersteinLine, or your own Line
template <class Target, class L = EnergyLine>
class SlicedDiscrepancy {
  using Slices = detail::Slices<Target, L>;

 public:
  using Scalar = typename Target::Scalar;
  using Workspace = typename Slices::Workspace;

  /// Throws std::invalid_argument unless there is a direction and redraw_every is at least 0, and
  /// as TargetSample and the line's check() do.
  explicit SlicedDiscrepancy(Target target, L line = {}, SlicedOptions options = {})
      : slices_("SlicedDiscrepancy", std::move(target), std::move(line), options) {}

  static constexpr std::string_view kName = "SlicedDiscrepancy";
  [[nodiscard]] auto description() const {
    return describe("target", target(), "line", line(), "options", options());
  }
  [[nodiscard]] const Target& target() const { return slices_.target(); }
  [[nodiscard]] const L& line() const { return slices_.line(); }
  [[nodiscard]] const SlicedOptions& options() const { return slices_.options(); }
  [[nodiscard]] Index dimension() const { return slices_.dimension(); }

  /// D of y, and dD/dy. Throws std::invalid_argument if y has another dimension or no sample, and
  /// as the line does.
  Scalar value_and_gradient(const Batch<Scalar>& y, const Step& step, Batch<Scalar>& dy,
                            Workspace& work) const {
    const Index d = dimension();
    const auto scale = static_cast<Scalar>(constant() / static_cast<double>(options().directions));
    const Batch<Scalar>& samples = slices_.prepare(y, step, work);
    slices_.for_each(y, samples, step, work, [&](Index first, Index count) {
      for_each_block(step.team, y.blocks(), [&](Index, Index b) {
        if (first == 0) dy.block(b).setZero();
        detail::scaled_lanes<true>(&work.dz(b * kBlockSize, 0), work.dz.rows(), kBlockSize, count,
                                   {&work.theta(0, first), 1, d}, nullptr, d, dy.block(b).data(),
                                   kBlockSize);
        if (first + count == options().directions) dy.block(b) *= scale;
      });
    });
    detail::clear_padding(dy);
    return scale * detail::sum<Scalar>(work.values);
  }

 private:
  [[nodiscard]] double constant() const {
    if constexpr (requires(Index d) { line().slicing_constant(d); })
      return line().slicing_constant(dimension());
    else
      return 1;
  }

  Slices slices_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
