#include "pushforward/measures/uniform.hpp"

#include "support/error.hpp"
#include "support/measure_laws.hpp"

namespace pf = pushforward;
using pf::Index, pf::Uniform, pf::Vector;
using support::error_of;

static_assert(pf::Measure<Uniform<float>> && pf::HasDensity<Uniform<float>>);
static_assert(pf::HasScore<Uniform<float>> && pf::Described<Uniform<float>>);
static_assert(pf::HasQuantile<Uniform<double>>);
static_assert(pf::HasCharacteristicFunction<Uniform<double>>);
static_assert(pf::HasGaussianMean<Uniform<double>>);

namespace {

template <class S>
Uniform<S> box() {
  return {Vector<S>{{-1, 2}}, Vector<S>{{S(0.5), 6}}};
}

Vector<double> at(double x) { return Vector<double>::Constant(1, x); }

}  // namespace

TEMPLATE_TEST_CASE("a uniform law is a measure", "[measures][laws]", float, double) {
  laws::measure(Uniform<TestType>(-1, 2));
  laws::measure(box<TestType>());
  laws::streams(box<TestType>());
  laws::closed_forms(Uniform<TestType>(-1, 2));
  laws::closed_forms(box<TestType>());
}

TEMPLATE_TEST_CASE("samples of a uniform law fill the box", "[measures][statistics]", float,
                   double) {
  const Index n = 1 << 17;
  const auto x = support::draw(box<TestType>(), n, {3, 4});
  const double bound = support::distance_bound(n);
  CHECK(support::distance_to(x.row(0), [](double y) { return (y + 1) / 1.5; }) < bound);
  CHECK(support::distance_to(x.row(1), [](double y) { return (y - 2) / 4; }) < bound);
  CHECK(support::distance_to(x.row(1), [](double y) { return (y - 2) / 4.1; }) > bound);
  CHECK(x.row(0).minCoeff() >= -1);
  CHECK(x.row(0).maxCoeff() <= TestType(0.5));
}

TEST_CASE("the density of a uniform law", "[measures]") {
  laws::density(Uniform<double>(-1, 2), -1, 2);
  pf::Block<double> x = pf::Block<double>::Constant(64, 2, 3);
  x.col(0).setConstant(0);
  x(7, 0) = 0.6;
  x(8, 1) = 1.9;
  x(9, 1) = std::numeric_limits<double>::quiet_NaN();
  pf::Lane<double> out;
  box<double>().log_density(x, out);
  CHECK_THAT(out[0], WithinRel(-std::log(1.5 * 4), 1e-15));
  for (const Index outside : {7, 8, 9})
    CHECK(out[outside] == -std::numeric_limits<double>::infinity());
}

TEST_CASE("expectations under the uniform law", "[measures]") {
  CHECK_THAT(Uniform<double>(0, 1).gaussian_mean(at(0.2), 0.3), WithinAbs(0.5592366, 5e-8));
  double sum = 0;  // E k(Y, Y') by the midpoint rule over y
  for (int i = 0; i < 1000; ++i)
    sum += Uniform<double>(0, 1).gaussian_mean(at((i + 0.5) / 1000), 0.3);
  CHECK_THAT(sum / 1000, WithinAbs(0.5720391, 2e-7));

  for (int k = 1; k <= 10; ++k)
    CHECK(std::abs(Uniform<double>(0, 1).characteristic_function(at(2 * std::numbers::pi * k))) <
          1e-15);
  CHECK(Uniform<double>(0, 1).characteristic_function(at(0)) == std::complex<double>(1, 0));
  CHECK_THAT(Uniform<double>(0, 1).gaussian_mean(at(30), 1),
             WithinRel(std::exp(-29.0 * 29 / 2) * 0.0344, 1e-2));
}

TEMPLATE_TEST_CASE("a uniform law under wide kernels", "[measures][hostile]", float, double) {
  const Vector<TestType> c = Vector<TestType>::Constant(1, TestType(0.2));
  const double round_off = 4 * double(std::numeric_limits<TestType>::epsilon());
  for (const double s : {1e2, 1e4, 1e6, 1e12, 1e17, 1e37}) {
    // 1 - E (Y - c)^2 / (2 s^2) and what is of order s^-4
    const double expected = 1 - (0.512 + 0.008) / 3 / (2 * s * s);
    CHECK_THAT(double(Uniform<TestType>(0, 1).gaussian_mean(c, TestType(s))),
               WithinAbs(expected, round_off + 1 / (s * s * s * s)));
  }
}

TEST_CASE("the mean of a bump has no gap between its two forms", "[measures]") {
  // Simpson's rule over 10,000 panels, relative to the largest value on the interval.
  for (const double width : {0.2, 0.9, 0.99, 1.01, 1.1, 3.0})
    for (const double from : {-30.0, -5.0, -1.01, -0.99, -0.5, 0.0, 0.4, 1.0, 2.0, 30.0}) {
      constexpr int panels = 10000;
      const double h = width / panels, nearest = std::abs((std::clamp)(0.0, from, from + width));
      const auto bump = [&](double t) { return std::exp((nearest * nearest - t * t) / 2); };
      double sum = 0;
      for (int i = 0; i < panels; ++i)
        sum += bump(from + i * h) + 4 * bump(from + (i + 0.5) * h) + bump(from + (i + 1) * h);
      const double scale = std::exp(-nearest * nearest / 2);
      INFO("from " << from << ", width " << width);
      CHECK_THAT(Uniform<double>(from, from + width).gaussian_mean(at(0), 1.0) / scale,
                 WithinRel(sum / (6 * panels), 1e-11));
    }
}

TEST_CASE("quantiles of a uniform law", "[measures]") {
  pf::Block<double> u(64, 2), x(64, 2);
  pf::uniforms<double>({1, 1}, 0, u);
  box<double>().quantile(u, x);
  CHECK(((x.col(0) + 1) / 1.5 - u.col(0)).abs().maxCoeff() < 1e-15);
  box<double>().quantile(u, u);
  CHECK((u == x).all());
}

TEMPLATE_TEST_CASE("no quantile is outside the interval", "[measures]", float, double) {
  using S = TestType;
  pf::Block<S> u(64, 1);
  u.setConstant(1 - std::numeric_limits<S>::epsilon() / 2);
  for (int k = 1; k < 2000; ++k) {
    const S a = S(k % 2 == 0 ? k : -k) / 7, b = a + S(k % 13 + 1) / S(k % 17 + 1);
    const Uniform<S> m(a, b);
    pf::Block<S> x(64, 1);
    m.quantile(u, x);
    CHECK(x(0, 0) <= b);
    pf::Lane<S> density;
    m.log_density(x, density);
    CHECK_THAT(double(density[0]), WithinAbs(-std::log(double(b) - double(a)), 1e-5));
  }
}

TEST_CASE("a uniform law on a subnormal interval", "[measures]") {
  CHECK(support::draw(Uniform<double>(0, std::numeric_limits<double>::denorm_min()), 100)
            .allFinite());
}

TEST_CASE("uniform laws that cannot be", "[measures][hostile]") {
  using Limits = std::numeric_limits<double>;
  const auto interval = [](double a, double b) {
    return error_of<std::domain_error>([&] { Uniform<double>(a, b); });
  };
  CHECK(interval(1, 1) == "Uniform: b[0] is 1, but must be greater than a, which is 1");
  CHECK(interval(2, -1) == "Uniform: b[0] is -1, but must be greater than a, which is 2");
  CHECK(interval(Limits::quiet_NaN(), 1) ==
        "Uniform: a at row 0, column 0 is nan, but must be finite");
  CHECK(interval(0, Limits::infinity()) ==
        "Uniform: b at row 0, column 0 is inf, but must be finite");
  CHECK(interval(-1.5e308, 1.5e308) ==
        "Uniform: b - a at row 0, column 0 is inf, but must be finite");
  CHECK(error_of<std::invalid_argument>([] {
          Uniform<double>(Vector<double>(), Vector<double>());
        }) == "Uniform: dimension is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([] {
          Uniform<double>(Vector<double>::Zero(2), Vector<double>::Ones(3));
        }) == "Uniform: size of b is 3, but must be 2");

  CHECK(support::draw(Uniform<double>(0, 1e308), 100).allFinite());
}
