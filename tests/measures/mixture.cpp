#include "pushforward/measures/mixture.hpp"

#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/uniform.hpp"
#include "support/error.hpp"
#include "support/measure_laws.hpp"

namespace pf = pushforward;
using pf::Gaussian, pf::Index, pf::Matrix, pf::Mixture, pf::Uniform, pf::Vector;
using support::error_of;

namespace {

/// The docstring's measure.
struct Exponential {
  using Scalar = double;
  Index dimension() const { return 1; }
  void sample(pf::Key key, std::uint64_t first, pf::BlockRef<double> x) const {
    pf::uniforms<double>(key, first, x);
    x = -x.log();
  }
};

static_assert(pf::Measure<Mixture<Gaussian<float>>> && pf::HasDensity<Mixture<Gaussian<float>>>);
static_assert(pf::HasCharacteristicFunction<Mixture<Uniform<double>>>);
static_assert(pf::HasGaussianMean<Mixture<Uniform<double>>>);
static_assert(!pf::HasQuantile<Mixture<Gaussian<double>>>);
static_assert(pf::Measure<Exponential> && pf::Measure<Mixture<Exponential>>);
static_assert(!pf::HasDensity<Mixture<Exponential>> && !pf::HasGaussianMean<Mixture<Exponential>>);
static_assert(!pf::HasQuantile<Exponential> && !pf::HasCharacteristicFunction<Exponential>);

template <class S>
Mixture<Gaussian<S>> two(S left_weight = 1, S right_weight = 3) {
  const auto at = [](S mean, S deviation) {
    return Gaussian<S>(Vector<S>::Constant(1, mean), Matrix<S>::Constant(1, 1, deviation));
  };
  return {{at(-2, S(0.5)), at(1, 1)}, {left_weight, right_weight}};
}

double distribution(double x) {
  return support::normal_distribution((x + 2) / 0.5) / 4 +
         support::normal_distribution(x - 1) * 3 / 4;
}

}  // namespace

TEMPLATE_TEST_CASE("a mixture is a measure", "[measures][laws]", float, double) {
  using S = TestType;
  const Mixture<Uniform<S>> boxes(
      {{Vector<S>{{0, 0}}, Vector<S>{{1, 2}}}, {Vector<S>{{1, -1}}, Vector<S>{{3, 0}}}},
      {S(0.2), S(0.8)});
  laws::measure(two<S>());
  laws::measure(boxes);
  laws::streams(boxes);
  laws::closed_forms(two<S>());
  laws::closed_forms(boxes);
}

TEST_CASE("a user's measure is a measure, and mixes", "[measures][laws]") {
  laws::measure(Exponential{});
  laws::measure(Mixture<Exponential>({{}, {}}, {1, 1}));
}

TEST_CASE("samples of a mixture follow its law", "[measures][statistics]") {
  const Index n = 1 << 17;
  const double bound = support::distance_bound(n);
  CHECK(support::distance_to(support::draw(two<double>(), n), distribution) < bound);
  CHECK(support::distance_to(support::draw(two<float>(), n), distribution) < bound);
  CHECK(support::distance_to(support::draw(two<double>(1, 2.8), n), distribution) > bound);
}

TEST_CASE("the density of a mixture", "[measures]") {
  laws::density(two<double>(), -8, 9);
  pf::Block<double> x = pf::Block<double>::Constant(64, 1, 400);  // each term underflows
  x(0, 0) = -400;
  pf::Lane<double> out;
  two<double>().log_density(x, out);
  CHECK_THAT(
      out[1],
      WithinRel(std::log(0.75) - std::log(2 * std::numbers::pi) / 2 - 399.0 * 399 / 2, 1e-14));
  pf::Block<double> score(64, 1);
  two<double>().score(x, score);
  CHECK_THAT(score(1, 0), WithinRel(-399.0, 1e-14));
  CHECK_THAT(score(0, 0), WithinRel(401.0, 1e-14));
}

TEST_CASE("a component without weight is never drawn", "[measures]") {
  using pf::Uniform;
  const Mixture<Uniform<double>> all_but_one({{0, 1}, {5, 6}, {2, 3}}, {1, 0, 1});
  const auto x = support::draw(all_but_one, 1 << 14);
  CHECK(x.maxCoeff() <= 3);
  CHECK_THAT((x.array() > 1.5).cast<double>().mean(),
             WithinAbs(0.5, support::mean_bound(1 << 14, 0, 1)));

  pf::Lane<double> out, inside;
  const pf::Block<double> at = pf::Block<double>::Constant(64, 1, 0.5);
  all_but_one.log_density(at, out);
  CHECK_THAT(out[0], WithinRel(std::log(0.5), 1e-15));
  all_but_one.log_density(at + 5, out);
  CHECK(out[0] == -std::numeric_limits<double>::infinity());
  pf::Block<double> score(64, 1);
  all_but_one.score(at + 5, score);
  CHECK(pf::all_finite(score));
}

TEST_CASE("a mixture of one is its component", "[measures]") {
  const Gaussian<double> one(2);
  const Mixture<Gaussian<double>> mixture({one}, {7});
  CHECK(support::draw(mixture, 100, {1, 2}) == support::draw(one, 100, pf::Key{1, 2}.part(0)));
  const Vector<double> w{{0.3, -1}};
  CHECK(mixture.characteristic_function(w) == one.characteristic_function(w));
}

TEST_CASE("mixtures that cannot be", "[measures][hostile]") {
  using Limits = std::numeric_limits<double>;
  const auto weights = [](double weight) {
    return error_of<std::domain_error>([&] { two<double>(1, weight); });
  };
  using Gaussians = std::vector<Gaussian<double>>;
  CHECK(error_of<std::invalid_argument>([] { Mixture<Gaussian<double>>(Gaussians{}, {}); }) ==
        "Mixture: number of components is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([] {
          Mixture<Gaussian<double>>(Gaussians(2, Gaussian<double>(1)), {1});
        }) == "Mixture: number of weights is 1, but must be 2");
  CHECK(error_of<std::invalid_argument>([] {
          Mixture<Gaussian<double>>(Gaussians{Gaussian<double>(1), Gaussian<double>(2)}, {1, 1});
        }) == "Mixture: dimension of component 1 is 2, but must be 1");
  CHECK(error_of<std::invalid_argument>([] {
          Mixture<Gaussian<double>>(Gaussians{Gaussian<double>(257)}, {1});
        }) == "Mixture: dimension is 257, but must be between 1 and 256");
  CHECK(weights(-1) == "Mixture: weights[1] is -1, but must be finite and at least 0");
  CHECK(weights(Limits::quiet_NaN()) ==
        "Mixture: weights[1] is nan, but must be finite and at least 0");
  CHECK(weights(Limits::infinity()) ==
        "Mixture: weights[1] is inf, but must be finite and at least 0");
  CHECK(error_of<std::domain_error>([] { two<double>(0, 0); }) ==
        "Mixture: sum of weights is 0, but must be finite and positive");
  CHECK(error_of<std::domain_error>([] { two<double>(1.5e308, 1.5e308); }) ==
        "Mixture: sum of weights is inf, but must be finite and positive");
}
