#include "pushforward/flows/sde_sampler.hpp"

#include "flows/fields.hpp"
#include "support/error.hpp"
#include "support/gradient.hpp"
#include "support/is_nan.hpp"
#include "support/laws.hpp"
#include "support/measure_laws.hpp"

#include "pushforward/flows/ode_flow.hpp"
#include "pushforward/io/map_file.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/sampling/sampler.hpp"

namespace pf = pushforward;
using fields::DenoisingField, fields::GaussianDenoiser;
using pf::Index;
using support::error_of;

namespace {

template <pf::Real S>
GaussianDenoiser<S> plane_denoiser() {
  return {pf::Vector<S>{{S(0.5), S(-1)}}, pf::Vector<S>{{S(1.5), S(0.4)}}, S(0.7)};
}

/// Of a point at 0: D = 0.
struct Point {
  using Scalar = double;
  [[nodiscard]] Index input_dimension() const { return 2; }
  [[nodiscard]] Index output_dimension() const { return 1; }
  void apply(pf::ConstBlockRef<double>, pf::BlockRef<double> y) const { y.setZero(); }
};

/// NaN below the level 1, where x > 0.
struct Broken {
  using Scalar = double;
  [[nodiscard]] Index input_dimension() const { return 3; }
  [[nodiscard]] Index output_dimension() const { return 2; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y) const {
    y = x.leftCols(2);
    y.col(0) =
        (x.col(0) > 0 && x.col(2) < 1).select(std::numeric_limits<double>::quiet_NaN(), x.col(0));
  }
};

/// Largest deviation of mean and covariance of samples from those given, over what is likely.
template <class M>
double moment_gap(const M& law, const pf::Vector<double>& mean,
                  const pf::Matrix<double>& covariance, Index n) {
  const pf::Matrix<double> y = support::draw(law, n, pf::Key{31}).template cast<double>();
  const pf::Matrix<double> centred = y.colwise() - mean;
  double worst = 0;
  for (Index j = 0; j < mean.size(); ++j) {
    worst = (std::max)(worst,
                       std::abs(centred.row(j).mean()) / std::sqrt(covariance(j, j) / double(n)));
    for (Index k = 0; k <= j; ++k) {
      const double product = centred.row(j).cwiseProduct(centred.row(k)).mean();
      const double variance =
          covariance(j, j) * covariance(k, k) + covariance(j, k) * covariance(j, k);
      worst =
          (std::max)(worst, std::abs(product - covariance(j, k)) / std::sqrt(variance / double(n)));
    }
  }
  return worst / support::kNormalBound;
}

}  // namespace

TEMPLATE_TEST_CASE("A diffusion run backward is a measure", "[flows][laws]", float, double) {
  using S = TestType;
  const auto levels = pf::TimeGrid<S>::noise(5, {.largest = 20});
  const auto check = [](const auto& law) {
    laws::measure(law);
    laws::streams(law);
  };
  check(pf::SdeSampler(plane_denoiser<S>(), levels));
  check(pf::SdeSampler(plane_denoiser<S>(), levels, pf::PredictorCorrector{.corrections = 2}));
  check(pf::SdeSampler(plane_denoiser<S>(), levels, pf::ChurnedHeun{}));
  check(pf::SdeSampler(pf::Mlp<S, pf::Tanh>({4, 9, 3}, pf::Key{5}), levels, pf::ChurnedHeun{}));
}

TEST_CASE("Stochastic samplers of a Gaussian have its mean and covariance", "[flows][statistics]") {
  const auto denoiser = plane_denoiser<double>();
  const Index n = 1 << 12;
  const auto check = [&](Index steps, const auto& method) {
    const auto levels = pf::TimeGrid<double>::noise(steps, {.largest = 200, .rho = 5});
    const pf::SdeSampler law(denoiser, levels, method);
    CHECK(moment_gap(law, denoiser.mean, denoiser.covariance(), n) < 1);
    CHECK(moment_gap(law, denoiser.mean, 1.25 * denoiser.covariance(), n) > 1);
    CHECK(moment_gap(law, denoiser.mean * 1.25, denoiser.covariance(), n) > 1);
  };
  check(400, pf::EulerMaruyama{});
  check(400, pf::PredictorCorrector{});
  check(100, pf::ChurnedHeun{.noise = 1});
}

TEST_CASE("The law of a point with noise is met exactly by every step", "[flows][statistics]") {
  // From N(0, 9) over the levels 3, 2, 1: samples are N(0, 1), in however few steps.
  const Index n = 1 << 14;
  for (const Index steps : {1, 2}) {
    const pf::SdeSampler law(Point{}, pf::TimeGrid<double>::uniform(3, 1, steps));
    const auto normal = [](double deviation) {
      return [=](double x) { return support::normal_distribution(x / deviation); };
    };
    const pf::Matrix<double> y = support::draw(law, n, pf::Key{4});
    CHECK(support::distance_to(y, normal(1)) < support::distance_bound(n));
    CHECK(support::distance_to(y, normal(1.15)) > support::distance_bound(n));
  }
  INFO("and at the level 0 it is the point");
  const pf::SdeSampler law(Point{}, pf::TimeGrid<double>::noise(3));
  CHECK((support::draw(law, 100).array() == 0).all());
}

TEST_CASE("Euler and Maruyama's law is off by a part that falls with the steps",
          "[flows][statistics]") {
  // With D = g x a step takes the variance v to (g + keep (1 - g))^2 v + r^2 (1 - keep).
  const GaussianDenoiser<double> denoiser{pf::Vector<double>{{0, 0}}, pf::Vector<double>{{1, 1}},
                                          0};
  const auto variance = [](const pf::TimeGrid<double>& levels) {
    double v = levels.times()[0] * levels.times()[0];
    for (Index n = 0; n < levels.steps(); ++n) {
      const double q = levels.times()[n], r = levels.times()[n + 1];
      const double g = 1 / (1 + q * q), keep = r * r / (q * q), factor = g + keep * (1 - g);
      v = factor * factor * v + r * r * (1 - keep);
    }
    return v;
  };
  const auto levels = [](Index steps) {
    return pf::TimeGrid<double>::noise(steps, {.largest = 100, .rho = 5});
  };
  const pf::Matrix<double> y =
      support::draw(pf::SdeSampler(denoiser, levels(10)), 1 << 14, pf::Key{4});
  const auto normal = [](double v) {
    return [=](double x) { return support::normal_distribution(x / std::sqrt(v)); };
  };
  CHECK(support::distance_to(y, normal(variance(levels(10)))) < support::distance_bound(1 << 15));
  CHECK(support::distance_to(y, normal(1)) > support::distance_bound(1 << 15));
  for (const Index steps : {40, 80, 160})
    CHECK_THAT((1 - variance(levels(steps))) / (1 - variance(levels(2 * steps))),
               WithinAbs(2, 0.2));
}

TEST_CASE("Langevin steps mend what a predictor of few steps leaves", "[flows][statistics]") {
  const GaussianDenoiser<double> denoiser{pf::Vector<double>{{0, 0}}, pf::Vector<double>{{1, 1}},
                                          0};
  // Down to the level 1, where the variance is 2, in three steps.
  const pf::Vector<double> times{{20, 6, 2, 1}};
  const pf::TimeGrid<double> levels(times);
  const auto variance = [&](const auto& method) {
    const pf::SdeSampler law(denoiser, levels, method);
    return support::draw(law, 1 << 14, pf::Key{4}).array().square().mean();
  };
  const double left = std::abs(variance(pf::EulerMaruyama{}) - 2),
               mended =
                   std::abs(variance(pf::PredictorCorrector{.corrections = 50, .ratio = 0.2}) - 2);
  CHECK(left > 0.1);
  CHECK(mended < 0.1);
}

TEST_CASE("Without churn it is the flow", "[flows]") {
  const auto denoiser = plane_denoiser<double>();
  const auto levels = pf::TimeGrid<double>::noise(12, {.largest = 20});
  const pf::SdeSampler law(denoiser, levels, pf::ChurnedHeun{.churn = 0});
  const pf::OdeFlow flow(DenoisingField<GaussianDenoiser<double>>{denoiser}, levels, pf::Heun{});
  pf::Block<double> z(pf::kBlockSize, 2), y(pf::kBlockSize, 2);
  decltype(law)::Scratch scratch;
  pf::normals<double>(pf::Key{6}, 10, z);
  law.sample(pf::Key{6}, 10, y, scratch);
  CHECK(laws::relative_gap(y, laws::apply(flow, pf::Block<double>(20 * z))) < 1e-13);
  CHECK(law.passes() == flow.passes());
}

TEST_CASE("Samplers know what they cost", "[flows]") {
  const auto down = pf::TimeGrid<double>::noise(10), part = pf::TimeGrid<double>::uniform(2, 1, 10);
  const auto passes = [](const auto& levels, const auto& method) {
    return pf::SdeSampler(Point{}, levels, method).passes();
  };
  CHECK(passes(down, pf::EulerMaruyama{}) == 10);
  CHECK(passes(down, pf::PredictorCorrector{.corrections = 2}) == 28);
  CHECK(passes(part, pf::PredictorCorrector{.corrections = 2}) == 30);
  CHECK(passes(down, pf::ChurnedHeun{}) == 19);
  CHECK(passes(part, pf::ChurnedHeun{}) == 20);
}

TEST_CASE("A stochastic sampler comes back from its file", "[flows][io]") {
  const auto check = [](const auto& law) {
    const pf::Sampler sampler(pf::Identity<float>(2), law);
    using Sampler = std::remove_const_t<decltype(sampler)>;
    const std::string bytes = pf::map_bytes(sampler);
    const auto file = pf::read_map<Sampler>(bytes);
    CHECK(file.exact);
    CHECK(laws::same_bits(file.sampler.sample(70), sampler.sample(70)));
  };
  const pf::Mlp<float> net({3, 9, 2}, pf::Key{5});
  const auto levels = pf::TimeGrid<float>::noise(4);
  check(pf::SdeSampler(net, levels));
  check(pf::SdeSampler(net, levels, pf::PredictorCorrector{.corrections = 3, .ratio = 0.1}));
  check(pf::SdeSampler(net, levels, pf::ChurnedHeun{.churn = 2, .noise = 1.01}));
}

TEST_CASE("A denoiser that is NaN midway gives NaN for the whole sample", "[flows][hostile]") {
  const pf::SdeSampler law(Broken{}, pf::TimeGrid<double>::uniform(4, 0.25, 15));
  const pf::Matrix<double> y = support::draw(law, 200);
  Index lost = 0;
  for (Index i = 0; i < 200; ++i) {
    CHECK(pf::is_finite(y(0, i)) == pf::is_finite(y(1, i)));
    if (!pf::is_finite(y(0, i))) {
      ++lost;
      CHECK(support::is_nan(y(1, i)));
    }
  }
  CHECK(lost > 60);
  CHECK(lost < 180);
}

TEST_CASE("A stochastic sampler refuses what is no way down", "[flows][errors]") {
  using std::domain_error, std::invalid_argument;
  const auto make = [](double from, double to) {
    return [=] { pf::SdeSampler(Point{}, pf::TimeGrid<double>::uniform(from, to, 3)); };
  };
  CHECK(error_of<domain_error>(make(0, 1)) ==
        "SdeSampler: last noise level is 1, but must be at least 0 and less than the first, 0");
  CHECK(error_of<domain_error>(make(1, -1)) ==
        "SdeSampler: last noise level is -1, but must be at least 0 and less than the first, 1");
  const auto levels = pf::TimeGrid<double>::noise(3);
  CHECK(error_of<invalid_argument>([&] {
          pf::SdeSampler(pf::Mlp<double>({2, 2}, pf::Key{}), levels);
        }) == "SdeSampler: input dimension of the field is 2, but must be 3");
  const auto with = [&](const auto& method) {
    return [=] { pf::SdeSampler(Point{}, levels, method); };
  };
  CHECK(error_of<invalid_argument>(with(pf::PredictorCorrector{.corrections = -1})) ==
        "SdeSampler: corrections is -1, but must be at least 0");
  CHECK(error_of<domain_error>(with(pf::PredictorCorrector{.ratio = 1})) ==
        "SdeSampler: ratio is 1, but must be positive and less than 1");
  CHECK(error_of<domain_error>(with(pf::ChurnedHeun{.churn = -1})) ==
        "SdeSampler: churn is -1, but must be at least 0 and finite");
  CHECK(error_of<domain_error>(with(pf::ChurnedHeun{.lowest = -1})) ==
        "SdeSampler: lowest is -1, but must be at least 0 and finite");
  CHECK(error_of<domain_error>(with(pf::ChurnedHeun{.lowest = 2, .highest = 1})) ==
        "SdeSampler: highest is 1, but must be finite and at least the lowest");
  CHECK(error_of<domain_error>(with(pf::ChurnedHeun{.noise = 0})) ==
        "SdeSampler: noise is 0, but must be positive and finite");
}
