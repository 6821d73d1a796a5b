#include "pushforward/measures/empirical.hpp"

#include "pushforward/core/from_rows.hpp"
#include "pushforward/test_functions.hpp"
#include "support/error.hpp"
#include "support/measure_laws.hpp"

namespace pf = pushforward;
using pf::Empirical, pf::Index, pf::Matrix, pf::Vector;
using support::error_of;

static_assert(pf::Measure<Empirical<float>>);
static_assert(!pf::HasDensity<Empirical<double>> && !pf::HasQuantile<Empirical<double>>);

namespace {

/// n samples of dimension 2, all different.
template <class S>
Matrix<S> data(Index n) {
  return Matrix<S>::NullaryExpr(
      2, n, [](Index j, Index i) { return static_cast<S>(i) + static_cast<S>(j) / 2; });
}

/// How often each point of data<double>(m.count()) is among n samples of m.
Vector<double> frequencies(const Empirical<double>& m, Index n, pf::Key key = {}) {
  Vector<double> frequency = Vector<double>::Zero(m.count());
  const Matrix<double> drawn = support::draw(m, n, key);
  CHECK((drawn.row(1).array() == drawn.row(0).array() + 0.5).all());
  for (Index i = 0; i < n; ++i)
    frequency[static_cast<Index>(drawn(0, i))] += 1 / static_cast<double>(n);
  return frequency;
}

}  // namespace

TEMPLATE_TEST_CASE("a data set is a measure", "[measures][laws]", float, double) {
  const Matrix<TestType> x = data<TestType>(130);
  laws::measure(Empirical<TestType>(x));
  laws::measure(Empirical<TestType>(x, Vector<TestType>::LinSpaced(130, 0, 1)));
  laws::streams(Empirical<TestType>(x));
  laws::measure(Empirical<TestType>(x, {}));
  CHECK(support::draw(Empirical<TestType>(x, {}), 64) == support::draw(Empirical<TestType>(x), 64));
  CHECK(Empirical<TestType>(x).data().matrix() == x);
}

TEST_CASE("points are drawn as often as they weigh", "[measures][statistics]") {
  const Index n = 1 << 16;
  const double bound = support::mean_bound(n, 0, 1);
  const Vector<double> weights{{1, 0, 2, 5}};
  const Empirical<double> equal(data<double>(4)), weighted(data<double>(4), weights);
  CHECK((frequencies(equal, n) - Vector<double>::Constant(4, 0.25)).cwiseAbs().maxCoeff() < bound);
  CHECK((frequencies(weighted, n) - weights / 8).cwiseAbs().maxCoeff() < bound);
  CHECK((frequencies(equal, n) - weights / 8).cwiseAbs().maxCoeff() > bound);
  CHECK(frequencies(weighted, n)[1] == 0);
}

TEST_CASE("a weight of two is a point twice", "[measures]") {
  const Index n = 100;
  const Matrix<double> x = data<double>(n) / 50;
  Vector<double> weights(n);
  std::vector<Index> twice;
  for (Index i = 0; i < n; ++i) {
    weights[i] = static_cast<double>(1 + i % 3);
    twice.insert(twice.end(), static_cast<std::size_t>(1 + i % 3), i);
  }
  const Matrix<double> repeated = Matrix<double>::NullaryExpr(
      2, Index(twice.size()), [&](Index j, Index i) { return x(j, twice[std::size_t(i)]); });
  const pf::Polynomial<double> moments(2, 3);
  const Vector<double> weighted = pf::expectation(moments, Empirical<double>(x, weights));
  CHECK((weighted - pf::expectation(moments, Empirical<double>(repeated))).norm() <
        1e-13 * weighted.norm());
  CHECK((weighted - pf::expectation(moments, Empirical<double>(x, 1e-300 * weights))).norm() <
        1e-13 * weighted.norm());
  CHECK((weighted - pf::expectation(moments, Empirical<double>(x, 5e307 * weights))).norm() <
        1e-13 * weighted.norm());
  CHECK((weighted - pf::expectation(moments, Empirical<double>(x))).norm() > 1e-3);
}

TEST_CASE("the mean over data does not depend on threads", "[measures][threads]") {
  const Empirical<double> m(support::draw(Empirical<double>(data<double>(50) / 7), 10000));
  const pf::Polynomial<double> moments(2, 2);
  for (const int threads : {2, 3, 16}) {
    pf::Team team(threads);
    pf::ExpectationRoom<Empirical<double>> room;
    Vector<double> mean(moments.size());
    pf::expectation(moments, m, {}, team, room, mean);
    CHECK(mean == pf::expectation(moments, m));
  }
}

TEST_CASE("a table the wrong way round is refused, unless weights say it is not",
          "[measures][errors]") {
  using M = Matrix<double>;
  const auto refused = [](Index d, Index n) {
    return error_of<std::invalid_argument>([&] { Empirical<double>(M::Ones(d, n)); });
  };
  CHECK(refused(300, 2) ==
        "Empirical: data is 300 x 2, but must be d x n, where a sample is a column: "
        "from_rows(data), or Empirical(data, {}) if there are 2 samples of dimension 300");
  CHECK(refused(85, 17) != "nothing was thrown");
  CHECK(refused(17, 1) != "nothing was thrown");
  for (const auto& [d, n] : {std::pair<Index, Index>{2, 300}, {16, 1}, {71, 17}, {784, 500}})
    CHECK(refused(d, n) == "nothing was thrown");
  CHECK(Empirical<double>(M::Ones(300, 2), {}).count() == 2);
  CHECK(Empirical<double>(M::Ones(300, 2), Vector<double>::Ones(2)).dimension() == 300);
  CHECK(Empirical<double>(pf::from_rows(M::Ones(300, 2))).dimension() == 2);
}

TEST_CASE("one point, equal points, and numbers at the edge", "[measures][hostile]") {
  const Empirical<double> one(Matrix<double>::Constant(3, 1, 7));
  CHECK(support::draw(one, 70) == Matrix<double>::Constant(3, 70, 7));
  const Empirical<float> same(Matrix<float>::Constant(1, 500, 0.1F));
  CHECK(support::draw(same, 70) == Matrix<float>::Constant(1, 70, 0.1F));
  CHECK_THAT(pf::expectation(pf::Polynomial<float>(1, 1), same)[0], WithinRel(0.1F, 1e-6F));
  const Matrix<double> edge{{1e308, 1e-308, 5e-324, -0.0, -1e308}};
  CHECK(Empirical<double>(edge).data().matrix() == edge);
  CHECK(pf::all_finite(support::draw(Empirical<double>(edge), 64)));
}

TEST_CASE("a heavy tail of light points is drawn in float too", "[measures]") {
  const Index n = 1 << 12;  // cumulative weights near 1 are closer than float tells
  Vector<float> weights = Vector<float>::Constant(n, 1e-7F);
  weights[0] = 1;
  const Empirical<float> m(data<float>(n), weights);
  const Matrix<float> drawn = support::draw(m, 1 << 17);
  const double light = 4095e-7 / (1 + 4095e-7);
  CHECK_THAT((drawn.row(0).array() > 0).cast<double>().mean(),
             WithinAbs(light, 6 * std::sqrt(light / (1 << 17))));
}

TEMPLATE_TEST_CASE("data that cannot be", "[measures][hostile]", float, double) {
  using S = TestType;
  using Limits = std::numeric_limits<S>;
  const auto weights = [](const Vector<S>& w) {
    return error_of<std::domain_error>([&] { Empirical<S>(data<S>(3), w); });
  };
  CHECK(error_of<std::invalid_argument>([] { Empirical<S>(Matrix<S>(2, 0)); }) ==
        "Empirical: size of data is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([] { Empirical<S>(Matrix<S>(0, 2)); }) ==
        "Empirical: size of data is 0, but must be at least 1");
  for (const S bad : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()})
    for (const auto& [row, column] : {std::pair<Index, Index>{0, 0}, {1, 40}, {1, 99}}) {
      Matrix<S> x = data<S>(100);
      x(row, column) = bad;
      CHECK(error_of<std::domain_error>([&] { Empirical<S> m(x); }) ==
            "Empirical: data at row " + pf::to_text(row) + ", column " + pf::to_text(column) +
                " is " + pf::to_text(bad) + ", but must be finite");
    }
  CHECK(error_of<std::invalid_argument>([] { Empirical<S>(data<S>(3), Vector<S>::Ones(2)); }) ==
        "Empirical: size of weights is 2, but must be 3");
  CHECK(weights(Vector<S>{{1, 1, Limits::quiet_NaN()}}) ==
        "Empirical: weights[2] is nan, but must be finite and at least 0");
  CHECK(weights(Vector<S>{{1, -2, 1}}) ==
        "Empirical: weights[1] is -2, but must be finite and at least 0");
  CHECK(weights(Vector<S>::Zero(3)) == "Empirical: largest weight is 0, but must be positive");
}

TEST_CASE("data too large for float", "[measures][hostile]") {
  const Matrix<double> x{{1, 1e300}};
  CHECK(error_of<std::domain_error>([&] { Empirical<float> m(x); }) ==
        "Empirical: data at row 0, column 1 is inf, but must be finite");
}
