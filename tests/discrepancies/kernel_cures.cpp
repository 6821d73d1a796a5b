#include "support/catch.hpp"
#include "support/gradient.hpp"

#include "pushforward/discrepancies/kernel.hpp"
#include "pushforward/measures/empirical.hpp"

#include <cmath>

/// \file
/// What goes wrong with a kernel, and the kernel or option that cures it.

namespace pf = pushforward;
using pf::Index;

namespace {

using pf::Batch, pf::Matrix, pf::Vector;
using Table = pf::Empirical<double>;

/// Nodes of the normal law, at the quantiles (i + 1/2) / n.
Matrix<double> normal_nodes(Index n) {
  Matrix<double> nodes(1, n);
  for (Index i = 0; i < n; ++i) nodes(0, i) = pf::normal_quantile((double(i) + 0.5) / double(n));
  return nodes;
}

/// Where the mean gradient in s of D, over all pairs of nodes times s, changes its sign: the scale
/// that batches of two find.
template <class Parts>
double scale_found(const Matrix<double>& nodes) {
  const pf::KernelDiscrepancy d(pf::EnergyKernel{}, Table(nodes), {.constant = false}, Parts{});
  typename decltype(d)::Workspace work;
  pf::Team alone;
  Batch<double> x(1, 2), dx(1, 2);
  const auto slope = [&](double s) {
    double sum = 0;
    for (Index i = 0; i < nodes.size(); ++i)
      for (Index j = 0; j < nodes.size(); ++j) {
        x.block(0)(0, 0) = s * nodes(0, i), x.block(0)(1, 0) = s * nodes(0, j);
        (void)d.value_and_gradient(x, {0, alone}, dx, work);
        sum += dx.block(0)(0, 0) * nodes(0, i) + dx.block(0)(1, 0) * nodes(0, j);
      }
    return sum;
  };
  double low = 0.1, high = 3;
  while (high - low > 1e-3) {
    const double middle = (low + high) / 2;
    (slope(middle) < 0 ? low : high) = middle;
  }
  return (low + high) / 2;
}

/// The shift from the target, from `start` on, after `steps` of gradient descent.
template <class D>
double shift_found(const D& d, const Matrix<double>& nodes, double start, Index steps,
                   double rate) {
  typename D::Workspace work;
  pf::Team alone;
  Batch<double> dx(1, nodes.size());
  double shift = start;
  for (Index step = 0; step < steps; ++step) {
    const Matrix<double> x = nodes.array() + shift;
    (void)d.value_and_gradient(Batch<double>(x), {step, alone}, dx, work);
    shift -= rate * dx.matrix().sum();
  }
  return shift;
}

/// How many of 64 points come to each of four bumps, at -12, -4, 4 and 12, from normal nodes of
/// this spread.
Vector<double> points_found(double spread) {
  const auto centre = [](Index k) { return double(8 * k - 12); };
  const Matrix<double> bump = 0.1 * normal_nodes(16);
  Matrix<double> target(1, 64), x = spread * normal_nodes(64);
  for (Index k = 0; k < 4; ++k) target.middleCols(16 * k, 16) = bump.array() + centre(k);
  const pf::KernelDiscrepancy d(pf::GaussianKernel{1}, Table(target));
  typename decltype(d)::Workspace work;
  pf::Team alone;
  Batch<double> dx(1, 64);
  for (Index step = 0; step < 400; ++step) {
    (void)d.value_and_gradient(Batch<double>(x), {step, alone}, dx, work);
    x -= 10 * dx.matrix();
  }
  Vector<double> points(4);
  for (Index k = 0; k < 4; ++k) points[k] = double(((x.array() - centre(k)).abs() < 1).count());
  return points;
}

/// |dD/dx| of one sample at `distance` from all of the target.
template <class K>
double pull(const K& kernel, double distance) {
  const pf::KernelDiscrepancy d(kernel, Table(Matrix<double>::Zero(2, 1)), {}, pf::Plugin{});
  typename decltype(d)::Workspace work;
  pf::Team alone;
  Batch<double> dx(2, 1);
  (void)d.value_and_gradient(Batch<double>(Matrix<double>{{0.6 * distance}, {0.8 * distance}}),
                             {0, alone}, dx, work);
  return dx.matrix().norm();
}

}  // namespace

TEST_CASE("Plugin shrinks what it fits, by s_n of the energy distance, unbiased estimators do not",
          "[discrepancies][cure]") {
  const Matrix<double> nodes = normal_nodes(24);
  const double c = 1 - 1.0 / 2;  // of batches of two
  CHECK_THAT(scale_found<pf::Plugin>(nodes), WithinAbs(c / std::sqrt(2 - c * c), 0.015));
  CHECK_THAT(scale_found<pf::Unbiased>(nodes), WithinAbs(1, 0.015));
  CHECK_THAT(scale_found<pf::SplitHalves>(nodes), WithinAbs(1, 0.015));
}

TEST_CASE("A Gaussian kernel does not see far, Riesz kernels, tails and several widths do",
          "[discrepancies][cure]") {
  CHECK(pull(pf::GaussianKernel{1}, 30) < 1e-30);
  CHECK_THAT(pull(pf::EnergyKernel{}, 30), WithinRel(2, 1e-12));
  CHECK_THAT(pull(pf::EnergyKernel{}, 3000), WithinRel(2, 1e-12));
  CHECK_THAT(pull(pf::RieszKernel{1.5}, 30), WithinRel(3 * std::sqrt(30.0), 1e-12));
  CHECK_THAT(pull(pf::LogarithmicKernel{1e-3}, 30), WithinRel(2.0 / 30, 1e-6));
  CHECK(pull(pf::InverseMultiquadricKernel{1}, 30) > 2e-3);
  CHECK(pull(pf::MultiScaleKernel{{1, 4, 16}}, 30) > 1e-2);
}

TEST_CASE(
    "Descent with a narrow kernel stays where it is, with widths from coarse to fine it arrives",
    "[discrepancies][cure]") {
  const Matrix<double> nodes = normal_nodes(32);
  const pf::GaussianKernel kernel{1};
  const pf::KernelDiscrepancy narrow(kernel, Table(nodes)),
      annealed(kernel, Table(nodes), {.coarse = 32, .anneal = 600});
  const pf::KernelDiscrepancy energy(pf::EnergyKernel{}, Table(nodes));
  CHECK(shift_found(narrow, nodes, 30, 800, 2) == 30);
  CHECK_THAT(shift_found(annealed, nodes, 30, 800, 2), WithinAbs(0, 1e-6));
  CHECK_THAT(shift_found(energy, nodes, 30, 200, 0.3), WithinAbs(0, 0.03));
}

TEST_CASE("A logarithmic kernel pulls harder the closer a sample is, so that small modes are kept",
          "[discrepancies][cure]") {
  const double near = pull(pf::LogarithmicKernel{1e-3}, 0.05),
               far = pull(pf::LogarithmicKernel{1e-3}, 5);
  CHECK_THAT(near / far, WithinRel(100, 1e-3));
  CHECK_THAT(pull(pf::EnergyKernel{}, 0.05) / pull(pf::EnergyKernel{}, 5), WithinRel(1, 1e-12));
  CHECK_THAT(pull(0.5 * pf::LogarithmicKernel{1e-3} + pf::EnergyKernel{}, 0.05),
             WithinRel(2 + 1 / 0.05, 1e-3));
  INFO("but no harder than the softening lets it");
  CHECK(pull(pf::LogarithmicKernel{0.03}, 1e-4) < 0.3);
}

TEST_CASE("From a narrow start modes are dropped, from one as wide as the target none is",
          "[discrepancies][cure]") {
  const Vector<double> narrow = points_found(0.3), wide = points_found(12);
  INFO(narrow.transpose() << " and " << wide.transpose());
  CHECK(narrow[0] + narrow[3] == 0);
  CHECK(narrow.segment(1, 2).minCoeff() >= 16);
  CHECK(wide.minCoeff() >= 8);
}
