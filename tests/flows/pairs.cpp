#include "pushforward/flows/pairs.hpp"

#include "pushforward/flows/squashed_normal.hpp"
#include "pushforward/maps/affine.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/product.hpp"

#include "support/allocations.hpp"
#include "support/error.hpp"
#include "support/measure_laws.hpp"

namespace pf = pushforward;
using pf::Gaussian, pf::Index, pf::Matrix, pf::PathPairs, pf::Product, pf::Vector;
using support::error_of;

namespace {

template <class S>
Gaussian<S> tilted() {
  return {Vector<S>{{1, -2}}, Matrix<S>{{2, 0}, {-1, S(0.5)}}};
}

template <class S>
auto coupling() {
  return Product(Gaussian<S>(2), tilted<S>());
}

}  // namespace

TEMPLATE_TEST_CASE("pairs of a path are a measure", "[flows][laws]", float, double) {
  using S = TestType;
  const PathPairs linear(coupling<S>());
  static_assert(pf::Described<std::remove_const_t<decltype(linear)>>);
  laws::measure(linear);
  laws::streams(linear);
  laws::measure(PathPairs(coupling<S>(), pf::VariancePreserving{.beta_max = 5}, pf::PredictNoise{},
                          pf::LogitNormal<S>(0, 1)));
  laws::measure(PathPairs(coupling<S>(), pf::VarianceExploding{}, pf::PredictData{},
                          pf::LogNormal<S>(S(-1.2), S(1.2))));
  laws::measure(PathPairs(pf::Empirical<S>(Matrix<S>::Identity(4, 4))));
}

TEST_CASE("rows of pairs are x_t, t and the prediction", "[flows]") {
  const pf::Key key{3, 4};
  const Index n = 200;
  const Matrix<double> ends = support::draw(coupling<double>(), n, key.part(0));
  const Matrix<double> times = support::draw(pf::Uniform<double>(0, 1), n, key.part(1));
  const pf::VariancePreserving vp;
  const Matrix<double> linear = support::draw(PathPairs(coupling<double>()), n, key),
                       noise = support::draw(PathPairs(coupling<double>(), vp, pf::PredictNoise{}),
                                             n, key),
                       velocity = support::draw(PathPairs(coupling<double>(), vp), n, key);
  REQUIRE(linear.rows() == 5);
  for (Index i = 0; i < n; ++i) {
    const double t = times(0, i);
    const Vector<double> x0 = ends.col(i).head(2), x1 = ends.col(i).tail(2);
    CHECK(linear(2, i) == t);
    CHECK((linear.col(i).head(2) - (1 - t) * x0 - t * x1).norm() < 1e-14);
    CHECK((linear.col(i).tail(2) - (x1 - x0)).norm() < 1e-14);
    const auto at = vp.at(t);
    CHECK(noise.col(i).tail(2) == x0);
    CHECK((noise.col(i).head(2) - at.a * x0 - at.b * x1).norm() < 1e-14);
    CHECK((velocity.col(i).tail(2) - at.da * x0 - at.db * x1).norm() <
          1e-13 * (1 + std::abs(at.da)));
  }
}

TEST_CASE("pairs allocate nothing once warm", "[flows]") {
  const PathPairs pairs(coupling<float>());
  pf::ScratchOf<PathPairs<Product<Gaussian<float>, Gaussian<float>>>> scratch;
  pf::Block<float> x(64, 5);
  pairs.sample({}, 0, x, scratch);
  const long before = support::allocations();
  pairs.sample({}, 64, x, scratch);
  CHECK(support::allocations() == before);
}

TEST_CASE("pairs that cannot be", "[flows][hostile]") {
  const auto argument = [](auto body) { return error_of<std::invalid_argument>(body); };
  const auto domain = [](auto body) { return error_of<std::domain_error>(body); };
  const auto with_times = [](auto path, auto times) {
    PathPairs(coupling<double>(), path, pf::PredictVelocity{}, times);
  };
  CHECK(argument([] { PathPairs(Gaussian<double>(3)); }) ==
        "PathPairs: dimension of the coupling is 3, but must be 2 d: x0, then x1");
  CHECK(argument([&] { with_times(pf::LinearPath{}, Gaussian<double>(2)); }) ==
        "PathPairs: dimension of the law of t is 2, but must be 1");
  CHECK(domain([] { PathPairs(coupling<double>(), pf::VariancePreserving{.beta_min = -1}); }) ==
        "VariancePreserving: beta_min is -1, but must be positive and finite");
  CHECK_THAT(domain([&] { with_times(pf::VarianceExploding{}, pf::Uniform<double>(-1, 3)); }),
             StartsWith("PathPairs: least t is -0.999") &&
                 EndsWith(", but must be finite and between 0 and inf"));
  CHECK_THAT(domain([&] { with_times(pf::LinearPath{}, pf::Uniform<double>(0.5, 3)); }),
             StartsWith("PathPairs: largest t is 2.999") &&
                 EndsWith(", but must be finite and between 0 and 1"));
  CHECK_THAT(domain([&] { with_times(pf::LinearPath{}, Gaussian<double>(1)); }),
             StartsWith("PathPairs: least t is -8"));
  with_times(pf::VarianceExploding{}, pf::Uniform<double>(0, 80));
}

TEST_CASE("levels that overflow are refused", "[flows][errors]") {
  CHECK(error_of<std::domain_error>([] {
          PathPairs(coupling<double>(), pf::VarianceExploding{}, pf::PredictVelocity{},
                    pf::LogNormal<double>(700, 10));
        }) == "PathPairs: largest t is inf, but must be finite and between 0 and inf");
}
