#include "pushforward/measures/gaussian.hpp"

#include "support/error.hpp"
#include "support/measure_laws.hpp"

#include <Eigen/Cholesky>
#include <Eigen/LU>

namespace pf = pushforward;
using pf::Gaussian, pf::Index, pf::Matrix, pf::Vector;
using support::error_of;

static_assert(pf::Measure<Gaussian<float>> && pf::HasDensity<Gaussian<float>>);
static_assert(pf::HasScore<Gaussian<float>> && pf::Described<Gaussian<float>>);
static_assert(std::constructible_from<Gaussian<double>, int> &&
              !std::constructible_from<Gaussian<double>, double>);
static_assert(pf::HasQuantile<Gaussian<double>>);
static_assert(pf::HasCharacteristicFunction<Gaussian<double>>);
static_assert(pf::HasGaussianMean<Gaussian<double>>);

namespace {

template <class S>
Gaussian<S> tilted() {
  return {Vector<S>{{1, -2, S(0.5)}}, Matrix<S>{{2, 0, 0}, {-1, S(0.5), 0}, {0, 1, S(0.1)}}};
}

template <class S>
Gaussian<S> line(double mean, double deviation) {
  return {Vector<S>::Constant(1, S(mean)), Matrix<S>::Constant(1, 1, S(deviation))};
}

}  // namespace

TEMPLATE_TEST_CASE("a Gaussian is a measure", "[measures][laws]", float, double) {
  laws::measure(Gaussian<TestType>(1));
  laws::measure(tilted<TestType>());
  laws::streams(tilted<TestType>());
  laws::closed_forms(Gaussian<TestType>(1));
  laws::closed_forms(tilted<TestType>());
}

TEST_CASE("the density of a Gaussian", "[measures]") {
  laws::density(line<double>(1, 0.5), -5, 7);
  laws::score(line<double>(1, 0.5));
  laws::score(tilted<double>());
  const pf::Block<double> at = pf::Block<double>::Zero(64, 3);
  pf::Lane<double> out;
  Gaussian<double>::Scratch scratch;
  tilted<double>().log_density(at, out, scratch);
  const Matrix<double> l = tilted<double>().factor();
  const Vector<double> z = l.triangularView<Eigen::Lower>().solve(tilted<double>().mean());
  CHECK_THAT(out[63], WithinRel(-z.squaredNorm() / 2 - std::log(2 * 0.5 * 0.1) -
                                    1.5 * std::log(2 * std::numbers::pi),
                                1e-14));
  pf::Block<double> score(64, 3);
  tilted<double>().score(at, score);
  const Vector<double> expected = l.transpose().triangularView<Eigen::Upper>().solve(z);
  CHECK((score.row(5).matrix().transpose() - expected).norm() < 1e-12 * expected.norm());
}

TEMPLATE_TEST_CASE("samples of a Gaussian follow its law", "[measures][statistics]", float,
                   double) {
  const Index n = 1 << 17;
  const Gaussian<TestType> m = tilted<TestType>();
  const Matrix<double> x = support::draw(m, n, {3, 4}).template cast<double>();
  const Matrix<double> l = m.factor().template cast<double>();
  const Vector<double> mean = m.mean().template cast<double>();
  const auto along = [&](const Vector<double>& direction, double shift, double scale) {
    const double deviation = (l.transpose() * direction).norm();
    return support::distance_to(direction.transpose() * x, [&](double y) {
      return support::normal_distribution((y - direction.dot(mean) - shift * deviation) /
                                          (scale * deviation));
    });
  };
  const double bound = support::distance_bound(n);
  for (const Vector<double>& direction :
       {Vector<double>{{1, 0, 0}}, Vector<double>{{0, 1, 0}}, Vector<double>{{0, 0, 1}},
        Vector<double>{{1, 2, -2}}, Vector<double>{{1, 1, 3}}}) {
    CHECK(along(direction, 0, 1) < bound);
    CHECK(along(direction, 0.05, 1) > bound);
    CHECK(along(direction, 0, 1.05) > bound);
  }
}

TEST_CASE("quantiles of a Gaussian", "[measures]") {
  pf::Block<double> u(64, 3), x(64, 3);
  for (Index i = 0; i < 64; ++i) u.row(i).setConstant((double(i) + 0.5) / 64);
  tilted<double>().quantile(u, x);
  for (Index i = 0; i < 64; ++i) {
    const Vector<double> z = tilted<double>().factor().triangularView<Eigen::Lower>().solve(
        x.row(i).matrix().transpose() - tilted<double>().mean());
    for (Index j = 0; j < 3; ++j)
      CHECK_THAT(support::normal_distribution(z[j]), WithinAbs(u(i, 0), 1e-13));
  }
  tilted<double>().quantile(u, u);  // in place
  CHECK((u == x).all());
}

TEST_CASE("E k(Y, c) of a Gaussian in closed form", "[measures]") {
  // |1 + 1/s^2|^(-1/2) exp(-c^2 / (2 (1 + s^2)))
  const Vector<double> c = Vector<double>::Constant(1, 1);
  CHECK_THAT(Gaussian<double>(1).gaussian_mean(c, 1.0),
             WithinRel(std::exp(-0.25) / std::numbers::sqrt2, 1e-15));
  // MMD^2 of N(0, 1) and N(1, 1), s = 1: the kernel mean of N(m, 1) under N(m', 1) is that of
  // N(m - m', 2) at 0.
  const auto kernel = [](double mean) {
    return line<double>(mean, std::numbers::sqrt2).gaussian_mean(Vector<double>::Zero(1), 1.0);
  };
  CHECK_THAT(2 * kernel(0) - 2 * kernel(1), WithinAbs(0.177267635, 5e-10));
}

TEST_CASE("E k(Y, c) of a Gaussian is its formula in any dimension", "[measures]") {
  for (const Index d : {1, 2, 3, 7})
    for (const double s : {0.2, 1.0, 6.0}) {
      Matrix<double> l = Matrix<double>::Identity(d, d);
      for (Index j = 0; j < d; ++j)
        for (Index k = 0; k <= j; ++k) l(j, k) += 0.7 * std::sin(double(3 * j + 5 * k + 1));
      const Vector<double> m = Vector<double>::LinSpaced(d, -1, 0.3), c = -0.2 * m;
      const Matrix<double> widened = l * l.transpose() + s * s * Matrix<double>::Identity(d, d);
      const Eigen::LLT<Matrix<double>> cholesky(widened);
      const double expected = std::exp(-(c - m).dot(cholesky.solve(c - m)) / 2) *
                              std::pow(s, double(d)) / std::sqrt(widened.determinant());
      INFO("d = " << d << ", s = " << s);
      CHECK_THAT(Gaussian<double>(m, l).gaussian_mean(c, s), WithinRel(expected, 1e-12));
    }
}

TEST_CASE("E k(Y, c) of a Gaussian is the integral, however thin it is", "[measures]") {
  // An ellipse 1e-9 wide, along (1, 1): at its centre the mean is that of a line and of a point.
  const Matrix<double> thin{{1, 0}, {1, 1e-9}};
  const Gaussian<double> m(Vector<double>::Zero(2), thin);
  const double s = 1e-9;  // det(C + s^2 I) = 2 s^2 + 2e-18 + s^4
  const double expected = s * s / std::sqrt(2 * s * s + 1e-18 + s * s * s * s);
  CHECK_THAT(m.gaussian_mean(Vector<double>::Zero(2), s), WithinRel(expected, 1e-7));
}

TEMPLATE_TEST_CASE("kernel widths without end", "[measures][hostile]", float, double) {
  const TestType large = std::sqrt(std::numeric_limits<TestType>::max()) * 10;
  const Vector<TestType> c = Vector<TestType>::Ones(3);
  CHECK_THAT(double(tilted<TestType>().gaussian_mean(c, large)), WithinAbs(1, 1e-6));
  CHECK(tilted<TestType>().gaussian_mean(c, 1 / large) >= 0);
  CHECK(pf::is_finite(tilted<TestType>().gaussian_mean(c, 1 / large)));
}

TEST_CASE("Gaussians that cannot be", "[measures][hostile]") {
  using S = double;
  const S nan = std::numeric_limits<S>::quiet_NaN(), infinity = std::numeric_limits<S>::infinity();
  const Matrix<S> identity = Matrix<S>::Identity(2, 2);
  const Vector<S> zero = Vector<S>::Zero(2);
  const auto factor = [&](Index i, Index j, S value) {
    Matrix<S> l = identity;
    l(i, j) = value;
    return error_of<std::domain_error>([&] { Gaussian<S>(zero, l); });
  };
  CHECK(error_of<std::invalid_argument>([] { Gaussian<S>(0); }) ==
        "Gaussian: dimension is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([] { Gaussian<S>(-1); }) ==
        "Gaussian: dimension is -1, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([&] { Gaussian<S>(Vector<S>(), identity); }) ==
        "Gaussian: dimension is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([&] { Gaussian<S>(zero, Matrix<S>::Identity(3, 2)); }) ==
        "Gaussian: rows of factor is 3, but must be 2");
  CHECK(error_of<std::invalid_argument>([&] { Gaussian<S>(zero, Matrix<S>::Identity(2, 3)); }) ==
        "Gaussian: columns of factor is 3, but must be 2");
  for (const S bad : {nan, infinity, -infinity}) {
    CHECK(error_of<std::domain_error>([&] {
            Gaussian<S>(Vector<S>{{0, bad}}, identity);
          }) ==
          "Gaussian: mean at row 1, column 0 is " + pf::to_text(bad) + ", but must be finite");
    CHECK(factor(1, 0, bad) ==
          "Gaussian: factor at row 1, column 0 is " + pf::to_text(bad) + ", but must be finite");
  }
  CHECK(factor(1, 1, 0) == "Gaussian: factor(1, 1) is 0, but must be positive on the diagonal");
  CHECK(factor(0, 0, -1) == "Gaussian: factor(0, 0) is -1, but must be positive on the diagonal");
  CHECK(factor(0, 1, 0.5) == "Gaussian: factor(0, 1) is 0.5, but must be 0 above the diagonal");
}
