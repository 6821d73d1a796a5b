#include "pushforward/optimizers.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"

#include <limits>

namespace pf = pushforward;
using pf::Adam, pf::Index, pf::Sgd, pf::Vector;
using support::error_of;

namespace {

/// The docstring's optimizer.
struct SignDescent {
  double rate = 1e-3;
  template <pf::Real>
  struct State {};
  template <pf::Real S>
  State<S> start(Index) const {
    return {};
  }
  template <pf::Real S>
  void step(State<S>&, Vector<S>& theta, const Vector<S>& dtheta, double current_rate) const {
    theta -= S(current_rate) * dtheta.cwiseSign();
  }
};

static_assert(pf::Optimizer<Sgd, float> && pf::Optimizer<Adam, double>);
static_assert(pf::Optimizer<SignDescent, double> && !pf::Optimizer<double, double>);
static_assert(!pf::Optimizer<pf::LevenbergMarquardt, double>);

/// The gradient of step t at theta: that of sum_k k (theta_k - 1)^2 / 2, tilted by t.
template <class S>
Vector<S> gradient(const Vector<S>& theta, int t) {
  Vector<S> g(theta.size());
  for (Index k = 0; k < g.size(); ++k)
    g[k] = static_cast<S>(k + 1) * (theta[k] - 1) + static_cast<S>(0.1 * t);
  return g;
}

/// theta after five steps of an optimizer from (1/2, -1, 3).
template <class S, class O>
Vector<S> after_five(const O& optimizer) {
  Vector<S> theta{{S(0.5), -1, 3}};
  auto state = optimizer.template start<S>(3);
  for (int t = 1; t <= 5; ++t) optimizer.step(state, theta, gradient(theta, t), optimizer.rate);
  return theta;
}

/// The same by the formulas, number by number.
Vector<double> reference(const Sgd& o) {
  Vector<double> theta{{0.5, -1, 3}};
  double v[3] = {0, 0, 0};
  for (int t = 1; t <= 5; ++t) {
    const Vector<double> g = gradient(theta, t);
    for (Index k = 0; k < 3; ++k) {
      v[k] = o.momentum * v[k] + g[k];
      theta[k] -= o.rate * v[k];
    }
  }
  return theta;
}
Vector<double> reference(const Adam& o) {
  Vector<double> theta{{0.5, -1, 3}};
  double m[3] = {0, 0, 0}, v[3] = {0, 0, 0};
  for (int t = 1; t <= 5; ++t) {
    const Vector<double> g = gradient(theta, t);
    for (Index k = 0; k < 3; ++k) {
      m[k] = o.beta1 * m[k] + (1 - o.beta1) * g[k];
      v[k] = o.beta2 * v[k] + (1 - o.beta2) * g[k] * g[k];
      const double m_hat = m[k] / (1 - std::pow(o.beta1, t));
      const double v_hat = v[k] / (1 - std::pow(o.beta2, t));
      theta[k] -= o.rate * m_hat / (std::sqrt(v_hat) + o.epsilon);
    }
  }
  return theta;
}

template <class O>
std::string start_error(const O& optimizer) {
  return error_of<std::invalid_argument>([&] { (void)optimizer.template start<double>(3); });
}

}  // namespace

TEST_CASE("first-order optimizers follow their formulas", "[optimizers]") {
  for (const Sgd& sgd : {Sgd{}, Sgd{.rate = 0.1, .momentum = 0.9}}) {
    CHECK((after_five<double>(sgd) - reference(sgd)).norm() < 1e-14);
    CHECK((after_five<float>(sgd).cast<double>() - reference(sgd)).norm() < 1e-5);
  }
  for (const Adam& adam : {Adam{}, Adam{.rate = 0.3, .beta1 = 0.5, .beta2 = 0.9, .epsilon = 0.1}}) {
    CHECK((after_five<double>(adam) - reference(adam)).norm() < 1e-14);
    CHECK((after_five<float>(adam).cast<double>() - reference(adam)).norm() < 1e-5);
  }
  CHECK((after_five<double>(SignDescent{.rate = 0.125}) - Vector<double>{{0.5, -0.375, 2.375}})
            .norm() < 1e-15);
}

TEST_CASE("the first step of Adam has the length of the rate", "[optimizers]") {
  const Adam adam{.rate = 0.01, .epsilon = 1e-300};
  auto state = adam.start<double>(2);
  Vector<double> theta = Vector<double>::Zero(2);
  adam.step(state, theta, Vector<double>{{1e-100, -5e7}}, adam.rate);
  CHECK_THAT(theta[0], WithinRel(-0.01, 1e-12));
  CHECK_THAT(theta[1], WithinRel(0.01, 1e-12));
}

TEMPLATE_TEST_CASE("a copied state goes on with the same bits", "[optimizers]", float, double) {
  const auto check = [](const auto& optimizer) {
    Vector<TestType> theta = Vector<TestType>::Ones(4), other;
    auto state = optimizer.template start<TestType>(4);
    for (int t = 0; t < 3; ++t) optimizer.step(state, theta, gradient(theta, t), 0.01);
    auto copy = state;
    other = theta;
    for (int t = 3; t < 6; ++t) optimizer.step(state, theta, gradient(theta, t), 0.01);
    for (int t = 3; t < 6; ++t) optimizer.step(copy, other, gradient(other, t), 0.01);
    CHECK(theta == other);
  };
  check(Sgd{.momentum = 0.9});
  check(Adam{});
}

TEST_CASE("options that cannot be", "[optimizers][hostile]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(start_error(Sgd{.rate = -1}) == "Sgd: rate is -1, but must be finite and at least 0");
  CHECK(start_error(Sgd{.rate = nan}) == "Sgd: rate is nan, but must be finite and at least 0");
  CHECK(start_error(Sgd{.momentum = 1}) == "Sgd: momentum is 1, but must be in [0, 1)");
  CHECK(start_error(Sgd{.momentum = nan}) == "Sgd: momentum is nan, but must be in [0, 1)");
  CHECK(start_error(Adam{.rate = nan}) == "Adam: rate is nan, but must be finite and at least 0");
  CHECK(start_error(Adam{.beta1 = 1}) == "Adam: beta1 is 1, but must be in [0, 1)");
  CHECK(start_error(Adam{.beta2 = -0.5}) == "Adam: beta2 is -0.5, but must be in [0, 1)");
  CHECK(start_error(Adam{.epsilon = 0}) == "Adam: epsilon is 0, but must be positive");
  for (const auto& good : {Adam{.rate = 0}, Adam{.beta1 = 0, .beta2 = 0}})
    CHECK(start_error(good) == "nothing was thrown");
}
