#include "pushforward/metrics/kolmogorov_smirnov.hpp"

#include "metrics/samples.hpp"

namespace pf = pushforward;
using pf::Index, pf::kolmogorov_smirnov, pf::Matrix;
using support::gaussian, support::gaussian_quantiles;

namespace {

/// sup |F - G| over all points, by its definition.
double naive(const Matrix<double>& x, const Matrix<double>& y) {
  double largest = 0;
  for (const Matrix<double>& points : {x, y})
    for (const double t : points.reshaped()) {
      const double f = (x.array() <= t).cast<double>().mean();
      const double g = (y.array() <= t).cast<double>().mean();
      largest = (std::max)(largest, std::abs(f - g));
    }
  return largest;
}

}  // namespace

TEST_CASE("Kolmogorov-Smirnov distances are their definition, ties too", "[metrics]") {
  for (const auto& [n, m] : {std::pair<Index, Index>{1, 1}, {1, 2}, {63, 65}, {64, 64}, {130, 7}}) {
    INFO("n = " << n << ", m = " << m);
    const Matrix<double> x = gaussian(3, n, 1), y = 2 * gaussian(3, m, 2);
    const Matrix<double> a = (3 * x).array().floor(), b = (3 * y).array().floor();
    for (Index k = 0; k < 3; ++k) {
      CHECK_THAT(kolmogorov_smirnov(x, y)[k], WithinAbs(naive(x.row(k), y.row(k)), 1e-14));
      CHECK_THAT(kolmogorov_smirnov(a, b)[k], WithinAbs(naive(a.row(k), b.row(k)), 1e-14));
    }
    CHECK((kolmogorov_smirnov(x, x).array() == 0).all());
    CHECK((kolmogorov_smirnov(a, a.replicate(1, 3)).array() == 0).all());
  }
  CHECK(kolmogorov_smirnov(Matrix<double>{{0, 1}}, Matrix<double>{{2, 3, 4}})[0] == 1);
  CHECK(kolmogorov_smirnov(Matrix<double>{{0, 1}}, Matrix<double>{{0, 2}})[0] == 0.5);
  CHECK(kolmogorov_smirnov(Matrix<double>{{-0.0}}, Matrix<double>{{0.0}})[0] == 0);
}

TEST_CASE("the Kolmogorov-Smirnov distance of two Gaussians", "[metrics]") {
  const Matrix<double> x = gaussian_quantiles(5000);  // 2 Phi(m / 2) - 1
  for (const double m : {0.3, 1.0, 2.0})
    CHECK_THAT(kolmogorov_smirnov(x, Matrix<double>(x.array() + m))[0],
               WithinAbs(std::erf(m / 2 / std::numbers::sqrt2), 3e-4));
}

TEST_CASE("Kolmogorov-Smirnov distances know no unit", "[metrics]") {
  const Matrix<double> x = gaussian(2, 50, 1), y = gaussian(2, 70, 2).array() + 0.5;
  const pf::Vector<double> d = kolmogorov_smirnov(x, y);
  const auto increasing = [](const Matrix<double>& z) { return Matrix<double>(z.array().exp()); };
  CHECK(kolmogorov_smirnov(increasing(x), increasing(y)) == d);
  CHECK(kolmogorov_smirnov(y, x) == d);
  CHECK(kolmogorov_smirnov(-x, -y) == d);
  CHECK(kolmogorov_smirnov(support::reversed(x), y) == d);
  for (const double scale : {0x1p1000, 0x1p-900})
    CHECK(kolmogorov_smirnov(scale * x, scale * y) == d);
}

TEST_CASE("Kolmogorov-Smirnov distances refuse what is no sample", "[metrics]") {
  const Matrix<double> zero = Matrix<double>::Zero(2, 5);
  const auto argument = [](const Matrix<double>& x, const Matrix<double>& y) {
    return support::error_of<std::invalid_argument>([&] { (void)kolmogorov_smirnov(x, y); });
  };
  CHECK(argument(zero, Matrix<double>::Zero(3, 5)) ==
        "kolmogorov_smirnov: number of rows of y is 3, but must be 2");
  CHECK(argument(zero, Matrix<double>::Zero(2, 0)) ==
        "kolmogorov_smirnov: number of columns of y is 0, but must be at least 1");
  CHECK(support::error_of<std::domain_error>([&] {
          (void)kolmogorov_smirnov(
              support::with_number(zero, 1, 3, std::numeric_limits<double>::quiet_NaN()), zero);
        }) == "kolmogorov_smirnov: x at row 1, column 3 is nan, but must be finite");
}
