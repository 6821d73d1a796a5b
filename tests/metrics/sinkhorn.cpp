#include "pushforward/metrics/sinkhorn.hpp"

#include "metrics/samples.hpp"

namespace pf = pushforward;
using pf::Index, pf::Matrix, pf::sinkhorn_divergence;
using support::error_of, support::gaussian;

TEST_CASE("The Sinkhorn divergence of two Gaussians has its closed form", "[metrics]") {
  // S(N(0, 1), N(0, 4)) = 0.99230933 at epsilon 1; the discrete law of n quantiles is a little
  // narrower
  const Matrix<double> x = support::gaussian_quantiles(1000);
  const auto s = sinkhorn_divergence(x, 2 * x, {.epsilon = 1, .relative = false});
  CHECK(s.status.converged);
  CHECK(s.status.residual <= 1e-2);
  CHECK_THAT(s.value, WithinAbs(0.99230933, 2e-3));
}

TEST_CASE("The Sinkhorn divergence sees laws, not lists", "[metrics]") {
  const Matrix<double> x = gaussian(3, 100, 1), y = gaussian(3, 70, 2).array() + 0.5;
  const auto s = sinkhorn_divergence(x, y);
  CHECK(s.status.converged);
  CHECK(s.status.residual <= 1e-6);
  Matrix<double> twice(3, 200);
  twice << x, x;
  CHECK_THAT(sinkhorn_divergence(twice, y).value, WithinRel(s.value, 1e-6));
  CHECK_THAT(sinkhorn_divergence(support::reversed(x), y).value, WithinRel(s.value, 1e-6));
  CHECK_THAT(sinkhorn_divergence(x.cast<float>(), y.cast<float>()).value, WithinRel(s.value, 1e-5));
  CHECK_THAT(sinkhorn_divergence(1e-150 * x, 1e-150 * y).value, WithinRel(1e-300 * s.value, 1e-9));
  CHECK_THAT(sinkhorn_divergence(1e150 * x, 1e150 * y).value, WithinRel(1e300 * s.value, 1e-9));
  const auto root = sinkhorn_divergence(1e300 * x, 1e300 * y, pf::Distance{});
  CHECK_THAT(root.value, WithinRel(1e300 * sinkhorn_divergence(x, y, pf::Distance{}).value, 1e-9));
  pf::Team team(3);
  CHECK(sinkhorn_divergence(x, y, {}, team).value == s.value);
  CHECK(sinkhorn_divergence(x, x).value == 0);
  CHECK(sinkhorn_divergence(y.leftCols(1), y.leftCols(1)).value == 0);
}

TEST_CASE("The Sinkhorn divergence refuses what does not fit", "[metrics]") {
  const Matrix<double> x = gaussian(2, 5, 1);
  CHECK(error_of<std::invalid_argument>([&] { (void)sinkhorn_divergence(x, gaussian(3, 5, 1)); }) ==
        "sinkhorn_divergence: number of rows of y is 3, but must be 2");
  Matrix<double> bad = x;
  bad(1, 4) = std::numeric_limits<double>::quiet_NaN();
  CHECK(error_of<std::domain_error>([&] { (void)sinkhorn_divergence(x, bad); }) ==
        "sinkhorn_divergence: y at row 1, column 4 is nan, but must be finite");
  CHECK(error_of<std::domain_error>([&] {
          (void)sinkhorn_divergence(1e300 * x, 1e300 * gaussian(2, 5, 2));
        }).find("sinkhorn_divergence: divergence is ") == 0);
}
