#include "pushforward/measures/mixture.hpp"

#include "support/allocations.hpp"

#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/uniform.hpp"
#include "support/error.hpp"
#include "support/measure_laws.hpp"
#include "support/models.hpp"

namespace pf = pushforward;
using models::Exponential;
using pf::Gaussian, pf::Index, pf::Matrix, pf::Mixture, pf::Uniform, pf::Vector;
using support::error_of;

namespace {

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
  laws::score(two<double>());
  laws::score(Mixture<Gaussian<double>>(
      {Gaussian<double>(2),
       Gaussian<double>(Vector<double>{{1, -1}}, Matrix<double>{{2, 0}, {1, 0.3}}),
       Gaussian<double>(Vector<double>{{-3, 2}}, Matrix<double>{{0.5, 0}, {0, 0.5}})},
      {3, 1, 2}));
  pf::Block<double> x = pf::Block<double>::Constant(64, 1, 400);  // each term underflows
  x(0, 0) = -400;
  x(2, 0) = std::numeric_limits<double>::quiet_NaN();
  pf::Lane<double> out;
  Mixture<Gaussian<double>>::Scratch scratch;
  two<double>().log_density(x, out, scratch);
  CHECK_THAT(
      out[1],
      WithinRel(std::log(0.75) - std::log(2 * std::numbers::pi) / 2 - 399.0 * 399 / 2, 1e-14));
  CHECK(std::isnan(out[2]));
  pf::Block<double> score(64, 1);
  two<double>().score(x, score, scratch);
  CHECK_THAT(score(1, 0), WithinRel(-399.0, 1e-14));
  CHECK_THAT(score(0, 0), WithinRel(401.0, 1e-14));
}

TEST_CASE("density and score of a mixture take each component once", "[measures]") {
  const Index count = 100;
  std::vector<Gaussian<double>> components;
  std::vector<double> weights;
  for (Index c = 0; c < count; ++c) {
    components.emplace_back(double(c % 7), 1 + double(c % 3));
    weights.push_back(double(1 + c % 5));
  }
  const Mixture<Gaussian<double>> mixture(components, weights);
  pf::Block<double> x(64, 1), dx(64, 1);
  pf::Lane<double> out;
  Mixture<Gaussian<double>>::Scratch scratch;
  mixture.sample({}, 0, x, scratch);
  mixture.log_density(x, out, scratch);
  mixture.score(x, dx, scratch);
  const long before = support::allocations();
  mixture.sample({}, 64, x, scratch);
  mixture.log_density(x, out, scratch);
  mixture.score(x, dx, scratch);
  CHECK(support::allocations() == before);

  double p = 0, slope = 0;
  for (Index c = 0; c < count; ++c) {
    const double deviation = 1 + double(c % 3), z = (x(9, 0) - double(c % 7)) / deviation;
    const double term = double(1 + c % 5) * std::exp(-z * z / 2) / deviation;
    p += term;
    slope -= term * z / deviation;
  }
  CHECK_THAT(out[9], WithinRel(std::log(p / 300) - std::log(2 * std::numbers::pi) / 2, 1e-13));
  CHECK_THAT(dx(9, 0), WithinRel(slope / p, 1e-12));
}

namespace {

/// N(0, 1), which counts how often it is asked.
struct Counted : Gaussian<double> {
  Counted() : Gaussian<double>(1) {}
  static inline Index densities = 0, scores = 0, draws = 0;
  void sample(pf::Key key, std::uint64_t first, pf::BlockRef<double> x) const {
    ++draws;
    Gaussian<double>::sample(key, first, x);
  }
  void log_density(pf::ConstBlockRef<double> x, pf::Lane<double>& out, Scratch& scratch) const {
    ++densities;
    Gaussian<double>::log_density(x, out, scratch);
  }
  void score(pf::ConstBlockRef<double> x, pf::BlockRef<double> dx) const {
    ++scores;
    Gaussian<double>::score(x, dx);
  }
};

}  // namespace

TEST_CASE("a mixture of C components asks each once", "[measures]") {
  const Mixture<Counted> mixture(std::vector<Counted>(1000), std::vector<double>(1000, 1.0));
  pf::Block<double> x = pf::Block<double>::Zero(64, 1), dx(64, 1);
  pf::Lane<double> out;
  Mixture<Counted>::Scratch scratch;
  mixture.log_density(x, out, scratch);
  CHECK(Counted::densities == 1000);
  mixture.score(x, dx, scratch);
  CHECK(Counted::densities == 2000);
  CHECK(Counted::scores == 1000);
  mixture.sample({}, 0, x, scratch);
  CHECK(Counted::draws <= 64);
}

TEST_CASE("a component without weight is never drawn", "[measures]") {
  using pf::Uniform;
  const Mixture<Uniform<double>> all_but_one({{0, 1}, {5, 6}, {2, 3}}, {1, 0, 1});
  const auto x = support::draw(all_but_one, 1 << 14);
  CHECK(x.maxCoeff() <= 3);
  CHECK_THAT((x.array() > 1.5).cast<double>().mean(),
             WithinAbs(0.5, support::mean_bound(1 << 14, 0, 1)));

  pf::Lane<double> out;
  Mixture<Uniform<double>>::Scratch scratch;
  const pf::Block<double> at = pf::Block<double>::Constant(64, 1, 0.5);
  all_but_one.log_density(at, out, scratch);
  CHECK_THAT(out[0], WithinRel(std::log(0.5), 1e-15));
  all_but_one.log_density(at + 5, out, scratch);
  CHECK(out[0] == -std::numeric_limits<double>::infinity());
  pf::Block<double> score(64, 1);
  all_but_one.score(at + 5, score, scratch);
  CHECK(pf::all_finite(score));
}

TEST_CASE("light components are drawn in float too", "[measures][statistics]") {
  const Index n = 1 << 12;  // their weights, 1e-7 each, are less than float uniforms are apart
  std::vector<Gaussian<float>> components(n, Gaussian<float>(5, 0.1F));
  std::vector<float> weights(n, 1e-7F);
  components[0] = Gaussian<float>(-5, 0.1F);
  weights[0] = 1;
  const Matrix<float> x = support::draw(Mixture<Gaussian<float>>(components, weights), 1 << 15);
  const double light = 4095e-7 / (1 + 4095e-7);
  CHECK_THAT((x.array() > 0).cast<double>().mean(),
             WithinAbs(light, 6 * std::sqrt(light / (1 << 15))));
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
  CHECK(support::draw(Mixture<Gaussian<double>>(Gaussians{Gaussian<double>(257)}, {1}), 65)
            .allFinite());
  CHECK(weights(-1) == "Mixture: weights[1] is -1, but must be finite and at least 0");
  CHECK(weights(Limits::quiet_NaN()) ==
        "Mixture: weights[1] is nan, but must be finite and at least 0");
  CHECK(weights(Limits::infinity()) ==
        "Mixture: weights[1] is inf, but must be finite and at least 0");
  CHECK(error_of<std::domain_error>([] { two<double>(0, 0); }) ==
        "Mixture: largest weight is 0, but must be positive");
}

TEST_CASE("the largest weights there are weigh as any others", "[measures]") {
  CHECK(support::draw(two<double>(1.5e308, 1.5e308), 500) == support::draw(two<double>(2, 2), 500));
}
