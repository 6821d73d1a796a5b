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
  void step(State<S>&, pf::VectorRef<S> theta, pf::ConstVectorRef<S> dtheta,
            double current_rate) const {
    theta -= S(current_rate) * dtheta.cwiseSign();
  }
};

static_assert(pf::Optimizer<Sgd, float> && pf::Optimizer<Adam, double>);
static_assert(pf::Optimizer<SignDescent, double> && !pf::Optimizer<double, double>);
static_assert(!pf::Optimizer<pf::LevenbergMarquardt, double>);
static_assert(pf::Optimizer<pf::Both<Adam, SignDescent>, double>);
static_assert(pf::Optimizer<pf::Both<pf::Both<Sgd, Sgd>, Adam>, float>);

/// Near misses: an optimizer that would move a copy, change itself, or keep a reference.
struct WholeVector : SignDescent {
  template <pf::Real S>
  void step(State<S>&, Vector<S>&, const Vector<S>&, double) const {}
};
struct Mutable : SignDescent {
  template <pf::Real S>
  void step(State<S>&, pf::VectorRef<S>, pf::ConstVectorRef<S>, double) {}
};
struct StartsNothing : SignDescent {
  template <pf::Real S>
  void start(Index) const {}
};
static_assert(!pf::Optimizer<WholeVector, double> && !pf::Optimizer<Mutable, double>);
static_assert(!pf::Optimizer<StartsNothing, double>);

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
  for (int t = 1; t <= 5; ++t)
    optimizer.template step<S>(state, theta, gradient(theta, t), optimizer.rate);
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
  adam.step<double>(state, theta, Vector<double>{{1e-100, -5e7}}, adam.rate);
  CHECK_THAT(theta[0], WithinRel(-0.01, 1e-12));
  CHECK_THAT(theta[1], WithinRel(0.01, 1e-12));
}

TEMPLATE_TEST_CASE("a copied state goes on with the same bits", "[optimizers]", float, double) {
  const auto check = [](const auto& optimizer) {
    Vector<TestType> theta = Vector<TestType>::Ones(4), other;
    auto state = optimizer.template start<TestType>(4);
    for (int t = 0; t < 3; ++t)
      optimizer.template step<TestType>(state, theta, gradient(theta, t), 0.01);
    auto copy = state;
    other = theta;
    for (int t = 3; t < 6; ++t)
      optimizer.template step<TestType>(state, theta, gradient(theta, t), 0.01);
    for (int t = 3; t < 6; ++t)
      optimizer.template step<TestType>(copy, other, gradient(other, t), 0.01);
    CHECK(theta == other);
  };
  check(Sgd{.momentum = 0.9});
  check(Adam{});
  check(pf::Both{Adam{}, Sgd{.momentum = 0.9}, 1});
}

TEMPLATE_TEST_CASE("two players are two optimizers on two segments", "[optimizers]", float,
                   double) {
  using S = TestType;
  const Adam adam{.rate = 0.1};
  const Sgd sgd{.rate = 0.02, .momentum = 0.5};
  for (const Index split : {0, 1, 3, 5}) {
    const pf::Both both{adam, sgd, split};
    Vector<S> theta = Vector<S>::LinSpaced(5, -1, 2), head = theta.head(split),
              tail = theta.tail(5 - split);
    auto state = both.template start<S>(5);
    auto head_state = adam.template start<S>(split);
    auto tail_state = sgd.template start<S>(5 - split);
    for (int t = 1; t <= 5; ++t) {
      const Vector<S> g = gradient(theta, t);
      const double scale = 1.0 / t;  // of both rates: a schedule, a rollback
      both.template step<S>(state, theta, g, both.rate * scale);
      adam.template step<S>(head_state, head, g.head(split), adam.rate * scale);
      sgd.template step<S>(tail_state, tail, g.tail(5 - split), sgd.rate * scale);
    }
    CHECK(theta.head(split) == head);
    CHECK(theta.tail(5 - split) == tail);
  }
  CHECK(pf::Both{adam, sgd, 2}.rate == 1);
  CHECK(pf::Both{adam, sgd, 2}.every == 1);
  CHECK(pf::Both{adam, sgd, 2, 3, 0.5}.rate == 0.5);
}

TEST_CASE("the first of two players may move less often", "[optimizers]") {
  const Sgd sgd{.rate = 1};
  const pf::Both both{sgd, sgd, 1, 3};
  auto state = both.start<double>(2);
  Vector<double> theta = Vector<double>::Zero(2);
  for (int t = 1; t <= 10; ++t) {
    both.step<double>(state, theta, Vector<double>{{-1, -1}}, 1);
    CHECK(theta == Vector<double>{{double(t / 3), double(t)}});
  }
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
  CHECK(start_error(Adam{.beta2 = 1}) == "Adam: beta2 is 1, but must be in [0, 1)");
  CHECK(start_error(Adam{.beta2 = nan}) == "Adam: beta2 is nan, but must be in [0, 1)");
  CHECK(start_error(pf::Both{Adam{}, Sgd{}, 4}) ==
        "Both: split is 4, but must be between 0 and the number of parameters, 3");
  CHECK_THAT(start_error(pf::Both{Adam{}, Sgd{}, -1}), StartsWith("Both: split is -1"));
  CHECK(start_error(pf::Both<Adam, Sgd>{{}, {}, 1, 1, nan}) ==
        "Both: rate is nan, but must be finite and at least 0");
  CHECK(start_error(pf::Both{Sgd{}, Sgd{}, 1, 0}) == "Both: every is 0, but must be at least 1");
  CHECK(start_error(pf::Both{Sgd{}, Adam{.beta1 = 1}, 1}) ==
        "Adam: beta1 is 1, but must be in [0, 1)");
  for (const auto& good : {Adam{.rate = 0}, Adam{.beta1 = 0, .beta2 = 0}})
    CHECK(start_error(good) == "nothing was thrown");
}
