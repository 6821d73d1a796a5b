#pragma once

#include "pushforward/maps/detail/dense_layer.hpp"
#include "pushforward/maps/detail/inverse.hpp"
#include "pushforward/maps/map.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

/// T(x) = A x + b, with A, e x d column by column, and then b, e, as the flat parameter vector.
///
/// Invertible if A is square: its inverse and log |det A| are worked out whenever the parameters
/// are set, at d^3 multiply-adds. A may be singular; then log |det| is -infinity, its gradient not
/// finite, and there is no inverse.
template <Real S>
class Affine {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = "Affine";
  struct Tape {
    Block<Scalar> input;  ///< [x 1]
    Block<Scalar> dy;
    Vector<Scalar> scratch;
    Block<Scalar> tangent;  ///< [dx 0]
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
    invert();
  }

  [[nodiscard]] auto description() const {
    return describe(
        "a", Matrix<Scalar>(theta_.head(layer_.in * layer_.out).reshaped(layer_.out, layer_.in)),
        "b", Vector<Scalar>(theta_.tail(layer_.out)));
  }
  [[nodiscard]] Index input_dimension() const { return layer_.in; }
  [[nodiscard]] Index output_dimension() const { return layer_.out; }
  [[nodiscard]] Index parameter_count() const { return theta_.size(); }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return theta_; }

  /// Throws std::invalid_argument unless theta has parameter_count() entries.
  void set_parameters(ConstVectorRef<Scalar> theta) {
    check_size("Affine::set_parameters", "size of theta", theta.size(), theta_.size());
    theta_ = theta;
    invert();
  }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y) const {
    layer_.forward(theta_.data(), x.data(), x.outerStride(), kBlockSize, y.data(), y.outerStride());
  }

  void apply_one(ConstVectorRef<Scalar> x, VectorRef<Scalar> y, NoScratch&) const {
    layer_.forward_one(theta_.data(), x.data(), y.data());
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
    layer_.backward_input(theta_.data(), dy.data(), dy.outerStride(), dx.data(), dx.outerStride());
  }

  /// dy = dx A'.
  void tangent(Tape&, ConstBlockRef<Scalar> dx, BlockRef<Scalar> dy) const {
    layer_.tangent(theta_.data(), dx.data(), dx.outerStride(), dy.data(), dy.outerStride());
  }
  /// dx = dy A.
  void cotangent(Tape&, ConstBlockRef<Scalar> dy, BlockRef<Scalar> dx) const {
    layer_.backward_input(theta_.data(), dy.data(), dy.outerStride(), dx.data(), dx.outerStride());
  }

  /// dA += dy' dx,   ddx = 0.
  void tangent_backward(Tape& tape, ConstBlockRef<Scalar> dx, ConstBlockRef<Scalar> dy,
                        VectorRef<Scalar> dtheta, BlockRef<Scalar> ddx) const {
    tape.dy = dy;
    set_size(tape.tangent, kBlockSize, layer_.in + 1);
    tape.tangent.leftCols(layer_.in) = dx;
    tape.tangent.col(layer_.in).setZero();
    layer_.backward_parameters(tape.dy.data(), tape.tangent.data(), dtheta.data(),
                               tape.scratch.data());
    ddx.setZero();
  }

  /// log |det A|. Throws std::invalid_argument unless A is square.
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det, NoScratch&) const {
    check_square();
    apply(x, y);
    log_det.setConstant(static_cast<Scalar>(inverse_.log_det));
  }
  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det,
               Tape& tape) const {
    check_square();
    forward(x, y, tape);
    log_det.setConstant(static_cast<Scalar>(inverse_.log_det));
  }
  /// d log |det A| / dA = A'^-1.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, const Lane<Scalar>& dlog_det,
                VectorRef<Scalar> dtheta, BlockRef<Scalar> dx) const {
    backward(tape, dy, dtheta, dx);
    const Scalar sum = weighted_sum<Scalar>(dlog_det, Lane<Scalar>::Ones());
    for (Index k = 0; k < layer_.in; ++k)
      for (Index o = 0; o < layer_.out; ++o)
        dtheta[k * layer_.out + o] += sum * static_cast<Scalar>(inverse_.matrix(k, o));
  }

  /// A^-1 (y - b), as A^-1 y - A^-1 b. Throws std::invalid_argument unless A is square,
  /// std::domain_error if it is singular.
  void inverse(ConstBlockRef<Scalar> y, BlockRef<Scalar> x, NoScratch&) const {
    check_square();
    check_domain(is_finite(inverse_.log_det), "Affine::inverse", "log |det A|", inverse_.log_det,
                 "finite");
    layer_.forward(back_.data(), y.data(), y.outerStride(), kBlockSize, x.data(), x.outerStride());
  }

 private:
  void check_square() const { check_size("Affine", "rows of A", layer_.out, layer_.in); }

  void invert() {
    const Index d = layer_.in;
    if (layer_.out != d) return;
    inverse_.compute(theta_.data(), d);
    set_size(back_, theta_.size());
    for (Index k = 0; k < d * d; ++k) back_[k] = static_cast<Scalar>(inverse_.matrix.data()[k]);
    for (Index o = 0; o < d; ++o) {
      double sum = 0;
      for (Index k = 0; k < d; ++k) sum -= inverse_.matrix(o, k) * double(theta_[d * d + k]);
      back_[d * d + o] = static_cast<Scalar>(sum);
    }
  }

  detail::DenseLayer layer_;
  Vector<Scalar> theta_;
  detail::Inverse inverse_;  ///< of A, if it is square
  Vector<Scalar> back_;      ///< A^-1 and -A^-1 b, as theta
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
