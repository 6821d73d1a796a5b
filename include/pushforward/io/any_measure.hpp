#pragma once

#include "pushforward/io/any_map.hpp"
#include "pushforward/measures.hpp"
#include "pushforward/sampling/sampler.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

/// A measure whose type is known at run time only, as AnyMap is a map.
template <Real S>
class AnyMeasure {
 public:
  using Scalar = S;
  using Scratch = detail::AnyScratch;

  template <Measure M>
  requires Described<M> && std::same_as<typename M::Scalar, S> &&
      (!std::same_as<M, AnyMeasure>)explicit AnyMeasure(M measure)
      : held_(static_cast<const Holder*>(new Held<M>(std::move(measure)))) {}

  [[nodiscard]] Index dimension() const { return held_->dimension(); }
  void sample(Key key, std::uint64_t first, BlockRef<Scalar> x, Scratch& scratch) const {
    held_->sample(key, first, x, scratch);
  }

  template <class Sink>
  void write(Writer<Sink>& out) const {
    out.append(held_->bytes());
  }
  /// Throws format_error unless a built-in measure comes next.
  [[nodiscard]] static AnyMeasure read(Reader& in) {
    using Quantiles = detail::Types<Gaussian<S>, Uniform<S>>;
    if (in.kind() == "QuasiRandom") {
      Reader measure = in;
      measure.object();
      measure.enter_field(in.path());
      return detail::with_kind<AnyMeasure>(
          measure, Quantiles{}, [&]<class M>() { return AnyMeasure(in.read<QuasiRandom<M>>()); });
    }
    return detail::read_one_of<AnyMeasure, Gaussian<S>, Uniform<S>, Empirical<S>,
                               Mixture<AnyMeasure>, Product<AnyMeasure, AnyMeasure>,
                               Marginal<AnyMeasure>, Graph<AnyMap<S>, AnyMeasure>,
                               Image<AnyMap<S>, AnyMeasure>, Sampler<AnyMap<S>, AnyMeasure>,
                               detail::SdeSamplerOfAnyMethod<AnyMap<S>>>(in);
  }

 private:
  struct Holder : detail::Holder {
    virtual Index dimension() const = 0;
    virtual void sample(Key key, std::uint64_t first, BlockRef<S> x, Scratch& scratch) const = 0;
  };
  template <class M>
  struct Held final : Holder {
    explicit Held(M m) : measure(std::move(m)) {}
    Index dimension() const override { return measure.dimension(); }
    void sample(Key key, std::uint64_t first, BlockRef<S> x, Scratch& scratch) const override {
      pushforward::sample(measure, key, first, x, scratch.template as<ScratchOf<M>>());
    }
    std::string bytes() const override { return detail::bytes_of(measure); }
    M measure;
  };

  std::shared_ptr<const Holder> held_;  // counted as that, as in AnyMap
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
