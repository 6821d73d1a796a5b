#pragma once

#include "pushforward/core/directions.hpp"
#include "pushforward/discrepancies/detail/line_room.hpp"
#include "pushforward/discrepancies/discrepancy.hpp"

#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Along which directions a sample is sliced, and against which samples of the target.
struct SlicedOptions {
  Index directions = 32;                 ///< L, at least 1
  Directions draw = Directions::spread;  ///< how they are drawn
  Index redraw_every = 1;                ///< steps between new ones; 0: never
  Key key{.stream = 4};                  ///< what they are a function of, with the step
  TargetOptions target{};

  static constexpr std::string_view kName = "SlicedOptions";
  [[nodiscard]] auto description() const {
    return describe("directions", directions, "draw", draw, "redraw_every", redraw_every, "key",
                    key, "target", target);
  }
};

namespace detail {

/// The distances on the line between a sample and a target along directions of a step: what the
/// mean and the largest of them share.
template <class Target, class L>
class Slices {
  static_assert(explain_measure<Target>());
  static_assert(explain_line<L, typename Target::Scalar>());

 public:
  using Scalar = typename Target::Scalar;

  struct Workspace {
    typename TargetSample<Target>::Workspace target;
    PooledMasses masses;
    Index epoch = -1;       ///< what the directions are for
    Matrix<double> sphere;  ///< the directions, d x L
    Matrix<Scalar> theta;   ///< the same, in the scalar of the samples
    Vector<Scalar> values;  ///< D along each, L
    Matrix<Scalar> dz;      ///< its slopes, for some at a time
    std::vector<LineRoom<Scalar>> rooms;
  };

  /// `function` is what an error names.
  Slices(std::string_view function, Target target, L line, const SlicedOptions& options)
      : function_(function), target_(function, std::move(target), options.target),
        line_(std::move(line)), options_(options) {
    check_count(function, "directions", options.directions);
    check_argument(options.redraw_every >= 0, function, "redraw_every", options.redraw_every,
                   "at least 0");
    check_line(line_);
  }

  [[nodiscard]] const Target& target() const { return target_.target(); }
  [[nodiscard]] const L& line() const { return line_; }
  [[nodiscard]] const SlicedOptions& options() const { return options_; }
  [[nodiscard]] Index dimension() const { return target_.dimension(); }

  /// The directions of a step and the room to work in; the samples of the target.
  const Batch<Scalar>& prepare(const Batch<Scalar>& y, const Step& step, Workspace& work) const {
    check_batch(function_, y, dimension());
    const Batch<Scalar>& samples = target_.samples(step, work.target);
    weigh(y.count(), target_, samples, work.masses);
    work.rooms.resize(static_cast<std::size_t>(step.team.threads()));
    for (LineRoom<Scalar>& room : work.rooms) room.reserve(y, samples);
    resize_slopes(y, work.masses, 8 * step.team.threads(), work.dz);
    const Index every = options_.redraw_every, epoch = every > 0 ? step.index / every : 0;
    if (work.epoch == epoch) return samples;
    work.epoch = -1;
    set_size(work.sphere, dimension(), options_.directions);
    set_size(work.values, options_.directions);
    draw_directions(options_.draw, options_.key, static_cast<std::uint64_t>(epoch), work.sphere);
    work.theta = work.sphere.template cast<Scalar>();
    work.epoch = epoch;
    return samples;
  }

  /// Sets values, and calls visit(first, count) with slopes dz of directions first .. first + count
  /// - 1, until all are done.
  template <class Visit>
  void for_each(const Batch<Scalar>& y, const Batch<Scalar>& samples, const Step& step,
                Workspace& work, Visit visit) const {
    for (Index first = 0; first < options_.directions; first += work.dz.cols()) {
      const Index count = (std::min)(work.dz.cols(), options_.directions - first);
      step.team.for_each(count, [&](Index worker, Index l) {
        work.values[first + l] =
            value_along(&work.theta(0, first + l), y, samples, work.masses, line_,
                        work.rooms[static_cast<std::size_t>(worker)], work.dz.col(l));
      });
      visit(first, count);
    }
  }

 private:
  std::string_view function_;
  TargetSample<Target> target_;
  L line_;
  SlicedOptions options_;
};

}  // namespace detail

}  // namespace pushforward::inline PUSHFORWARD_ISA
