#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/scratch.hpp"
#include "pushforward/core/vector_math.hpp"

#include <cmath>
#include <string_view>

/// \file
/// Velocity fields whose flows are known.

namespace fields {

namespace pf = pushforward;
using pf::Index;

/// u = x - t^2 on the line: x(t) = (x_0 - 2) e^t + t^2 + 2 t + 2.
struct Parabola {
  using Scalar = double;
  static constexpr std::string_view kName = "Parabola";
  [[nodiscard]] Index input_dimension() const { return 2; }
  [[nodiscard]] Index output_dimension() const { return 1; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> u) const {
    u.col(0) = x.col(0) - x.col(1).square();
  }
  void divergence(pf::ConstBlockRef<double>, pf::Lane<double>& out, pf::NoScratch&) const {
    out.setOnes();
  }
  [[nodiscard]] static double flow(double x, double t) {
    return (x - 2) * std::exp(t) + t * t + 2 * t + 2;
  }
  [[nodiscard]] static double log_slope(double, double t) { return t; }
};

/// u = x (1 - x) on the line: x(t) = x_0 / (x_0 + (1 - x_0) e^-t), and its slope in x_0
/// e^-t / (x_0 + (1 - x_0) e^-t)^2.
struct Growth {
  using Scalar = double;
  static constexpr std::string_view kName = "Growth";
  [[nodiscard]] Index input_dimension() const { return 2; }
  [[nodiscard]] Index output_dimension() const { return 1; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> u) const {
    u.col(0) = x.col(0) * (1 - x.col(0));
  }
  void divergence(pf::ConstBlockRef<double> x, pf::Lane<double>& out, pf::NoScratch&) const {
    out = 1 - 2 * x.col(0);
  }
  [[nodiscard]] static double flow(double x, double t) { return x / (x + (1 - x) * std::exp(-t)); }
  [[nodiscard]] static double log_slope(double x, double t) {
    return -t - 2 * std::log(x + (1 - x) * std::exp(-t));
  }
};

/// The path from N(0, I) to N(m, diag(s^2)) by X_t = (1 - t) X_0 + t X_1:
/// u = m + (t s^2 - (1 - t)) / v (x - t m), v = (1 - t)^2 + t^2 s^2; x(1) = m + s x(0).
template <pf::Real S>
struct ToGaussian {
  using Scalar = S;
  static constexpr std::string_view kName = "ToGaussian";
  [[nodiscard]] auto description() const {
    return pf::describe("mean", mean, "deviation", deviation);
  }
  pf::Vector<S> mean, deviation;

  [[nodiscard]] Index input_dimension() const { return mean.size() + 1; }
  [[nodiscard]] Index output_dimension() const { return mean.size(); }
  [[nodiscard]] pf::Lane<S> slope(Index j, const pf::Lane<S>& t) const {
    const S variance = deviation[j] * deviation[j];
    return (t * variance - (1 - t)) / ((1 - t).square() + t.square() * variance);
  }
  void apply(pf::ConstBlockRef<S> x, pf::BlockRef<S> u) const {
    const pf::Lane<S> t = x.col(mean.size());
    for (Index j = 0; j < mean.size(); ++j)
      u.col(j) = mean[j] + slope(j, t) * (x.col(j) - t * mean[j]);
  }
  void divergence(pf::ConstBlockRef<S> x, pf::Lane<S>& out, pf::NoScratch&) const {
    out.setZero();
    for (Index j = 0; j < mean.size(); ++j) out += slope(j, x.col(mean.size()));
  }
};

/// D(x, q) = m + S (S + q^2)^-1 (x - m), the denoiser of N(m, S) in the plane, S = R diag(s^2) R'
/// with R the rotation by `angle`.
template <pf::Real S>
struct GaussianDenoiser {
  using Scalar = S;
  static constexpr std::string_view kName = "GaussianDenoiser";
  [[nodiscard]] auto description() const {
    return pf::describe("mean", mean, "deviation", deviation, "angle", angle);
  }
  pf::Vector<S> mean, deviation;
  S angle;

  [[nodiscard]] Index input_dimension() const { return 3; }
  [[nodiscard]] Index output_dimension() const { return 2; }
  /// m + R diag(f(s^2)) R' (x - m)
  template <class F>
  void transform(pf::ConstBlockRef<S> x, F f, pf::BlockRef<S> y) const {
    const S c = pf::cos(angle), s = pf::sin(angle);
    const pf::Lane<S> a = x.col(0) - mean[0], b = x.col(1) - mean[1];
    const pf::Lane<S> along = f(deviation[0] * deviation[0]) * (c * a + s * b),
                      across = f(deviation[1] * deviation[1]) * (c * b - s * a);
    y.col(0) = mean[0] + (c * along - s * across);
    y.col(1) = mean[1] + (s * along + c * across);
  }
  void apply(pf::ConstBlockRef<S> x, pf::BlockRef<S> y) const {
    const pf::Lane<S> squares = x.col(2).square();
    transform(
        x, [&](S variance) -> pf::Lane<S> { return variance / (variance + squares); }, y);
  }
  [[nodiscard]] pf::Matrix<double> covariance() const {
    const double c = std::cos(double(angle)), s = std::sin(double(angle));
    pf::Matrix<double> r(2, 2);
    r << c, -s, s, c;
    return r * deviation.template cast<double>().array().square().matrix().asDiagonal() *
           r.transpose();
  }
};

/// u = (x - D(x, q)) / q, whose flow down from the level q takes x to
/// m + S^(1/2) (S + q^2)^(-1/2) (x - m).
template <class D>
struct DenoisingField {
  using Scalar = typename D::Scalar;
  static constexpr std::string_view kName = "DenoisingField";
  [[nodiscard]] auto description() const { return pf::describe("denoiser", denoiser); }
  D denoiser;

  [[nodiscard]] Index input_dimension() const { return denoiser.input_dimension(); }
  [[nodiscard]] Index output_dimension() const { return denoiser.output_dimension(); }
  void apply(pf::ConstBlockRef<Scalar> x, pf::BlockRef<Scalar> u) const {
    denoiser.apply(x, u);
    const Index d = u.cols();
    for (Index j = 0; j < d; ++j) u.col(j) = (x.col(j) - u.col(j)) / x.col(d);
  }
  void divergence(pf::ConstBlockRef<Scalar> x, pf::Lane<Scalar>& out, pf::NoScratch&) const {
    const pf::Lane<Scalar> q = x.col(2);
    out.setZero();
    for (Index j = 0; j < 2; ++j)
      out += q / (denoiser.deviation[j] * denoiser.deviation[j] + q.square());
  }
};

}  // namespace fields
