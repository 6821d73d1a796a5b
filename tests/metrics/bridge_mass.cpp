#include "pushforward/metrics/bridge_mass.hpp"

#include "metrics/samples.hpp"
#include "pushforward/discrepancies/energy_line.hpp"
#include "pushforward/discrepancies/line_discrepancy.hpp"
#include "pushforward/maps/identity_network.hpp"
#include "pushforward/maps/image.hpp"
#include "pushforward/maps/largest_slope.hpp"
#include "pushforward/maps/mlp.hpp"
#include "pushforward/maps/residual.hpp"
#include "pushforward/measures/draw.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/mixture.hpp"
#include "pushforward/objectives/pushforward.hpp"
#include "pushforward/optimizers/adam.hpp"
#include "pushforward/training/fit.hpp"

namespace pf = pushforward;
using pf::bridge_mass, pf::BridgeMass, pf::Index, pf::Matrix, pf::Vector;
using support::error_of, support::gaussian_quantiles;

namespace {

double cdf(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

/// x -> clamp(slope <u, x> + shift, -1, 1) v for unit vectors u and v: flat, but for a slab.
pf::Mlp<double, pf::Relu> ramp(const Vector<double>& u, const Vector<double>& v, double slope,
                               double shift) {
  const Index d = u.size(), e = v.size();
  Vector<double> theta(2 * d + 2 + 2 * e + e);
  for (Index j = 0; j < d; ++j) theta.segment(2 * j, 2).setConstant(slope * u[j]);
  theta.segment(2 * d, 2) << shift + 1, shift - 1;
  theta.tail(3 * e) << v, -v, -v;
  return {pf::Relu{}, pf::Linear{}, {d, 2, e}, theta};
}

}  // namespace

TEST_CASE("bridge mass by hand", "[metrics]") {
  const Matrix<double> centres{{0, 10, 30}};
  const Vector<double> deviations{{1, 0.9, 2}};
  const Matrix<double> x{{0, 1, 5, 9, 20, 29, 30, 35}};  // 5 and 20 are in no ball of 3 deviations
  const BridgeMass found = bridge_mass(x, centres, deviations, 8);
  CHECK(found.mass == 0.25);
  CHECK_THAT(found.gap, WithinAbs(4.3, 1e-14));
  double expected = -0.75;
  for (const double quantile : {-0.6744897501960817, -1.1503493803760079, -0.31863936396437514})
    expected += cdf(quantile + 4.3 / 16);  // of 2/8, 1/8 and 3/8
  CHECK_THAT(found.bound, WithinAbs(expected, 1e-14));
  CHECK_THAT(bridge_mass(x, centres, deviations, 8, {.within = 4}).gap, WithinAbs(2.4, 1e-14));
  // Balls that meet, one ball, and balls without samples or with all of them.
  CHECK(bridge_mass(x, centres, deviations, 8, {.within = 6}).gap == 0);
  CHECK(bridge_mass(x, centres, deviations, 8, {.within = 6}).bound == 0);
  CHECK(bridge_mass(x, centres.leftCols(1), deviations.head(1), 8).bound == 0);
  CHECK(bridge_mass(x, centres.leftCols(1), deviations.head(1), 8).gap == 0);
  CHECK(bridge_mass(x, (centres.array() + 100).matrix(), deviations, 8).bound == 0);
  CHECK(bridge_mass(x.leftCols(1), centres, deviations, 8).bound == 0);
}

TEST_CASE("the bound is met where a slab is between two modes", "[metrics][identity]") {
  const Index n = 20001;
  const Matrix<double> z = gaussian_quantiles(n);
  const auto check = [&](const Vector<double>& u, const Vector<double>& v, double slope,
                         double shift) {
    const auto map = ramp(u, v, slope, shift);
    Matrix<double> x = u * z;  // what is across u does not matter
    for (Index j = 0; j < x.rows() - 1; ++j)
      x.row(j) += u[j + 1] * z.reverse(), x.row(j + 1) -= u[j] * z.reverse();
    Matrix<double> centres(v.size(), 2);
    centres << -v, v;
    const double found = pf::largest_slope(map, x);
    CHECK_THAT(found, WithinRel(slope, 1e-13));
    const BridgeMass left =
        bridge_mass(pf::image(map, x), centres, Vector<double>{{0.05, 0.05}}, found);
    CHECK_THAT(left.gap, WithinAbs(1.7, 1e-14));
    const double exact = cdf((0.85 - shift) / slope) - cdf((-0.85 - shift) / slope);
    CHECK_THAT(left.mass, WithinAbs(exact, 2.0 / double(n)));
    CHECK_THAT(left.bound, WithinAbs(exact, 2.0 / double(n)));
    // about q g / L, q the density of the source at the slab
    const double q = std::exp(-shift * shift / slope / slope / 2) / std::sqrt(2 * std::numbers::pi);
    CHECK_THAT(left.bound, WithinRel(q * left.gap / slope, 0.02));
  };
  const Vector<double> line = Vector<double>::Ones(1), u{{0.6, 0.8}}, v{{-0.28, 0.96}};
  for (const double slope : {4.0, 30.0})
    for (const double shift : {0.0, 2.5}) {
      check(line, line, slope, shift);
      check(u, v, slope, shift);
      check(u, line, slope, shift);
    }
}

TEST_CASE("more modes and other sources leave more than the bound", "[metrics]") {
  const Index n = 20001;
  const auto staircase = [](const Matrix<double>& x) {  // steps at -1 and 1 of slope 10
    const auto step = [](double t) { return (std::clamp)(10 * t, -0.5, 0.5); };
    return Matrix<double>(x.unaryExpr([&](double t) { return step(t - 1) + step(t + 1); }));
  };
  const Matrix<double> three{{-1, 0, 1}};
  const Vector<double> s = Vector<double>::Constant(3, 0.05);
  const BridgeMass stairs = bridge_mass(staircase(gaussian_quantiles(n)), three, s, 10);
  CHECK_THAT(stairs.mass, WithinAbs(2 * (cdf(1.035) - cdf(0.965)), 1e-4));
  CHECK(stairs.bound < stairs.mass);
  CHECK(stairs.bound > 0.7 * stairs.mass);

  INFO("the uniform law on [-2, 2] is an image of N(0, 1) of slope 4 / sqrt(2 pi)");
  const auto map = ramp(Vector<double>::Ones(1), Vector<double>::Ones(1), 20, 0);
  const Matrix<double> x = Vector<double>::LinSpaced(n, -2, 2).transpose();
  const BridgeMass left = bridge_mass(pf::image(map, x), Matrix<double>{{-1, 1}}, s.head(2),
                                      20 * 4 / std::sqrt(2 * std::numbers::pi));
  CHECK_THAT(left.mass, WithinAbs(1.7 / 20 / 4, 2.0 / double(n)));
  CHECK(left.bound < left.mass + 2.0 / double(n));
  CHECK_THAT(left.bound, WithinRel(left.mass, 0.01));
}

TEST_CASE("a map that is learnt leaves no less than it must, but from a source with the modes",
          "[metrics]") {
  // onto the uniform law on [-1.15, -0.85] and [0.85, 1.15], the balls themselves
  const Matrix<double> centres{{-1, 1}};
  const Vector<double> deviations{{0.05, 0.05}};
  const Vector<double> spread = Vector<double>::LinSpaced(500, -0.149, 0.149);
  Matrix<double> target(1, 1000);
  target << (spread.array() - 1).matrix().transpose(), (spread.array() + 1).matrix().transpose();
  using Source = pf::Mixture<pf::Gaussian<double>>;
  using Map = pf::Residual<pf::Mlp<double, pf::Tanh>>;
  const auto learn = [&](const Source& source, Map& map, Index steps) {
    (void)pf::fit(map,
                  pf::PushforwardObjective(
                      source,
                      pf::LineDiscrepancy(pf::Empirical<double>(target, {}), pf::EnergyLine{}),
                      {.batch = 256, .key = {1}}),
                  pf::Adam{.rate = 2e-2}, {.steps = steps, .schedule = pf::Cosine{}});
    const Matrix<double> z = pf::draw(source, 20000, {2});
    const double slope = pf::largest_slope(map, z);
    return std::pair(bridge_mass(pf::image(map, z), centres, deviations, slope), slope);
  };
  Map from_one(pf::Mlp<double, pf::Tanh>({1, 24, 1}, pf::Key{2}));
  Map from_two = pf::identity_network<double, pf::Tanh>({1, 24, 1}, pf::Key{2});

  const Source one({{0.0, 1.0}}, {1.0});
  double before = 1;
  for (const Index steps : {30, 300}) {
    const auto [left, slope] = learn(one, from_one, steps);
    INFO("after " << steps << " steps, of slope " << slope << ": " << left.mass << " and "
                  << left.bound);
    CHECK(left.bound > 0.01);
    CHECK(left.mass > left.bound);
    CHECK(left.mass < before);
    before = left.mass;
  }
  CHECK(before < 0.5);

  const Source two({{-0.8, 0.1}, {0.85, 0.06}}, {1.0, 1.0});  // a rough guess
  const BridgeMass source = bridge_mass(pf::draw(two, 20000, {2}), centres, deviations, 1);
  const auto [left, slope] = learn(two, from_two, 300);
  INFO("from a mixture, of slope " << slope << ": " << source.mass << ", then " << left.mass);
  CHECK(source.mass > 0.5);
  CHECK(left.mass < 0.2);
  CHECK(slope < 3);
  CHECK(left.mass < left.bound);  // which is for N(0, I)
}

TEST_CASE("bridge mass of what cannot be", "[metrics][hostile]") {
  const Matrix<double> x = support::gaussian(2, 10, 1), c = support::gaussian(2, 3, 2);
  const Vector<double> s = Vector<double>::Ones(3);
  for (const double slope : {0.0, -1.0, std::numeric_limits<double>::infinity()})
    CHECK(error_of<std::domain_error>([&] { (void)bridge_mass(x, c, s, slope); }) ==
          "bridge_mass: slope is " + pf::to_text(slope) + ", but must be positive and finite");
  CHECK(error_of<std::invalid_argument>([&] { (void)bridge_mass(x, c, s.head(2), 1); }) ==
        "coverage: size of deviations is 2, but must be 3");
  const Matrix<double> huge = Matrix<double>{{-1.7e308, 1.7e308}};
  CHECK(bridge_mass(huge, huge, s.head(2), 1).mass == 0);
  CHECK(bridge_mass(huge, huge, s.head(2), 1).bound == 1);  // so flat a map cannot do it
}
