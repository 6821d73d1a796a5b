#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/lane.hpp"
#include "pushforward/maps/map.hpp"
#include "pushforward/measures/measure.hpp"
#include "pushforward/objectives/block_sum.hpp"
#include "pushforward/objectives/objective.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How ImplicitScoreMatching draws.
struct ImplicitScoreMatchingOptions {
  Index batch = 256;  ///< n, samples a step, at least 1
  Key key{};          ///< the stream they come from; step k takes samples k n .. k n + n - 1

  static constexpr std::string_view kName = "ImplicitScoreMatchingOptions";
  [[nodiscard]] auto description() const { return describe("batch", batch, "key", key); }
};

/// s -> E [|s(x)|^2 / 2 + div s(x)], x ~ data (Hyvarinen 2005): half of E |s - grad log p|^2, less
/// half of E |grad log p|^2, of data whose density p need not be known but must be smooth and
/// vanish far out. No noise is added, and the divergence is exact.
///
/// The map s, R^d -> R^d, must have second derivatives (HasTangentBackward). Cost of a sample: that
/// of d + 1 forward and some 2 d + 1 backward passes; for small d.
template <class Data>
class ImplicitScoreMatching {
  static_assert(explain_measure<Data>());

 public:
  using Scalar = typename Data::Scalar;

  template <class Map>
  struct Workspace {
    static_assert(HasTangentBackward<Map>,
                  "ImplicitScoreMatching: the map needs tangent, cotangent and tangent_backward");
    /// The room of a worker.
    struct Room {
      typename Map::Tape tape;
      ScratchOf<Data> data;
      Block<Scalar> s, ds, unit, dx;
    };
    Batch<Scalar> x;
    BlockSum<Scalar, Room> sum;
  };

  /// Throws std::invalid_argument unless options.batch >= 1.
  explicit ImplicitScoreMatching(Data data, ImplicitScoreMatchingOptions options = {})
      : data_(std::move(data)), options_(options) {
    check_count("ImplicitScoreMatching", "batch", options.batch);
  }

  static constexpr std::string_view kName = "ImplicitScoreMatching";
  [[nodiscard]] auto description() const { return describe("data", data_, "options", options_); }
  [[nodiscard]] const Data& data() const { return data_; }
  [[nodiscard]] const ImplicitScoreMatchingOptions& options() const { return options_; }

  /// Throws std::invalid_argument unless the map leads from R^d to R^d.
  template <class Map>
  void check(const Map& map) const {
    check_size("ImplicitScoreMatching", "input dimension of the map", map.input_dimension(),
               data_.dimension());
    check_size("ImplicitScoreMatching", "output dimension of the map", map.output_dimension(),
               data_.dimension());
  }

  template <class Map>
  Scalar value_and_gradient(const Map& map, const Step& step, VectorRef<Scalar> dtheta,
                            Workspace<Map>& work) const {
    const Index n = options_.batch, p = map.parameter_count();
    const auto start = static_cast<std::uint64_t>(step.index) * static_cast<std::uint64_t>(n);
    work.x.resize(data_.dimension(), n);
    return work.sum(step, work.x.blocks(), dtheta,
                    [&](Index, auto& room, Index b, VectorRef<Scalar> partial) {
                      pushforward::sample(data_, options_.key,
                                          start + static_cast<std::uint64_t>(b * kBlockSize),
                                          work.x.block(b), room.data);
                      if (b + 1 == work.x.blocks()) work.x.pad();
                      partial[p] += add_block(map, work.x.block(b),
                                              work.x.weight(b, 0, n, 1 / static_cast<Scalar>(n)),
                                              room, partial.head(p));
                    });
  }

 private:
  /// The block's share of the loss; its gradient is added to dtheta.
  template <class Map, class Room>
  static Scalar add_block(const Map& map, ConstBlockRef<Scalar> x, const Lane<Scalar>& weight,
                          Room& room, VectorRef<Scalar> dtheta) {
    const Index d = x.cols();
    for (Block<Scalar>* block : {&room.s, &room.ds, &room.unit, &room.dx})
      set_size(*block, kBlockSize, d);
    map.forward(x, room.s, room.tape);
    Scalar value = 0;
    for (Index j = 0; j < d; ++j) {
      const Lane<Scalar> s = room.s.col(j);
      value += weighted_sum<Scalar>(weight, s.square()) / 2;
      room.ds.col(j) = weight * s;
    }
    map.backward(room.tape, room.ds, dtheta, room.dx);
    room.unit.setZero();
    for (Index j = 0; j < d; ++j) {
      room.unit.col(j).setOnes();
      map.tangent(room.tape, room.unit, room.s);
      value += weighted_sum<Scalar>(weight, room.s.col(j));
      room.ds.setZero();
      room.ds.col(j) = weight;
      map.tangent_backward(room.tape, room.unit, room.ds, dtheta, room.dx);
      room.unit.col(j).setZero();
    }
    return value;
  }

  Data data_;
  ImplicitScoreMatchingOptions options_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
