#pragma once

#include "pushforward/maps/detail/dense_layer.hpp"
#include "pushforward/maps/detail/largest_singular_value.hpp"
#include "pushforward/maps/detail/wrapped.hpp"

#include <cstring>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// A network whose layers have spectral norm 1: W_l = V_l / s(V_l), with s the largest singular
/// value. With activations of slope at most 1 (all but Silu) it is 1-Lipschitz, and so a critic of
/// the Wasserstein distance (Miyato, Kataoka, Koyama & Yoshida 2018). The parameters are the V_l
/// and b_l; a V_l of zeros stays one.
///
/// s is worked out whenever the parameters are set, a function of them alone: 5 to 20 n^3
/// multiply-adds for a layer with n inputs or outputs, whichever is fewer. Its gradient is that of
/// u'V v, with u and v the singular vectors: dV = (dW - <dW, W> u v') / s.
template <class Net>
class SpectralNorm : public detail::Wrapped<Net> {
  static_assert(
      requires(const Net& net) { net.layers(); },
      "SpectralNorm: it takes a network of dense layers, such as Mlp");
  using detail::Wrapped<Net>::map_;  // V_l and b_l

 public:
  using Scalar = typename Net::Scalar;
  static constexpr std::string_view kName = "SpectralNorm";
  using Scratch = ScratchOf<Net>;
  struct Tape {
    TapeOf<Net> map;
    Vector<Scalar> dtheta;  ///< in W_l and b_l
  };

  /// `net` = an Mlp with weights V_l.
  explicit SpectralNorm(Net net)
      : detail::Wrapped<Net>(std::move(net)), normalised_(map_), theta_(map_.parameters()),
        singular_(map_.layers().size()) {
    normalise();
  }

  [[nodiscard]] auto description() const { return describe("net", map_); }
  /// The network with weights W_l, which is this map.
  [[nodiscard]] const Net& normalised() const { return normalised_; }
  [[nodiscard]] Index input_dimension() const { return map_.input_dimension(); }
  [[nodiscard]] Index output_dimension() const { return map_.output_dimension(); }

  /// Throws std::invalid_argument unless theta has parameter_count() entries.
  void set_parameters(ConstVectorRef<Scalar> theta) {
    check_size("SpectralNorm::set_parameters", "size of theta", theta.size(), theta_.size());
    const Vector<Scalar>& now = map_.parameters();
    const auto bytes = static_cast<std::size_t>(theta.size()) * sizeof(Scalar);
    if (std::memcmp(theta.data(), now.data(), bytes) == 0) return;
    map_.set_parameters(theta);
    normalise();
  }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    pushforward::apply(normalised_, x, y, scratch);
  }
  void apply_one(ConstVectorRef<Scalar> x, VectorRef<Scalar> y,
                 Scratch& scratch) const requires HasApplyOne<Net> {
    normalised_.apply_one(x, y, scratch);
  }
  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Tape& tape) const {
    normalised_.forward(x, y, tape.map);
  }

  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dx) const {
    tape.dtheta.setZero(theta_.size());
    normalised_.backward(tape.map, dy, tape.dtheta, dx);
    add_gradient(tape.dtheta, dtheta);
  }

  void tangent(Tape& tape, ConstBlockRef<Scalar> dx,
               BlockRef<Scalar> dy) const requires HasTangent<Net> {
    normalised_.tangent(tape.map, dx, dy);
  }
  void cotangent(Tape& tape, ConstBlockRef<Scalar> dy,
                 BlockRef<Scalar> dx) const requires HasCotangent<Net> {
    normalised_.cotangent(tape.map, dy, dx);
  }
  void tangent_backward(Tape& tape, ConstBlockRef<Scalar> dx, ConstBlockRef<Scalar> dy,
                        VectorRef<Scalar> dtheta,
                        BlockRef<Scalar> ddx) const requires HasTangentBackward<Net> {
    tape.dtheta.setZero(theta_.size());
    normalised_.tangent_backward(tape.map, dx, dy, tape.dtheta, ddx);
    add_gradient(tape.dtheta, dtheta);
  }

 private:
  void normalise() {
    theta_ = map_.parameters();
    for (std::size_t l = 0; l < singular_.size(); ++l) {
      const detail::DenseLayer& layer = map_.layers()[l];
      singular_[l].compute(theta_.data() + layer.offset, layer.out, layer.in);
      theta_.segment(layer.offset, layer.out * layer.in) /= singular_[l].value;
    }
    normalised_.set_parameters(theta_);
  }

  /// dtheta += dV_l and db_l, of dW_l and db_l.
  void add_gradient(const Vector<Scalar>& dw, VectorRef<Scalar> dtheta) const {
    for (std::size_t l = 0; l < singular_.size(); ++l) {
      const detail::DenseLayer& layer = map_.layers()[l];
      const detail::LargestSingularValue<Scalar>& s = singular_[l];
      const Index size = layer.out * layer.in;
      const auto of_layer = dw.segment(layer.offset, size);
      const Scalar along = detail::dot<Scalar>(of_layer, theta_.segment(layer.offset, size));
      for (Index k = 0; k < layer.in; ++k)
        dtheta.segment(layer.offset + k * layer.out, layer.out) +=
            (of_layer.segment(k * layer.out, layer.out) - (along * s.v[k]) * s.u) / s.value;
      dtheta.segment(layer.offset + size, layer.out) += dw.segment(layer.offset + size, layer.out);
    }
  }

  Net normalised_;
  Vector<Scalar> theta_;  ///< W_l and b_l
  std::vector<detail::LargestSingularValue<Scalar>> singular_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
