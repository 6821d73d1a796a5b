#include "support/laws.hpp"

#include "pushforward/discrepancies/mean.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/uniform.hpp"
#include "pushforward/test_functions/fourier.hpp"

#include <numbers>

/// \file
/// The loss of Figure 1, D(mu) = (1/K) sum_k |E_mu exp(2 pi i k X)|^2, whose target is U[0, 1]:
/// what is known of it in closed form.

namespace pf = pushforward;
using pf::Index;
using std::numbers::pi;

namespace {

using Fourier = pf::Fourier<double>;
using Matrix = pf::Matrix<double>;

template <class Estimator = pf::Plugin, class Tau = pf::UniformWeights>
double loss(const Matrix& y, Index count = 10) {
  const pf::MeanDiscrepancy<Fourier, pf::Uniform<double>, Tau, Estimator> d(
      Fourier::harmonics(count), pf::Uniform<double>(0, 1));
  return pf::evaluate(d, y);
}

/// D of a law whose characteristic function is known, instead of a sample's.
template <class Law>
double loss_of_law(const Law& law, Index count) {
  return pf::expectation(Fourier::harmonics(count), law).squaredNorm() / double(count);
}

/// (j + c) / n, j = 0 .. n - 1.
Matrix lattice(Index n, double c = 0.5) {
  return ((pf::Vector<double>::LinSpaced(n, 0, double(n - 1)).array() + c) / double(n))
      .matrix()
      .transpose();
}

Matrix uniforms(Index n, std::uint64_t seed) { return support::random_matrix(1, n, seed, 0.5); }

/// (1/n^2) sum_ij k(y_i - y_j).
template <class Kernel>
double kernel_sum(const Matrix& y, Kernel k) {
  double sum = 0;
  for (Index i = 0; i < y.cols(); ++i)
    for (Index j = 0; j < y.cols(); ++j) sum += k(y(0, i) - y(0, j));
  return sum / double(y.cols() * y.cols());
}

/// Mean and variance of D over `trials` independent batches of n uniforms.
struct Moments {
  double mean = 0, variance = 0;
};
template <class Estimator>
Moments noise(Index n, int trials) {
  pf::Vector<double> d(trials);
  for (int t = 0; t < trials; ++t) d[t] = loss<Estimator>(uniforms(n, std::uint64_t(t)));
  return {d.mean(), (d.array() - d.mean()).square().mean()};
}

}  // namespace

TEST_CASE("The loss of Figure 1 is the mean of a Dirichlet kernel", "[discrepancies][identity]") {
  for (const Index count : {1, 3, 10}) {
    const double k = double(count);
    const auto dirichlet = [&](double u) {
      return u == 0 ? 1 : (std::sin((2 * k + 1) * pi * u) / std::sin(pi * u) - 1) / (2 * k);
    };
    const Matrix y = support::random_matrix(1, 50, 1);
    CHECK_THAT(loss(y, count), WithinRel(kernel_sum(y, dirichlet), 1e-12));
  }
}

TEST_CASE("The loss of known laws is its closed value", "[discrepancies][identity]") {
  for (const Index count : {1, 5, 10}) {
    CHECK_THAT(loss(Matrix::Constant(1, 7, 0.3), count), WithinRel(1.0, 1e-13));
    double normal = 0, uniform = 0;
    const double s = 0.08, width = 0.37;
    for (Index k = 1; k <= count; ++k) {
      const double x = pi * double(k) * width, sinc = std::sin(x) / x;
      normal += std::exp(-4 * pi * pi * double(k * k) * s * s) / double(count);
      uniform += sinc * sinc / double(count);
    }
    const pf::Gaussian<double> gaussian(pf::Vector<double>::Constant(1, 0.4),
                                        Matrix::Constant(1, 1, s));
    CHECK_THAT(loss_of_law(gaussian, count), WithinRel(normal, 1e-12));
    CHECK_THAT(loss_of_law(pf::Uniform<double>(0.1, 0.1 + width), count),
               WithinRel(uniform, 1e-12));
  }
}

TEST_CASE("The loss of a lattice of n points is floor(K/n)/K, so that 11 atoms pass for uniform",
          "[discrepancies][identity]") {
  for (Index n = 1; n <= 25; ++n)
    for (const double c : {0.0, 0.3, 0.5})
      CHECK_THAT(loss(lattice(n, c)), WithinAbs(double(10 / n) / 10, 1e-13));
  CHECK(loss(lattice(11)) < 1e-27);
}

TEST_CASE("The loss is blind to rotation, reflection and measure-preserving maps",
          "[discrepancies][identity]") {
  const Matrix y = support::random_matrix(1, 65, 1);
  const double value = loss(y);
  for (const double c : {0.1, 0.77, 3.0}) {
    CHECK_THAT(loss((y.array() + c).matrix()), WithinRel(value, 1e-12));
    CHECK_THAT(loss((c - y.array()).matrix()), WithinRel(value, 1e-12));
  }
  CHECK_THAT(loss((y.array() - y.array().floor()).matrix()), WithinRel(value, 1e-12));
  CHECK(loss(2 * lattice(1000)) < 1e-27);  // x -> 2 x mod 1 preserves the uniform law
}

TEST_CASE(
    "Near the solution a wave of frequency j costs 4 pi^2 j^2 |delta_j|^2 tau_j, beyond K none",
    "[discrepancies][identity]") {
  const Matrix u = lattice(1024);
  const double amplitude = 1e-5;
  const auto disturbed = [&](double j) {
    return Matrix((u.array() + amplitude * (2 * pi * j * u.array()).cos()).matrix());
  };
  const double flat = pi * pi * amplitude * amplitude;  // 4 pi^2 |delta_j|^2, delta_j = amplitude/2
  double norm = 0;
  for (int k = 1; k <= 10; ++k) norm += 1.0 / (k * k);
  for (int j = 1; j <= 10; ++j) {
    CHECK_THAT(loss(disturbed(j)), WithinRel(j * j * flat / 10, 1e-5));
    CHECK_THAT((loss<pf::Plugin, pf::InverseSquareWeights>(disturbed(j))),
               WithinRel(flat / norm, 1e-5));
  }
  CHECK(loss(disturbed(0)) < 1e-6 * flat);
  CHECK(loss(disturbed(11)) < 1e-6 * flat);
}

TEST_CASE("With weights 1/k^2 and K without end the kernel is Bernoulli's",
          "[discrepancies][identity]") {
  // sum_k cos(2 pi k u) / k^2 = pi^2 (u^2 - u + 1/6); what K = 2000 leaves out is below 1/K.
  const Matrix y = support::random_matrix(1, 20, 1);
  const auto bernoulli = [](double x) {
    const double u = x - std::floor(x);
    return 6 * (u * u - u + 1.0 / 6);
  };
  CHECK_THAT((loss<pf::Plugin, pf::InverseSquareWeights>(y, 2000)),
             WithinAbs(kernel_sum(y, bernoulli), 1e-3));
}

TEST_CASE("At the solution the plug-in loss of n samples has mean 1/n",
          "[discrepancies][statistics]") {
  // n D is a mean of K squared moduli, each of variance at most 1: seeds 0 .. 3999, 5 sigma.
  for (const Index n : {2, 10, 100})
    CHECK_THAT(noise<pf::Plugin>(n, 4000).mean * double(n),
               WithinAbs(1, 5 / std::sqrt(10.0 * 4000)));
}

TEST_CASE("At the solution the loss of halves has mean 0 and variance 1/(2 K n^2)",
          "[discrepancies][statistics]") {
  // n samples a half. The kurtosis of D is at most 4: five standard errors of the variance of
  // 4000 trials are 5 sqrt(3 / 4000) = 14 %; seeds 0 .. 3999.
  for (const Index n : {1, 5, 50}) {
    const double variance = 1 / (20.0 * double(n * n));
    const Moments moments = noise<pf::SplitHalves>(2 * n, 4000);
    CHECK_THAT(moments.mean, WithinAbs(0, 5 * std::sqrt(variance / 4000)));
    CHECK_THAT(moments.variance, WithinRel(variance, 0.14));
  }
}
