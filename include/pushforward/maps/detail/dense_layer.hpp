#pragma once

#include "pushforward/core/detail/dense.hpp"
#include "pushforward/core/lane.hpp"

#include <algorithm>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

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

  /// dz = da W', 64 x out: forward without b.
  template <Real Scalar>
  void tangent(const Scalar* theta, const Scalar* da, Index da_stride, Scalar* dz,
               Index dz_stride) const {
    scaled_lanes(da, da_stride, kBlockSize, in, {theta + offset, 1, out}, nullptr, out, dz,
                 dz_stride);
  }

  /// da = dz W, 64 x in.
  template <Real Scalar>
  void backward_input(const Scalar* theta, const Scalar* dz, Index dz_stride, Scalar* da,
                      Index da_stride) const {
    scaled_lanes(dz, dz_stride, kBlockSize, out, {theta + offset, out, 1}, nullptr, in, da,
                 da_stride);
  }

  /// z = W a + b for one sample, a, in, and z, out: the same sums as in forward, in the same order.
  template <Real Scalar>
  void forward_one(const Scalar* theta, const Scalar* a, Scalar* z) const {
    std::copy_n(theta + offset + in * out, out, z);
    add_one(theta, a, z);
  }

  /// z += W a for one sample.
  ///
  /// No tile has a single sum: g++ does not fuse the multiply-adds of one for Zen processors, while
  /// it fuses those of two and more, and then the bits are not those of forward.
  template <Real Scalar>
  void add_one(const Scalar* theta, const Scalar* a, Scalar* z) const {
    if (out < 2 * kPackSize<Scalar>)
      add_one_narrow<Scalar>({theta + offset, 1, out}, in, a, out, z);
    else
      add_one_wide(theta + offset, a, z);
  }

  /// da += dz W for one sample, dz, out, and da, in: the sums of backward_input.
  template <Real Scalar>
  void add_input_one(const Scalar* theta, const Scalar* dz, Scalar* da) const {
    constexpr Index some = 2 * kPackSize<Scalar>;
    for (Index k = 0; k < in; k += some)
      add_one_narrow<Scalar>({theta + offset + k * out, out, 1}, out, dz, (std::min)(some, in - k),
                             da + k);
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

 private:
  /// The outputs are lanes. The columns of W are read as they stand, some of them at a time.
  template <Real Scalar>
  void add_one_wide(const Scalar* w, const Scalar* a, Scalar* z) const {
    constexpr Index pack = kPackSize<Scalar>;
    Scalar last[std::size_t(2 * pack)];  // the last outputs, if not all of them are in whole tiles
    std::copy_n(z + out - 2 * pack, 2 * pack, last);
    const auto add = [&](auto packs, Index k, Index count, Index o, Scalar* to) {
      add_columns(packs, w + k * out + o, a + k, count, to);
    };
    constexpr std::make_index_sequence<2> two;
    constexpr std::make_index_sequence<8> eight;
    const Index some = (std::max)(Index(16), 8192 / out);
    Index o = 0;
    for (Index k = 0; k < in; k += some) {
      const Index count = (std::min)(some, in - k);
      for (o = 0; o + 8 * pack <= out; o += 8 * pack) add(eight, k, count, o, z + o);
      for (; o + 2 * pack <= out; o += 2 * pack) add(two, k, count, o, z + o);
    }
    if (o == out) return;
    add(two, 0, in, out - 2 * pack, last);
    std::copy_n(last + 2 * pack - (out - o), out - o, z + o);
  }

  /// z += sum_k a_k w_k over `count` columns of W, as many packs of each as p has numbers.
  template <Real Scalar, std::size_t... p>
  void add_columns(std::index_sequence<p...>, const Scalar* w, const Scalar* a, Index count,
                   Scalar* z) const {
    constexpr Index width = kPackSize<Scalar>;
    Pack<Scalar> sums[sizeof...(p)];
    (load<Scalar>(z + Index(p) * width, sums[p]), ...);
    for (Index k = 0; k < count; ++k, w += out) {
      const auto add = [&](const Scalar* from, Pack<Scalar>& sum) {
        Pack<Scalar> lanes;
        load<Scalar>(from, lanes);
        sum += a[k] * lanes;
      };
      (add(w + Index(p) * width, sums[p]), ...);
    }
    (store<Scalar>(sums[p], z + Index(p) * width), ...);
  }

  /// z_o += sum_k w(o, k) a_k for at most two packs of outputs. The lanes are samples, all the
  /// same.
  template <Real Scalar>
  static void add_one_narrow(const Weights<Scalar>& w, Index inner, const Scalar* a, Index outputs,
                             Scalar* z) {
    constexpr Index lanes = 2 * kPackSize<Scalar>, some = 32;
    Scalar copies[std::size_t(some * lanes)], sums[std::size_t(lanes * lanes)];
    for (Index o = 0; o < outputs; ++o) std::fill_n(sums + o * lanes, lanes, z[o]);
    for (Index k = 0; k < inner; k += some) {
      const Index count = (std::min)(some, inner - k);
      for (Index i = 0; i < count; ++i) std::fill_n(copies + i * lanes, lanes, a[k + i]);
      const auto add = [&]<std::size_t packs, std::size_t tile>(std::index_sequence<packs, tile>,
                                                                Index o) {
        scaled_lanes_tile<packs, tile, true>(
            copies, lanes, count,
            Weights<Scalar>{w.data + o * w.row + k * w.column, w.row, w.column}, w.data,
            sums + o * lanes, lanes);
      };
      Index o = 0;
      for (; o + 4 <= outputs; o += 4) add(std::index_sequence<1, 4>(), o);
      for (; o + 2 <= outputs; o += 2) add(std::index_sequence<1, 2>(), o);
      if (o < outputs) add(std::index_sequence<2, 1>(), o);
    }
    for (Index o = 0; o < outputs; ++o) z[o] = sums[o * lanes];
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
