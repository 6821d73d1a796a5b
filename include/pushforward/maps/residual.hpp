#pragma once

#include "pushforward/maps/detail/wrapped.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// T(x) = x + m(x): a map that has to learn only what to change. Its parameters are those of m,
/// R^d -> R^d; where the last layer of m starts near zero, T starts near the identity.
template <class M>
class Residual : public detail::Wrapped<M> {
  using detail::Wrapped<M>::map_;

 public:
  using Scalar = typename M::Scalar;
  static constexpr std::string_view kName = "Residual";
  using Scratch = ScratchOf<M>;
  struct Tape {
    TapeOf<M> map;
  };

  /// Throws std::invalid_argument unless m has as many outputs as inputs.
  explicit Residual(M map) : detail::Wrapped<M>(std::move(map)) {
    check_size("Residual", "output dimension of the map", map_.output_dimension(),
               map_.input_dimension());
  }

  [[nodiscard]] auto description() const { return describe("map", map_); }
  [[nodiscard]] Index input_dimension() const { return map_.input_dimension(); }
  [[nodiscard]] Index output_dimension() const { return map_.input_dimension(); }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    pushforward::apply(map_, x, y, scratch);
    y += x;
  }

  void apply_one(ConstVectorRef<Scalar> x, VectorRef<Scalar> y,
                 Scratch& scratch) const requires HasApplyOne<M> {
    map_.apply_one(x, y, scratch);
    y += x;
  }

  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y,
               Tape& tape) const requires TrainableMap<M> {
    map_.forward(x, y, tape.map);
    y += x;
  }

  /// dx = dy + J' dy, with J = dm/dx.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dx) const requires TrainableMap<M> {
    map_.backward(tape.map, dy, dtheta, dx);
    dx += dy;
  }

  void tangent(Tape& tape, ConstBlockRef<Scalar> dx,
               BlockRef<Scalar> dy) const requires HasTangent<M> {
    map_.tangent(tape.map, dx, dy);
    dy += dx;
  }

  void cotangent(Tape& tape, ConstBlockRef<Scalar> dy,
                 BlockRef<Scalar> dx) const requires HasCotangent<M> {
    map_.cotangent(tape.map, dy, dx);
    dx += dy;
  }

  void tangent_backward(Tape& tape, ConstBlockRef<Scalar> dx, ConstBlockRef<Scalar> dy,
                        VectorRef<Scalar> dtheta,
                        BlockRef<Scalar> ddx) const requires HasTangentBackward<M> {
    map_.tangent_backward(tape.map, dx, dy, dtheta, ddx);
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
