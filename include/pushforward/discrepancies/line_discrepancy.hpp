#pragma once

#include "pushforward/discrepancies/detail/line_room.hpp"
#include "pushforward/discrepancies/discrepancy.hpp"
#include "pushforward/discrepancies/energy_line.hpp"
#include "pushforward/discrepancies/target_sample.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// A distance on the line between a sample y_1 .. y_n and a target known by samples: the sorting
/// losses, O(n + m) where a loss of pairs is O(n m). \code
///   pf::LineDiscrepancy(target, pf::EnergyLine{}, {.batch = 1024})
/// \endcode
/// Where samples are few, prefer the energy, which is unbiased: W_p and the biased energy draw a
/// sample together. There is no option but those of the target. Works alone: a step's team is of no
/// use to it.
///
/// \tparam Target  a Measure on the line
/// \tparam L       EnergyLine, WassersteinLine, or your own Line
template <class Target, class L = EnergyLine>
class LineDiscrepancy {
  static_assert(explain_measure<Target>());
  static_assert(explain_line<L, typename Target::Scalar>());

 public:
  using Scalar = typename Target::Scalar;

  struct Workspace {
    typename TargetSample<Target>::Workspace target;
    PooledMasses masses;
    detail::LineRoom<Scalar> room;
    Matrix<Scalar> dz;  ///< see detail::resize_slopes()
  };

  /// Throws std::invalid_argument unless the target is on the line, and as TargetSample and the
  /// line's check() do.
  explicit LineDiscrepancy(Target target, L line = {}, TargetOptions options = {})
      : target_("LineDiscrepancy", std::move(target), options), line_(std::move(line)) {
    check_size("LineDiscrepancy", "dimension of target", target_.dimension(), 1);
    detail::check_line(line_);
  }

  static constexpr std::string_view kName = "LineDiscrepancy";
  [[nodiscard]] auto description() const {
    return describe("target", target_.target(), "line", line_, "options", target_.options());
  }
  [[nodiscard]] const Target& target() const { return target_.target(); }
  [[nodiscard]] const L& line() const { return line_; }
  [[nodiscard]] const TargetOptions& options() const { return target_.options(); }
  [[nodiscard]] Index dimension() const { return 1; }

  /// D of y, and dD/dy. Throws std::invalid_argument unless y is on the line and has a sample, and
  /// as the line does.
  Scalar value_and_gradient(const Batch<Scalar>& y, const Step& step, Batch<Scalar>& dy,
                            Workspace& work) const {
    detail::check_batch("LineDiscrepancy", y, 1);
    const Batch<Scalar>& target = target_.samples(step, work.target);
    detail::weigh(y.count(), target_, target, work.masses);
    detail::resize_slopes(y, work.masses, 1, work.dz);
    const Scalar along = 1;
    const Scalar d =
        detail::value_along(&along, y, target, work.masses, line_, work.room, work.dz.col(0));
    for (Index b = 0; b < y.blocks(); ++b)
      dy.block(b).col(0) = work.dz.col(0).segment(b * kBlockSize, kBlockSize).array();
    detail::clear_padding(dy);
    return d;
  }

 private:
  TargetSample<Target> target_;
  L line_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
