#include "pushforward/test_functions/polynomial.hpp"

#include "support/laws.hpp"

#include "pushforward/measures/empirical.hpp"
#include "pushforward/test_functions/expectation.hpp"

namespace pf = pushforward;
using pf::Index;
using Exponents = std::vector<Index>;

static_assert(std::constructible_from<pf::Polynomial<double>, int, int> &&
              !std::constructible_from<pf::Polynomial<double>, double, int> &&
              !std::constructible_from<pf::Polynomial<double>, int, double>);
static_assert(pf::TestFunctions<pf::Polynomial<float>> &&
              pf::TestFunctions<pf::Polynomial<double>>);

TEMPLATE_TEST_CASE("Polynomial is a family of test functions", "[test_functions][laws]", float,
                   double) {
  for (const Index d : {1, 2, 3, 8})
    for (const Index degree : {1, 2, 4}) laws::test_functions(pf::Polynomial<TestType>(d, degree));
}

TEST_CASE("Polynomial lists each monomial once, by degree", "[test_functions]") {
  const pf::Polynomial<double> plane(2, 3);
  REQUIRE(plane.size() == 9);
  const Exponents expected[] = {{1, 0}, {0, 1}, {2, 0}, {1, 1}, {0, 2},
                                {3, 0}, {2, 1}, {1, 2}, {0, 3}};
  for (Index k = 0; k < 9; ++k) CHECK(plane.exponents(k) == expected[k]);
  for (const Index d : {1, 3, 5})
    for (const Index degree : {1, 2, 4}) {
      const pf::Polynomial<double> f(d, degree);
      double count = 1;  // binomial(d + p, p)
      for (Index j = 1; j <= degree; ++j) count = count * double(d + j) / double(j);
      CHECK(f.size() == Index(std::lround(count)) - 1);
      for (Index k = 1; k < f.size(); ++k) {
        CHECK(f.order(k - 1) <= f.order(k));
        if (f.order(k - 1) == f.order(k)) CHECK(f.exponents(k - 1) > f.exponents(k));
      }
      CHECK(f.order(0) == 1);
      CHECK(f.order(f.size() - 1) == degree);
    }
}

TEST_CASE("Polynomial is a product of powers", "[test_functions]") {
  const pf::Polynomial<double> f(3, 4);
  const pf::Block<double> y = support::random_block(3, 1, 2);
  const pf::Matrix<double> values = laws::values(f, y);
  for (Index k = 0; k < f.size(); ++k)
    for (Index i = 0; i < pf::kBlockSize; ++i) {
      double product = 1;
      for (Index j = 0; j < 3; ++j) product *= std::pow(y(i, j), f.exponents(k)[std::size_t(j)]);
      CHECK_THAT(values(k, i), WithinRel(product, 1e-14));
    }
}

TEST_CASE("The expectation of Polynomial under data is its moments", "[test_functions]") {
  pf::Matrix<double> data(1, 4);
  data << 1, 2, 3, 6;
  const pf::Vector<double> mean =
      pf::expectation(pf::Polynomial<double>(1, 3), pf::Empirical<double>(data));
  CHECK(mean == pf::Vector<double>((pf::Vector<double>(3) << 12, 50, 252).finished() / 4));
}

TEST_CASE("At 0 the gradient of a monomial is that of its linear part", "[test_functions]") {
  const pf::Polynomial<double> f(2, 3);
  const pf::Block<double> zero = pf::Block<double>::Zero(pf::kBlockSize, 2);
  const pf::Vector<double> v = support::random_vector(f.size(), 1);
  const pf::Block<double> dy =
      laws::pullback(f, zero, pf::Lane<double>(pf::Lane<double>::Ones()), v);
  CHECK((dy.col(0) == v[0]).all());
  CHECK((dy.col(1) == v[1]).all());
}

TEST_CASE("Polynomial refuses no dimension, no degree and too many monomials",
          "[test_functions][errors]") {
  const auto error = [](Index d, Index degree) {
    return support::error_of<std::invalid_argument>([=] { pf::Polynomial<double>(d, degree); });
  };
  CHECK(error(0, 1) == "Polynomial: dimension is 0, but must be at least 1");
  CHECK(error(1, 0) == "Polynomial: degree is 0, but must be at least 1");
  const std::string many =
      "Polynomial: number of monomials is more than 100000, but must be at most 100000";
  for (const auto& [d, degree] : {std::pair<Index, Index>{100, 4},
                                  {200000, 1},
                                  {100001, 1},
                                  {1, 100001},
                                  {2, 1000000000},
                                  {Index(1) << 62, Index(1) << 62}})
    CHECK(error(d, degree) == many);
}

TEST_CASE("Polynomial takes many dimensions, and many degrees", "[test_functions][hostile]") {
  const pf::Polynomial<double> wide(100000, 1), high(1, 100000), plane(2, 445);
  CHECK(wide.size() == 100000);
  CHECK(wide.exponents(99999).back() == 1);
  CHECK(wide.order(99999) == 1);
  CHECK(high.size() == 100000);
  CHECK(high.order(99999) == 100000);
  CHECK(plane.size() == 99680);  // binomial(447, 2) - 1
  CHECK(plane.exponents(99679) == Exponents{0, 445});
}
