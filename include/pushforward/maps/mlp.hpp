#pragma once

#include "pushforward/core/concepts.hpp"
#include "pushforward/maps/activation.hpp"
#include "pushforward/maps/detail/dense_layer.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace pushforward {

/// Widest layer an Mlp may have: `apply` keeps two layers of a few lanes on the stack.
inline constexpr Index kMaxWidth = 1024;

/// A multilayer perceptron: a_0 = x, a_l = sigma_l(W_l a_(l-1) + b_l), T(x) = a_L.
///
/// Sizes are set at run time; sigma_l is `Hidden` for l < L and `Output` for l = L. The flat
/// parameter vector holds, layer by layer, W_l (out x in, column by column) and then b_l.
template <Real S, class Hidden = Tanh, class Output = Linear>
class Mlp {
  static_assert(explain_activation<Hidden, S>());
  static_assert(explain_activation<Output, S>());

 public:
  using Scalar = S;

  /// What a forward pass leaves for backward passes.
  struct Tape {
    Block<Scalar> inputs;  ///< [a_0 1 | a_1 1 | ... | a_(L-1) 1], a column of ones each
    Block<Scalar> slopes;  ///< [sigma_1' | ... | sigma_L'], or the last if values tell the others
    Block<Scalar> dz[2];   ///< dL/d(W a + b) of a layer and of the one before it
    Vector<Scalar> scratch;
  };

  /// `sizes` = {input dimension, hidden widths ..., output dimension}.
  ///
  /// Weights are drawn from `key`, biases are zero. Throws std::invalid_argument unless there are
  /// at least two sizes, each between 1 and kMaxWidth.
  explicit Mlp(const std::vector<Index>& sizes, Key key,
               Initialisation initialisation = Hidden::initialisation) {
    check_argument(sizes.size() >= 2, "Mlp", "number of sizes", sizes.size(), "at least 2");
    Index offset = 0;
    for (std::size_t l = 0; l < sizes.size(); ++l) {
      check_argument(sizes[l] >= 1 && sizes[l] <= kMaxWidth, "Mlp", "sizes[" + to_text(l) + "]",
                     sizes[l], "between 1 and " + to_text(kMaxWidth));
      widest_ = (std::max)(widest_, sizes[l]);
      if (l == 0) continue;
      layers_.push_back({sizes[l - 1], sizes[l], offset});
      offset += layers_.back().parameter_count();
    }
    theta_.setZero(offset);
    for (std::uint32_t l = 0; l < layers_.size(); ++l)
      draw(layers_[l], key.part(l), initialisation);
  }

  [[nodiscard]] Index input_dimension() const { return layers_.front().in; }
  [[nodiscard]] Index output_dimension() const { return layers_.back().out; }
  [[nodiscard]] Index parameter_count() const { return theta_.size(); }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return theta_; }

  /// Throws std::invalid_argument unless theta has parameter_count() entries.
  void set_parameters(ConstVectorRef<Scalar> theta) {
    check_size("Mlp::set_parameters", "size of theta", theta.size(), theta_.size());
    theta_ = theta;
  }

  /// y, 64 x output_dimension() = T(x), x 64 x input_dimension(). Cost: P multiply-adds a sample.
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y) const {
    alignas(64) Scalar front[kScratch], back[kScratch];
    Index lanes = kBlockSize;
    while (lanes * widest_ > kScratch) lanes /= 2;
    for (Index first = 0; first < kBlockSize; first += lanes) {
      const Scalar* a = x.data() + first;
      Index stride = x.outerStride();
      for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
        Scalar* z = l % 2 == 0 ? front : back;
        layers_[l].forward(theta_.data(), a, stride, lanes, z, lanes);
        activate(z, lanes * layers_[l].out);
        a = z;
        stride = lanes;
      }
      layers_.back().forward(theta_.data(), a, stride, lanes, y.data() + first, y.outerStride());
    }
    for (Index o = 0; o < y.cols(); ++o) {
      Lane<Scalar> z = y.col(o);
      Output::apply(z);
      y.col(o) = z;
    }
  }

  /// As apply, to the bit; leaves in `tape` what backward needs.
  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Tape& tape) const {
    prepare(tape);
    tape.inputs.leftCols(input_dimension()) = x;
    Index input = 0, slope = 0;
    for (const detail::DenseLayer& layer : layers_) {
      const Scalar* a = tape.inputs.col(input).data();
      input += layer.in + 1;
      tape.inputs.col(input - 1).setOnes();
      if (&layer == &layers_.back()) {
        layer.forward(theta_.data(), a, kBlockSize, kBlockSize, y.data(), y.outerStride());
        activate_with_slopes<Output>(y, tape.slopes.rightCols(layer.out));
        return;
      }
      auto z = tape.inputs.middleCols(input, layer.out);
      layer.forward(theta_.data(), a, kBlockSize, kBlockSize, z.data(), kBlockSize);
      if constexpr (kKeepSlopes)
        activate_with_slopes<Hidden>(z, tape.slopes.middleCols(slope, layer.out));
      else
        activate(z.data(), z.size());
      slope += layer.out;
    }
  }

  /// Backpropagation, from the last layer to the first, with dz_L = dy sigma_L':
  ///   [dW_l db_l] += dz_l' [a_(l-1) 1],   dz_(l-1) = (dz_l W_l) sigma_(l-1)',   dx = dz_1 W_1.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dx) const {
    Index input = tape.inputs.cols(), slope = tape.slopes.cols() - output_dimension();
    tape.dz[0].leftCols(dy.cols()) = dy * tape.slopes.rightCols(dy.cols());
    for (std::size_t l = layers_.size(); l-- > 0;) {
      const detail::DenseLayer& layer = layers_[l];
      const std::size_t here = (layers_.size() - 1 - l) % 2;
      const Scalar* dz = tape.dz[here].data();
      input -= layer.in + 1;
      layer.backward_parameters(dz, tape.inputs.col(input).data(), dtheta.data(),
                                tape.scratch.data());
      if (l == 0) {
        layer.backward_input(theta_.data(), dz, dx.data(), dx.outerStride());
        return;
      }
      auto before = tape.dz[1 - here].leftCols(layer.in);
      layer.backward_input(theta_.data(), dz, before.data(), kBlockSize);
      if constexpr (kKeepSlopes) {
        slope -= layer.in;
        before *= tape.slopes.middleCols(slope, layer.in);
      } else {
        for (Index k = 0; k < layer.in; ++k) {
          Lane<Scalar> derivative = tape.inputs.col(input + k);
          Hidden::slope_of_value(derivative);
          before.col(k) *= derivative;
        }
      }
    }
  }

 private:
  static constexpr Index kScratch = 16 * kMaxWidth;
  static constexpr bool kKeepSlopes = !requirement::slope_of_value<Hidden, Scalar>;

  void draw(const detail::DenseLayer& layer, Key key, Initialisation initialisation) {
    Block<Scalar> draws(kBlockSize, layer.in);
    const Scalar bound = std::sqrt(Scalar(6) / Scalar(layer.in + layer.out));
    const Scalar deviation = std::sqrt(Scalar(2) / Scalar(layer.in));
    for (Index o = 0; o < layer.out; ++o) {  // row o of W is sample o of the stream
      if (o % kBlockSize == 0) {
        if (initialisation == Initialisation::glorot) {
          uniforms<Scalar>(key, static_cast<std::uint64_t>(o), draws);
          draws = bound * (2 * draws - 1);
        } else {
          normals<Scalar>(key, static_cast<std::uint64_t>(o), draws);
          draws *= deviation;
        }
      }
      for (Index k = 0; k < layer.in; ++k)
        theta_[layer.offset + k * layer.out + o] = draws(o % kBlockSize, k);
    }
  }

  /// Hidden on `count` neighbouring numbers, 64 at a time.
  static void activate(Scalar* z, Index count) {
    for (; count >= kBlockSize; z += kBlockSize, count -= kBlockSize) {
      Eigen::Map<Lane<Scalar>> numbers(z);
      Lane<Scalar> lane = numbers;
      Hidden::apply(lane);
      numbers = lane;
    }
    if (count == 0) return;
    Lane<Scalar> lane = Lane<Scalar>::Zero();
    std::copy_n(z, count, lane.data());
    Hidden::apply(lane);
    std::copy_n(lane.data(), count, z);
  }

  template <class A>
  static void activate_with_slopes(BlockRef<Scalar> z, BlockRef<Scalar> slopes) {
    for (Index o = 0; o < z.cols(); ++o) {
      Lane<Scalar> lane = z.col(o), slope;
      pushforward::activate<A>(lane, slope);
      z.col(o) = lane;
      slopes.col(o) = slope;
    }
  }

  void prepare(Tape& tape) const {
    Index inputs = 0, slopes = 0, scratch = 0;
    for (const detail::DenseLayer& layer : layers_) {
      inputs += layer.in + 1;
      if (kKeepSlopes || &layer == &layers_.back()) slopes += layer.out;
      scratch = (std::max)(scratch, layer.scratch_size());
    }
    set_size(tape.inputs, kBlockSize, inputs);
    set_size(tape.slopes, kBlockSize, slopes);
    for (Block<Scalar>& dz : tape.dz) set_size(dz, kBlockSize, widest_);
    set_size(tape.scratch, scratch);
  }

  std::vector<detail::DenseLayer> layers_;
  Index widest_ = 0;
  Vector<Scalar> theta_;
};

}  // namespace pushforward
