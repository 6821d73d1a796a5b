#include "pushforward/measures/product.hpp"

#include "pushforward/maps/identity.hpp"
#include "pushforward/measures/image.hpp"

#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/mixture.hpp"
#include "pushforward/measures/quasi_random.hpp"
#include "pushforward/measures/uniform.hpp"
#include "support/measure_laws.hpp"
#include "support/models.hpp"

namespace pf = pushforward;
using pf::Gaussian, pf::Index, pf::Matrix, pf::Product, pf::Uniform, pf::Vector;

namespace {

template <class S>
Gaussian<S> tilted() {
  return {Vector<S>{{1, -2}}, Matrix<S>{{2, 0}, {-1, S(0.5)}}};
}

template <class S>
Product<Gaussian<S>, Uniform<S>> pair() {
  return {tilted<S>(), Uniform<S>(-1, 2)};
}

using Mixed = Product<Gaussian<double>, models::Exponential>;
static_assert(pf::HasDensity<Product<Gaussian<float>, Uniform<float>>>);
static_assert(pf::HasScore<Product<Gaussian<float>, Uniform<float>>>);
static_assert(pf::HasQuantile<Product<Gaussian<float>, Uniform<float>>>);
static_assert(pf::Measure<Mixed> && !pf::HasDensity<Mixed> && !pf::HasScore<Mixed>);
static_assert(!pf::HasQuantile<Mixed> && !pf::HasCharacteristicFunction<Mixed>);
static_assert(!pf::HasGaussianMean<Mixed>);

}  // namespace

TEMPLATE_TEST_CASE("a product is a measure", "[measures][laws]", float, double) {
  using S = TestType;
  laws::measure(pair<S>());
  laws::streams(pair<S>());
  laws::closed_forms(pair<S>());
  const pf::Mixture<Uniform<S>> boxes({{0, 1}, {2, 5}}, {1, 2});
  laws::measure(Product(Product(boxes, pair<S>()), pf::Empirical<S>(Matrix<S>{{1, 2}, {3, 4}})));
  laws::measure(pf::QuasiRandom(pair<S>(), 100));
  laws::measure(Product(pf::QuasiRandom(tilted<S>()), Uniform<S>(0, 1)));
}

TEST_CASE("parts of a product are those of the measures, in streams of their own", "[measures]") {
  const pf::Key key{3, 4};
  const Matrix<double> x = support::draw(pair<double>(), 200, key);
  CHECK(x.topRows(2) == support::draw(tilted<double>(), 200, key.part(0)));
  CHECK(x.bottomRows(1) == support::draw(Uniform<double>(-1, 2), 200, key.part(1)));
}

TEST_CASE("parts of a product are independent", "[measures][statistics]") {
  const Index n = 1 << 16;
  const Uniform<double> side(-1, 1);  // twice the same: E x y = 0, |x y| <= 1
  const Matrix<double> x = support::draw(Product(side, side), n);
  CHECK_THAT((x.row(0).array() * x.row(1).array()).mean(),
             WithinAbs(0, support::mean_bound(n, -1, 1)));
}

TEST_CASE("density and quantile of a product", "[measures]") {
  laws::score(Product(tilted<double>(), Product(Gaussian<double>(1), tilted<double>())));
  pf::Block<double> u(64, 3), x(64, 3), dx(64, 3), expected(64, 2);
  pf::uniforms<double>({1, 1}, 0, u);
  pair<double>().quantile(u, x);
  tilted<double>().quantile(u.leftCols(2), expected);
  CHECK((x.leftCols(2) == expected).all());
  CHECK(((x.col(2) + 1) / 3 - u.col(2)).abs().maxCoeff() < 1e-15);

  pf::Lane<double> out, of_first;
  Product<Gaussian<double>, Uniform<double>>::Scratch scratch;
  pair<double>().log_density(x, out, scratch);
  tilted<double>().log_density(x.leftCols(2), of_first, scratch.first);
  CHECK((out - of_first + std::log(3.0)).abs().maxCoeff() < 1e-14);
  pair<double>().score(x, dx, scratch);
  tilted<double>().score(x.leftCols(2), expected);
  CHECK((dx.leftCols(2) == expected).all());
  CHECK((dx.col(2) == 0).all());
  x(5, 2) = 2.5;
  pair<double>().log_density(x, out, scratch);
  CHECK(out[5] == -std::numeric_limits<double>::infinity());
}

TEST_CASE("the nodes of a product, and of an image, are those of its parts", "[measures]") {
  const pf::QuasiRandom six(Gaussian<double>(1), 6);
  const pf::QuasiRandom four(Uniform<double>(0, 1), 4);
  const pf::QuasiRandom endless(Gaussian<double>(1));
  CHECK(Product(six, Gaussian<double>(1)).nodes() == 6);
  CHECK(Product(endless, four).nodes() == 4);
  CHECK(Product(six, four).nodes() == 12);
  CHECK(Product(endless, endless).nodes() == 0);
  CHECK(pf::Image(pf::Identity<double>(2), Product(six, four)).nodes() == 12);
  static_assert(!pf::HasNodes<Product<Gaussian<double>, Uniform<double>>>);
  const Product both(six, four);
  CHECK(support::draw(both, 12) == support::draw(both, 12, {}, 12));
}
