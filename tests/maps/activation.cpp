#include "pushforward/maps/activation.hpp"

#include "support/laws.hpp"

#include <functional>
#include <set>

namespace pf = pushforward;
using pf::Index;
using Real = long double;

namespace {

/// sigma(z) at every lane.
template <class A, pf::Real S>
pf::Lane<S> value(pf::Lane<S> z) {
  A::apply(z);
  return z;
}

/// sigma'(z) at every lane.
template <class A, pf::Real S>
pf::Lane<S> slope(pf::Lane<S> z) {
  pf::Lane<S> result;
  pf::activate<A>(z, result);
  return result;
}

/// sigma''(z) at every lane; sigma and sigma' are as without it.
template <class A, pf::Real S>
pf::Lane<S> curvature(const pf::Lane<S>& z) {
  pf::Lane<S> a = z, with, result;
  A::apply(a, with, result);
  CHECK(laws::same_bits(a, value<A>(z)));
  CHECK(laws::same_bits(with, slope<A>(z)));
  return result;
}

/// An activation, and what it should be.
template <class A, Real (*Value)(Real), Real (*Slope)(Real)>
struct Case {
  using Activation = A;
  static Real value(Real z) { return Value(z); }
  static Real slope(Real z) { return Slope(z); }
};

Real one(Real) { return 1; }
Real same(Real z) { return z; }
Real tanh_of(Real z) { return std::tanh(z); }
Real tanh_slope(Real z) { return 1 / (std::cosh(z) * std::cosh(z)); }
Real logistic(Real z) { return 1 / (1 + std::exp(-z)); }
Real logistic_slope(Real z) { return logistic(z) * logistic(-z); }
Real softplus(Real z) { return z > 0 ? z + std::log1p(std::exp(-z)) : std::log1p(std::exp(z)); }
Real silu(Real z) { return z * logistic(z); }
Real silu_slope(Real z) { return logistic(z) + z * logistic_slope(z); }
Real relu(Real z) { return z > 0 ? z : 0; }
Real relu_slope(Real z) { return z > 0 ? 1 : 0; }
Real leaky(Real z) { return z > 0 ? z : z / 100; }
Real leaky_slope(Real z) { return z > 0 ? 1 : Real(1) / 100; }

using LinearCase = Case<pf::Linear, same, one>;
using TanhCase = Case<pf::Tanh, tanh_of, tanh_slope>;
using LogisticCase = Case<pf::Logistic, logistic, logistic_slope>;
using SoftplusCase = Case<pf::Softplus, softplus, logistic>;
using SiluCase = Case<pf::Silu, silu, silu_slope>;
using ReluCase = Case<pf::Relu, relu, relu_slope>;
using LeakyCase = Case<pf::LeakyRelu, leaky, leaky_slope>;

/// Sixty-four points z about 0, up to `reach`.
template <pf::Real S>
pf::Lane<S> points(S reach) {
  pf::Lane<S> z = pf::Lane<S>::LinSpaced(-reach, reach);
  z.segment(29, 6) << S(0), -S(0), S(1e-5), S(-1e-5), S(1e-20), S(-1e-20);
  return z;
}

template <class C, pf::Real S>
void agrees_with_its_formula() {
  using A = typename C::Activation;
  const Real epsilon = Real(std::numeric_limits<S>::epsilon());
  for (const S reach : {S(1), S(8), S(40), S(80)}) {
    const pf::Lane<S> z = points(reach), sigma = value<A>(z), derivative = slope<A>(z);
    pf::Lane<S> with_slope = z, unused;
    pf::activate<A>(with_slope, unused);
    CHECK(laws::same_bits(with_slope, sigma));
    for (Index i = 0; i < pf::kBlockSize; ++i) {
      INFO("z = " << z[i] << ", sigma = " << sigma[i] << ", slope = " << derivative[i]);
      const Real at = Real(z[i]), expected = C::value(at);
      CHECK(std::abs(Real(sigma[i]) - expected) <= 8 * epsilon * std::abs(expected));
      CHECK(std::abs(Real(derivative[i]) - C::slope(at)) <= 8 * epsilon * (1 + std::abs(at)));
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("An activation agrees with its formula, and its slope with the derivative",
                   "[maps]", LinearCase, TanhCase, LogisticCase, SoftplusCase, SiluCase, ReluCase,
                   LeakyCase) {
  agrees_with_its_formula<TestType, float>();
  agrees_with_its_formula<TestType, double>();
}

TEMPLATE_TEST_CASE("The slope of a smooth activation is the limit of its quotients", "[maps]",
                   pf::Linear, pf::Tanh, pf::Logistic, pf::Softplus, pf::Silu) {
  const pf::Lane<double> z = points(6.0), derivative = slope<TestType>(z);
  for (Index i = 0; i < pf::kBlockSize; ++i) {
    const auto along = [&](double t) { return value<TestType>(pf::Lane<double>(z + t))[i]; };
    CHECK_THAT(support::derivative(along), WithinAbs(derivative[i], 1e-11));
  }
}

TEMPLATE_TEST_CASE("The curvature of an activation is the limit of its slope's quotients", "[maps]",
                   pf::Linear, pf::Tanh, pf::Logistic, pf::Softplus, pf::Silu) {
  const pf::Lane<double> z = points(6.0), second = curvature<TestType>(z);
  for (Index i = 0; i < pf::kBlockSize; ++i) {
    const auto along = [&](double t) { return slope<TestType>(pf::Lane<double>(z + t))[i]; };
    CHECK_THAT(support::derivative(along), WithinAbs(second[i], 1e-11));
  }
  const pf::Lane<float> single = curvature<TestType>(pf::Lane<float>(z.cast<float>()));
  CHECK((single.cast<double>() - second).abs().maxCoeff() < 2e-6);
}

TEMPLATE_TEST_CASE("The pieces of a rectifier are straight", "[maps]", pf::Relu, pf::LeakyRelu) {
  CHECK((curvature<TestType>(points(6.0)) == 0).all());
}

TEMPLATE_TEST_CASE("An activation of a huge number is what its limit says", "[maps]", float,
                   double) {
  using S = TestType;
  using Limits = std::numeric_limits<S>;
  for (const S size : {S(750), S(1e10), (Limits::max)(), Limits::infinity()}) {
    pf::Lane<S> z = pf::Lane<S>::Constant(size);
    z.tail(32) = -size;
    const auto expect = [&](const pf::Lane<S>& y, S above, S below) {
      CHECK((y.head(32) == above).all());
      CHECK((y.tail(32) == below).all());
    };
    expect(value<pf::Tanh>(z), 1, -1);
    expect(slope<pf::Tanh>(z), 0, 0);
    expect(curvature<pf::Tanh>(z), 0, 0);
    expect(value<pf::Logistic>(z), 1, 0);
    expect(slope<pf::Logistic>(z), 0, 0);
    expect(curvature<pf::Logistic>(z), 0, 0);
    expect(value<pf::Softplus>(z), size, 0);
    expect(slope<pf::Softplus>(z), 1, 0);
    expect(curvature<pf::Softplus>(z), 0, 0);
    expect(value<pf::Silu>(z), size, 0);
    expect(slope<pf::Silu>(z), 1, 0);
    expect(curvature<pf::Silu>(z), 0, 0);
    expect(value<pf::Relu>(z), size, 0);
    expect(slope<pf::Relu>(z), 1, 0);
    expect(value<pf::LeakyRelu>(z), size, -size * (S(1) / 100));
    expect(slope<pf::LeakyRelu>(z), 1, S(1) / 100);
    CHECK(std::signbit(value<pf::Silu>(z)[63]));
    CHECK_FALSE(std::signbit(value<pf::Relu>(z)[63]));
  }
}

TEMPLATE_TEST_CASE("An activation of NaN is NaN, and so is its slope", "[maps]", pf::Tanh,
                   pf::Logistic, pf::Softplus, pf::Silu, pf::Relu, pf::LeakyRelu) {
  const auto all_nan = [](auto nan) {
    using S = decltype(nan);
    for (const S sign : {S(1), S(-1)}) {
      pf::Lane<S> z = pf::Lane<S>::Constant(std::copysign(nan, sign));
      z[5] = 1;
      const pf::Lane<S> sigma = value<TestType>(z), derivative = slope<TestType>(z);
      for (Index i = 0; i < pf::kBlockSize; ++i) {
        CHECK(std::isnan(sigma[i]) == (i != 5));
        CHECK(std::isnan(derivative[i]) == (i != 5));
      }
    }
  };
  all_nan(std::numeric_limits<float>::quiet_NaN());
  all_nan(std::numeric_limits<double>::quiet_NaN());
}

TEST_CASE("Activations have names of their own", "[maps]") {
  const std::set<std::string_view> names{pf::Linear::kName,   pf::Tanh::kName, pf::Logistic::kName,
                                         pf::Softplus::kName, pf::Silu::kName, pf::Relu::kName,
                                         pf::LeakyRelu::kName};
  CHECK(names.size() == 7);
}

TEST_CASE("At the kink a rectifier takes the slope below, which quotients bracket", "[maps]") {
  const auto at = [](auto activation, double z) {
    return value<decltype(activation)>(pf::Lane<double>(pf::Lane<double>::Constant(z)))[0];
  };
  const auto kink = [&](auto activation, double below) {
    for (const double zero : {0.0, -0.0}) {
      const pf::Lane<double> z = pf::Lane<double>::Constant(zero);
      CHECK((value<decltype(activation)>(z) == 0).all());
      CHECK((slope<decltype(activation)>(z) == below).all());
    }
    for (const double h : {1e-3, 1e-9, 1e-300}) {
      CHECK_THAT(at(activation, h) / h, WithinRel(1.0, 1e-15));
      CHECK_THAT(at(activation, -h) / -h, WithinAbs(below, 1e-15));
    }
  };
  kink(pf::Relu(), 0);
  kink(pf::LeakyRelu(), 0.01);
}

namespace {

struct Sine {  // the one in the docstring of the concept
  static constexpr pf::Initialisation initialisation = pf::Initialisation::glorot;
  template <pf::Real S>
  static void apply(pf::Lane<S>& z) {
    pf::Lane<S> c;
    apply(z, c);
  }
  template <pf::Real S>
  static void apply(pf::Lane<S>& z, pf::Lane<S>& slope) {
    const pf::Lane<S> x = z;
    pf::sincos(x, z, slope);
  }
};

struct NoInitialisation {
  static void apply(pf::Lane<double>&) {}
  static void apply(pf::Lane<double>&, pf::Lane<double>&) {}
};
struct Initialised {
  static constexpr pf::Initialisation initialisation = pf::Initialisation::glorot;
};
struct NoSlope : Initialised {
  static void apply(pf::Lane<double>&) {}
};
struct NotStatic : Initialised {
  void apply(pf::Lane<double>&) {}
  void apply(pf::Lane<double>&, pf::Lane<double>&) {}
};
struct ReturnsTheSlope : NoSlope {
  static pf::Lane<double> apply(pf::Lane<double>&, pf::Lane<double>& slope) { return slope; }
};
struct SlopeOfValue : NoSlope {
  static void slope_of_value(pf::Lane<double>&) {}
};

}  // namespace

static_assert(pf::Activation<Sine, float> && pf::Activation<Sine, double>);
static_assert(pf::Activation<pf::Relu, float> && pf::Activation<pf::Linear, double>);
static_assert(!pf::Activation<NoInitialisation, double>);
static_assert(!pf::Activation<NoSlope, double> && !pf::Activation<NotStatic, double>);
static_assert(!pf::Activation<ReturnsTheSlope, double>);
static_assert(pf::Activation<SlopeOfValue, double> && !pf::Activation<SlopeOfValue, float>);
static_assert(pf::HasCurvature<pf::Tanh, double> && pf::HasCurvature<pf::Linear, float>);
static_assert(!pf::HasCurvature<Sine, double> && !pf::HasCurvature<NotStatic, double>);
static_assert(pf::Activation<pf::Tanh, double> && !pf::Activation<double, double>);

TEST_CASE("A user's activation agrees with its formula", "[maps]") {
  const pf::Lane<double> z = points(9.0);
  CHECK(laws::relative_gap(value<Sine>(z), z.sin()) < 1e-14);
  CHECK(laws::relative_gap(slope<Sine>(z), z.cos()) < 1e-14);
}
