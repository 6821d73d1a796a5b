#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/flows/bootstrap.hpp"
#include "pushforward/flows/detail/velocity_pairs.hpp"
#include "pushforward/measures/measure.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How MeanVelocity draws its times.
struct MeanVelocityOptions {
  double apart = 0.5;  ///< share of the pairs with s < t, in [0, 1]; the rest has s = t

  static constexpr std::string_view kName = "MeanVelocityOptions";
  [[nodiscard]] auto description() const { return describe("apart", apart); }
};

/// The mean velocity of a flow between two times, learned without following it (MeanFlow, Geng,
/// Deng, Bai, Kolter & He 2025).
///
/// With X_(s->t) the flow of the velocity v, u(x, s, t) = (X_(s->t)(x) - x) / (t - s), and
/// u(x, s, s) = v(x, s). Along the flow (t - s) u is what is left of the way, so
///
///   u = v + (t - s) (d/ds) u,   (d/ds) u = J (v, 1, 0),   J the Jacobian of u in (x, s, t):
///
/// the right side, with the map as it stands, is what the map is held to. A step from s to t is
/// x + (t - s) u(x, s, t), and one pass all of the way
/// `Residual(Pin(u, Vector<float>{{0, 1}}))`.
///
/// The map takes (x, s, t), d + 2 inputs, and gives d. t is uniform between s and 1.
///
/// \tparam Pairs  a measure of rows (x_s, s | v), 2 d + 1 coordinates, 0 <= s <= 1, whose v has the
///                velocity for its mean given (x_s, s): a path's own, or a teacher's
template <class Pairs>
class MeanVelocity {
  static_assert(explain_measure<Pairs>());

 public:
  using Scalar = typename Pairs::Scalar;
  static constexpr std::string_view kName = "MeanVelocity";

  template <class Map>
  struct Room {
    Block<Scalar> pairs;      ///< [x s v]
    Block<Scalar> times;      ///< uniforms
    Block<Scalar> direction;  ///< [v 1 0]
    ScratchOf<Pairs> scratch;
  };

  /// Throws std::invalid_argument unless the dimension of the pairs is odd and at least 3,
  /// std::domain_error unless options.apart is in [0, 1].
  explicit MeanVelocity(Pairs pairs, MeanVelocityOptions options = {})
      : pairs_(std::move(pairs)),
        dimension_(detail::velocity_dimension("MeanVelocity", pairs_.dimension())),
        options_(options) {
    check_domain(options.apart >= 0 && options.apart <= 1, "MeanVelocity", "apart", options.apart,
                 "between 0 and 1");
  }

  [[nodiscard]] auto description() const { return describe("pairs", pairs_, "options", options_); }
  [[nodiscard]] const Pairs& pairs() const { return pairs_; }
  [[nodiscard]] const MeanVelocityOptions& options() const { return options_; }

  /// Throws std::invalid_argument unless the map leads from R^(d+2) to R^d.
  template <class Map>
  void check(const Map& map) const {
    static_assert(HasTangent<Map>, "MeanVelocity: the map needs `tangent` (maps/map.hpp)");
    check_size("MeanVelocity", "input dimension of the map", map.input_dimension(), dimension_ + 2);
    check_size("MeanVelocity", "output dimension of the map", map.output_dimension(), dimension_);
  }

  template <class Map>
  void draw(Key key, std::uint64_t first, BlockRef<Scalar> x, Room<Map>& room) const {
    const Index d = dimension_;
    set_size(room.pairs, kBlockSize, 2 * d + 1);
    set_size(room.times, kBlockSize, 2);
    pushforward::sample(pairs_, key.part(0), first, room.pairs, room.scratch);
    uniforms<Scalar>(key.part(1), first, room.times);
    const auto s = room.pairs.col(d), share = room.times.col(0), place = room.times.col(1);
    x.leftCols(d + 1) = room.pairs.leftCols(d + 1);
    x.col(d + 1) = (share < static_cast<Scalar>(options_.apart)).select(s + (1 - s) * place, s);
  }

  template <class Map>
  void target(const Map& map, typename Map::Tape& tape, ConstBlockRef<Scalar> x, BlockRef<Scalar> y,
              Room<Map>& room) const {
    const Index d = dimension_;
    const auto v = room.pairs.rightCols(d);
    set_size(room.direction, kBlockSize, d + 2);
    room.direction.leftCols(d) = v;
    room.direction.col(d).setOnes();
    room.direction.col(d + 1).setZero();
    map.tangent(tape, room.direction, y);
    for (Index j = 0; j < d; ++j) y.col(j) = v.col(j) + (x.col(d + 1) - x.col(d)) * y.col(j);
  }

 private:
  Pairs pairs_;
  Index dimension_;  ///< d
  MeanVelocityOptions options_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
