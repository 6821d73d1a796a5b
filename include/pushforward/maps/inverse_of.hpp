#pragma once

#include "pushforward/maps/map.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// S(y) = T^-1(y): an invertible map the other way round. It is not trainable; train T, then turn
/// it round.
template <class T>
class InverseOf {
  static_assert(explain_invertible_map<T>());

 public:
  using Scalar = typename T::Scalar;
  static constexpr std::string_view kName = "InverseOf";
  struct Scratch {
    ScratchOf<T> map;
    Block<Scalar> image;
  };

  explicit InverseOf(T map) : map_(std::move(map)) {}

  [[nodiscard]] auto description() const { return describe("map", map_); }
  [[nodiscard]] const T& map() const { return map_; }
  [[nodiscard]] Index input_dimension() const { return map_.output_dimension(); }
  [[nodiscard]] Index output_dimension() const { return map_.input_dimension(); }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    map_.inverse(x, y, scratch.map);
  }

  /// log |det dS/dx (x)| = -log |det dT/dy (y)|, y = S(x): a pass of T more.
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det,
             Scratch& scratch) const {
    set_size(scratch.image, kBlockSize, x.cols());
    map_.inverse(x, y, scratch.map);
    map_.apply(y, scratch.image, log_det, scratch.map);
    log_det = -log_det;
  }

  void inverse(ConstBlockRef<Scalar> y, BlockRef<Scalar> x, Scratch& scratch) const {
    pushforward::apply(map_, y, x, scratch.map);
  }

 private:
  T map_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
