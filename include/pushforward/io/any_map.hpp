#pragma once

#include "pushforward/io/detail/any.hpp"
#include "pushforward/io/detail/any_flow.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/transport/power_cells.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

/// A map whose type is known at run time only: one virtual call a block. It has the bits of the map
/// it holds, and is saved and read as that: any built-in map, of any built-in maps, but for fields
/// of more than one type of their own (ConditionalMean, ChangePrediction other than
/// ProbabilityFlow, inverses of flows): for each there would be dozens to compile, and load<T>
/// reads them. Copies share what they hold, which never changes.
template <Real S, bool kInvertible = false>
class AnyMap {
 public:
  using Scalar = S;
  using Scratch = detail::AnyScratch;

  template <Map M>
  requires Described<M> && std::same_as<typename M::Scalar, S> &&
      (!std::same_as<M, AnyMap>)explicit AnyMap(M map)
      : held_(static_cast<const Holder*>(new Held<M>(std::move(map)))) {
    static_assert(!kInvertible || InvertibleMap<M>);
  }

  [[nodiscard]] Index input_dimension() const { return held_->input_dimension(); }
  [[nodiscard]] Index output_dimension() const { return held_->output_dimension(); }
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    held_->apply(x, y, scratch);
  }
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det,
             Scratch& scratch) const requires kInvertible {
    held_->apply(x, y, log_det, scratch);
  }
  void inverse(ConstBlockRef<Scalar> y, BlockRef<Scalar> x,
               Scratch& scratch) const requires kInvertible {
    held_->inverse(y, x, scratch);
  }

  template <class Sink>
  void write(Writer<Sink>& out) const {
    out.append(held_->bytes());
  }
  /// Throws format_error unless a built-in map comes next, an invertible one if this is.
  [[nodiscard]] static AnyMap read(Reader& in) {
    if constexpr (kInvertible) {
      return detail::read_one_of<AnyMap, Identity<S>, Affine<S>, Standardize<S>, ConvexGradient<S>,
                                 RationalQuadraticSpline<S>, Compose<AnyMap, AnyMap>, Chain<AnyMap>,
                                 InverseOf<AnyMap>>(in);
    } else {
      using Net = detail::MlpOfAnyActivations<S>;
      return detail::read_one_of<AnyMap, Identity<S>, Affine<S>, Standardize<S>, ConvexGradient<S>,
                                 RationalQuadraticSpline<S>, Compose<AnyMap, AnyMap>, Chain<AnyMap>,
                                 Residual<AnyMap>, Alongside<AnyMap>, Pin<AnyMap>,
                                 Players<AnyMap, AnyMap>, PowerCells<S>, InverseOf<AnyMap<S, true>>,
                                 detail::FlowOfAnyMethod<AnyMap>, Denoiser<AnyMap>,
                                 ProbabilityFlow<AnyMap>, Net, SpectralNorm<Net>>(in);
    }
  }

 private:
  struct Holder : detail::Holder {
    virtual Index input_dimension() const = 0;
    virtual Index output_dimension() const = 0;
    virtual void apply(ConstBlockRef<S> x, BlockRef<S> y, Scratch& scratch) const = 0;
    virtual void apply(ConstBlockRef<S> x, BlockRef<S> y, Lane<S>& log_det,
                       Scratch& scratch) const = 0;
    virtual void inverse(ConstBlockRef<S> y, BlockRef<S> x, Scratch& scratch) const = 0;
  };
  template <class M>
  struct Held final : Holder {
    explicit Held(M m) : map(std::move(m)) {}
    Index input_dimension() const override { return map.input_dimension(); }
    Index output_dimension() const override { return map.output_dimension(); }
    void apply(ConstBlockRef<S> x, BlockRef<S> y, Scratch& scratch) const override {
      pushforward::apply(map, x, y, scratch.template as<ScratchOf<M>>());
    }
    void apply([[maybe_unused]] ConstBlockRef<S> x, [[maybe_unused]] BlockRef<S> y,
               [[maybe_unused]] Lane<S>& log_det,
               [[maybe_unused]] Scratch& scratch) const override {
      if constexpr (kInvertible) map.apply(x, y, log_det, scratch.template as<ScratchOf<M>>());
    }
    void inverse([[maybe_unused]] ConstBlockRef<S> y, [[maybe_unused]] BlockRef<S> x,
                 [[maybe_unused]] Scratch& scratch) const override {
      if constexpr (kInvertible) map.inverse(y, x, scratch.template as<ScratchOf<M>>());
    }
    std::string bytes() const override { return detail::bytes_of(map); }
    M map;
  };

  std::shared_ptr<const Holder> held_;  // counted as that, not as a Held<M> for each M
};

/// The same, of an invertible map.
template <Real S>
using AnyInvertibleMap = AnyMap<S, true>;

}  // namespace pushforward::inline PUSHFORWARD_ISA
