#pragma once

#include "pushforward/core/concepts.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace pushforward {

/// The uniform measure on the box [a_1, b_1] x ... x [a_d, b_d].
template <Real S>
class Uniform {
 public:
  using Scalar = S;

  /// On the interval [a, b].
  Uniform(Scalar a, Scalar b)
      : Uniform(Vector<Scalar>::Constant(1, a), Vector<Scalar>::Constant(1, b)) {}

  /// On the box with corners a and b, each d.
  ///
  /// Throws std::invalid_argument if a is empty or b has another size, std::domain_error if an
  /// entry or a width is not finite, or unless a_j < b_j for all j.
  Uniform(Vector<Scalar> a, Vector<Scalar> b) : a_(std::move(a)), width_(std::move(b)) {
    check_count("Uniform", "dimension", a_.size());
    check_size("Uniform", "size of b", width_.size(), a_.size());
    check_finite("Uniform", "a", a_);
    check_finite("Uniform", "b", width_);
    for (Index j = 0; j < a_.size(); ++j)
      check_domain(width_[j] > a_[j], "Uniform", "b[" + to_text(j) + "]", width_[j],
                   "greater than a, which is " + to_text(a_[j]));
    width_ -= a_;
    check_finite("Uniform", "b - a", width_);
  }

  [[nodiscard]] Index dimension() const { return a_.size(); }

  void sample(Key key, std::uint64_t first, BlockRef<Scalar> x) const {
    uniforms<Scalar>(key, first, x);
    quantile(x, x);
  }

  /// x = a + (b - a) u. x may be u.
  void quantile(ConstBlockRef<Scalar> u, BlockRef<Scalar> x) const {
    for (Index j = 0; j < dimension(); ++j) x.col(j) = a_[j] + width_[j] * u.col(j);
  }

  /// -sum_j log(b_j - a_j) inside the box, -infinity outside.
  void log_density(ConstBlockRef<Scalar> x, Lane<Scalar>& out) const {
    const Scalar inside = -width_.array().log().sum();
    for (Index i = 0; i < kBlockSize; ++i) {
      const auto u = (x.row(i).transpose() - a_.array()) / width_.array();
      out[i] = (u >= 0 && u <= 1).all() ? inside : -std::numeric_limits<Scalar>::infinity();
    }
  }

  /// 0: the density is flat.
  void score(ConstBlockRef<Scalar>, BlockRef<Scalar> dx) const { dx.setZero(); }

  /// E exp(i w.Y) = prod_j exp(i w_j (a_j + b_j)/2) sin(h_j)/h_j,  h_j = w_j (b_j - a_j)/2.
  [[nodiscard]] std::complex<Scalar> characteristic_function(ConstVectorRef<Scalar> w) const {
    std::complex<Scalar> product = 1;
    for (Index j = 0; j < dimension(); ++j) {
      const Scalar h = w[j] * width_[j] / 2;
      product *= std::polar(Scalar(1), w[j] * a_[j] + h) * (h == 0 ? Scalar(1) : std::sin(h) / h);
    }
    return product;
  }

  /// E exp(-|Y - c|^2 / (2 s^2)) = prod_j s sqrt(2 pi) [Phi((b_j - c_j)/s) - Phi((a_j - c_j)/s)] /
  /// (b_j - a_j), in double: both values of Phi are close when s is large.
  [[nodiscard]] Scalar gaussian_mean(ConstVectorRef<Scalar> c, Scalar s) const {
    const double unit = static_cast<double>(s);
    double product = 1;
    for (Index j = 0; j < dimension(); ++j) {
      const double from = (static_cast<double>(a_[j]) - static_cast<double>(c[j])) / unit;
      const double width = static_cast<double>(width_[j]) / unit;
      product *= std::sqrt(2 * std::numbers::pi) * probability(from, from + width) / width;
    }
    return static_cast<Scalar>(product);
  }

 private:
  /// Phi(to) - Phi(from), taken in the lower tail, where the least cancels.
  static double probability(double from, double to) {
    return from > 0 ? normal_cdf(-from) - normal_cdf(-to) : normal_cdf(to) - normal_cdf(from);
  }

  Vector<Scalar> a_;
  Vector<Scalar> width_;
};

}  // namespace pushforward
