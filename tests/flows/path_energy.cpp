#include "pushforward/flows/path_energy.hpp"

#include "flows/fields.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

#include "pushforward/flows/conditional_mean.hpp"
#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/mlp.hpp"
#include "pushforward/measures/draw.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/product.hpp"
#include "pushforward/objectives/flow_matching.hpp"
#include "pushforward/optimizers/adam.hpp"
#include "pushforward/training/fit.hpp"
#include "pushforward/transport/gelbrich.hpp"

#include <numbers>

namespace pf = pushforward;
using fields::ToGaussian;
using pf::Gaussian, pf::Index, pf::Matrix, pf::OdeFlow, pf::PathEnergy, pf::path_energy, pf::Vector;
using support::error_of;

namespace {

constexpr double kBend = 2 - std::numbers::pi / 2;

pf::TimeGrid<double> unit_time(Index steps) { return pf::TimeGrid<double>::uniform(0, 1, steps); }

/// 2 d points of mean 0 and covariance I: +-sqrt(d) along each axis.
Matrix<double> cross(Index d) {
  const Matrix<double> half = Matrix<double>::Identity(d, d) * std::sqrt(double(d));
  Matrix<double> points(d, 2 * d);
  points << half, -half;
  return points;
}

}  // namespace

TEST_CASE("the energy of a flow between Gaussians, and how bent it is", "[flows][identity]") {
  // |m|^2 + sum_j (s_j - 1)^2 is W2^2, and s_j (2 - pi / 2) more is spent
  const auto check = [](Vector<double> mean, Vector<double> deviation) {
    const Index d = mean.size();
    const double w2 = mean.squaredNorm() + (deviation.array() - 1).square().sum(),
                 bent = kBend * deviation.sum();
    const OdeFlow flow(ToGaussian<double>{mean, deviation}, unit_time(100));
    const PathEnergy path = path_energy(flow, cross(d));
    CHECK_THAT(path.cost, WithinAbs(w2, 1e-6));
    CHECK_THAT(path.energy, WithinAbs(w2 + bent, 1e-6));
    CHECK_THAT(path.straightness(), WithinAbs(bent, 1e-6));
    CHECK_THAT(path.normalised(w2), WithinAbs(bent / w2, 1e-6));
    CHECK_THAT(pf::gelbrich_bound(cross(d), pf::image(flow, cross(d))), WithinAbs(w2, 1e-6));
  };
  check(Vector<double>{{0.7}}, Vector<double>{{1}});
  check(Vector<double>{{-1}}, Vector<double>{{0.3}});
  check(Vector<double>{{0.5, -1, 2}}, Vector<double>{{0.5, 1, 2}});
}

TEST_CASE("straight lines at constant speed spend what they cost", "[flows]") {
  const pf::Affine<double> wind(Matrix<double>::Zero(2, 3), Vector<double>{{3, -4}});
  const Matrix<double> start = cross(2);
  const auto check = [&](const auto& method, const pf::TimeGrid<double>& grid, double time) {
    const PathEnergy path = path_energy(OdeFlow(wind, grid, method), start);
    CHECK_THAT(path.energy, WithinRel(25 * time, 1e-14));
    CHECK_THAT(path.cost, WithinRel(25 * time, 1e-13));
    CHECK(path.straightness() < 1e-12);
  };
  check(pf::Euler{}, unit_time(1), 1);
  check(pf::RungeKutta4{}, unit_time(7), 1);
  check(pf::Heun{}, pf::TimeGrid<double>::uniform(2, -1, 3), 3);
  check(pf::DormandPrince{}, pf::TimeGrid<double>::uniform(0.5, 1, 3), 0.5);
}

TEST_CASE("no grid is so coarse that a flow spends less than it costs", "[flows]") {
  const ToGaussian<double> field{Vector<double>{{0.5, -1}}, Vector<double>{{0.3, 2}}};
  const Matrix<double> start = pf::draw(Gaussian<double>(2), 300, {1});
  for (const Index steps : {1, 2, 5}) {
    const auto check = [&](const auto& method) {
      const PathEnergy path = path_energy(OdeFlow(field, unit_time(steps), method), start);
      if (steps * Index(std::remove_cvref_t<decltype(method)>::tableau.stages) > 1)
        CHECK(path.energy > path.cost * (1 + 1e-3));
      else  // one step of Euler's is a straight line
        CHECK_THAT(path.energy, WithinRel(path.cost, 1e-14));
    };
    check(pf::Euler{});
    check(pf::Heun{});
    check(pf::RungeKutta4{});
  }
}

TEST_CASE("energy >= cost >= W2^2 >= Gelbrich's bound", "[flows][identity]") {
  // an exact field of a mixture: |x_1 - x_0|^2 of independent ends, less the floor of the loss
  const pf::Mixture<Gaussian<double>> target({{-2.0, 0.5}, {1.0, 0.2}}, {1.0, 2.0});
  const pf::ConditionalMean field(target);
  const OdeFlow flow(field, unit_time(60));
  const Matrix<double> z = pf::draw(Gaussian<double>(1), 2000, {1}), x = pf::image(flow, z);
  const PathEnergy path = path_energy(flow, z);
  CHECK(path.energy > path.cost + 0.3);
  CHECK(path.energy < (pf::draw(Gaussian<double>(1), 2000, {2}) - x).squaredNorm() / 2000);
  CHECK(path.cost > pf::gelbrich_bound(z, x) + 0.05);
  // on the line flows keep the order: the cost is W2^2 of the samples
  Vector<double> from = z.row(0), to = x.row(0);
  std::sort(from.begin(), from.end());
  std::sort(to.begin(), to.end());
  CHECK_THAT(path.cost, WithinRel((to - from).squaredNorm() / 2000, 1e-12));
  CHECK_THAT(path.normalised(path.cost), WithinRel(path.straightness() / path.cost, 1e-12));
}

TEST_CASE("a flow that is learnt is bent, and straight once it is learnt again", "[flows]") {
  const double m = 1.5, s = 0.8, w2 = m * m + (s - 1) * (s - 1);
  using Net = pf::Mlp<double, pf::Silu>;
  const auto learnt = [](const auto& coupling) {
    Net net({2, 24, 1}, pf::Key{2});
    (void)pf::fit(net, pf::flow_matching(coupling, pf::LinearPath{}, {.batch = 256, .key = {3}}),
                  pf::Adam{.rate = 2e-2}, {.steps = 400, .schedule = pf::Cosine{}});
    return OdeFlow(net, unit_time(20));
  };
  const Gaussian<double> source(1), target(m, s);
  const Matrix<double> z = pf::draw(source, 2048, {4});
  const auto cost = [](const Matrix<double>& pairs, double p) {
    return (pairs.row(1) - pairs.row(0)).array().abs().pow(p).mean();
  };
  const auto pairs_of = [&](const auto& flow) {
    Matrix<double> pairs(2, z.cols());
    pairs << z, pf::image(flow, z);
    return pairs;
  };

  const auto first = learnt(pf::Product(source, target));
  const PathEnergy bent = path_energy(first, z);
  CHECK_THAT(bent.straightness(), WithinAbs(s * kBend, 0.08));
  CHECK_THAT(bent.normalised(w2), WithinAbs(s * kBend / w2, 0.06));

  const Matrix<double> once = pairs_of(first);
  const auto second = learnt(pf::Empirical<double>(once, {}));
  const PathEnergy straight = path_energy(second, z);
  CHECK(straight.straightness() < 0.01);
  CHECK(straight.normalised(w2) < 0.06);

  // no convex cost rises, and here the first flow is the optimal map
  const Matrix<double> none = pf::draw(pf::Product(source, target), 2048, {4}),
                       twice = pairs_of(second);
  for (const double p : {1.0, 2.0, 4.0}) {
    CHECK(cost(once, p) < 0.95 * cost(none, p));
    CHECK(cost(twice, p) < 1.02 * cost(once, p));
  }
  for (const Matrix<double>& pairs : {once, twice})
    CHECK((pairs.row(1).array() - m - s * pairs.row(0).array()).abs().mean() < 0.06);
}

TEST_CASE("energies that cannot be", "[flows][errors]") {
  const OdeFlow flow(ToGaussian<double>{Vector<double>{{0.7}}, Vector<double>{{1}}}, unit_time(4));
  const Matrix<double> z = Matrix<double>::Zero(1, 3);
  CHECK(error_of<std::invalid_argument>([&] { (void)path_energy(flow, z.leftCols(0)); }) ==
        "path_energy: number of columns of start is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([&] { (void)path_energy(flow, z.transpose()); }) ==
        "path_energy: number of rows of start is 3, but must be 1");
  CHECK(error_of<std::domain_error>([&] {
          (void)path_energy(flow, Matrix<double>{{0, std::numeric_limits<double>::infinity()}});
        }) == "path_energy: start at row 0, column 1 is inf, but must be finite");
  CHECK_THAT(error_of<std::domain_error>([&] {
               (void)path_energy(flow, Matrix<double>{{0, 1e200}});
             }),
             StartsWith("path_energy: energy is "));
  CHECK(error_of<std::domain_error>([&] { (void)path_energy(flow, z).normalised(0); }) ==
        "PathEnergy::normalised: squared_w2 is 0, but must be positive and finite");
}
