#include "pushforward/flows/path.hpp"

#include "pushforward/flows/squashed_normal.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/gradient.hpp"
#include "support/measure_laws.hpp"

namespace pf = pushforward;
using support::error_of;

namespace {

/// The model of the docstring.
struct SphericalPath {
  static constexpr double kLast = 1;
  template <class Scalar>
  pf::PathPoint<Scalar> at(Scalar t) const {
    const Scalar quarter = std::numbers::pi_v<Scalar> / 2;
    Scalar s, c;
    pf::sincos(quarter * t, s, c);
    return {c, s, -quarter * s, quarter * c};
  }
};
struct NoEnd {
  template <class Scalar>
  pf::PathPoint<Scalar> at(Scalar) const {
    return {};
  }
};
struct DoubleOnly {
  static constexpr double kLast = 1;
  pf::PathPoint<double> at(double) const { return {}; }
};
static_assert(pf::Path<pf::LinearPath> && pf::Path<pf::VariancePreserving>);
static_assert(pf::Path<pf::VarianceExploding> && pf::Path<SphericalPath>);
static_assert(!pf::Path<NoEnd> && !pf::Path<DoubleOnly> && !pf::Path<int>);
static_assert(pf::Prediction<pf::PredictVelocity> && pf::Prediction<pf::PredictScore>);
static_assert(!pf::Prediction<pf::LinearPath> && !pf::Prediction<int>);
static_assert(pf::Described<pf::LinearPath> && pf::Described<pf::VariancePreserving>);
static_assert(pf::Described<pf::VarianceExploding> && pf::Described<pf::PredictScore>);

/// a' and b' are the derivatives of a and b, and a b' is not a' b.
template <class P>
void check_path(const P& path, double low, double high) {
  for (int i = 0; i <= 16; ++i) {
    const double t = low + (high - low) * i / 16;
    const pf::PathPoint<double> at = path.at(t);
    const auto a = [&](double h) { return path.at(t + h).a; };
    const auto b = [&](double h) { return path.at(t + h).b; };
    INFO("t = " << t);
    CHECK_THAT(support::derivative(a, 0.01), WithinAbs(at.da, 1e-9 * (1 + std::abs(at.da))));
    CHECK_THAT(support::derivative(b, 0.01), WithinAbs(at.db, 1e-9 * (1 + std::abs(at.db))));
    CHECK(std::abs(at.a * at.db - at.da * at.b) > 1e-3);
    const pf::PathPoint<float> single = path.at(static_cast<float>(t));
    CHECK_THAT(double(single.a), WithinAbs(at.a, 1e-6 * (1 + at.a)));
    CHECK_THAT(double(single.b), WithinAbs(at.b, 1e-6 * (1 + at.b)));
    CHECK_THAT(double(single.da), WithinAbs(at.da, 1e-4 * (1 + std::abs(at.da))));
    CHECK_THAT(double(single.db), WithinAbs(at.db, 1e-4 * (1 + std::abs(at.db))));
  }
}

}  // namespace

TEST_CASE("paths know their derivatives", "[flows]") {
  check_path(pf::LinearPath{}, 0, 1);
  check_path(pf::VariancePreserving{}, 0, 0.95);
  check_path(pf::VariancePreserving{.beta_min = 1, .beta_max = 1}, 0, 0.95);
  check_path(pf::VarianceExploding{}, 0.1, 80);
  check_path(SphericalPath{}, 0, 1);
}

TEST_CASE("paths lead from noise to data", "[flows]") {
  const auto linear = pf::LinearPath{}.at(0.25);
  CHECK((linear.a == 0.75 && linear.b == 0.25 && linear.da == -1 && linear.db == 1));
  const auto level = pf::VarianceExploding{}.at(3.0);
  CHECK((level.a == 3 && level.b == 1 && level.da == 1 && level.db == 0));

  const pf::VariancePreserving path;
  CHECK_THAT(path.at(0.0).b, WithinRel(std::exp(-20.1 / 4), 1e-14));
  for (const double t : {0.0, 0.3, 0.9, 1 - 1e-9}) {
    const double s = 1 - t, integral = 0.1 * s / 2 + 19.9 * s * s / 4;
    const auto at = path.at(t);
    CHECK_THAT(at.b, WithinRel(std::exp(-integral), 1e-14));
    CHECK_THAT(at.a, WithinRel(std::sqrt(-std::expm1(-2 * integral)), 1e-14));
  }
}

TEMPLATE_TEST_CASE("the variance-preserving path is finite at the data", "[flows][hostile]", float,
                   double) {
  using S = TestType;
  for (const S t : {S(1), S(1) - std::numeric_limits<S>::epsilon(), S(0)}) {
    const auto at = pf::VariancePreserving{}.at(t);
    CHECK(pf::is_finite(at.da));
    CHECK_THAT(double(at.a * at.da), WithinRel(double(-at.b * at.db), 1e-5));
  }
  CHECK(pf::VariancePreserving{}.at(S(1)).b == 1);
  CHECK(pf::VariancePreserving{}.at(S(1)).a < S(1e-15));
}

TEST_CASE("predictions are combinations of the ends", "[flows]") {
  const pf::PathPoint<double> at{0.5, 2, -3, 7};
  const auto is = [&](const auto& prediction, double c0, double c1) {
    const pf::Combination<double> c = prediction.of(at);
    return c.c0 == c0 && c.c1 == c1;
  };
  CHECK(is(pf::PredictVelocity{}, -3, 7));
  CHECK(is(pf::PredictData{}, 0, 1));
  CHECK(is(pf::PredictNoise{}, 1, 0));
  CHECK(is(pf::PredictScore{}, -2, 0));
}

TEMPLATE_TEST_CASE("laws of times and levels are measures", "[flows][laws]", float, double) {
  using S = TestType;
  laws::measure(pf::LogNormal<S>(S(-1.2), S(1.2)));
  laws::measure(pf::LogitNormal<S>(S(0.5), 1));
  laws::streams(pf::LogitNormal<S>(0, 1));
  static_assert(pf::HasQuantile<pf::LogNormal<S>> && pf::HasQuantile<pf::LogitNormal<S>>);
}

TEST_CASE("times and levels follow their laws", "[flows][statistics]") {
  const pf::Index n = 1 << 14;
  const double bound = support::distance_bound(n);
  const auto levels = support::draw(pf::LogNormal<double>(-1.2, 1.2), n);
  CHECK(support::distance_to(levels, [](double q) {
          return support::normal_distribution((std::log(q) + 1.2) / 1.2);
        }) < bound);
  const auto times = support::draw(pf::LogitNormal<double>(0.5, 2), n);
  const auto logit = [](double t) { return std::log(t / (1 - t)); };
  CHECK(support::distance_to(times, [&](double t) {
          return support::normal_distribution((logit(t) - 0.5) / 2);
        }) < bound);
  pf::Block<double> u(64, 1), t(64, 1);
  pf::uniforms<double>({1, 1}, 0, u);
  pf::LogitNormal<double>(0.5, 2).quantile(u, t);
  for (pf::Index i = 0; i < 64; ++i)
    CHECK_THAT(support::normal_distribution((logit(t(i, 0)) - 0.5) / 2), WithinAbs(u(i, 0), 1e-13));
}

TEST_CASE("laws of levels that cannot be", "[flows][hostile]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto error = [](auto body) { return error_of<std::domain_error>(body); };
  CHECK(error([&] { pf::LogNormal<double>(nan, 1); }) ==
        "LogNormal: mean is nan, but must be finite");
  CHECK(error([] { pf::LogitNormal<double>(0, 0); }) ==
        "LogitNormal: deviation is 0, but must be positive and finite");
  CHECK(error([] { pf::VariancePreserving{.beta_min = 0}.check<double>(); }) ==
        "VariancePreserving: beta_min is 0, but must be positive and finite");
  CHECK(error([&] { pf::VariancePreserving{.beta_max = nan}.check<double>(); }) ==
        "VariancePreserving: beta_max is nan, but must be positive and finite");
  CHECK(error([] { pf::VariancePreserving{.beta_max = 1e-60}.check<float>(); }) ==
        "VariancePreserving: beta_max is 0, but must be positive and finite");
}
