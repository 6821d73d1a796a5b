#pragma once

#include "pushforward/core/lane.hpp"
#include "pushforward/maps/detail/dense.hpp"

namespace pushforward::detail {

/// z = W a + b for a block a, 64 x in, with [W b], out x (in + 1) column by column, in the flat
/// parameter vector.
struct DenseLayer {
  Index in;
  Index out;
  Index offset;  ///< where [W b] begins

  [[nodiscard]] Index parameter_count() const { return out * (in + 1); }

  /// `lanes` rows of z = W a + b; column k of a at a + k * a_stride, column o of z at z + o *
  /// z_stride.
  template <Real Scalar>
  void forward(const Scalar* theta, const Scalar* a, Index a_stride, Index lanes, Scalar* z,
               Index z_stride) const {
    const Scalar* w = theta + offset;
    scaled_lanes(a, a_stride, lanes, in, {w, 1, out}, w + in * out, out, z, z_stride);
  }

  /// da = dz W, 64 x in.
  template <Real Scalar>
  void backward_input(const Scalar* theta, const Scalar* dz, Scalar* da, Index da_stride) const {
    scaled_lanes(dz, kBlockSize, kBlockSize, out, {theta + offset, out, 1}, nullptr, in, da,
                 da_stride);
  }

  /// Numbers of scratch that backward_parameters needs.
  [[nodiscard]] Index scratch_size() const {
    return out < kNarrow ? 0 : padded(out) * (kBlockSize + (out % kLaneMultiple != 0 ? in + 1 : 0));
  }

  /// [dW db] += dz' [a 1], with [a 1] 64 x (in + 1): its last column holds ones.
  ///
  /// Wide layers sum over the samples with the outputs as lanes, so dz is transposed first;
  /// narrow ones take a dot product over the lanes for each weight.
  template <Real Scalar>
  void backward_parameters(const Scalar* dz, const Scalar* a_one, Scalar* dtheta,
                           Scalar* scratch) const {
    Scalar* dw = dtheta + offset;
    if (out < kNarrow) {
      for (Index k = 0; k <= in; ++k)
        for (Index o = 0; o < out; ++o)
          dw[k * out + o] += lane_dot(dz + o * kBlockSize, a_one + k * kBlockSize);
      return;
    }
    const Index stride = padded(out);
    Scalar* transposed = scratch;
    transpose_block(dz, out, transposed);
    if (stride == out) {
      scaled_lanes<true>(transposed, stride, stride, kBlockSize, {a_one, kBlockSize, 1}, nullptr,
                         in + 1, dw, stride);
    } else {
      Scalar* wide = scratch + stride * kBlockSize;
      scaled_lanes(transposed, stride, stride, kBlockSize, {a_one, kBlockSize, 1}, nullptr, in + 1,
                   wide, stride);
      for (Index k = 0; k <= in; ++k)
        for (Index o = 0; o < out; ++o) dw[k * out + o] += wide[k * stride + o];
    }
  }

  static constexpr Index kNarrow = 8;
};

}  // namespace pushforward::detail
