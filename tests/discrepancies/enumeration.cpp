#include "support/laws.hpp"

#include "pushforward/discrepancies/mean.hpp"
#include "pushforward/test_functions/fourier.hpp"

/// \file
/// Estimators without statistics: the mean over every sample of n <= 4 from a law on three points.

namespace pf = pushforward;
using pf::Index;

namespace {

using Fourier = pf::Fourier<double>;
using pf::Matrix, pf::Vector;

const Vector<double> kPoints = (Vector<double>(3) << -0.4, 0.1, 0.9).finished();
const Vector<double> kChances = (Vector<double>(3) << 0.5, 0.3, 0.2).finished();

/// The points move by this much for each unit of theta: the law is that of x + theta g(x).
double speed(double x) { return 1 + x * x; }

/// f(x) at the three points, K x 3; and its derivative along the speed.
Matrix<double> at_points(const Fourier& f, double theta = 0) {
  pf::Block<double> y = pf::Block<double>::Zero(pf::kBlockSize, 1);
  for (Index i = 0; i < 3; ++i) y(i, 0) = kPoints[i] + theta * speed(kPoints[i]);
  return laws::values(f, y).leftCols(3);
}

/// The mean of D, and of dD/dtheta by the chain rule, over all 3^n samples.
template <class D>
std::pair<double, double> mean_over_samples(const D& d, Index n) {
  typename D::Workspace work;
  pf::Pool pool;
  pf::Batch<double> y(1, n), dy;
  std::pair<double, double> mean{0, 0};
  for (Index code = 0, end = Index(std::lround(std::pow(3, n))); code < end; ++code) {
    double chance = 1;
    for (Index i = 0, rest = code; i < n; ++i, rest /= 3) {
      chance *= kChances[rest % 3];
      y.block(0)(i, 0) = kPoints[rest % 3];
    }
    mean.first += chance * d.value_and_gradient(y, dy, work, pool);
    for (Index i = 0; i < n; ++i)
      mean.second += chance * dy.block(0)(i, 0) * speed(y.block(0)(i, 0));
  }
  return mean;
}

struct Population {
  Fourier f = Fourier::harmonics(3);
  Vector<double> target = support::random_vector(6, 1, 0.3);
  Vector<double> tau = support::random_vector(6, 2).cwiseAbs();

  template <class Estimator>
  auto estimator() const {
    return pf::MeanDiscrepancy<Fourier, pf::GivenWeights<double>, Estimator>(f, target, {tau});
  }
  /// D of the law at theta.
  double loss(double theta) const {
    return tau.dot((at_points(f, theta) * kChances - target).cwiseAbs2());
  }
  /// sum_k tau_k Var f_k of the law at theta.
  double spread(double theta) const {
    const Matrix<double> values = at_points(f, theta);
    return tau.dot(values.cwiseAbs2() * kChances - (values * kChances).cwiseAbs2());
  }
};

}  // namespace

TEST_CASE("SplitHalves is unbiased, and so is its gradient", "[discrepancies][identity]") {
  const Population law;
  const double slope = support::derivative([&](double t) { return law.loss(t); }, 0.02);
  for (const Index n : {2, 3, 4}) {
    const auto [value, gradient] = mean_over_samples(law.estimator<pf::SplitHalves>(), n);
    CHECK_THAT(value, WithinAbs(law.loss(0), 1e-13));
    CHECK_THAT(gradient, WithinRel(slope, 1e-9));
  }
}

TEST_CASE("Plugin is biased by sum_k tau_k Var f_k / n, and its gradient by the slope of that",
          "[discrepancies][identity]") {
  const Population law;
  for (const Index n : {1, 2, 4}) {
    const auto biased = [&](double t) { return law.loss(t) + law.spread(t) / double(n); };
    const auto [value, gradient] = mean_over_samples(law.estimator<pf::Plugin>(), n);
    CHECK_THAT(value, WithinAbs(biased(0), 1e-13));
    CHECK_THAT(gradient, WithinRel(support::derivative(biased, 0.02), 1e-9));
    CHECK(value > law.loss(0) + 0.01);
  }
}
