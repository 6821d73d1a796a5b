#pragma once

#include "pushforward/core/detail/linear_algebra.hpp"
#include "pushforward/discrepancies/mean_embedding.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/mixture.hpp"
#include "pushforward/test_functions/kernels.hpp"

#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

/// \file
/// Mean embeddings of Gaussian laws and their mixtures under Gaussian kernels. A Gaussian kernel of
/// width s is a multiple of the density of s g, g ~ N(0, I), so that E k(x, Y) is the same multiple
/// of the density of Y + s g at x, and its gradient is that density times the score:
///
///   E k(x, Y) = (2 pi s^2)^(d/2) p(x),  p the density of N(m, C + s^2 I), for Y ~ N(m, C).

namespace pushforward::inline PUSHFORWARD_ISA {

namespace detail {

/// N(mean, A A' + B B' + s^2 I), the law of mean + A g + B g' + s g''; A and B d x d. Throws
/// std::domain_error if its covariance is beyond the largest number.
template <Real Scalar>
[[nodiscard]] Gaussian<Scalar> blurred(const Vector<Scalar>& mean, const Matrix<Scalar>& a,
                                       const Matrix<Scalar>& b, double s) {
  const Index d = mean.size();
  Matrix<double> factor = Matrix<double>::Zero(d, d);
  for (Index i = 0; i < d; ++i)
    for (Index j = 0; j <= i; ++j) {
      for (Index k = 0; k < d; ++k)
        factor(i, j) += static_cast<double>(a(i, k)) * static_cast<double>(a(j, k)) +
                        static_cast<double>(b(i, k)) * static_cast<double>(b(j, k));
      if (i == j) factor(i, j) += s * s;
    }
  check_domain(all_finite(factor) && cholesky<double>(factor), "MeanEmbedding", "width", s,
               "such that the covariance of the target plus width^2 is a number, and positive");
  return {mean, factor.template cast<Scalar>()};
}

/// log of (2 pi s^2)^(d/2).
[[nodiscard]] inline double log_mass(Index d, double s) {
  return static_cast<double>(d) * (log(s) + log(2 * std::numbers::pi) / 2);
}

/// E k(Y, Y') for Y ~ N(m, C) and Y' ~ N(m', C') apart: the density of Y - Y' + s g at 0.
template <Real Scalar>
[[nodiscard]] double mean_kernel(const Gaussian<Scalar>& y, const Gaussian<Scalar>& z, double s) {
  const Gaussian<double> gap =
      blurred<double>((y.mean() - z.mean()).template cast<double>(),
                      y.factor().template cast<double>(), z.factor().template cast<double>(), s);
  Lane<double> log_p;
  Gaussian<double>::Scratch scratch;
  gap.log_density(Block<double>::Zero(kBlockSize, y.dimension()), log_p, scratch);
  return exp(log_p[0] + log_mass(y.dimension(), s));
}

/// potential_i -= m p(x_i), dx_i -= m grad p(x_i) for the density p of a law, and log m.
template <class Law, Real Scalar>
struct DensityScratch {
  ScratchOf<Law> law;
  Block<Scalar> score;
};
template <class Law, Real Scalar>
void subtract_density(const Law& law, double log_mass, ConstBlockRef<Scalar> x,
                      Lane<Scalar>& potential, BlockRef<Scalar> dx,
                      DensityScratch<Law, Scalar>& scratch) {
  Lane<Scalar> p;
  pushforward::log_density(law, x, p, scratch.law);
  p += static_cast<Scalar>(log_mass);
  exp(p);
  set_size(scratch.score, kBlockSize, x.cols());
  pushforward::score(law, x, scratch.score, scratch.law);
  potential -= p;
  for (Index k = 0; k < x.cols(); ++k) dx.col(k) -= p * scratch.score.col(k);
}

}  // namespace detail

template <Real S>
struct MeanEmbedding<GaussianKernel, Gaussian<S>> {
  using Scratch = detail::DensityScratch<Gaussian<S>, S>;

  MeanEmbedding(const GaussianKernel& kernel, const Gaussian<S>& target)
      : law_(detail::blurred<S>(target.mean(), target.factor(),
                                Matrix<S>::Zero(target.dimension(), target.dimension()),
                                kernel.width)),
        log_mass_(detail::log_mass(target.dimension(), kernel.width)),
        self_(detail::mean_kernel(target, target, kernel.width)) {}

  [[nodiscard]] double self() const { return self_; }
  void subtract(ConstBlockRef<S> x, Lane<S>& potential, BlockRef<S> dx, Scratch& scratch) const {
    detail::subtract_density<Gaussian<S>, S>(law_, log_mass_, x, potential, dx, scratch);
  }

 private:
  Gaussian<S> law_;
  double log_mass_, self_;
};

template <Real S>
struct MeanEmbedding<GaussianKernel, Mixture<Gaussian<S>>> {
  using Law = Mixture<Gaussian<S>>;
  using Scratch = detail::DensityScratch<Law, S>;

  MeanEmbedding(const GaussianKernel& kernel, const Law& target)
      : law_(blurred(target, kernel.width)),
        log_mass_(detail::log_mass(target.dimension(), kernel.width)) {
    const std::vector<Gaussian<S>>& parts = target.components();
    double total = 0;
    for (const S w : target.weights()) total += static_cast<double>(w);
    for (std::size_t a = 0; a < parts.size(); ++a)
      for (std::size_t b = 0; b < parts.size(); ++b)
        self_ += static_cast<double>(target.weights()[a]) / total *
                 (static_cast<double>(target.weights()[b]) / total) *
                 detail::mean_kernel(parts[a], parts[b], kernel.width);
  }

  [[nodiscard]] double self() const { return self_; }
  void subtract(ConstBlockRef<S> x, Lane<S>& potential, BlockRef<S> dx, Scratch& scratch) const {
    detail::subtract_density<Law, S>(law_, log_mass_, x, potential, dx, scratch);
  }

 private:
  static Law blurred(const Law& target, double s) {
    std::vector<Gaussian<S>> parts;
    for (const Gaussian<S>& part : target.components())
      parts.push_back(detail::blurred<S>(
          part.mean(), part.factor(), Matrix<S>::Zero(target.dimension(), target.dimension()), s));
    return Law(std::move(parts), target.weights());
  }

  Law law_;
  double log_mass_, self_ = 0;
};

/// Under several widths: the mean of those under each.
template <class Target>
requires HasMeanEmbedding<GaussianKernel, Target>
struct MeanEmbedding<MultiScaleKernel, Target> {
  using Scalar = typename Target::Scalar;
  using Part = MeanEmbedding<GaussianKernel, Target>;
  /// The room of a part, and the sums over them.
  struct Scratch {
    typename Part::Scratch part;
    Block<Scalar> dx;
  };

  MeanEmbedding(const MultiScaleKernel& kernel, const Target& target) {
    for (const double width : kernel.widths) parts_.emplace_back(GaussianKernel{width}, target);
  }

  [[nodiscard]] double self() const {
    double sum = 0;
    for (const Part& part : parts_) sum += part.self();
    return sum / static_cast<double>(parts_.size());
  }
  void subtract(ConstBlockRef<Scalar> x, Lane<Scalar>& potential, BlockRef<Scalar> dx,
                Scratch& scratch) const {
    Lane<Scalar> sum = Lane<Scalar>::Zero();
    set_size(scratch.dx, kBlockSize, x.cols());
    scratch.dx.setZero();
    for (const Part& part : parts_) part.subtract(x, sum, scratch.dx, scratch.part);
    const Scalar share = 1 / static_cast<Scalar>(parts_.size());
    potential += share * sum;
    dx += share * scratch.dx;
  }

 private:
  std::vector<Part> parts_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
