#include "support/laws.hpp"

#include "pushforward/discrepancies/kernel.hpp"
#include "pushforward/discrepancies/mean.hpp"
#include "pushforward/measures/empirical.hpp"
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
  pf::Team alone;
  pf::Batch<double> y(1, n), dy(1, n);
  std::pair<double, double> mean{0, 0};
  for (Index code = 0, end = Index(std::lround(std::pow(3, n))); code < end; ++code) {
    double chance = 1;
    for (Index i = 0, rest = code; i < n; ++i, rest /= 3) {
      chance *= kChances[rest % 3];
      y.block(0)(i, 0) = kPoints[rest % 3];
    }
    mean.first += chance * d.value_and_gradient(y, {0, alone}, dy, work);
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
    return pf::MeanDiscrepancy<Fourier, pf::Expectations<double>, pf::GivenWeights<double>,
                               Estimator>(f, {target}, {tau});
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

namespace {

/// MMD^2 of the law at theta from a target of two points, and (E k(X, X) - E k(X, X')).
template <class K>
struct KernelPopulation {
  K kernel;
  pf::Empirical<double> target{Matrix<double>{{0.2, 0.6}}, Vector<double>{{1, 3}}};

  double k(double x, double y) const {
    const Vector<double> gap{{x - y}};
    double sum = 0;
    pf::detail::for_each_part(kernel, [&](double factor, const auto& part) {
      sum += factor * part.template radial<double>()(gap[0] * gap[0]).value;
    });
    return sum;
  }
  double own(double theta) const {
    double sum = 0;
    for (Index i = 0; i < 3; ++i)
      for (Index j = 0; j < 3; ++j)
        sum += kChances[i] * kChances[j] * k(moved(i, theta), moved(j, theta));
    return sum;
  }
  double loss(double theta) const {
    double cross = 0;
    for (Index i = 0; i < 3; ++i)
      cross += kChances[i] * (0.25 * k(moved(i, theta), 0.2) + 0.75 * k(moved(i, theta), 0.6));
    return own(theta) - 2 * cross + (10 * k(0, 0) + 6 * k(0.2, 0.6)) / 16;
  }
  static double moved(Index i, double theta) { return kPoints[i] + theta * speed(kPoints[i]); }
};

}  // namespace

TEST_CASE(
    "Unbiased and SplitHalves of MMD^2 are unbiased, and so are their gradients, Plugin is not",
    "[discrepancies][identity]") {
  const auto check = [](const auto& law) {
    const auto slope_of = [](auto f) { return support::derivative(f, 0.01); };
    const double slope = slope_of([&](double t) { return law.loss(t); });
    for (const Index n : {2, 3, 4}) {
      const pf::KernelDiscrepancy u(law.kernel, law.target);
      const pf::KernelDiscrepancy halves(law.kernel, law.target, {}, pf::SplitHalves{});
      const auto [value, gradient] = mean_over_samples(u, n);
      CHECK_THAT(value, WithinAbs(law.loss(0), 1e-13));
      CHECK_THAT(gradient, WithinRel(slope, 1e-9));
      const auto [value_of_halves, gradient_of_halves] = mean_over_samples(halves, n);
      CHECK_THAT(value_of_halves, WithinAbs(law.loss(0), 1e-13));
      CHECK_THAT(gradient_of_halves, WithinRel(slope, 1e-9));

      const pf::KernelDiscrepancy v(law.kernel, law.target, {}, pf::Plugin{});
      const auto biased = [&](double t) {
        return law.loss(t) + (law.k(0, 0) - law.own(t)) / double(n);
      };
      const auto [value_of_v, gradient_of_v] = mean_over_samples(v, n);
      CHECK_THAT(value_of_v, WithinAbs(biased(0), 1e-13));
      CHECK_THAT(gradient_of_v, WithinRel(slope_of(biased), 1e-9));
      CHECK(value_of_v > law.loss(0) + 0.01);
    }
  };
  check(KernelPopulation<pf::EnergyKernel>{});
  check(KernelPopulation<pf::GaussianKernel>{{0.4}});
}
