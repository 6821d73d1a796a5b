#pragma once

#include "pushforward/core/vector_math.hpp"
#include "pushforward/discrepancies/mean_embedding.hpp"
#include "pushforward/discrepancies/riesz_kernels.hpp"
#include "pushforward/measures/uniform.hpp"

#include <cmath>
#include <numbers>
#include <vector>

/// \file
/// Mean embeddings of uniform laws.

namespace pushforward::inline PUSHFORWARD_ISA {

/// Under a Gaussian kernel, of a box: the product over the sides [a, b], of length l, of
///
///   E exp(-(x - Y)^2 / (2 s^2)),  E exp(-(Y - Y')^2 / (2 s^2))
///     = t sqrt(2 pi) (2 Phi(1/t) - 1) - 2 t^2 (1 - exp(-1 / (2 t^2))),  t = s / l.
template <Real S>
struct MeanEmbedding<GaussianKernel, Uniform<S>> {
  /// Of each side the mean of the kernel and its derivative, and products of means.
  struct Scratch {
    Block<double> mean, slope, before;
  };

  MeanEmbedding(const GaussianKernel& kernel, const Uniform<S>& target) : s_(kernel.width) {
    for (Index j = 0; j < target.dimension(); ++j) {
      const auto a = static_cast<double>(target.a()[j]), b = static_cast<double>(target.b()[j]);
      sides_.emplace_back(a, b);
      self_ *= of_a_side(s_ / (b - a));
    }
  }

  [[nodiscard]] double self() const { return self_; }
  void subtract(ConstBlockRef<S> x, Lane<S>& potential, BlockRef<S> dx, Scratch& scratch) const {
    const Index d = x.cols();
    for (Block<double>* block : {&scratch.mean, &scratch.slope, &scratch.before})
      set_size(*block, kBlockSize, d);
    for (Index j = 0; j < d; ++j)
      for (Index i = 0; i < kBlockSize; ++i) {
        const Uniform<double>& side = sides_[static_cast<std::size_t>(j)];
        const auto at = static_cast<double>(x(i, j));
        const Eigen::Map<const Vector<double>> c(&at, 1);
        const double from = (side.a()[0] - at) / s_, to = (side.b()[0] - at) / s_;
        scratch.mean(i, j) = side.gaussian_mean(c, s_);
        scratch.slope(i, j) =
            (exp(-from * from / 2) - exp(-to * to / 2)) / (side.b()[0] - side.a()[0]);
      }
    Lane<double> product = Lane<double>::Ones();
    for (Index j = 0; j < d; ++j) {
      scratch.before.col(j) = product;
      product *= scratch.mean.col(j);
    }
    potential -= product.template cast<S>();
    product.setOnes();
    for (Index j = d; j-- > 0;) {
      dx.col(j) -=
          (scratch.slope.col(j) * scratch.before.col(j) * product).template cast<S>().eval();
      product *= scratch.mean.col(j);
    }
  }

 private:
  /// E exp(-(U - U')^2 / (2 t^2)) for uniforms on (0, 1); by its series where t is large.
  static double of_a_side(double t) {
    const double q = 1 / (t * t);
    if (t > 30) return 1 - q * (1.0 / 12 - q * (1.0 / 120 - q / 1344));
    constexpr double root_of_two_pi = 2.5066282746310005024;
    return t * root_of_two_pi * (1 - 2 * normal_cdf(-1 / t)) - 2 * t * t * (1 - exp(-q / 2));
  }

  double s_, self_ = 1;
  std::vector<Uniform<double>> sides_;
};

/// Under the energy kernel, of an interval [a, b] of length l: E|Y - Y'| = l / 3, and
/// E|x - Y| = ((x - a)^2 + (b - x)^2) / (2 l) inside, |x - (a + b) / 2| outside.
template <Real S>
struct MeanEmbedding<EnergyKernel, Uniform<S>> {
  using Scratch = NoScratch;

  /// Throws std::invalid_argument unless the target is an interval.
  MeanEmbedding(const EnergyKernel&, const Uniform<S>& target)
      : a_(target.a()[0]), b_(target.b()[0]) {
    check_argument(target.dimension() == 1, "MeanEmbedding", "target batch", 0,
                   "at least 1 for a Uniform of dimension " + to_text(target.dimension()) +
                       " and EnergyKernel");
  }

  [[nodiscard]] double self() const { return -static_cast<double>(b_ - a_) / 3; }
  void subtract(ConstBlockRef<S> x, Lane<S>& potential, BlockRef<S> dx, Scratch&) const {
    for (Index i = 0; i < kBlockSize; ++i) {
      const S from = x(i, 0) - a_, to = b_ - x(i, 0), length = b_ - a_;
      const S slope = (from - to) / length;  // of E|x - Y|
      const bool inside = from >= 0 && to >= 0;
      potential[i] += inside ? (from * from + to * to) / (2 * length) : std::abs(from - to) / 2;
      dx(i, 0) += inside ? slope : std::copysign(S(1), slope);
    }
  }

 private:
  S a_, b_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
