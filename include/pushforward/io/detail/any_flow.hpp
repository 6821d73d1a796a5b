#pragma once

#include "pushforward/flows/change_prediction.hpp"
#include "pushforward/flows/denoiser.hpp"
#include "pushforward/flows/integrators.hpp"
#include "pushforward/flows/ode_flow.hpp"
#include "pushforward/flows/sde_sampler.hpp"
#include "pushforward/io/detail/any.hpp"

#include <variant>

/// \file
/// Flows whose method is known at run time only: of any field, so that there is one for each
/// method, not for each method and field.

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// A value that is one of T by its kind, saved as that.
template <class... T>
struct OneOf {
  template <class Sink>
  void write(Writer<Sink>& out) const {
    std::visit([&](const auto& one) { out.write(one); }, value);
  }
  [[nodiscard]] static OneOf read(Reader& in) {
    return with_kind<OneOf>(in, Types<T...>{}, [&]<class One>() { return OneOf{in.read<One>()}; });
  }

  std::variant<T...> value;
};

using AnyIntegrator = OneOf<Euler, Heun, RungeKutta4, DormandPrince>;
using AnyDiffusionMethod = OneOf<EulerMaruyama, PredictorCorrector, ChurnedHeun>;

/// What a flow without log |det| does with its divergence: it is saved.
struct AnyDivergence {
  template <class U>
  using Room = NoScratch;

  void check(std::string_view function) const {
    std::visit([&](const auto& one) { one.check(function); }, of.value);
  }
  template <class Sink>
  void write(Writer<Sink>& out) const {
    of.write(out);
  }
  [[nodiscard]] static AnyDivergence read(Reader& in) { return {decltype(of)::read(in)}; }

  OneOf<ExactDivergence, HutchinsonDivergence> of;
};

/// OdeFlow<U, Method> of a method known at run time, without log |det|.
template <Map U>
class FlowOfAnyMethod {
 public:
  using Scalar = typename U::Scalar;
  using Scratch = AnyScratch;
  static constexpr std::string_view kName = "OdeFlow";

  FlowOfAnyMethod(const U& field, const TimeGrid<Scalar>& grid, const AnyIntegrator& method,
                  AnyDivergence divergence)
      : flow_(std::visit(
            [&]<class Method>(const Method& m) {
              return Flow(std::in_place_type<Of<Method>>, field, grid, m, divergence);
            },
            method.value)) {}

  [[nodiscard]] auto description() const {
    return std::visit(
        [](const auto& flow) {
          return describe("field", flow.field(), "grid", flow.grid(), "method",
                          AnyIntegrator{flow.method()}, "divergence", flow.divergence());
        },
        flow_);
  }
  [[nodiscard]] Index input_dimension() const {
    return std::visit([](const auto& flow) { return flow.input_dimension(); }, flow_);
  }
  [[nodiscard]] Index output_dimension() const { return input_dimension(); }
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    std::visit([&]<class F>(const F& flow) { flow.apply(x, y, scratch.as<typename F::Scratch>()); },
               flow_);
  }

 private:
  template <class Method>
  using Of = OdeFlow<U, Method, AnyDivergence>;
  using Flow = std::variant<Of<Euler>, Of<Heun>, Of<RungeKutta4>, Of<DormandPrince>>;

  Flow flow_;
};

/// SdeSampler<D, Method> of a method known at run time.
template <Map D>
class SdeSamplerOfAnyMethod {
 public:
  using Scalar = typename D::Scalar;
  using Scratch = typename SdeSampler<D>::Scratch;
  static constexpr std::string_view kName = "SdeSampler";

  SdeSamplerOfAnyMethod(const D& denoiser, const TimeGrid<Scalar>& levels,
                        const AnyDiffusionMethod& method)
      : sampler_(std::visit(
            [&]<class Method>(const Method& m) {
              return Law(std::in_place_type<SdeSampler<D, Method>>, denoiser, levels, m);
            },
            method.value)) {}

  [[nodiscard]] auto description() const {
    return std::visit(
        [](const auto& law) {
          return describe("denoiser", law.denoiser(), "levels", law.levels(), "method",
                          AnyDiffusionMethod{law.method()});
        },
        sampler_);
  }
  [[nodiscard]] Index dimension() const {
    return std::visit([](const auto& law) { return law.dimension(); }, sampler_);
  }
  void sample(Key key, std::uint64_t first, BlockRef<Scalar> y, Scratch& scratch) const {
    std::visit([&](const auto& law) { law.sample(key, first, y, scratch); }, sampler_);
  }

 private:
  using Law = std::variant<SdeSampler<D, EulerMaruyama>, SdeSampler<D, PredictorCorrector>,
                           SdeSampler<D, ChurnedHeun>>;

  Law sampler_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
