#include "pushforward/transport/entropic.hpp"

#include "support/laws.hpp"

#include "pushforward/measures/empirical.hpp"

#include <cmath>

namespace pf = pushforward;
using pf::Index;
using Data = pf::Empirical<double>;
using Matrix = pf::Matrix<double>;
using Potentials = pf::detail::EntropicPotentials<double>;
using Samples = pf::detail::WeightedSamples<double>;

namespace {

/// The law N(0, s^2) on a fine grid.
std::pair<Matrix, pf::Vector<double>> grid(double s, Index count = 400) {
  Matrix x(1, count);
  pf::Vector<double> w(count);
  for (Index i = 0; i < count; ++i) {
    x(i) = s * 8 * (2 * (double(i) + 0.5) / double(count) - 1);
    w[i] = std::exp(-x(i) * x(i) / (2 * s * s));
  }
  return {x, w};
}

/// S of two weighted samples, for which both are targets: OT by the potentials alone.
double of_weighted(const std::pair<Matrix, pf::Vector<double>>& x,
                   const std::pair<Matrix, pf::Vector<double>>& y, double epsilon, double& ot) {
  const double s = 1 / std::sqrt(epsilon);
  const auto samples = [&](const auto& p) {
    Samples out;
    const Data data(p.first, p.second);
    out.resize(1, data.count());
    out.x = pf::Batch<double>(Matrix(s * p.first));
    for (Index b = 0; b < out.x.blocks(); ++b) out.set_weight(b, data.weight(b));
    return out;
  };
  const auto p = samples(x), q = samples(y);
  pf::Team alone;
  Potentials across, first, second;
  CHECK(across.solve(pf::SquaredDistance{}, p, q, {.at_most = 5000, .tolerance = 1e-12}, alone)
            .converged);
  CHECK(first.solve(pf::SquaredDistance{}, p, {.at_most = 1000, .tolerance = 1e-13}, alone)
            .iterations < 70);
  CHECK(second.solve(pf::SquaredDistance{}, q, {.at_most = 100, .tolerance = 1e-12}, alone)
            .converged);
  ot = epsilon * (p.mean(across.f()) + q.mean(across.g()));
  return ot - epsilon * (p.mean(first.f()) + q.mean(second.f()));
}

}  // namespace

TEST_CASE("Entropic transport of N(0, 1) to N(0, 4) has its closed form", "[transport][identity]") {
  double ot = 0;
  CHECK_THAT(of_weighted(grid(1), grid(2), 1, ot), WithinAbs(0.99230933, 1e-7));
  CHECK_THAT(ot, WithinAbs(2.22435668, 1e-7));
}

TEST_CASE("Transport to itself is transport to an equal sample, iteration by iteration",
          "[transport]") {
  Samples x;
  x.resize(2, 70);
  x.x = pf::Batch<double>(support::random_matrix(2, 70, 1, 5));
  for (Index b = 0; b < 2; ++b) x.set_weight(b, x.x.weight(b, 0, 70, 1.0 / 70));
  pf::Team alone;
  Potentials itself, equal;
  const pf::SquaredDistance cost;
  for (const Index at_most : {1, 7}) {
    const pf::SinkhornIterations iterations{.at_most = at_most, .tolerance = 0};
    const auto one = itself.solve(cost, x, iterations, alone),
               other = equal.solve(cost, x, x, iterations, alone);
    CHECK(one.iterations == other.iterations);
    CHECK(one.residual == other.residual);
    CHECK(laws::same_bits(itself.f(), equal.f()));
    CHECK(laws::same_bits(itself.g(), equal.g()));
  }
}

TEST_CASE("What has no weight does not count, wherever it is", "[transport]") {
  pf::Team alone;
  const pf::SinkhornIterations iterations{.at_most = 3, .tolerance = 0};
  const auto potential = [&](double elsewhere) {
    Samples x;
    x.resize(2, 70);
    x.x = pf::Batch<double>(support::random_matrix(2, 70, 1, 5));
    for (Index b = 0; b < 2; ++b) {
      x.set_weight(b, x.x.weight(b, 0, 69, 1.0 / 69));
      x.x.block(b) = (x.weight.col(b) > 0).replicate(1, 2).select(x.x.block(b), elsewhere);
    }
    Potentials itself;
    const auto status = itself.solve(pf::SquaredDistance{}, x, iterations, alone);
    return std::pair{status, itself.f()};
  };
  const auto [status, f] = potential(0);
  CHECK(f.col(1).tail(59).abs().maxCoeff() == 0);
  for (const double elsewhere :
       {1e100, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const auto [other, g] = potential(elsewhere);
    CHECK(other.iterations == status.iterations);
    CHECK(other.residual == status.residual);
    CHECK(laws::same_bits(f, g));
  }
}

TEST_CASE("One point is transported to itself at once, and costs that overflow to nowhere",
          "[transport]") {
  pf::Team alone;
  const auto status = [&](double apart) {
    Samples x;
    x.resize(1, 2);
    x.x = pf::Batch<double>(Matrix{{0, apart}});
    x.set_weight(0, x.x.weight(0, 0, 2, 0.5));
    Potentials itself;
    return itself.solve(pf::SquaredDistance{}, x, {.tolerance = 0}, alone);
  };
  CHECK(status(0).converged);
  CHECK(status(0).iterations == 1);
  for (const double apart : {1e154, std::sqrt((std::numeric_limits<double>::max)() / 500)}) {
    CHECK_FALSE(status(apart).converged);
    CHECK(status(apart).iterations == 0);
    CHECK(status(apart).residual == std::numeric_limits<double>::infinity());
  }
}
