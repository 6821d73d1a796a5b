#include "pushforward/flows/ode_flow.hpp"

#include "flows/fields.hpp"
#include "support/is_nan.hpp"
#include "support/laws.hpp"
#include "support/measure_laws.hpp"

#include "pushforward/io/map_file.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/measures.hpp"
#include "pushforward/sampling/sampler.hpp"

namespace pf = pushforward;
using fields::DenoisingField, fields::GaussianDenoiser, fields::Growth, fields::Parabola,
    fields::ToGaussian;
using pf::Index;
using support::error_of;

namespace {

template <pf::Real S>
ToGaussian<S> to_gaussian(Index d) {
  return {pf::Vector<S>::LinSpaced(d, S(-0.5), S(1)), pf::Vector<S>::LinSpaced(d, S(0.3), S(2))};
}

/// A field with tangents, and nothing known beside: u = A x + b t + c, or a network.
template <pf::Real S>
pf::Affine<S> affine_field(Index d) {
  return {support::random_matrix<S>(d, d + 1, 3), support::random_vector<S>(d, 4)};
}
template <pf::Real S>
pf::Mlp<S, pf::Tanh> net_field(Index d) {
  return pf::Mlp<S, pf::Tanh>({d + 1, 9, d}, pf::Key{5});
}

template <pf::Real S>
pf::TimeGrid<S> unit_time(Index steps) {
  return pf::TimeGrid<S>::uniform(0, 1, steps);
}

GaussianDenoiser<double> plane_denoiser() {
  return {pf::Vector<double>{{0.5, -1}}, pf::Vector<double>{{1.5, 0.4}}, 0.7};
}

/// A field that is NaN where x is more than 1.
struct Wall {
  using Scalar = double;
  [[nodiscard]] Index input_dimension() const { return 3; }
  [[nodiscard]] Index output_dimension() const { return 2; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> u) const {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    u.col(0) = (x.col(0) > 1).select(nan, pf::Lane<double>::Ones());
    u.col(1).setZero();
  }
};

/// A field that is NaN after t = 1.1.
struct Ending {
  using Scalar = double;
  [[nodiscard]] Index input_dimension() const { return 2; }
  [[nodiscard]] Index output_dimension() const { return 1; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> u) const {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    u.col(0) = (x.col(1) > 1.1).select(nan, pf::Lane<double>::Ones());
  }
};

}  // namespace

TEMPLATE_TEST_CASE("The flow of a field is an invertible map", "[flows][laws]", float, double) {
  using S = TestType;
  const double accuracy = std::is_same_v<S, double> ? 1e-7 : 1e-3;
  const pf::RungeKutta4 method;
  for (const Index d : {1, 2, 5}) {
    INFO("dimension " << d);
    laws::invertible_map(pf::OdeFlow(to_gaussian<S>(d), unit_time<S>(60), method), {}, accuracy);
    laws::invertible_map(pf::OdeFlow(affine_field<S>(d), unit_time<S>(40), method), {}, accuracy);
    laws::invertible_map(pf::OdeFlow(net_field<S>(d), unit_time<S>(40), method), {}, accuracy);
  }
  laws::invertible_map(
      pf::OdeFlow(net_field<S>(2), pf::TimeGrid<S>::uniform(1, S(-0.5), 40), method), {}, accuracy);
  laws::invertible_map(
      pf::OdeFlow(net_field<S>(2), unit_time<S>(3),
                  pf::DormandPrince{.relative = accuracy / 100, .absolute = accuracy / 100}),
      {}, accuracy);
}

TEST_CASE("A flow has a log-determinant if its field has a divergence", "[flows]") {
  static_assert(pf::InvertibleMap<pf::OdeFlow<Growth>>);
  static_assert(pf::InvertibleMap<pf::OdeFlow<pf::Mlp<double>>>);
  static_assert(
      pf::InvertibleMap<pf::OdeFlow<pf::Mlp<double>, pf::Euler, pf::HutchinsonDivergence>>);
  static_assert(pf::Map<pf::OdeFlow<Wall>> && !pf::InvertibleMap<pf::OdeFlow<Wall>>);
  static_assert(!pf::InvertibleMap<pf::OdeFlow<Growth, pf::Heun, pf::HutchinsonDivergence>>);
}

TEST_CASE("A flow ends where the closed form says", "[flows]") {
  const auto check = [](const auto& method, double accuracy) {
    const ToGaussian<double> field = to_gaussian<double>(3);
    const pf::OdeFlow flow(field, unit_time<double>(100), method);
    const pf::Block<double> x = support::random_block(3, 1, 2), y = laws::apply(flow, x);
    for (Index j = 0; j < 3; ++j)
      CHECK((y.col(j) - (field.mean[j] + field.deviation[j] * x.col(j))).abs().maxCoeff() <
            accuracy);
  };
  check(pf::Euler{}, 0.1);
  check(pf::Heun{}, 2e-3);
  check(pf::RungeKutta4{}, 1e-7);
  check(pf::DormandPrince{.relative = 1e-8, .absolute = 1e-8}, 1e-6);

  INFO("one step of Euler's from t = 0 gives the mean");
  const ToGaussian<double> field = to_gaussian<double>(3);
  const pf::Block<double> once = laws::apply(pf::OdeFlow(field, unit_time<double>(1), pf::Euler{}),
                                             support::random_block(3, 1, 2));
  for (Index j = 0; j < 3; ++j) CHECK((once.col(j) - field.mean[j]).abs().maxCoeff() < 1e-15);
}

TEST_CASE("An open grid never evaluates the field at its end", "[flows]") {
  const auto denoiser = plane_denoiser();
  const DenoisingField<GaussianDenoiser<double>> field{denoiser};
  const double from = 10;
  const pf::Block<double> x = support::random_block(2, 1, from);
  pf::Block<double> expected(pf::kBlockSize, 2), y(pf::kBlockSize, 2), back(pf::kBlockSize, 2);
  denoiser.transform(
      x, [&](double s) { return pf::Lane<double>::Constant(std::sqrt(s / (s + from * from))); },
      expected);
  const auto grid = pf::TimeGrid<double>::noise(200, {.largest = from, .rho = 5});
  const auto check = [&](const auto& method, double accuracy, Index passes) {
    const pf::OdeFlow flow(field, grid, method);
    typename std::remove_const_t<decltype(flow)>::Scratch scratch;
    pf::FlowReport report;
    pf::Lane<double> log_det;
    flow.apply(x, y, report, scratch);
    CHECK(laws::relative_gap(y, expected) < accuracy);
    if (passes > 0) {
      CHECK(report.evaluations == passes);
      CHECK(flow.passes() == passes);
    }
    flow.inverse(y, back, scratch);
    CHECK(laws::relative_gap(back, x) < 10 * accuracy);
    flow.apply(x, y, log_det, scratch);
    double exact = 0;
    for (const double s : {1.5, 0.4}) exact += std::log(s * s / (s * s + from * from)) / 2;
    CHECK((log_det - exact).abs().maxCoeff() < 10 * accuracy);
  };
  check(pf::Euler{}, 5e-2, 200);
  check(pf::Heun{}, 1e-3, 399);
  check(pf::RungeKutta4{}, 1e-5, 797);
  const auto adaptive = [&](const pf::DormandPrince& method) {
    const pf::OdeFlow flow(field, grid, method);
    CHECK(laws::relative_gap(laws::apply(flow, x), expected) < 1e-5);
  };
  adaptive({.relative = 1e-7, .absolute = 1e-7});
}

TEST_CASE("The open step is one of Euler's with the field before the end", "[flows]") {
  const DenoisingField<GaussianDenoiser<double>> field{plane_denoiser()};
  const pf::Vector<double> times{{3, 1, 0}};
  const pf::OdeFlow flow(field, pf::TimeGrid<double>(times, true), pf::Euler{});
  const auto moved = [&](const pf::Block<double>& x, double q, double by) {
    pf::Block<double> input(pf::kBlockSize, 3);
    input << x, pf::Lane<double>::Constant(q);
    return pf::Block<double>(x + by * laws::apply(field, input));
  };
  const pf::Block<double> x = support::random_block(2, 1, 3);
  CHECK(laws::relative_gap(laws::apply(flow, x), moved(moved(x, 3, -2), 1, -1)) < 1e-14);
  pf::Block<double> back = x;
  decltype(flow)::Scratch scratch;
  flow.inverse(x, back, scratch);
  CHECK(laws::relative_gap(back, moved(moved(x, 1, 1), 1, 2)) < 1e-14);
}

TEST_CASE("No stage is after the end of its step", "[flows]") {
  const auto check = [](const auto& method) {
    for (Index i = 0; i < 64; ++i) {
      const double from = (support::random_vector(64, 8)[i] + 1) / 2;
      const pf::OdeFlow flow(Ending{}, pf::TimeGrid<double>::uniform(from, 1.1, 1), method);
      CHECK(pf::all_finite(laws::apply(flow, support::random_block(1, 1))));
    }
  };
  check(pf::Heun{});
  check(pf::RungeKutta4{});
  check(pf::DormandPrince{});
}

TEST_CASE("A diffusion of a Gaussian is near its map in few evaluations", "[flows][figures]") {
  // L2-UVP in percent, by Heun's method on the levels of EDM, of data in units of their deviation.
  const GaussianDenoiser<double> denoiser{pf::Vector<double>{{0, 0}},
                                          pf::Vector<double>{{1.2, 0.4}}, 0.7};
  const pf::NoiseLevels levels{.largest = 20, .smallest = 0.02, .rho = 5};
  const auto uvp = [&](Index steps, Index passes) {
    const pf::OdeFlow flow(DenoisingField<GaussianDenoiser<double>>{denoiser},
                           pf::TimeGrid<double>::noise(steps, levels), pf::Heun{});
    CHECK(flow.passes() == passes);
    double sum = 0;
    pf::Block<double> z(pf::kBlockSize, 2), expected(pf::kBlockSize, 2);
    for (std::uint64_t first = 0; first < 4096; first += 64) {
      pf::normals<double>(pf::Key{1}, first, z);
      denoiser.transform(
          z, [](double s) { return pf::Lane<double>::Constant(std::sqrt(s)); }, expected);
      sum += (laws::apply(flow, pf::Block<double>(levels.largest * z)) - expected).square().sum();
    }
    return 100 * sum / 4096 / denoiser.covariance().trace();
  };
  CHECK(uvp(10, 19) < 0.5);
  CHECK(uvp(18, 35) < 0.06);
  CHECK(uvp(50, 99) < 0.02);
}

TEST_CASE("The density of a flow is that of the pushed law", "[flows]") {
  const pf::Vector<double> mean{{0.7}}, deviation{{0.4}};
  const pf::Image pushed(
      pf::OdeFlow(ToGaussian<double>{mean, deviation}, unit_time<double>(100), pf::RungeKutta4{}),
      pf::Gaussian<double>(1));
  const pf::Gaussian<double> expected(0.7, 0.4);
  const pf::Block<double> y = support::random_block(1, 2, 2);
  pf::Lane<double> p, q;
  decltype(pushed)::Scratch scratch;
  pf::Gaussian<double>::Scratch room;
  pushed.log_density(y, p, scratch);
  expected.log_density(y, q, room);
  CHECK(((p - q).abs() / (1 + q.abs())).maxCoeff() < 1e-6);

  INFO("whatever the field, it integrates to one");
  laws::density(
      pf::Image(pf::OdeFlow(net_field<double>(1), unit_time<double>(60)), pf::Gaussian<double>(1)),
      -12, 12);

  INFO("that of a sampler is the same");
  const pf::Sampler sampler(pushed.map(), pf::Gaussian<double>(1));
  decltype(sampler)::Scratch more;
  sampler.log_density(y, q, more);
  CHECK(laws::same_bits(p, q));
}

TEST_CASE("A flow has the same bits on any thread, and in any cut", "[flows][threads]") {
  const auto check = [](const auto& method) {
    const pf::Sampler sampler(pf::OdeFlow(net_field<float>(3), unit_time<float>(7), method),
                              pf::Gaussian<float>(3));
    const pf::Matrix<float> all = sampler.sample(300);
    pf::Matrix<float> pieces(3, 300);
    pf::Team team(4);
    team.for_each(30, [&](Index, Index i) {
      sampler.sample_into(pieces.middleCols(10 * i, 10), static_cast<std::uint64_t>(10 * i));
    });
    CHECK(laws::same_bits(pieces, all));
    laws::measure(sampler);
  };
  check(pf::Euler{});
  check(pf::RungeKutta4{});
  check(pf::DormandPrince{});
}

TEMPLATE_TEST_CASE("A flow comes back from its file", "[flows][io]", float, double) {
  using S = TestType;
  const auto check = [](const auto& flow) {
    const pf::Sampler sampler(flow, pf::Gaussian<S>(2), pf::Key{9, 4});
    using Sampler = std::remove_const_t<decltype(sampler)>;
    const std::string bytes = pf::map_bytes(sampler);
    const auto file = pf::read_map<Sampler>(bytes);
    CHECK(file.exact);
    CHECK(laws::same_bits(file.sampler.sample(100), sampler.sample(100)));
    CHECK(pf::map_bytes(file.sampler) == bytes);
  };
  check(pf::OdeFlow(net_field<S>(2), unit_time<S>(5)));
  check(pf::OdeFlow(net_field<S>(2), pf::TimeGrid<S>::noise(5), pf::Heun{},
                    pf::HutchinsonDivergence{2, pf::Key{3}}));
  check(pf::OdeFlow(net_field<S>(2), pf::TimeGrid<S>::uniform(1, 0, 3),
                    pf::DormandPrince{.absolute = 1e-3, .at_most = 50}));
}

TEST_CASE("A field that is NaN midway gives a status, and no other numbers", "[flows][hostile]") {
  const auto check = [](const auto& method) {
    const pf::OdeFlow flow(Wall{}, unit_time<double>(16), method);
    pf::Block<double> x = support::random_block(2, 1), y(pf::kBlockSize, 2), z(pf::kBlockSize, 2);
    typename std::remove_const_t<decltype(flow)>::Scratch scratch;
    pf::FlowReport report;
    flow.apply(x, y, report, scratch);
    flow.apply(x, z, scratch);
    CHECK(laws::same_bits(y, z));
    Index lost = 0;
    for (Index i = 0; i < pf::kBlockSize; ++i) {
      if (x(i, 0) > 0) {
        ++lost;
        CHECK(report.status[std::size_t(i)] == pf::FlowStatus::not_finite);
        CHECK(support::is_nan(y(i, 0)));
        CHECK(support::is_nan(y(i, 1)));
      } else {
        CHECK(report.status[std::size_t(i)] == pf::FlowStatus::finished);
        CHECK(std::abs(y(i, 0) - x(i, 0) - 1) < 1e-12);
        CHECK(y(i, 1) == x(i, 1));
      }
    }
    CHECK(lost > 10);
    CHECK(lost < 54);
  };
  check(pf::Heun{});
  check(pf::RungeKutta4{});
  check(pf::DormandPrince{});
}

TEST_CASE("States as large as numbers are come through, or are said not to", "[flows]") {
  const double huge = 1e308;
  const pf::Matrix<double> a{{0.25, 0, 0}, {0, -1, 0}};
  const auto check = [&](const auto& method) {
    const pf::OdeFlow flow(pf::Affine<double>(a, pf::Vector<double>::Zero(2)),
                           unit_time<double>(20), method);
    pf::Block<double> x = pf::Block<double>::Constant(pf::kBlockSize, 2, huge), y = x;
    x.topRows(32).col(0).setConstant(1.6e308);
    typename std::remove_const_t<decltype(flow)>::Scratch scratch;
    pf::FlowReport report;
    flow.apply(x, y, report, scratch);
    CHECK(report.status[0] == pf::FlowStatus::not_finite);
    CHECK(support::is_nan(y(0, 1)));
    CHECK(report.status[40] == pf::FlowStatus::finished);
    CHECK_THAT(y(40, 0) / huge, WithinRel(std::exp(0.25), 1e-3));
    CHECK_THAT(y(40, 1) / huge, WithinRel(std::exp(-1.0), 1e-3));
  };
  check(pf::Heun{});
  check(pf::RungeKutta4{});
  check(pf::DormandPrince{});
}

TEST_CASE("A flow refuses fields of another shape", "[flows][errors]") {
  CHECK(error_of<std::invalid_argument>([] {
          pf::OdeFlow(pf::Mlp<double>({2, 2}, pf::Key{}), unit_time<double>(2));
        }) == "OdeFlow: input dimension of the field is 2, but must be 3");
  CHECK(error_of<std::invalid_argument>([] { pf::OdeFlow(Growth{}, unit_time<double>(0)); }) ==
        "TimeGrid::uniform: steps is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([] {
          pf::OdeFlow(net_field<double>(2), unit_time<double>(2), pf::Euler{},
                      pf::HutchinsonDivergence{.probes = 0});
        }) == "OdeFlow: probes is 0, but must be at least 1");
}
