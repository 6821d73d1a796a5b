#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/flows/bootstrap.hpp"
#include "pushforward/flows/detail/velocity_pairs.hpp"
#include "pushforward/measures/measure.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How far apart the two times of a consistency pair are.
struct ConsistencyOptions {
  double step = 1.0 / 64;  ///< h, in (0, 1]

  static constexpr std::string_view kName = "ConsistencyOptions";
  [[nodiscard]] auto description() const { return describe("step", step); }
};

/// Consistency (Song, Dhariwal, Chen & Sutskever 2023): where a flow ends is the same from every
/// point of a trajectory.
///
/// The map F takes (x, t), d + 1 inputs, and gives the mean velocity from t to the end, d: the flow
/// ends in f(x, t) = x + (1 - t) F(x, t), which is x at t = 1 whatever F is. A step of the velocity
/// leads from x_t to x_r = x_t + (r - t) v, r = min(t + h, 1), and f(x_t, t) = f(x_r, r) says
///
///   F(x_t, t) = w v + (1 - w) F(x_r, r),   w = (r - t) / (1 - t):
///
/// the right side, with the map as it stands, is what the map is held to. Rows whose v is a path's
/// own are consistency training, whose error is O(h); rows of a teacher's v consistency
/// distillation. One pass all of the way is `Residual(Pin(F, Vector<float>{{0}}))`.
///
/// \tparam Pairs  a measure of rows (x_t, t | v), 2 d + 1 coordinates, 0 <= t <= 1
template <class Pairs>
class Consistency {
  static_assert(explain_measure<Pairs>());

 public:
  using Scalar = typename Pairs::Scalar;
  static constexpr std::string_view kName = "Consistency";

  template <class Map>
  struct Room {
    Block<Scalar> pairs;  ///< [x t v]
    Block<Scalar> later;  ///< [x_r r]
    ScratchOf<Pairs> scratch;
    ScratchOf<Map> map;
  };

  /// Throws std::invalid_argument unless the dimension of the pairs is odd and at least 3,
  /// std::domain_error unless options.step is in (0, 1].
  explicit Consistency(Pairs pairs, ConsistencyOptions options = {})
      : pairs_(std::move(pairs)),
        dimension_(detail::velocity_dimension("Consistency", pairs_.dimension())),
        options_(options) {
    check_domain(options.step > 0 && options.step <= 1, "Consistency", "step", options.step,
                 "positive and at most 1");
  }

  [[nodiscard]] auto description() const { return describe("pairs", pairs_, "options", options_); }
  [[nodiscard]] const Pairs& pairs() const { return pairs_; }
  [[nodiscard]] const ConsistencyOptions& options() const { return options_; }

  /// Throws std::invalid_argument unless the map leads from R^(d+1) to R^d.
  template <class Map>
  void check(const Map& map) const {
    check_size("Consistency", "input dimension of the map", map.input_dimension(), dimension_ + 1);
    check_size("Consistency", "output dimension of the map", map.output_dimension(), dimension_);
  }

  template <class Map>
  void draw(Key key, std::uint64_t first, BlockRef<Scalar> x, Room<Map>& room) const {
    set_size(room.pairs, kBlockSize, pairs_.dimension());
    pushforward::sample(pairs_, key, first, room.pairs, room.scratch);
    x = room.pairs.leftCols(dimension_ + 1);
  }

  template <class Map>
  void target(const Map& map, typename Map::Tape&, ConstBlockRef<Scalar> x, BlockRef<Scalar> y,
              Room<Map>& room) const {
    const Index d = dimension_;
    const auto v = room.pairs.rightCols(d);
    const Lane<Scalar> t = x.col(d);
    const Lane<Scalar> h = (1 - t).min(static_cast<Scalar>(options_.step));
    set_size(room.later, kBlockSize, d + 1);
    for (Index j = 0; j < d; ++j) room.later.col(j) = x.col(j) + h * v.col(j);
    room.later.col(d) = t + h;
    pushforward::apply(map, room.later, y, room.map);
    const Lane<Scalar> w = (t < 1).select(h / (1 - t), Scalar(1));
    for (Index j = 0; j < d; ++j) y.col(j) = w * v.col(j) + (1 - w) * y.col(j);
  }

 private:
  Pairs pairs_;
  Index dimension_;  ///< d
  ConsistencyOptions options_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
