#pragma once

#include "pushforward/core/concepts.hpp"

namespace pushforward {

/// T(x) = x: the map without parameters, the one to copy for your own.
template <Real S>
class Identity {
 public:
  using Scalar = S;
  struct Tape {};

  /// Throws std::invalid_argument unless dimension >= 1.
  explicit Identity(Index dimension) : dimension_(dimension) {
    check_count("Identity", "dimension", dimension);
  }

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

  void inverse(ConstBlockRef<Scalar> y, BlockRef<Scalar> x) const { x = y; }
  void log_det_jacobian(ConstBlockRef<Scalar>, Lane<Scalar>& out) const { out.setZero(); }

 private:
  Index dimension_;
};

}  // namespace pushforward
