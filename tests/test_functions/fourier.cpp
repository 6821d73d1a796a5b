#include "pushforward/test_functions/fourier.hpp"

#include "support/laws.hpp"

#include "pushforward/measures/gaussian.hpp"
#include "pushforward/test_functions/expectation.hpp"

#include <numbers>

namespace pf = pushforward;
using pf::Index;

static_assert(pf::TestFunctions<pf::Fourier<float>> && pf::TestFunctions<pf::Fourier<double>>);
static_assert(pf::Described<pf::Fourier<double>> && !pf::Measure<pf::Fourier<double>>);

TEMPLATE_TEST_CASE("Fourier is a family of test functions", "[test_functions][laws]", float,
                   double) {
  using Fourier = pf::Fourier<TestType>;
  for (const Index count : {1, 2, 10, 65})
    laws::test_functions(Fourier::harmonics(count), {.step = 1.0 / double(count)});
  laws::test_functions(Fourier::harmonics(3, TestType(20)));
  for (const Index d : {1, 2, 3, 8})
    laws::test_functions(Fourier(support::random_matrix<TestType>(d, 7, 5, 4)));
}

TEST_CASE("Fourier is cos w.x and sin w.x", "[test_functions]") {
  const pf::Matrix<double> w = support::random_matrix(3, 5, 1, 6);
  const pf::Block<double> y = support::random_block(3, 2);
  const pf::Fourier<double> f(w);
  const pf::Matrix<double> values = laws::values(f, y);
  REQUIRE(f.dimension() == 3);
  REQUIRE(f.size() == 10);
  REQUIRE(f.functions() == 5);
  for (Index m = 0; m < 5; ++m)
    for (Index i = 0; i < pf::kBlockSize; ++i) {
      const double angle = w.col(m).dot(y.row(i).matrix().transpose());
      CHECK_THAT(values(2 * m, i), WithinAbs(std::cos(angle), 1e-14));
      CHECK_THAT(values(2 * m + 1, i), WithinAbs(std::sin(angle), 1e-14));
    }
}

TEMPLATE_TEST_CASE("Harmonics by recurrence are the frequencies 2 pi k / L", "[test_functions]",
                   float, double) {
  using S = TestType;
  for (const double period : {1.0, 6.5, 1e-3}) {
    const auto f = pf::Fourier<S>::harmonics(100, S(period));
    const pf::Block<S> y = support::random_block<S>(1, 1, period);
    const pf::Matrix<S> values = laws::values(f, y);
    const double length = double(S(period)), epsilon = double(std::numeric_limits<S>::epsilon());
    for (Index k = 1; k <= 100; ++k) {
      CHECK(f.order(2 * k - 2) == k);
      CHECK(f.order(2 * k - 1) == k);
      const double w = 2 * std::numbers::pi * double(k) / length;
      CHECK_THAT(double(f.frequencies()(0, k - 1)), WithinRel(w, 4 * epsilon));
      for (Index i = 0; i < pf::kBlockSize; i += 9) {
        const double angle = w * double(y(i, 0)), error = 20 * epsilon * double(k);
        CHECK_THAT(double(values(2 * k - 2, i)), WithinAbs(std::cos(angle), error));
        CHECK_THAT(double(values(2 * k - 1, i)), WithinAbs(std::sin(angle), error));
      }
    }
  }
}

TEST_CASE("The expectation of Fourier is the characteristic function", "[test_functions]") {
  const auto f = pf::Fourier<double>::harmonics(4);
  const pf::Gaussian<double> normal(pf::Vector<double>::Constant(1, 0.3),
                                    pf::Matrix<double>::Constant(1, 1, 0.1));
  const pf::Vector<double> mean = pf::expectation(f, normal);
  for (Index k = 1; k <= 4; ++k) {
    const double w = 2 * std::numbers::pi * double(k), radius = std::exp(-w * w * 0.01 / 2);
    CHECK_THAT(mean[2 * k - 2], WithinAbs(radius * std::cos(w * 0.3), 1e-15));
    CHECK_THAT(mean[2 * k - 1], WithinAbs(radius * std::sin(w * 0.3), 1e-15));
  }
}

TEST_CASE("Harmonics can be made of their frequencies", "[test_functions]") {
  const auto f = pf::Fourier<float>::harmonics(50, 3.7F);
  const pf::Fourier<float> same(f.frequencies(), true), any(f.frequencies());
  const pf::Block<float> y = support::random_block<float>(1, 1);
  CHECK(laws::same_bits(laws::values(same, y), laws::values(f, y)));
  CHECK_FALSE(laws::same_bits(laws::values(any, y), laws::values(f, y)));
  CHECK(same.order(7) == 4);
}

TEST_CASE("Fourier refuses frequencies that are none", "[test_functions][errors]") {
  using Fourier = pf::Fourier<double>;
  using support::error_of;
  CHECK(error_of<std::invalid_argument>([] { (void)Fourier::harmonics(0); }) ==
        "Fourier::harmonics: count is 0, but must be at least 1");
  CHECK(error_of<std::domain_error>([] { (void)Fourier::harmonics(2, -1.0); }) ==
        "Fourier::harmonics: period is -1, but must be positive and finite");
  CHECK(error_of<std::domain_error>([] { (void)Fourier::harmonics(2, std::nan("")); }) ==
        "Fourier::harmonics: period is nan, but must be positive and finite");
  CHECK(error_of<std::domain_error>([] { (void)Fourier::harmonics(2, 1e-320); }) ==
        "Fourier: frequencies at row 0, column 0 is inf, but must be finite");
  CHECK(error_of<std::invalid_argument>([] { Fourier(pf::Matrix<double>(2, 0)); }) ==
        "Fourier: size of frequencies is 0, but must be at least 1");
  CHECK(error_of<std::domain_error>([] {
          Fourier(pf::Matrix<double>{{1, 2, 3.5}}, true);
        }) == "Fourier: frequency 2 is 3.5, but must be 3 times the first");
  CHECK(error_of<std::invalid_argument>([] { Fourier(pf::Matrix<double>::Ones(2, 3), true); }) ==
        "Fourier: rows of harmonic frequencies is 2, but must be 1");
  CHECK(error_of<std::invalid_argument>([] {
          (void)Fourier(pf::Matrix<double>::Ones(1, 1)).order(0);
        }) == "Fourier::order: frequencies is arbitrary, but must be harmonics of a period");
}
