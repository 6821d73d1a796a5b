#pragma once

#include "pushforward/maps/detail/wrapped.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// T(z) = m(z, c): the map of d + k inputs with its last k fixed. The parameters are those of m.
/// \code
///   pf::Alongside<Net> conditional = ...;           // (z, c) -> (y, c), trained
///   pf::Pin given(conditional.map(), c);            // z -> y given c
/// \endcode
template <class M>
class Pin : public detail::Wrapped<M> {
  using detail::Wrapped<M>::map_;

 public:
  using Scalar = typename M::Scalar;
  static constexpr std::string_view kName = "Pin";
  struct Scratch {
    ScratchOf<M> map;
    Block<Scalar> input;  ///< [z c]
    Vector<Scalar> one;
  };
  struct Tape {
    TapeOf<M> map;
    Block<Scalar> input;   ///< [z c], then gradients in it
    Block<Scalar> second;  ///< room of tangent_backward
  };

  /// `context` = c, k. Throws std::invalid_argument unless 1 <= k < inputs of the map,
  /// std::domain_error if an entry is not finite.
  Pin(M map, Vector<Scalar> context)
      : detail::Wrapped<M>(std::move(map)), context_(std::move(context)) {
    check_argument(context_.size() >= 1 && context_.size() < map_.input_dimension(), "Pin",
                   "size of context", context_.size(),
                   "at least 1 and less than the " + to_text(map_.input_dimension()) +
                       " inputs of the map");
    check_finite("Pin", "context", context_);
  }

  [[nodiscard]] auto description() const { return describe("map", map_, "context", context_); }
  [[nodiscard]] const Vector<Scalar>& context() const { return context_; }
  [[nodiscard]] Index input_dimension() const { return map_.input_dimension() - context_.size(); }
  [[nodiscard]] Index output_dimension() const { return map_.output_dimension(); }

  void apply(ConstBlockRef<Scalar> z, BlockRef<Scalar> y, Scratch& scratch) const {
    join(z, scratch.input);
    pushforward::apply(map_, scratch.input, y, scratch.map);
  }

  void apply_one(ConstVectorRef<Scalar> z, VectorRef<Scalar> y,
                 Scratch& scratch) const requires HasApplyOne<M> {
    set_size(scratch.one, map_.input_dimension());
    scratch.one.head(z.size()) = z;
    scratch.one.tail(context_.size()) = context_;
    map_.apply_one(scratch.one, y, scratch.map);
  }

  void forward(ConstBlockRef<Scalar> z, BlockRef<Scalar> y,
               Tape& tape) const requires TrainableMap<M> {
    join(z, tape.input);
    map_.forward(tape.input, y, tape.map);
  }

  /// The gradient in c is dropped.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dz) const requires TrainableMap<M> {
    map_.backward(tape.map, dy, dtheta, tape.input);
    dz = tape.input.leftCols(dz.cols());
  }

  /// J (dz, 0).
  void tangent(Tape& tape, ConstBlockRef<Scalar> dz,
               BlockRef<Scalar> dy) const requires HasTangent<M> {
    join_zero(dz, tape.input);
    map_.tangent(tape.map, tape.input, dy);
  }

  void cotangent(Tape& tape, ConstBlockRef<Scalar> dy,
                 BlockRef<Scalar> dz) const requires HasCotangent<M> {
    map_.cotangent(tape.map, dy, tape.input);
    dz = tape.input.leftCols(dz.cols());
  }

  void tangent_backward(Tape& tape, ConstBlockRef<Scalar> dz, ConstBlockRef<Scalar> dy,
                        VectorRef<Scalar> dtheta,
                        BlockRef<Scalar> ddz) const requires HasTangentBackward<M> {
    join_zero(dz, tape.input);
    set_size(tape.second, kBlockSize, map_.input_dimension());
    map_.tangent_backward(tape.map, tape.input, dy, dtheta, tape.second);
    ddz = tape.second.leftCols(ddz.cols());
  }

 private:
  void join(ConstBlockRef<Scalar> z, Block<Scalar>& input) const {
    set_size(input, kBlockSize, map_.input_dimension());
    input.leftCols(z.cols()) = z;
    for (Index j = 0; j < context_.size(); ++j) input.col(z.cols() + j).setConstant(context_[j]);
  }
  void join_zero(ConstBlockRef<Scalar> dz, Block<Scalar>& input) const {
    input.leftCols(dz.cols()) = dz;
    input.rightCols(context_.size()).setZero();
  }

  Vector<Scalar> context_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
