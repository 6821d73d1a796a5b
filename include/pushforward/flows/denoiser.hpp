#pragma once

#include "pushforward/flows/edm_scaling.hpp"
#include "pushforward/maps/detail/wrapped.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// D(x, q) = c_skip x + c_out F(c_in x, c_noise): the denoiser E[x1 | x1 + q z = x] that a network
/// F trained on DenoisingPairs of the same scaling makes. D(x, 0) = x. The parameters are those of
/// F, R^(d+1) -> R^d, through which D can be trained itself.
template <class M>
class Denoiser : public detail::Wrapped<M> {
  using detail::Wrapped<M>::map_;

 public:
  using Scalar = typename M::Scalar;
  static constexpr std::string_view kName = "Denoiser";
  struct Scratch {
    ScratchOf<M> map;
    Block<Scalar> input;  ///< [c_in x, c_noise]
  };
  struct Tape {
    TapeOf<M> map;
    Block<Scalar> x, f;   ///< (x, q) and F
    Block<Scalar> input;  ///< [c_in x, c_noise], then tangents or gradients in it
    Block<Scalar> df;     ///< gradients in F
  };

  /// Throws std::invalid_argument unless F takes one number more than it gives, std::domain_error
  /// unless the scaling's deviation and its square are positive and finite.
  explicit Denoiser(M network, EdmScaling scaling = {})
      : detail::Wrapped<M>(std::move(network)), scaling_(scaling) {
    check_size("Denoiser", "input dimension of the network", map_.input_dimension(),
               map_.output_dimension() + 1);
    scaling_.check<Scalar>();
  }

  [[nodiscard]] auto description() const { return describe("network", map_, "scaling", scaling_); }
  [[nodiscard]] const EdmScaling& scaling() const { return scaling_; }
  [[nodiscard]] Index input_dimension() const { return map_.input_dimension(); }
  [[nodiscard]] Index output_dimension() const { return map_.output_dimension(); }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    const Lanes c(scaling_, x.col(d()));
    scale(c, x, scratch.input);
    pushforward::apply(map_, scratch.input, y, scratch.map);
    for (Index j = 0; j < d(); ++j) y.col(j) = c.skip * x.col(j) + c.out * y.col(j);
  }

  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y,
               Tape& tape) const requires TrainableMap<M> {
    const Lanes c(scaling_, x.col(d()));
    tape.x = x;
    scale(c, x, tape.input);
    map_.forward(tape.input, y, tape.map);
    tape.f = y;
    for (Index j = 0; j < d(); ++j) y.col(j) = c.skip * x.col(j) + c.out * y.col(j);
  }

  /// dF = c_out dy and, with g = dL/d(c_in x, c_noise),
  ///   dx = c_skip dy + c_in g_x,   dq = c_skip' x.dy + c_out' F.dy + c_in' x.g_x + c_noise'
  ///   g_noise.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dx) const requires TrainableMap<M> {
    pull(tape, dy, dx, [&] { map_.backward(tape.map, tape.df, dtheta, tape.input); });
  }

  void cotangent(Tape& tape, ConstBlockRef<Scalar> dy,
                 BlockRef<Scalar> dx) const requires HasCotangent<M> {
    pull(tape, dy, dx, [&] { map_.cotangent(tape.map, tape.df, tape.input); });
  }

  /// c_skip dx + c_skip' x dq + c_out' F dq + c_out J (c_in dx + c_in' x dq, c_noise' dq).
  void tangent(Tape& tape, ConstBlockRef<Scalar> dx,
               BlockRef<Scalar> dy) const requires HasTangent<M> {
    const Lanes c(scaling_, tape.x.col(d())), slope(scaling_, tape.x.col(d()), true);
    const auto dq = dx.col(d());
    for (Index j = 0; j < d(); ++j)
      tape.input.col(j) = c.in * dx.col(j) + slope.in * dq * tape.x.col(j);
    tape.input.col(d()) = slope.noise * dq;
    map_.tangent(tape.map, tape.input, dy);
    for (Index j = 0; j < d(); ++j)
      dy.col(j) = c.skip * dx.col(j) + c.out * dy.col(j) +
                  (slope.skip * tape.x.col(j) + slope.out * tape.f.col(j)) * dq;
  }

 private:
  using Lanes = detail::EdmLanes<Scalar>;

  [[nodiscard]] Index d() const { return map_.output_dimension(); }

  void scale(const Lanes& c, ConstBlockRef<Scalar> x, Block<Scalar>& input) const {
    set_size(input, kBlockSize, d() + 1);
    for (Index j = 0; j < d(); ++j) input.col(j) = c.in * x.col(j);
    input.col(d()) = c.noise;
  }

  /// `through` sets tape.input to the gradient in the input of F, given tape.df.
  template <class Through>
  void pull(Tape& tape, ConstBlockRef<Scalar> dy, BlockRef<Scalar> dx, Through through) const {
    const Lanes c(scaling_, tape.x.col(d())), slope(scaling_, tape.x.col(d()), true);
    set_size(tape.df, kBlockSize, d());
    for (Index j = 0; j < d(); ++j) tape.df.col(j) = c.out * dy.col(j);
    through();
    auto dq = dx.col(d());
    dq = slope.noise * tape.input.col(d());
    for (Index j = 0; j < d(); ++j) {
      const auto x = tape.x.col(j), g = tape.input.col(j);
      dx.col(j) = c.skip * dy.col(j) + c.in * g;
      dq += (slope.skip * x + slope.out * tape.f.col(j)) * dy.col(j) + slope.in * x * g;
    }
  }

  EdmScaling scaling_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
