#pragma once

#include "pushforward/measures/measure.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The uniform measure on the box [a_1, b_1] x ... x [a_d, b_d].
template <Real S>
class Uniform {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = "Uniform";

  /// On the interval [a, b].
  Uniform(Scalar a, Scalar b)
      : Uniform(Vector<Scalar>::Constant(1, a), Vector<Scalar>::Constant(1, b)) {}

  /// On the box with corners a and b, each d.
  ///
  /// Throws std::invalid_argument if a is empty or b has another size, std::domain_error if an
  /// entry or a width is not finite, or unless a_j < b_j for all j.
  Uniform(Vector<Scalar> a, Vector<Scalar> b) : a_(std::move(a)), b_(std::move(b)) {
    check_count("Uniform", "dimension", a_.size());
    check_size("Uniform", "size of b", b_.size(), a_.size());
    check_finite("Uniform", "a", a_);
    check_finite("Uniform", "b", b_);
    for (Index j = 0; j < a_.size(); ++j)
      check_domain(b_[j] > a_[j], "Uniform", "b[" + to_text(j) + "]", b_[j],
                   "greater than a, which is " + to_text(a_[j]));
    width_ = b_;
    width_ -= a_;
    check_finite("Uniform", "b - a", width_);
    for (Index j = 0; j < a_.size(); ++j) log_inside_ -= log(width_[j]);
  }

  [[nodiscard]] auto description() const { return describe("a", a_, "b", b_); }
  [[nodiscard]] Index dimension() const { return a_.size(); }
  [[nodiscard]] const Vector<Scalar>& a() const { return a_; }
  [[nodiscard]] const Vector<Scalar>& b() const { return b_; }

  void sample(Key key, std::uint64_t first, BlockRef<Scalar> x) const {
    uniforms<Scalar>(key, first, x);
    quantile(x, x);
  }

  /// x = a + (b - a) u, which is at most b by rounding too: u is below 1 by as much as b - a may be
  /// rounded up. x may be u.
  void quantile(ConstBlockRef<Scalar> u, BlockRef<Scalar> x) const {
    for (Index j = 0; j < dimension(); ++j) x.col(j) = a_[j] + width_[j] * u.col(j);
  }

  /// -sum_j log(b_j - a_j) inside the box, -infinity outside.
  void log_density(ConstBlockRef<Scalar> x, Lane<Scalar>& out) const {
    out.setConstant(log_inside_);
    for (Index j = 0; j < dimension(); ++j)
      out = (x.col(j) >= a_[j] && x.col(j) <= b_[j])
                .select(out, -std::numeric_limits<Scalar>::infinity());
  }

  /// 0: the density is flat.
  void score(ConstBlockRef<Scalar>, BlockRef<Scalar> dx) const { dx.setZero(); }

  /// E exp(i w.Y) = prod_j exp(i w_j (a_j + b_j)/2) sin(h_j)/h_j,  h_j = w_j (b_j - a_j)/2.
  [[nodiscard]] std::complex<Scalar> characteristic_function(ConstVectorRef<Scalar> w) const {
    Scalar angle = 0, radius = 1;
    for (Index j = 0; j < dimension(); ++j) {
      const Scalar h = w[j] * width_[j] / 2;
      angle += w[j] * a_[j] + h;
      if (h != 0) radius *= sin(h) / h;
    }
    Scalar s, c;
    sincos(angle, s, c);
    return {radius * c, radius * s};
  }

  /// E exp(-|Y - c|^2 / (2 s^2)) = prod_j mean of exp(-t^2 / 2) over (a_j - c_j)/s <= t <=
  /// (b_j - c_j)/s, in double.
  [[nodiscard]] Scalar gaussian_mean(ConstVectorRef<Scalar> c, Scalar s) const {
    const double unit = static_cast<double>(s);
    double product = 1;
    for (Index j = 0; j < dimension(); ++j) {
      const double from = (static_cast<double>(a_[j]) - static_cast<double>(c[j])) / unit;
      product *= mean_bump(from, static_cast<double>(width_[j]) / unit);
    }
    return static_cast<Scalar>(product);
  }

 private:
  /// The mean of exp(-t^2 / 2) over from <= t <= from + width: sqrt(2 pi) (Phi(to) - Phi(from)) /
  /// width, taken in the lower tail, where the least cancels. Where t^2 / 2 changes by no more than
  /// about 1, all would cancel in the end: then Gauss's rule with 8 nodes, 1e-16 off.
  static double mean_bump(double from, double width) {
    constexpr double node[] = {0.18343464249564980494, 0.52553240991632898582,
                               0.79666647741362673959, 0.96028985649753623168};
    constexpr double weight[] = {0.36268378337836198297, 0.31370664587788728734,
                                 0.22238103445337447054, 0.10122853629037625915};
    constexpr double root_of_two_pi = 2.5066282746310005024;
    const double to = from + width;
    const double farthest = (std::max)({1.0, std::abs(from), std::abs(to)});
    if (width * farthest > 1)
      return root_of_two_pi *
             (from > 0 ? normal_cdf(-from) - normal_cdf(-to) : normal_cdf(to) - normal_cdf(from)) /
             width;
    const double half = width / 2, middle = from + half;
    double sum = 0;
    for (int i = 0; i < 4; ++i) {
      const double left = middle - half * node[i], right = middle + half * node[i];
      sum += weight[i] * (exp(-left * left / 2) + exp(-right * right / 2));
    }
    return sum / 2;
  }

  Vector<Scalar> a_;
  Vector<Scalar> b_;
  Vector<Scalar> width_;
  Scalar log_inside_ = 0;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
