#pragma once

#include "pushforward/core/concepts.hpp"
#include "pushforward/maps/detail/dense_layer.hpp"

namespace pushforward {

/// T(x) = A x + b, with A, e x d column by column, and then b, e, as the flat parameter vector.
template <Real S>
class Affine {
 public:
  using Scalar = S;
  struct Tape {
    Block<Scalar> input;  ///< [x 1]
    Block<Scalar> dy;
    Vector<Scalar> scratch;
  };

  /// Throws std::invalid_argument if A is empty or b has another size than A has rows,
  /// std::domain_error if an entry is not finite.
  Affine(const Matrix<Scalar>& a, const Vector<Scalar>& b) : layer_{a.cols(), a.rows(), 0} {
    check_count("Affine", "size of A", a.size());
    check_size("Affine", "size of b", b.size(), a.rows());
    check_finite("Affine", "A", a);
    check_finite("Affine", "b", b);
    theta_.resize(layer_.parameter_count());
    theta_ << a.reshaped(), b;
  }

  [[nodiscard]] Index input_dimension() const { return layer_.in; }
  [[nodiscard]] Index output_dimension() const { return layer_.out; }
  [[nodiscard]] Index parameter_count() const { return theta_.size(); }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return theta_; }

  /// Throws std::invalid_argument unless theta has parameter_count() entries.
  void set_parameters(ConstVectorRef<Scalar> theta) {
    check_size("Affine::set_parameters", "size of theta", theta.size(), theta_.size());
    theta_ = theta;
  }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y) const {
    layer_.forward(theta_.data(), x.data(), x.outerStride(), kBlockSize, y.data(), y.outerStride());
  }

  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Tape& tape) const {
    set_size(tape.input, kBlockSize, layer_.in + 1);
    set_size(tape.scratch, layer_.scratch_size());
    tape.input.leftCols(layer_.in) = x;
    tape.input.col(layer_.in).setOnes();
    apply(x, y);
  }

  /// [dA db] += dy' [x 1],   dx = dy A.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dx) const {
    tape.dy = dy;
    layer_.backward_parameters(tape.dy.data(), tape.input.data(), dtheta.data(),
                               tape.scratch.data());
    layer_.backward_input(theta_.data(), tape.dy.data(), dx.data(), dx.outerStride());
  }

 private:
  detail::DenseLayer layer_;
  Vector<Scalar> theta_;
};

}  // namespace pushforward
