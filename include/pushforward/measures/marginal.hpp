#pragma once

#include "pushforward/core/block.hpp"
#include "pushforward/measures/measure.hpp"

#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The law of coordinates first .. first + count - 1 of a measure: of the source in a coupling, of
/// (x_t, t) in the pairs of a path.
template <class M>
class Marginal {
  static_assert(explain_measure<M>());

 public:
  using Scalar = typename M::Scalar;
  static constexpr std::string_view kName = "Marginal";

  struct Scratch {
    Block<Scalar> whole;
    ScratchOf<M> measure;
  };

  /// Throws std::invalid_argument unless first >= 0, count >= 1 and the measure has first + count
  /// coordinates or more.
  Marginal(M measure, Index first, Index count)
      : measure_(std::move(measure)), first_(first), count_(count) {
    const Index d = measure_.dimension();
    check_argument(first >= 0 && first < d, "Marginal", "first", first,
                   "at least 0 and less than the " + to_text(d) + " coordinates of the measure");
    check_argument(count >= 1 && count <= d - first, "Marginal", "count", count,
                   "between 1 and " + to_text(d - first));
  }

  [[nodiscard]] auto description() const {
    return describe("measure", measure_, "first", first_, "count", count_);
  }
  [[nodiscard]] const M& measure() const { return measure_; }
  [[nodiscard]] Index first() const { return first_; }
  [[nodiscard]] Index dimension() const { return count_; }
  [[nodiscard]] Index nodes() const requires HasNodes<M> { return measure_.nodes(); }

  void sample(Key key, std::uint64_t first, BlockRef<Scalar> x, Scratch& scratch) const {
    set_size(scratch.whole, kBlockSize, measure_.dimension());
    pushforward::sample(measure_, key, first, scratch.whole, scratch.measure);
    x = scratch.whole.middleCols(first_, count_);
  }

 private:
  M measure_;
  Index first_, count_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
