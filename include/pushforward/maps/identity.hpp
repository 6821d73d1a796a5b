#pragma once

#include "pushforward/maps/map.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

/// T(x) = x: the map without parameters, the one to copy for your own.
template <Real S>
class Identity {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = "Identity";
  struct Tape {};

  /// Throws std::invalid_argument unless dimension >= 1.
  explicit Identity(Index dimension) : dimension_(dimension) {
    check_count("Identity", "dimension", dimension);
  }

  [[nodiscard]] auto description() const { return describe("dimension", dimension_); }
  [[nodiscard]] Index input_dimension() const { return dimension_; }
  [[nodiscard]] Index output_dimension() const { return dimension_; }
  [[nodiscard]] Index parameter_count() const { return 0; }
  [[nodiscard]] Vector<Scalar> parameters() const { return {}; }
  void set_parameters(ConstVectorRef<Scalar> theta) {
    check_size("Identity::set_parameters", "size of theta", theta.size(), 0);
  }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y) const { y = x; }
  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Tape&) const { y = x; }
  /// dx = dy.
  void backward(Tape&, ConstBlockRef<Scalar> dy, VectorRef<Scalar>, BlockRef<Scalar> dx) const {
    dx = dy;
  }
  void tangent(Tape&, ConstBlockRef<Scalar> dx, BlockRef<Scalar> dy) const { dy = dx; }
  void cotangent(Tape&, ConstBlockRef<Scalar> dy, BlockRef<Scalar> dx) const { dx = dy; }
  void tangent_backward(Tape&, ConstBlockRef<Scalar>, ConstBlockRef<Scalar>, VectorRef<Scalar>,
                        BlockRef<Scalar> ddx) const {
    ddx.setZero();
  }
  void apply_one(ConstVectorRef<Scalar> x, VectorRef<Scalar> y, NoScratch&) const { y = x; }

  /// log |det| = 0.
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det, NoScratch&) const {
    y = x;
    log_det.setZero();
  }
  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det, Tape&) const {
    y = x;
    log_det.setZero();
  }
  void backward(Tape&, ConstBlockRef<Scalar> dy, const Lane<Scalar>&, VectorRef<Scalar>,
                BlockRef<Scalar> dx) const {
    dx = dy;
  }
  void inverse(ConstBlockRef<Scalar> y, BlockRef<Scalar> x, NoScratch&) const { x = y; }

 private:
  Index dimension_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
