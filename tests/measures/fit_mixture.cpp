#include "pushforward/measures/fit_mixture.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/gradient.hpp"
#include "support/is_nan.hpp"
#include "support/statistics.hpp"

#include <Eigen/Cholesky>

#include <cstring>

namespace pf = pushforward;
using pf::Gaussian, pf::Index, pf::Matrix, pf::Mixture, pf::Vector;
using support::error_of;

namespace {

/// Three clusters in the plane, far apart, of weights .5, .3, .2.
template <class S>
Mixture<Gaussian<S>> three() {
  return {{Gaussian<S>(Vector<S>{{-6, 0}}, Matrix<S>{{1, 0}, {S(0.5), S(0.5)}}),
           Gaussian<S>(Vector<S>{{5, 5}}, Matrix<S>{{2, 0}, {-1, 1}}),
           Gaussian<S>(Vector<S>{{4, -8}}, Matrix<S>{{S(0.3), 0}, {0, S(0.3)}})},
          {S(0.5), S(0.3), S(0.2)}};
}

template <class S>
bool same(const pf::FittedMixture<S>& a, const pf::FittedMixture<S>& b) {
  bool equal = a.components == b.components && a.iterations == b.iterations &&
               a.log_likelihood == b.log_likelihood && a.bic == b.bic &&
               a.mixture.weights() == b.mixture.weights();
  for (std::size_t c = 0; equal && c < a.mixture.components().size(); ++c)
    equal = a.mixture.components()[c].mean() == b.mixture.components()[c].mean() &&
            a.mixture.components()[c].factor() == b.mixture.components()[c].factor();
  return equal;
}

template <class S>
bool finite(const pf::FittedMixture<S>& fit) {
  bool all = pf::is_finite(fit.log_likelihood) && pf::is_finite(fit.bic);
  for (const Gaussian<S>& component : fit.mixture.components())
    all = all && pf::all_finite(component.mean()) && pf::all_finite(component.factor());
  return all && fit.components == Index(fit.mixture.components().size());
}

/// sum_i log p(x_i)
template <class S>
double log_likelihood(const Mixture<Gaussian<S>>& mixture, const Matrix<S>& data) {
  typename Mixture<Gaussian<S>>::Scratch scratch;
  const pf::Batch<S> batch(data);
  double sum = 0;
  for (Index b = 0; b < batch.blocks(); ++b) {
    pf::Lane<S> out;
    mixture.log_density(batch.block(b), out, scratch);
    for (Index i = b * 64; i < (std::min)((b + 1) * 64, data.cols()); ++i)
      sum += double(out[i - b * 64]);
  }
  return sum;
}

}  // namespace

TEMPLATE_TEST_CASE("one component is the mean and the covariance of the rows", "[measures]", float,
                   double) {
  using S = TestType;
  Matrix<S> data = support::draw(three<S>(), 1000);
  data.row(0) = data.row(0) * S(1e-3) + Matrix<S>::Constant(1, 1000, S(0.1));
  data.row(1) = data.row(1) * S(1e5) - data.row(0) * S(3e7);
  const auto fit = pf::fit_mixture(data);
  CHECK(fit.components == 1);
  CHECK(fit.converged);
  const Matrix<double> x = data.template cast<double>();
  const Vector<double> mean = x.rowwise().mean();
  const Matrix<double> covariance = (x.colwise() - mean) * (x.colwise() - mean).transpose() / 1000;
  const Gaussian<S>& one = fit.mixture.components()[0];
  const double accuracy = std::is_same_v<S, float> ? 1e-5 : 1e-12;
  const Matrix<double> factor = covariance.llt().matrixL();
  const auto gap = [](const auto& a, const auto& b) {
    return ((a.template cast<double>() - b).array() / b.array().abs().max(1e-300)).abs().maxCoeff();
  };
  CHECK(gap(one.mean(), mean) < accuracy);
  CHECK(gap(one.factor().diagonal(), Vector<double>(factor.diagonal())) < accuracy);
  CHECK_THAT(double(one.factor()(1, 0)), WithinRel(factor(1, 0), accuracy));
  CHECK_THAT(fit.log_likelihood, WithinRel(log_likelihood(fit.mixture, data), 1e-5));
  CHECK_THAT(fit.bic, WithinRel(5 * std::log(1000.0) - 2 * fit.log_likelihood, 1e-12));
}

TEST_CASE("the log-likelihood never falls from step to step", "[measures]") {
  const Matrix<double> data = support::draw(three<double>(), 700);
  for (const bool diagonal : {false, true})
    for (const Index components : {2, 3, 6}) {
      double last = -std::numeric_limits<double>::infinity();
      for (Index steps = 1; steps < 40; ++steps) {
        const auto fit = pf::fit_mixture(data, {.components = components,
                                                .diagonal = diagonal,
                                                .restarts = 1,
                                                .steps = steps,
                                                .tolerance = 0,
                                                .key = pf::Key{4}});
        CHECK(fit.log_likelihood >= last - 1e-9 * std::abs(last));
        CHECK_THAT(fit.log_likelihood, WithinRel(log_likelihood(fit.mixture, data), 1e-9));
        last = fit.log_likelihood;
      }
    }
}

TEMPLATE_TEST_CASE("a known mixture is found, and how many components it has",
                   "[measures][statistics]", float, double) {
  using S = TestType;
  const Index n = 20000;
  const auto truth = three<S>();
  const Matrix<S> data = support::draw(truth, n, pf::Key{1});
  const auto check = [&](const pf::MixtureOptions& options) {
    const auto fit = pf::fit_mixture(data, options);
    REQUIRE(fit.components == 3);
    CHECK(fit.converged);
    for (std::size_t c = 0; c < 3; ++c) {
      const Gaussian<S>& expected = truth.components()[c];
      std::size_t nearest = 0;
      const auto distance = [&](std::size_t f) {
        return (fit.mixture.components()[f].mean() - expected.mean()).norm();
      };
      for (const std::size_t f : {std::size_t(1), std::size_t(2)})
        if (distance(f) < distance(nearest)) nearest = f;
      const Gaussian<S>& found = fit.mixture.components()[nearest];
      const double share = double(truth.weights()[c]), rows = share * double(n);
      CHECK_THAT(double(fit.mixture.weights()[nearest]),
                 WithinAbs(share, support::kNormalBound * std::sqrt(share / double(n))));
      for (Index j = 0; j < 2; ++j)
        CHECK_THAT(double(found.mean()[j] - expected.mean()[j]),
                   WithinAbs(0, support::kNormalBound * double(expected.factor().row(j).norm()) /
                                    std::sqrt(rows)));
      for (Index j = 0; j < 2; ++j)
        for (Index k = 0; k <= j; ++k)
          CHECK_THAT(double(found.factor()(j, k) - expected.factor()(j, k)),
                     WithinAbs(0, support::kNormalBound * double(expected.factor().norm()) /
                                      std::sqrt(rows)));
    }
  };
  check({.components = 3, .key = pf::Key{2}});
  check({.components = 1, .at_most = 5, .key = pf::Key{2}});
}

TEST_CASE("rows that are held out choose the number of components", "[measures]") {
  const Matrix<double> data = support::draw(three<double>(), 600, pf::Key{1});
  const auto fit =
      pf::fit_mixture(data, {.components = 1, .at_most = 4, .held_out = 0.3, .key = pf::Key{2}});
  CHECK(fit.components >= 3);
  CHECK(same(fit, pf::fit_mixture(data, {.components = fit.components, .key = pf::Key{2}})));
}

TEST_CASE("diagonal covariances have diagonal factors", "[measures]") {
  const Matrix<double> data = support::draw(three<double>(), 500);
  const auto fit = pf::fit_mixture(data, {.components = 3, .diagonal = true, .key = pf::Key{1}});
  CHECK(fit.components == 3);
  for (const Gaussian<double>& component : fit.mixture.components())
    CHECK(component.factor()(1, 0) == 0);
  const auto one = pf::fit_mixture(data, {.diagonal = true});
  const Vector<double> centred = data.row(1).transpose().array() - data.row(1).mean();
  CHECK_THAT(one.mixture.components()[0].factor()(1, 1),
             WithinRel(std::sqrt(centred.squaredNorm() / 500), 1e-12));
  CHECK_THAT(one.bic, WithinRel(4 * std::log(500.0) - 2 * one.log_likelihood, 1e-12));
}

TEST_CASE("a row of weight 2 counts as two, one of weight 0 as none", "[measures]") {
  const Matrix<double> data = support::draw(three<double>(), 200);
  Vector<double> weights = Vector<double>::Ones(200);
  Matrix<double> copied(2, 260), dirty = data;
  Index next = 0;
  for (Index i = 0; i < 200; ++i) {
    if (i % 5 < 2) weights[i] = 2;
    if (i % 10 == 9) {
      weights[i] = 0;
      dirty.col(i).setConstant(1e300);
    }
    for (double w = weights[i]; w > 0; --w) copied.col(next++) = data.col(i);
  }
  REQUIRE(next == 260);
  const pf::MixtureOptions options{.components = 3, .steps = 50, .tolerance = 0, .key = pf::Key{3}};
  const auto one = pf::fit_mixture(pf::Empirical<double>(dirty, weights), options);
  const auto other = pf::fit_mixture(copied, options);
  CHECK_THAT(one.log_likelihood, WithinRel(other.log_likelihood, 1e-9));
  CHECK_THAT(one.bic, WithinRel(other.bic, 1e-9));
  REQUIRE(one.components == other.components);
  for (std::size_t c = 0; c < 3; ++c) {
    const Gaussian<double>&a = one.mixture.components()[c], &b = other.mixture.components()[c];
    CHECK((a.mean() - b.mean()).norm() < 1e-6);
    CHECK((a.factor() - b.factor()).norm() < 1e-6);
  }
}

TEMPLATE_TEST_CASE("neither threads nor calls change a bit of a fitted mixture", "[measures]",
                   float, double) {
  using S = TestType;
  const Matrix<S> data = support::draw(three<S>(), 1000);
  const pf::MixtureOptions options{.components = 2, .at_most = 4, .key = pf::Key{5}};
  const auto fit = pf::fit_mixture(data, options);
  CHECK(same(fit, pf::fit_mixture(data, options)));
  pf::Team team(3);
  CHECK(same(fit, pf::fit_mixture(data, options, team)));
}

TEMPLATE_TEST_CASE("fit_mixture gives finite numbers for any finite rows", "[measures][hostile]",
                   float, double) {
  using S = TestType;
  const auto fit = [](const Matrix<S>& data, Index components) {
    const auto found = pf::fit_mixture(pf::Empirical<S>(data, Vector<S>()),
                                       {.components = components, .steps = 60, .key = pf::Key{1}});
    CHECK(finite(found));
    return found;
  };
  const S large = (std::numeric_limits<S>::max)() / 8;  // 1 / large is a normal number
  for (const S value : {S(0), S(3), S(-1e-30), large}) {
    const auto one = fit(Matrix<S>::Constant(3, 1, value), 4);
    CHECK(one.components == 1);
    CHECK(one.mixture.components()[0].mean() == Vector<S>::Constant(3, value));
    CHECK(fit(Matrix<S>::Constant(3, 70, value), 4).components == 1);
  }
  CHECK(fit(Matrix<S>::Identity(3, 3), 8).components <= 3);
  Matrix<S> pair(2, 100);
  for (Index i = 0; i < 100; ++i) pair.col(i).setConstant(i % 2 == 0 ? S(-1) : S(1));
  CHECK(fit(pair, 2).components == 2);
  CHECK(fit(pair, 7).components <= 2);
  const Matrix<S> line = Vector<S>::LinSpaced(4, 1, 4) * support::random_matrix<S>(1, 90, 1);
  for (const Index components : {1, 3, 20}) (void)fit(line, components);
  for (const S scale : {large, S(1e-30)})
    for (const Index components : {1, 3}) {
      (void)fit(support::random_matrix<S>(2, 90, 1) * scale, components);
      Matrix<S> mixed = support::random_matrix<S>(2, 90, 1);
      mixed.row(0) *= scale;
      mixed.col(7).setConstant(scale);
      (void)fit(mixed, components);
    }
  for (const Index components : {60, 90, 200})
    (void)fit(support::random_matrix<S>(5, 90, 1), components);
}

TEST_CASE("fit_mixture gives finite numbers at the edges of what there are", "[measures]") {
  const double most = (std::numeric_limits<double>::max)();
  Matrix<double> data = support::random_matrix(2, 90, 1);
  for (const double scale : {most, 1e-308, 1e-320}) {
    for (const Index components : {1, 3})
      CHECK(finite(pf::fit_mixture(scale * data, {.components = components, .key = pf::Key{1}})));
    const auto one = pf::fit_mixture(Matrix<double>::Constant(2, 5, scale));
    CHECK(one.mixture.components()[0].mean() == Vector<double>::Constant(2, scale));
  }
  data.col(0).setConstant(most);
  data.col(1).setConstant(-most);
  CHECK(finite(pf::fit_mixture(data, {.components = 3, .key = pf::Key{1}})));
}

TEST_CASE("fit_mixture refuses what it cannot fit", "[measures][hostile]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Matrix<double> data = support::random_matrix(2, 10, 1);
  const auto argument = [&](const pf::MixtureOptions& options) {
    return error_of<std::invalid_argument>([&] { (void)pf::fit_mixture(data, options); });
  };
  const auto domain = [&](const pf::MixtureOptions& options) {
    return error_of<std::domain_error>([&] { (void)pf::fit_mixture(data, options); });
  };
  CHECK(argument({.components = 0}) == "fit_mixture: components is 0, but must be at least 1");
  CHECK(argument({.components = 3, .at_most = 2}) ==
        "fit_mixture: at_most is 2, but must be 0 or at least 3");
  CHECK(argument({.restarts = 0}) == "fit_mixture: restarts is 0, but must be at least 1");
  CHECK(argument({.steps = 0}) == "fit_mixture: steps is 0, but must be at least 1");
  CHECK(domain({.floor = 0}) == "fit_mixture: floor is 0, but must be positive and finite");
  CHECK(domain({.held_out = 1}) ==
        "fit_mixture: held_out is 1, but must be at least 0 and less than 1");
  CHECK(domain({.held_out = nan}) ==
        "fit_mixture: held_out is nan, but must be at least 0 and less than 1");
  CHECK(domain({.tolerance = -1}) ==
        "fit_mixture: tolerance is -1, but must be at least 0 and finite");
  CHECK(error_of<std::domain_error>([&] {
          (void)pf::fit_mixture(pf::Empirical<double>(data, Vector<double>::Constant(10, 1e308)));
        }) == "fit_mixture: sum of weights is inf, but must be finite");
  data(1, 3) = nan;
  CHECK(domain({}) == "Empirical: data at row 1, column 3 is nan, but must be finite");
  CHECK(error_of<std::invalid_argument>([] { (void)pf::fit_mixture(Matrix<double>(2, 0)); }) ==
        "Empirical: size of data is 0, but must be at least 1");
}
