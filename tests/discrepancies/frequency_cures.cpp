#include "support/laws.hpp"

#include "pushforward/discrepancies/mean.hpp"
#include "pushforward/measures/draw.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/uniform.hpp"
#include "pushforward/test_functions/energy_spectrum.hpp"
#include "pushforward/test_functions/random_fourier.hpp"

/// \file
/// What goes wrong with a finite number of frequencies, and what helps: each failure is shown
/// without the cure, then with it.

namespace pf = pushforward;
using pf::Index;
using Matrix = pf::Matrix<double>;

namespace {

/// Moves the samples y themselves down the gradient of d; returns where they come to.
template <class D>
Matrix descend(const D& d, Matrix y, double rate, Index steps) {
  typename D::Workspace work;
  pf::Team alone;
  pf::Batch<double> dy(y.rows(), y.cols());
  for (Index step = 0; step < steps; ++step) {
    (void)d.value_and_gradient(pf::Batch<double>(y), {step, alone}, dy, work);
    y -= rate * double(y.cols()) * dy.matrix();
  }
  return y;
}

}  // namespace

TEST_CASE("Ten harmonics take eleven atoms for the uniform law, frequencies drawn anew do not",
          "[discrepancies][cures]") {
  Matrix atoms(1, 11);
  for (Index i = 0; i < 11; ++i) atoms(i) = (double(i) + 0.5) / 11;
  const pf::Uniform<double> unit(0, 1);
  CHECK(pf::evaluate(pf::MeanDiscrepancy(pf::Fourier<double>::harmonics(10), unit), atoms) < 1e-30);

  const pf::MeanDiscrepancy redrawn(pf::RandomFourier<double, pf::MaternKernel>(
                                        1, 40, {.smoothness = 0.5, .length = 0.02}, pf::Key{1}),
                                    unit, {.redraw_every = 1});
  decltype(redrawn)::Workspace work;
  pf::Team alone;
  for (Index step = 0; step < 30; ++step)
    CHECK(redrawn.value(pf::Batch<double>(atoms), {step, alone}, work) > 0.002);
}

TEST_CASE("Samples learn a fixed bank of frequencies instead of the law, which an audit bank sees",
          "[discrepancies][cures]") {
  using Bank = pf::RandomFourier<double>;
  const pf::Gaussian<double> target(1);
  const pf::GaussianKernel kernel{.width = 0.3};
  const pf::MeanDiscrepancy audit(Bank(1, 2000, kernel, pf::Key{99}), target);
  const pf::MeanDiscrepancy fixed(Bank(1, 6, kernel, pf::Key{1}), target);
  const pf::MeanDiscrepancy redrawn(Bank(1, 6, kernel, pf::Key{1}), target, {.redraw_every = 1});
  const Matrix start = support::random_matrix(1, 40, 1, 0.5);
  const Matrix of_fixed = descend(fixed, start, 0.02, 3000),
               of_redrawn = descend(redrawn, start, 0.02, 3000);
  INFO("start " << pf::evaluate(audit, start) << ", fixed " << pf::evaluate(fixed, of_fixed)
                << " audit " << pf::evaluate(audit, of_fixed) << ", redrawn "
                << pf::evaluate(audit, of_redrawn));
  CHECK(pf::evaluate(fixed, of_fixed) < 1e-4);
  CHECK(pf::evaluate(audit, of_fixed) > 100 * pf::evaluate(fixed, of_fixed));
  CHECK(pf::evaluate(audit, of_redrawn) < 0.1 * pf::evaluate(audit, of_fixed));
}

TEST_CASE("High frequencies drown low ones, unless weights fall as 1 / k^2",
          "[discrepancies][cures]") {
  const Index n = 128, count = 16;
  Matrix u(1, n), y(1, n);
  for (Index i = 0; i < n; ++i) {
    u(i) = (double(i) + 0.5) / double(n);
    y(i) = u(i) + 0.02 * std::sin(2 * std::numbers::pi * u(i));
  }
  const auto left = [&](auto weights) {
    const pf::MeanDiscrepancy d(pf::Fourier<double>::harmonics(count), pf::Uniform<double>(0, 1),
                                weights);
    double curvature = 0;  // of the steepest wave: the largest rate is its inverse
    for (Index k = 0; k < count; ++k)
      curvature = (std::max)(curvature, 4 * std::pow(std::numbers::pi * double(k + 1), 2) *
                                            d.weights()[2 * k]);
    return (descend(d, y, 0.5 / curvature, 40) - u).norm() / (y - u).norm();
  };
  CHECK(left(pf::UniformWeights{}) > 0.7);
  CHECK(left(pf::InverseSquareWeights{}) < 0.01);
}

TEST_CASE("With importance weights D2^2 is the energy distance on average",
          "[discrepancies][identity]") {
  for (const Index d : {1, 2, 5}) {
    INFO("d = " << d);
    const Matrix x = support::random_matrix(d, 12, 1),
                 y = support::random_matrix(d, 9, 2).array() + 0.5;
    const auto mean_distance = [](const Matrix& p, const Matrix& q) {
      double sum = 0;
      for (Index i = 0; i < p.cols(); ++i) sum += (q.colwise() - p.col(i)).colwise().norm().sum();
      return sum / double(p.cols() * q.cols());
    };
    const double energy = 2 * mean_distance(x, y) - mean_distance(x, x) - mean_distance(y, y);
    const Index count = 40000;
    for (const double length : {0.5, 2.0}) {
      const pf::RandomFourier<double, pf::EnergySpectrum> f(d, count, {length}, pf::Key{1});
      const pf::MeanDiscrepancy estimate(f, pf::Empirical<double>(y), pf::ImportanceWeights{});
      // five standard errors, from the terms themselves
      const pf::Vector<double> r = pf::expectation(f, pf::Empirical<double>(x)) - estimate.target();
      pf::Vector<double> terms(count);
      for (Index m = 0; m < count; ++m)
        terms[m] = double(count) * estimate.weights()[2 * m] * r.segment(2 * m, 2).squaredNorm();
      const double deviation =
          std::sqrt((terms.array() - terms.mean()).square().mean() / double(count));
      CHECK(deviation < 0.02 * energy);
      CHECK_THAT(pf::evaluate(estimate, x), WithinAbs(energy, 5 * deviation));
      CHECK(terms.maxCoeff() < 60 * terms.mean());  // none outweighs the others
    }
  }
}

TEST_CASE("Far samples are not pulled by a Gaussian kernel, but by importance weights",
          "[discrepancies][cures]") {
  const pf::Gaussian<double> target(2);
  const Matrix far = pf::draw(target, 64, {1, 1}).array() + 30;
  const auto pull = [&](const auto& d) {
    const Matrix moved = descend(d, far, 1, 1) - far;
    return -moved.mean() * std::sqrt(2.0);  // towards the target, along (1, 1)
  };
  const pf::MeanDiscrepancy gaussian(pf::RandomFourier<double>(2, 2000, {}, pf::Key{1}), target);
  const pf::MeanDiscrepancy energy(
      pf::RandomFourier<double, pf::EnergySpectrum>(2, 2000, {.length = 10}, pf::Key{1}), target,
      pf::ImportanceWeights{});
  CHECK(std::abs(pull(gaussian)) < 0.2);
  CHECK_THAT(pull(energy), WithinAbs(2.0, 0.4));  // that of 2 E|X - Y|
}

TEST_CASE("An energy spectrum is what it says", "[test_functions]") {
  const pf::EnergySpectrum spectrum{.length = 2};
  pf::Vector<double> w(3);
  w << 0.25, 0, 0;
  CHECK_THAT(spectrum.importance(w), WithinRel(2.0 * 2 * (1 + 4), 1e-12));  // c_3 = 2
  CHECK_THAT(spectrum.importance(w.head(2)), WithinRel(std::numbers::pi / 2 * 2 * 5, 1e-12));
  CHECK_THAT(spectrum.importance(w.head(1)), WithinRel(10.0, 1e-12));
  const pf::RandomFourier<double, pf::EnergySpectrum> f(2, 10000, spectrum, pf::Key{1});
  const auto norms = f.frequencies().colwise().norm().array();
  CHECK(std::abs((norms < 0.5).count() - 5000) < 250);
  CHECK(std::abs(((f.frequencies().row(0).array() > 0).count()) - 5000) < 250);
  CHECK(support::error_of<std::domain_error>([] {
          (void)pf::RandomFourier<double, pf::EnergySpectrum>(2, 3, {.length = 0}, pf::Key{1});
        }) == "EnergySpectrum: length is 0, but must be positive and finite");
}
