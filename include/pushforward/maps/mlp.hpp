#pragma once

#include "pushforward/core/random.hpp"
#include "pushforward/maps/activation.hpp"
#include "pushforward/maps/detail/dense_layer.hpp"
#include "pushforward/maps/detail/second_derivatives.hpp"
#include "pushforward/maps/map.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

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
  static constexpr std::string_view kName = "Mlp";

  /// What a forward pass leaves for backward passes.
  struct Tape {
    Block<Scalar> inputs;  ///< [a_0 1 | a_1 1 | ... | a_(L-1) 1], a column of ones each
    Block<Scalar> slopes;  ///< [sigma_1' | ... | sigma_L'], or the last if values tell the others
    Block<Scalar> dz[2];   ///< dL/d(W a + b) of a layer and of the one before it
    Vector<Scalar> scratch;
    detail::SecondDerivatives<Scalar> second;
  };

  /// `sizes` = {input dimension, hidden widths ..., output dimension}.
  ///
  /// Weights are drawn from `key`, biases are zero. Throws std::invalid_argument unless there are
  /// at least two sizes, each at least 1; std::length_error if the parameters are more than memory
  /// has addresses for.
  explicit Mlp(const std::vector<Index>& sizes, Key key,
               Initialisation initialisation = Hidden::initialisation) {
    theta_.setZero(checked_parameter_count(sizes));
    set_layers(sizes);
    for (std::uint32_t l = 0; l < layers_.size(); ++l)
      draw(layers_[l], key.part(l), initialisation);
  }

  /// With given parameters. Throws as above, and std::invalid_argument unless there are as many as
  /// the sizes need.
  Mlp(Hidden, Output, const std::vector<Index>& sizes, Vector<Scalar> theta) {
    check_size("Mlp", "size of theta", theta.size(), checked_parameter_count(sizes));
    theta_ = std::move(theta);
    set_layers(sizes);
  }
  [[nodiscard]] auto description() const {
    return describe("hidden", Hidden{}, "output", Output{}, "sizes", sizes(), "theta", theta_);
  }

  /// {input dimension, hidden widths ..., output dimension}.
  [[nodiscard]] std::vector<Index> sizes() const {
    std::vector<Index> sizes{input_dimension()};
    for (const detail::DenseLayer& layer : layers_) sizes.push_back(layer.out);
    return sizes;
  }
  /// Where W_l and b_l stand in the parameters.
  [[nodiscard]] const std::vector<detail::DenseLayer>& layers() const { return layers_; }
  [[nodiscard]] Index input_dimension() const { return layers_.front().in; }
  [[nodiscard]] Index output_dimension() const { return layers_.back().out; }
  [[nodiscard]] Index parameter_count() const { return theta_.size(); }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return theta_; }

  /// Throws std::invalid_argument unless theta has parameter_count() entries.
  void set_parameters(ConstVectorRef<Scalar> theta) {
    check_size("Mlp::set_parameters", "size of theta", theta.size(), theta_.size());
    theta_ = theta;
  }

  /// Room for two layers of values, of a block or of one sample.
  struct Scratch {
    Block<Scalar> front, back;
    Vector<Scalar> one;
  };

  /// y, 64 x output_dimension() = T(x), x 64 x input_dimension(). Cost: P multiply-adds a sample.
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    apply_with(Of<Hidden>{}, Of<Output>{}, x, y, scratch);
  }

  /// apply with activations that are not the map's own: each changes a Lane in place.
  template <class OfHidden, class OfOutput>
  void apply_with(OfHidden hidden, OfOutput output, ConstBlockRef<Scalar> x, BlockRef<Scalar> y,
                  Scratch& scratch) const {
    set_size(scratch.front, kBlockSize, widest_);
    set_size(scratch.back, kBlockSize, widest_);
    const Scalar* a = x.data();
    Index stride = x.outerStride();
    for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
      Scalar* z = (l % 2 == 0 ? scratch.front : scratch.back).data();
      layers_[l].forward(theta_.data(), a, stride, kBlockSize, z, kBlockSize);
      activate(hidden, z, kBlockSize * layers_[l].out);
      a = z;
      stride = kBlockSize;
    }
    layers_.back().forward(theta_.data(), a, stride, kBlockSize, y.data(), y.outerStride());
    for (Index o = 0; o < y.cols(); ++o) activate(output, y.col(o).data(), kBlockSize);
  }

  /// y = T(x) of one sample, with the bits of a row of apply.
  void apply_one(ConstVectorRef<Scalar> x, VectorRef<Scalar> y, Scratch& scratch) const {
    set_size(scratch.one, 2 * widest_);
    const Scalar* a = x.data();
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const detail::DenseLayer& layer = layers_[l];
      const bool last = l + 1 == layers_.size();
      Scalar* z = last ? y.data() : scratch.one.data() + Index(l % 2) * widest_;
      layer.forward_one(theta_.data(), a, z);
      last ? activate(Of<Output>{}, z, layer.out) : activate(Of<Hidden>{}, z, layer.out);
      a = z;
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
        activate(Of<Hidden>{}, z.data(), z.size());
      slope += layer.out;
    }
  }

  /// Backpropagation, from the last layer to the first, with dz_L = dy sigma_L':
  ///   [dW_l db_l] += dz_l' [a_(l-1) 1],   dz_(l-1) = (dz_l W_l) sigma_(l-1)',   dx = dz_1 W_1.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dx) const {
    pull_back(tape, dy, dtheta.data(), dx);
  }

  /// dx alone: a third less work than backward.
  void cotangent(Tape& tape, ConstBlockRef<Scalar> dy, BlockRef<Scalar> dx) const {
    pull_back(tape, dy, nullptr, dx);
  }

  /// da_l = (da_(l-1) W_l') sigma_l', from da_0 = dx to dy = da_L.
  void tangent(Tape& tape, ConstBlockRef<Scalar> dx, BlockRef<Scalar> dy) const {
    const Scalar* da = dx.data();
    Index stride = dx.outerStride(), input = 0, slope = 0;
    for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
      const detail::DenseLayer& layer = layers_[l];
      auto dz = tape.dz[l % 2].leftCols(layer.out);
      layer.tangent(theta_.data(), da, stride, dz.data(), kBlockSize);
      input += layer.in + 1;
      multiply_by_slopes(tape, input, slope, dz);
      slope += layer.out;
      da = dz.data();
      stride = kBlockSize;
    }
    layers_.back().tangent(theta_.data(), da, stride, dy.data(), dy.outerStride());
    dy *= tape.slopes.rightCols(dy.cols());
  }

  /// Cost: six times that of apply.
  void tangent_backward(Tape& tape, ConstBlockRef<Scalar> dx, ConstBlockRef<Scalar> dy,
                        VectorRef<Scalar> dtheta, BlockRef<Scalar> ddx) const requires
      HasCurvature<Hidden, Scalar> && HasCurvature<Output, Scalar> {
    tape.second.template tangent_backward<Hidden, Output>(
        layers_, theta_.data(), tape.inputs, dx, dy, dtheta.data(), tape.scratch.data(), ddx);
  }

 private:
  static constexpr bool kKeepSlopes = !requirement::slope_of_value<Hidden, Scalar>;

  /// `dtheta` may be null.
  void pull_back(Tape& tape, ConstBlockRef<Scalar> dy, Scalar* dtheta, BlockRef<Scalar> dx) const {
    Index input = tape.inputs.cols(), slope = tape.slopes.cols() - output_dimension();
    tape.dz[0].leftCols(dy.cols()) = dy * tape.slopes.rightCols(dy.cols());
    for (std::size_t l = layers_.size(); l-- > 0;) {
      const detail::DenseLayer& layer = layers_[l];
      const std::size_t here = (layers_.size() - 1 - l) % 2;
      const Scalar* dz = tape.dz[here].data();
      input -= layer.in + 1;
      if (dtheta != nullptr)
        layer.backward_parameters(dz, tape.inputs.col(input).data(), dtheta, tape.scratch.data());
      if (l == 0) {
        layer.backward_input(theta_.data(), dz, kBlockSize, dx.data(), dx.outerStride());
        return;
      }
      auto before = tape.dz[1 - here].leftCols(layer.in);
      layer.backward_input(theta_.data(), dz, kBlockSize, before.data(), kBlockSize);
      slope -= layer.in;
      multiply_by_slopes(tape, input, slope, before);
    }
  }

  /// dz *= sigma' of the hidden layer whose values, or slopes if they are kept, begin at that
  /// column of the tape.
  static void multiply_by_slopes(const Tape& tape, Index value, Index slope, BlockRef<Scalar> dz) {
    if constexpr (kKeepSlopes) {
      dz *= tape.slopes.middleCols(slope, dz.cols());
    } else {
      for (Index k = 0; k < dz.cols(); ++k) {
        Lane<Scalar> derivative = tape.inputs.col(value + k);
        Hidden::slope_of_value(derivative);
        dz.col(k) *= derivative;
      }
    }
  }

  static Index checked_parameter_count(const std::vector<Index>& sizes) {
    check_argument(sizes.size() >= 2, "Mlp", "number of sizes", sizes.size(), "at least 2");
    Index count = 0;
    for (std::size_t l = 0; l < sizes.size(); ++l) {
      check_count("Mlp", "sizes[" + to_text(l) + "]", sizes[l]);
      if (l == 0) continue;
      check_length<Scalar>("Mlp", "sizes[" + to_text(l - 1) + "] x sizes[" + to_text(l) + "]",
                           sizes[l - 1] + 1, sizes[l]);
      count += (sizes[l - 1] + 1) * sizes[l];
    }
    check_length<Scalar>("Mlp", "number of parameters", 1, count);
    return count;
  }

  void set_layers(const std::vector<Index>& sizes) {
    Index offset = 0;
    widest_ = sizes[0];
    for (std::size_t l = 1; l < sizes.size(); ++l) {
      widest_ = (std::max)(widest_, sizes[l]);
      layers_.push_back({sizes[l - 1], sizes[l], offset});
      offset += layers_.back().parameter_count();
    }
  }

  void draw(const detail::DenseLayer& layer, Key key, Initialisation initialisation) {
    Block<Scalar> draws(kBlockSize, layer.in);
    const bool glorot = initialisation == Initialisation::glorot;
    const Scalar bound = std::sqrt(Scalar(6) / Scalar(layer.in + layer.out));
    const Scalar deviation = std::sqrt(Scalar(2) / Scalar(layer.in));
    for (Index o = 0; o < layer.out; ++o) {  // row o of W is sample o of the stream
      if (o % kBlockSize == 0) {
        if (glorot)
          uniforms<Scalar>(key, static_cast<std::uint64_t>(o), draws);
        else
          normals<Scalar>(key, static_cast<std::uint64_t>(o), draws);
      }
      for (Index k = 0; k < layer.in; ++k) {
        const Scalar drawn = draws(o % kBlockSize, k);
        theta_[layer.offset + k * layer.out + o] =
            glorot ? bound * (2 * drawn - 1) : deviation * drawn;
      }
    }
  }

  /// An activation as something to call.
  template <class A>
  struct Of {
    void operator()(Lane<Scalar>& z) const { A::apply(z); }
  };

  /// `change` on `count` neighbouring numbers, 64 at a time.
  template <class Change>
  static void activate(Change change, Scalar* z, Index count) {
    for (; count >= kBlockSize; z += kBlockSize, count -= kBlockSize) {
      Eigen::Map<Lane<Scalar>> numbers(z);
      Lane<Scalar> lane = numbers;
      change(lane);
      numbers = lane;
    }
    if (count == 0) return;
    Lane<Scalar> lane = Lane<Scalar>::Zero();
    std::copy_n(z, count, lane.data());
    change(lane);
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

}  // namespace pushforward::inline PUSHFORWARD_ISA
