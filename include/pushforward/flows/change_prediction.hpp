#pragma once

#include "pushforward/flows/detail/path_lanes.hpp"
#include "pushforward/flows/velocity.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// One field of a path made of another: of f(x, t) = E[c0 x0 + c1 x1 | x_t = x] that of other c0
/// and c1. With x = a x0 + b x1 these are two equations for E[x0 | x] and E[x1 | x]:
///   D E[x0 | x] = c1 x - b f,   D E[x1 | x] = a f - c0 x,   D = a c1 - b c0.
/// \code
///   const pf::ChangePrediction score(velocity, pf::LinearPath{}, pf::PredictVelocity{},
///                                    pf::PredictScore{});       // (t u - x) / (1 - t)
///   const auto ode = pf::probability_flow(denoiser);            // dx/dq = (x - D) / q
/// \endcode
/// Not finite where D = 0: where f alone says nothing more, as the data x1 do of x0 at a = 0.
///
/// \tparam M     a Map R^(d+1) -> R^d, of (x, t)
/// \tparam P     a Path
/// \tparam From  the Prediction that M makes
/// \tparam To    the Prediction to be made of it
template <class M, class P, class From, class To>
class ChangePrediction {
  static_assert(explain_map<M>() && explain_path<P>() && Prediction<From> && Prediction<To>);

 public:
  using Scalar = typename M::Scalar;
  static constexpr std::string_view kName = "ChangePrediction";
  static constexpr bool kHasDivergence = HasDivergence<M> || HasTangent<M>;

  struct Scratch {
    ScratchOf<M> map;
    detail::TangentTrace<M> trace;
  };

  /// Throws std::invalid_argument unless the map takes one number more than it gives, and what the
  /// path's `check<Scalar>()` throws.
  explicit ChangePrediction(M map, P path = {}, From from = {}, To to = {})
      : map_(std::move(map)), path_(std::move(path)), from_(std::move(from)), to_(std::move(to)) {
    check_field("ChangePrediction", map_);
    check_settings<Scalar>(path_);
  }

  [[nodiscard]] auto description() const {
    return describe("map", map_, "path", path_, "from", from_, "to", to_);
  }
  [[nodiscard]] const M& map() const { return map_; }
  [[nodiscard]] Index input_dimension() const { return map_.input_dimension(); }
  [[nodiscard]] Index output_dimension() const { return map_.output_dimension(); }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    pushforward::apply(map_, x, y, scratch.map);
    const Terms terms = terms_at(x);
    for (Index j = 0; j < y.cols(); ++j) y.col(j) = terms.of_x * x.col(j) + terms.of_f * y.col(j);
  }

  /// That of M, or by its tangents.
  void divergence(ConstBlockRef<Scalar> x, Lane<Scalar>& out,
                  Scratch& scratch) const requires kHasDivergence {
    if constexpr (HasDivergence<M>)
      map_.divergence(x, out, scratch.map);
    else
      scratch.trace(map_, x, out);
    const Terms terms = terms_at(x);
    out = static_cast<Scalar>(output_dimension()) * terms.of_x + terms.of_f * out;
  }

 private:
  struct Terms {
    Lane<Scalar> of_x, of_f;
  };

  /// With r0 and r1 for c0 and c1 of `to`: ((r0 c1 - r1 c0) x + (r1 a - r0 b) f) / D.
  [[nodiscard]] Terms terms_at(ConstBlockRef<Scalar> x) const {
    const auto t = x.col(x.cols() - 1);
    const detail::PathLanes<Scalar> f(path_, from_, t), r(path_, to_, t);
    const Lane<Scalar> determinant = f.a * f.c1 - f.b * f.c0;
    return {(r.c0 * f.c1 - r.c1 * f.c0) / determinant, (r.c1 * f.a - r.c0 * f.b) / determinant};
  }

  M map_;
  P path_;
  From from_;
  To to_;
};

/// The probability flow of a denoiser D(x, q), dx/dq = (x - D) / q.
template <class D>
using ProbabilityFlow = ChangePrediction<D, VarianceExploding, PredictData, PredictVelocity>;

template <class D>
[[nodiscard]] ProbabilityFlow<D> probability_flow(D denoiser) {
  return ProbabilityFlow<D>(std::move(denoiser));
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
