#include "pushforward/metrics/sliced_wasserstein.hpp"

#include "metrics/samples.hpp"

namespace pf = pushforward;
using pf::Index, pf::Matrix, pf::sliced_wasserstein;
using support::gaussian, support::gaussian_quantiles;

namespace {

double square(double x) { return x * x; }

/// The 2 d points +- a sqrt(d) e_k: mean 0 and covariance a^2 I, along every direction exactly.
Matrix<double> cross(Index d, double a) {
  const Matrix<double> points =
      a * std::sqrt(static_cast<double>(d)) * Matrix<double>::Identity(d, d);
  Matrix<double> both(d, 2 * d);
  both << points, -points;
  return both;
}

}  // namespace

TEST_CASE("on the line, sliced Wasserstein is W_2", "[metrics]") {
  const auto squared = [](const Matrix<double>& x, const Matrix<double>& y) {
    return square(sliced_wasserstein(x, y));
  };
  CHECK_THAT(squared(Matrix<double>{{0}}, Matrix<double>{{3}}), WithinRel(9, 1e-15));
  CHECK_THAT(squared(Matrix<double>{{3, 1}}, Matrix<double>{{2, 6}}), WithinRel(5, 1e-15));
  CHECK_THAT(squared(Matrix<double>{{0}}, Matrix<double>{{0, 1}}), WithinRel(0.5, 1e-15));
  CHECK_THAT(squared(Matrix<double>{{0, 3}}, Matrix<double>{{2, 0, 1}}), WithinRel(7.0 / 6, 1e-15));

  const Matrix<double> x = gaussian_quantiles(1000);
  const Matrix<double> y = 2 * x.array() + 1;
  CHECK_THAT(squared(x, y), WithinRel((x.array() + 1).square().mean(), 1e-13));
  CHECK_THAT(squared(x, y), WithinRel(2, 0.01));  // (m1 - m2)^2 + (a - b)^2
}

TEST_CASE("samples of different sizes are compared as if each were repeated", "[metrics]") {
  const Matrix<double> x = gaussian(3, 10, 1), y = gaussian(3, 15, 2);
  CHECK_THAT(sliced_wasserstein(x, y),
             WithinRel(sliced_wasserstein(x.replicate(1, 3), y.replicate(1, 2)), 1e-13));
  CHECK_THAT(sliced_wasserstein(x, x.replicate(1, 7)), WithinAbs(0, 1e-14));
}

TEST_CASE("sliced Wasserstein between images of one sample is in closed form", "[metrics]") {
  for (const Index d : {2, 3, 10}) {
    INFO("d = " << d);
    const Matrix<double> x = cross(d, 2), y = cross(d, 5);
    CHECK_THAT(sliced_wasserstein(x, y), WithinRel(3, 1e-13));
    const pf::Vector<double> m = pf::Vector<double>::Constant(d, 2);
    const double squared = square(sliced_wasserstein(x, y.colwise() + m, {.directions = 4096}));
    CHECK_THAT(squared, WithinRel(m.squaredNorm() / static_cast<double>(d) + 9, 0.03));
    CHECK_THAT(
        squared - 9,
        WithinRel(square(sliced_wasserstein(x, x.colwise() + m, {.directions = 4096})), 1e-11));
  }
}

TEST_CASE("directions are unit vectors", "[metrics]") {
  const Matrix<double> x = gaussian(5, 20, 1);
  double sum = 0;
  for (Index k = 0; k < 5; ++k)
    sum += square(sliced_wasserstein(x, x.colwise() + pf::Vector<double>::Unit(5, k)));
  CHECK_THAT(sum, WithinRel(1, 1e-12));
}

TEST_CASE("sliced Wasserstein of two Gaussians", "[metrics]") {
  const Matrix<double> x = gaussian(3, 4000, 1), y = 2 * gaussian(3, 3000, 2);
  const double squared =
      square(sliced_wasserstein(x, y.colwise() + Eigen::Vector3d(1, 0, 0), {.directions = 256}));
  CHECK_THAT(squared, WithinRel(1 / 3.0 + 1, 0.1));
  CHECK(sliced_wasserstein(x, y / 2) < 0.06);
  CHECK(sliced_wasserstein(x, 1.2 * y / 2) > 0.15);
  CHECK(sliced_wasserstein(x, (y / 2).colwise() + Eigen::Vector3d(0.3, 0, 0)) > 0.12);
}

TEST_CASE("sliced Wasserstein is a function of its arguments", "[metrics]") {
  const Matrix<double> x = gaussian(3, 100, 1), y = gaussian(3, 70, 2);
  const double distance = sliced_wasserstein(x, y);
  CHECK(sliced_wasserstein(x, y) == distance);
  CHECK(sliced_wasserstein(x, y, {.directions = 128, .seed = 0}) == distance);
  CHECK(sliced_wasserstein(x, y, {.seed = 1}) != distance);
  CHECK(sliced_wasserstein(x, y, {.seed = std::uint64_t(1) << 32}) != distance);
  CHECK(sliced_wasserstein(x, y, {.directions = 129}) != distance);
  CHECK(sliced_wasserstein(x, x) == 0);
  CHECK_THAT(sliced_wasserstein(y, x), WithinRel(distance, 1e-13));
  CHECK_THAT(sliced_wasserstein(support::reversed(x), y), WithinRel(distance, 1e-13));
  const Eigen::Vector3d shift(3, -2, 1);
  CHECK_THAT(sliced_wasserstein(x.colwise() + shift, y.colwise() + shift),
             WithinRel(distance, 1e-12));
  CHECK_THAT(sliced_wasserstein(-3 * x, -3 * y), WithinRel(3 * distance, 1e-12));
  CHECK_THAT(sliced_wasserstein(x, y, {.seed = 1}), WithinRel(distance, 0.3));
  pf::Team team(3);
  CHECK(sliced_wasserstein(x, y, {}, team) == distance);
}

TEST_CASE("sliced Wasserstein is a distance of samples", "[metrics]") {
  laws::two_samples("sliced_wasserstein",
                    [](const auto& x, const auto& y) { return sliced_wasserstein(x, y); });
  const Matrix<double> zero = Matrix<double>::Zero(2, 70);
  for (const Index directions : {0, -1})
    CHECK(support::error_of<std::invalid_argument>([&] {
            (void)sliced_wasserstein(zero, zero, {.directions = directions});
          }) == "sliced_wasserstein: directions is " + std::to_string(directions) +
                    ", but must be at least 1");
}
