#pragma once

#include "pushforward/maps/detail/wrapped.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// T(z, c) = (m(z, c), c): a map of z that depends on a context c, which it hands on. Trained on
/// pairs (y, c), it learns the law of y given c; Pin fixes c afterwards.
///
/// m takes d + k inputs, the context last, and gives e outputs; T takes d + k and gives e + k. The
/// parameters are those of m.
template <class M>
class Alongside : public detail::Wrapped<M> {
  using detail::Wrapped<M>::map_;

 public:
  using Scalar = typename M::Scalar;
  static constexpr std::string_view kName = "Alongside";
  using Scratch = ScratchOf<M>;
  struct Tape {
    TapeOf<M> map;
  };

  /// `context` = k. Throws std::invalid_argument unless 1 <= k < inputs of the map.
  Alongside(M map, Index context) : detail::Wrapped<M>(std::move(map)), context_(context) {
    check_argument(
        context >= 1 && context < map_.input_dimension(), "Alongside", "context", context,
        "at least 1 and less than the " + to_text(map_.input_dimension()) + " inputs of the map");
  }

  [[nodiscard]] auto description() const { return describe("map", map_, "context", context_); }
  [[nodiscard]] Index context() const { return context_; }
  [[nodiscard]] Index input_dimension() const { return map_.input_dimension(); }
  [[nodiscard]] Index output_dimension() const { return map_.output_dimension() + context_; }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    pushforward::apply(map_, x, y.leftCols(outputs()), scratch);
    y.rightCols(context_) = x.rightCols(context_);
  }

  void apply_one(ConstVectorRef<Scalar> x, VectorRef<Scalar> y,
                 Scratch& scratch) const requires HasApplyOne<M> {
    map_.apply_one(x, y.head(outputs()), scratch);
    y.tail(context_) = x.tail(context_);
  }

  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y,
               Tape& tape) const requires TrainableMap<M> {
    map_.forward(x, y.leftCols(outputs()), tape.map);
    y.rightCols(context_) = x.rightCols(context_);
  }

  /// The context has the gradient that comes through m, and its own.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dx) const requires TrainableMap<M> {
    map_.backward(tape.map, dy.leftCols(outputs()), dtheta, dx);
    dx.rightCols(context_) += dy.rightCols(context_);
  }

  void tangent(Tape& tape, ConstBlockRef<Scalar> dx,
               BlockRef<Scalar> dy) const requires HasTangent<M> {
    map_.tangent(tape.map, dx, dy.leftCols(outputs()));
    dy.rightCols(context_) = dx.rightCols(context_);
  }

  void cotangent(Tape& tape, ConstBlockRef<Scalar> dy,
                 BlockRef<Scalar> dx) const requires HasCotangent<M> {
    map_.cotangent(tape.map, dy.leftCols(outputs()), dx);
    dx.rightCols(context_) += dy.rightCols(context_);
  }

  void tangent_backward(Tape& tape, ConstBlockRef<Scalar> dx, ConstBlockRef<Scalar> dy,
                        VectorRef<Scalar> dtheta,
                        BlockRef<Scalar> ddx) const requires HasTangentBackward<M> {
    map_.tangent_backward(tape.map, dx, dy.leftCols(outputs()), dtheta, ddx);
  }

 private:
  [[nodiscard]] Index outputs() const { return map_.output_dimension(); }

  Index context_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
