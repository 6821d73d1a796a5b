#pragma once

#include "pushforward/maps/activation.hpp"
#include "pushforward/maps/detail/dense_layer.hpp"

#include <algorithm>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// The gradient of s = <dy, da_L>, where da_L = J dx is the tangent of dense layers, by reverse
/// mode through the forward mode (Pearlmutter 1994), and the room for it.
///
/// Layer by layer, with a dot for the tangents:
///   z_l = W_l a_(l-1) + b_l,   z._l = W_l a._(l-1),   a_l = sigma(z_l),   a._l = sigma'(z_l) z._l.
/// Backwards, with p_l = ds/da._l and q_l = ds/da_l, from p_L = dy and q_L = 0:
///   ds/dz._l = sigma' p_l,   ds/dz_l = sigma' q_l + sigma'' z._l p_l,
///   dW_l += (ds/dz._l)' a._(l-1) + (ds/dz_l)' a_(l-1),   db_l += sum ds/dz_l,
///   p_(l-1) = ds/dz._l W_l,   q_(l-1) = ds/dz_l W_l.
template <Real Scalar>
class SecondDerivatives {
 public:
  /// `inputs` = [a_0 1 | a_1 1 | ... | a_(L-1) 1] of a forward pass. `scratch` as the layers need.
  template <class Hidden, class Output>
  void tangent_backward(const std::vector<DenseLayer>& layers, const Scalar* theta,
                        const Block<Scalar>& inputs, ConstBlockRef<Scalar> dx,
                        ConstBlockRef<Scalar> dy, Scalar* dtheta, Scalar* scratch,
                        BlockRef<Scalar> ddx) {
    prepare(layers, inputs.cols());
    forward<Hidden, Output>(layers, theta, inputs, dx);
    Index input = inputs.cols(), unit = slopes_.cols();
    p_[0].leftCols(dy.cols()) = dy;
    q_[0].leftCols(dy.cols()).setZero();
    for (std::size_t l = layers.size(); l-- > 0;) {
      const DenseLayer& layer = layers[l];
      const std::size_t here = (layers.size() - 1 - l) % 2;
      input -= layer.in + 1;
      unit -= layer.out;
      auto p = p_[here].leftCols(layer.out), q = q_[here].leftCols(layer.out);
      q = slopes_.middleCols(unit, layer.out) * q + bends_.middleCols(unit, layer.out) * p;
      p *= slopes_.middleCols(unit, layer.out);
      layer.backward_parameters(p.data(), tangents_.col(input).data(), dtheta, scratch);
      layer.backward_parameters(q.data(), inputs.col(input).data(), dtheta, scratch);
      if (l == 0) {
        layer.backward_input(theta, q.data(), kBlockSize, ddx.data(), ddx.outerStride());
        return;
      }
      layer.backward_input(theta, p.data(), kBlockSize, p_[1 - here].data(), kBlockSize);
      layer.backward_input(theta, q.data(), kBlockSize, q_[1 - here].data(), kBlockSize);
    }
  }

 private:
  template <class Hidden, class Output>
  void forward(const std::vector<DenseLayer>& layers, const Scalar* theta,
               const Block<Scalar>& inputs, ConstBlockRef<Scalar> dx) {
    tangents_.leftCols(dx.cols()) = dx;
    Index input = 0, unit = 0;
    for (const DenseLayer& layer : layers) {
      const bool last = &layer == &layers.back();
      Scalar* const z = slopes_.col(unit).data();
      Scalar* const dz = bends_.col(unit).data();
      layer.forward(theta, inputs.col(input).data(), kBlockSize, kBlockSize, z, kBlockSize);
      layer.tangent(theta, tangents_.col(input).data(), kBlockSize, dz, kBlockSize);
      input += layer.in + 1;
      tangents_.col(input - 1).setZero();
      for (Index o = 0; o < layer.out; ++o, ++unit) {
        Lane<Scalar> value = slopes_.col(unit), slope, curvature;
        if (last) {
          Output::apply(value, slope, curvature);
        } else {
          Hidden::apply(value, slope, curvature);
          tangents_.col(input + o) = slope * bends_.col(unit);
        }
        slopes_.col(unit) = slope;
        bends_.col(unit) *= curvature;
      }
    }
  }

  void prepare(const std::vector<DenseLayer>& layers, Index inputs) {
    Index units = 0, widest = 0;
    for (const DenseLayer& layer : layers) {
      units += layer.out;
      widest = (std::max)({widest, layer.in, layer.out});
    }
    set_size(tangents_, kBlockSize, inputs);
    set_size(slopes_, kBlockSize, units);
    set_size(bends_, kBlockSize, units);
    for (auto* sides : {p_, q_})
      for (int side = 0; side < 2; ++side) set_size(sides[side], kBlockSize, widest);
  }

  Block<Scalar> tangents_;  ///< [a._0 0 | a._1 0 | ...]
  Block<Scalar> slopes_;    ///< [sigma_1' | ... | sigma_L'], at first z
  Block<Scalar> bends_;     ///< [sigma_1'' z._1 | ...], at first z.
  Block<Scalar> p_[2], q_[2];
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
