#include "pushforward/transport/entropic_pairing.hpp"

#include "transport/pairings.hpp"

#include "pushforward/transport/optimal_pairing.hpp"

#include <cmath>

namespace pf = pushforward;
using pf::entropic_pairing, pf::Index, pf::Matrix;
using support::gaussian;

namespace {

/// The barycentric map of N(0, a) to N(0, b) is x times this.
double slope(double a, double b, double epsilon) {
  const double s = epsilon / 2;
  return (std::sqrt(4 * a * b + s * s) - s) / (2 * a);
}

const pf::SinkhornIterations kLong{.at_most = 2000, .tolerance = 1e-6};

}  // namespace

TEST_CASE("the entropic pairing of Gaussian laws contracts as it must", "[transport][identity]") {
  const Matrix<double> z = support::gaussian_quantiles(400);
  for (const double epsilon : {0.3, 1.0, 5.0}) {
    INFO("epsilon = " << epsilon);
    const Matrix<double> y = support::reversed(2 * z).array() + 3;
    const auto pairing =
        entropic_pairing(z, y, {.epsilon = epsilon, .relative = false, .iterations = kLong});
    CHECK(pairing.status.converged);
    laws::pairing(pairing, z);
    const double k = slope(1, 4, epsilon);
    CHECK((pairing.target - ((k * z).array() + 3).matrix()).norm() < 0.02 * k * z.norm());
    // relative to E|Y - Y'|^2
    const double spread = 2 * (2 * z).squaredNorm() / 400;
    const auto other = entropic_pairing(z, y, {.epsilon = epsilon / spread, .iterations = kLong});
    CHECK(laws::relative_gap(other.target, pairing.target) < 1e-5);
  }
  Matrix<double> x(2, 400);  // two variances at once: the plan is a product
  const Matrix<double> few = support::gaussian_quantiles(20);
  for (Index i = 0; i < 400; ++i) x.col(i) << few(i % 20), 0.5 * few(i / 20);
  Matrix<double> y = x;
  y.row(0) *= 0.5;
  y.row(1) *= 3;
  const double variance = few.squaredNorm() / 20;
  const auto pairing =
      entropic_pairing(x, y, {.epsilon = 1, .relative = false, .iterations = kLong});
  for (Index k = 0; k < 2; ++k) {
    const double a = variance * (k == 0 ? 1 : 0.25), b = variance * (k == 0 ? 0.25 : 2.25);
    CHECK((pairing.target.row(k) - slope(a, b, 1) * x.row(k)).norm() < 0.08 * x.row(k).norm());
  }
}

TEST_CASE("the entropic pairing goes from the mean to the optimal one", "[transport][identity]") {
  const Matrix<double> x = gaussian(2, 100, 1), y = gaussian(2, 100, 2).array() + 1;
  const auto wide = entropic_pairing(x, y, {.epsilon = 1e6});
  CHECK((wide.target.colwise() - y.rowwise().mean()).norm() < 1e-4);
  const auto narrow = entropic_pairing(x, y, {.epsilon = 1e-4, .iterations = kLong});
  const auto best = pf::optimal_pairing(x, y);
  CHECK((narrow.target - best.target).norm() < 0.1 * best.target.norm());
}

TEST_CASE("other sizes, any team, and plans that end early", "[transport]") {
  const Matrix<float> x = gaussian(3, 300, 1).cast<float>(), y = gaussian(3, 170, 2).cast<float>();
  pf::Team one(1), three(3);
  const auto pairing = entropic_pairing(x, y, {}, one);
  CHECK(pairing.status.converged);
  laws::pairing(pairing, x);
  CHECK(laws::same_bits(pairing.target, entropic_pairing(x, y, {}, three).target));
  const auto early = entropic_pairing(x, y, {.iterations = {.at_most = 1}});
  CHECK(!early.status.converged);
  laws::pairing(early, x);
  const auto never = entropic_pairing(x, y, {.epsilon = 1e-37});
  CHECK(!never.status.converged);
  CHECK(!pf::is_finite(never.status.residual));
  CHECK(laws::same_bits(never.target, x));
}

TEST_CASE("what every pairing owes, of the entropic one", "[transport]") {
  const auto pair = [](const auto& x, const auto& y) { return entropic_pairing(x, y); };
  for (const Index d : {1, 2, 3}) laws::pairing_function("entropic_pairing", d, pair, 1e-20);
}

TEST_CASE("entropic pairings that cannot be", "[transport][hostile]") {
  const auto pair = [](const auto& x, const auto& y) { return entropic_pairing(x, y); };
  laws::pairing_errors("entropic_pairing", 3, pair);
  const Matrix<double> x = gaussian(2, 9, 1);
  CHECK(support::error_of<std::domain_error>([&] {
          (void)entropic_pairing(x, x, {.epsilon = 0});
        }) == "entropic_pairing: epsilon is 0, but must be positive and finite");
  CHECK(support::error_of<std::invalid_argument>([&] {
          (void)entropic_pairing(x, x, {.iterations = {.at_most = 0}});
        }) == "entropic_pairing: iterations at_most is 0, but must be at least 1");
}
