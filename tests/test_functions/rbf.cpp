#include "pushforward/test_functions/rbf.hpp"

#include "support/laws.hpp"

#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/uniform.hpp"
#include "pushforward/test_functions/expectation.hpp"

#include <Eigen/LU>

namespace pf = pushforward;
using pf::Index;

namespace {

template <pf::Real S = double>
pf::Matrix<S> row(std::initializer_list<S> values) {
  return Eigen::Map<const pf::Matrix<S>>(values.begin(), 1, Index(values.size()));
}

}  // namespace

static_assert(pf::TestFunctions<pf::Rbf<float>> && pf::TestFunctions<pf::Rbf<double>>);

TEMPLATE_TEST_CASE("Rbf is a family of test functions", "[test_functions][laws]", float, double) {
  using S = TestType;
  for (const Index d : {1, 2, 3, 8})
    laws::test_functions(pf::Rbf<S>(support::random_matrix<S>(d, 5, 1), {S(0.4), S(2)}));
}

TEST_CASE("Rbf is a bump for each centre and each width", "[test_functions]") {
  const pf::Matrix<double> centres = support::random_matrix(3, 4, 1);
  const std::vector<double> widths{0.3, 1.5};
  const pf::Rbf<double> f(centres, widths);
  const pf::Block<double> y = support::random_block(3, 2);
  const pf::Matrix<double> values = laws::values(f, y);
  REQUIRE(f.size() == 8);
  for (Index m = 0; m < 4; ++m)
    for (Index w = 0; w < 2; ++w)
      for (Index i = 0; i < pf::kBlockSize; ++i) {
        const double s = widths[std::size_t(w)];
        const double distance = (y.row(i).matrix().transpose() - centres.col(m)).norm();
        CHECK_THAT(values(2 * m + w, i),
                   WithinRel(std::exp(-distance * distance / (2 * s * s)), 1e-13));
      }
}

TEST_CASE("Bumps far away or narrow are 0, not NaN", "[test_functions][hostile]") {
  for (const double far : {1e3, 1e154, 1e308}) {
    const pf::Rbf<double> f(row({-far, 0.0}), {1.0, 1e-100});
    const pf::Block<double> y = pf::Block<double>::Constant(pf::kBlockSize, 1, far);
    const pf::Lane<double> ones = pf::Lane<double>::Ones();
    CHECK((laws::sums(f, y, ones).array() == 0).all());
    CHECK((laws::pullback(f, y, ones, pf::Vector<double>(pf::Vector<double>::Ones(4))) == 0).all());
  }
}

TEST_CASE("The expectation of Rbf under a Gaussian is its mean embedding", "[test_functions]") {
  // |I + S/s^2|^(-1/2) exp(-(c - m)' (S + s^2 I)^-1 (c - m) / 2), here with S full.
  const pf::Matrix<double> centres = support::random_matrix(2, 3, 1);
  pf::Matrix<double> factor(2, 2);
  factor << 0.8, 0, -0.5, 0.3;
  const pf::Vector<double> m = support::random_vector(2, 2);
  const pf::Rbf<double> f(centres, {0.4, 1.3});
  const pf::Vector<double> mean = pf::expectation(f, pf::Gaussian<double>(m, factor));
  for (Index c = 0; c < 3; ++c)
    for (Index w = 0; w < 2; ++w) {
      const double s = f.widths()[std::size_t(w)];
      const pf::Matrix<double> covariance = factor * factor.transpose(),
                               identity = pf::Matrix<double>::Identity(2, 2);
      const pf::Vector<double> u = centres.col(c) - m;
      const double quadratic = u.dot((covariance + s * s * identity).inverse() * u);
      const double expected =
          std::exp(-quadratic / 2) / std::sqrt((identity + covariance / (s * s)).determinant());
      CHECK_THAT(mean[2 * c + w], WithinRel(expected, 1e-13));
    }
}

TEST_CASE("The mean embedding of the uniform law and its energy are the known numbers",
          "[test_functions]") {
  // E k(0.2, Y) = 0.5592366 and E k(Y, Y') = 0.5720391 for Y, Y' uniform on [0, 1], s = 0.3.
  const pf::Uniform<double> uniform(0, 1);
  CHECK_THAT(pf::expectation(pf::Rbf<double>(row({0.2}), {0.3}), uniform)[0],
             WithinAbs(0.5592366, 5e-8));
  const Index n = 2000;
  const pf::Matrix<double> nodes =
      (pf::Vector<double>::LinSpaced(n, 0.5, double(n) - 0.5) / double(n)).transpose();
  CHECK_THAT(pf::expectation(pf::Rbf<double>(nodes, {0.3}), uniform).mean(),
             WithinAbs(0.5720391, 2e-7));
}

TEST_CASE("The median rule is the median distance", "[test_functions]") {
  CHECK(pf::median_distance<double>(row({0.0, 1.0, 3.0})) == 2);
  CHECK(pf::median_distance<double>(row({5.0, 5.0, 1.0})) == 4);
  const pf::Matrix<double> data = support::random_matrix(3, 200, 1);
  CHECK_THAT(pf::median_distance<double>(7 * data),
             WithinRel(7 * pf::median_distance<double>(data), 1e-14));
  pf::Matrix<double> moved = data;
  moved.colwise() += support::random_vector(3, 2, 10);
  CHECK_THAT(pf::median_distance<double>(moved),
             WithinRel(pf::median_distance<double>(data), 1e-12));
  // Uniform on [0, 1]: the median of |x - x'| is 1 - 1/sqrt 2; at most 512 of the samples count.
  const pf::Matrix<double> many = support::random_matrix(1, 5000, 1, 0.5);
  CHECK_THAT(pf::median_distance<double>(many), WithinAbs(1 - std::sqrt(0.5), 0.03));
}

TEST_CASE("The median rule is positive and finite, whatever the data",
          "[test_functions][hostile]") {
  CHECK(pf::median_distance<double>(row({3.0})) == 1);
  CHECK(pf::median_distance<double>(row({3.0, 3.0, 3.0})) == 1);
  CHECK(pf::median_distance<double>(row({3.0, 3.0, 3.0, 3.0, 3.5})) == 0.5);
  CHECK(pf::median_distance<double>(row({1e-320, 0.0})) > 0);
  CHECK(pf::is_finite(pf::median_distance<double>(row({1e308, -1e307, 0.0}))));
  CHECK(pf::is_finite(pf::median_distance<double>(row({1.7e308, -1.7e308}))));
  CHECK(pf::is_finite(pf::median_distance<float>(row<float>({3e38F, -3e38F}))));
  CHECK(pf::median_distance<float>(row<double>({1e-320, 0.0})) > 0);
}

TEST_CASE("Rbf and the median rule refuse what they cannot use", "[test_functions][errors]") {
  using support::error_of;
  const double inf = std::numeric_limits<double>::infinity();
  const auto make = [](const pf::Matrix<double>& centres, const std::vector<double>& widths) {
    return [=] { pf::Rbf<double>(centres, widths); };
  };
  CHECK(error_of<std::invalid_argument>(make(pf::Matrix<double>(2, 0), {1})) ==
        "Rbf: size of centres is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>(make(row({1.0}), {})) ==
        "Rbf: number of widths is 0, but must be at least 1");
  CHECK(error_of<std::domain_error>(make(row({1.0, inf}), {1})) ==
        "Rbf: centres at row 0, column 1 is inf, but must be finite");
  CHECK(error_of<std::domain_error>(make(row({1.0}), {1, 0})) ==
        "Rbf: widths[1] is 0, but must be positive and finite");
  CHECK(error_of<std::invalid_argument>([] {
          (void)pf::median_distance<double>(pf::Matrix<double>(0, 3));
        }) == "median_distance: size of data is 0, but must be at least 1");
  CHECK(error_of<std::domain_error>([&] {
          (void)pf::median_distance<double>(row({1.0, inf}));
        }) == "median_distance: data at row 0, column 1 is inf, but must be finite");
}
