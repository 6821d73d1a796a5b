#pragma once

#include "pushforward/flows/detail/gaussian_components.hpp"
#include "pushforward/flows/detail/path_lanes.hpp"
#include "pushforward/flows/velocity.hpp"
#include "pushforward/measures/detail/log_sum.hpp"

#include <limits>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The exact field of a path x_t = a x0 + b x1 from x0 ~ N(0, I) to an independent target of
/// Gaussians, x1 ~ sum_i p_i N(m_i, S_i): E[c0 x0 + c1 x1 | x_t = x], a map (x, t) -> R^d. It is
/// what a net learns from PathPairs of the same path and prediction. \code
///   const pf::ConditionalMean velocity(target);            // of the linear path
///   const pf::ConditionalMean denoiser(target, pf::VarianceExploding{}, pf::PredictData{});
/// \endcode
/// With V_i = a^2 I + b^2 S_i and the share of component i at x, g_i ~ p_i N(x; b m_i, V_i),
///   sum_i g_i f_i,   f_i = c1 m_i + (a c0 I + b c1 S_i) V_i^-1 (x - b m_i).
/// Of atoms (an Empirical target) S_i is 0; then at a = 0, the end of the path, it is not finite.
/// Cost of a block of n components: n d^2 multiply-adds a row, n d where S_i is diagonal.
///
/// \tparam Target  Gaussian, Mixture<Gaussian> or Empirical
/// \tparam P       a Path
/// \tparam What    a Prediction
template <class Target, class P = LinearPath, class What = PredictVelocity>
class ConditionalMean {
  static_assert(detail::GaussianTarget<Target>,
                "ConditionalMean: the target is a Gaussian, a Mixture of them, or an Empirical");
  static_assert(explain_path<P>() && Prediction<What>);

 public:
  using Scalar = typename Target::Scalar;
  static constexpr std::string_view kName = "ConditionalMean";

  struct Scratch {
    Block<Scalar> f, s;           ///< f_i - c1 m_i and s_i along the axes of S_i
    Block<Scalar> field, slopes;  ///< weighted sums of f_i and of s_i
  };

  /// Throws std::domain_error if a variance is not finite, and what the path's `check<Scalar>()`
  /// throws. Cost O(d^3) for each covariance that is not diagonal.
  explicit ConditionalMean(Target target, P path = {}, What prediction = {})
      : target_(std::move(target)), path_(std::move(path)), prediction_(std::move(prediction)) {
    check_settings<Scalar>(path_);
    detail::add_components(target_, components_);
    for (const auto& c : components_) check_finite("ConditionalMean", "variances", c.variances);
  }

  [[nodiscard]] auto description() const {
    return describe("target", target_, "path", path_, "prediction", prediction_);
  }
  [[nodiscard]] Index input_dimension() const { return target_.dimension() + 1; }
  [[nodiscard]] Index output_dimension() const { return target_.dimension(); }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    const Lane<Scalar> sum = sweep<false>(x, y, scratch, nullptr);
    for (Index j = 0; j < y.cols(); ++j) y.col(j) /= sum;
  }

  /// sum_i g_i (tr df_i/dx + f_i . s_i) - (sum_i g_i f_i) . (sum_i g_i s_i), where
  /// s_i = -V_i^-1 (x - b m_i) is the gradient of log N(x; b m_i, V_i).
  void divergence(ConstBlockRef<Scalar> x, Lane<Scalar>& out, Scratch& scratch) const {
    set_size(scratch.field, kBlockSize, output_dimension());
    const Lane<Scalar> sum = sweep<true>(x, scratch.field, scratch, &out);
    out /= sum;
    for (Index j = 0; j < output_dimension(); ++j)
      out -= scratch.field.col(j) / sum * (scratch.slopes.col(j) / sum);
  }

 private:
  /// The weighted sums over the components, in units of the largest density: field, 64 x d, and
  /// with kTrace slopes and trace. Returns the sum of the weights.
  template <bool kTrace>
  Lane<Scalar> sweep(ConstBlockRef<Scalar> x, BlockRef<Scalar> field, Scratch& scratch,
                     Lane<Scalar>* trace) const {
    const Index d = output_dimension();
    set_size(scratch.f, kBlockSize, d);
    set_size(scratch.s, kBlockSize, d);
    field.setZero();
    if constexpr (kTrace) {
      scratch.slopes.setZero(kBlockSize, d);
      trace->setZero();
    }
    const detail::PathLanes<Scalar> at(path_, prediction_, x.col(d));
    detail::LogSum<Scalar> sum;
    for (const auto& c : components_) {
      for (Index j = 0; j < d; ++j) scratch.s.col(j) = x.col(j) - at.b * c.mean[j];
      Lane<Scalar> density = Lane<Scalar>::Constant(c.log_weight), v, log_v, gain, along;
      along.setZero();
      for (Index j = 0; j < d; ++j) scratch.f.col(j) = along_axis(c, scratch.s, j);
      for (Index j = 0; j < d; ++j) {
        if (j < c.variances.size()) {
          v = at.a.square() + at.b.square() * c.variances[j];
          gain = (at.a * at.c0 + at.b * at.c1 * c.variances[j]) / v;
          log_v = v;
          log(log_v);
        }
        const Lane<Scalar> w = scratch.f.col(j);
        scratch.s.col(j) = -w / v;
        scratch.f.col(j) = gain * w;
        density += (w * scratch.s.col(j) - log_v) / 2;
        along += gain + scratch.f.col(j) * scratch.s.col(j);
      }
      sum.add(density.max(std::numeric_limits<Scalar>::lowest()));
      for (Index j = 0; j < d; ++j)
        add(sum, at.c1 * c.mean[j] + coordinate(c, scratch.f, j), field.col(j));
      if constexpr (!kTrace) continue;
      for (Index j = 0; j < d; ++j) {
        const Lane<Scalar> slope = coordinate(c, scratch.s, j);
        along += at.c1 * c.mean[j] * slope;
        add(sum, slope, scratch.slopes.col(j));
      }
      add(sum, along, *trace);
    }
    return sum.sum;
  }

  template <class Sum>
  static void add(const detail::LogSum<Scalar>& at, const Lane<Scalar>& value, Sum&& sum) {
    sum = sum * at.fade + at.term * value;
  }

  /// Column j of z Q.
  static Lane<Scalar> along_axis(const detail::GaussianComponent<Scalar>& c, const Block<Scalar>& z,
                                 Index j) {
    if (c.axes.size() == 0) return z.col(j);
    return combination(z, c.axes.col(j));
  }

  /// Column j of w Q'.
  static Lane<Scalar> coordinate(const detail::GaussianComponent<Scalar>& c, const Block<Scalar>& w,
                                 Index j) {
    if (c.axes.size() == 0) return w.col(j);
    return combination(w, c.axes.row(j));
  }

  /// sum_k q_k z_k, over the columns of z.
  template <class Coefficients>
  static Lane<Scalar> combination(const Block<Scalar>& z, const Coefficients& q) {
    Lane<Scalar> sum = q[0] * z.col(0);
    for (Index k = 1; k < z.cols(); ++k) sum += q[k] * z.col(k);
    return sum;
  }

  Target target_;
  P path_;
  What prediction_;
  std::vector<detail::GaussianComponent<Scalar>> components_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
