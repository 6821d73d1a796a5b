#include "pushforward/metrics/energy_distance.hpp"

#include "metrics/samples.hpp"

namespace pf = pushforward;
using pf::energy_distance, pf::Index, pf::Matrix;
using support::gaussian, support::gaussian_quantiles;

namespace {

/// Term by term.
double mean_distance(const Matrix<double>& a, const Matrix<double>& b) {
  double sum = 0;
  for (Index i = 0; i < a.cols(); ++i)
    for (Index j = 0; j < b.cols(); ++j) sum += (a.col(i) - b.col(j)).norm();
  return sum / static_cast<double>(a.cols() * b.cols());
}

/// The definition.
double naive(const Matrix<double>& x, const Matrix<double>& y) {
  return 2 * mean_distance(x, y) - mean_distance(x, x) - mean_distance(y, y);
}

/// x on a line through the origin of the plane.
Matrix<double> on_a_line(const Matrix<double>& x) { return Eigen::Vector2d(0.6, -0.8) * x; }

}  // namespace

TEST_CASE("energy distance is its definition", "[metrics]") {
  for (const Index d : {1, 2, 3, 10})
    for (const auto& [n, m] :
         {std::pair<Index, Index>{1, 1}, {1, 2}, {63, 65}, {64, 64}, {130, 7}}) {
      INFO("d = " << d << ", n = " << n << ", m = " << m);
      const Matrix<double> x = gaussian(d, n, 1), y = 2 * gaussian(d, m, 2);
      CHECK_THAT(energy_distance(x, y), WithinRel(naive(x, y), 1e-12));
    }
}

TEST_CASE("the unbiased energy distance counts no sample against itself", "[metrics]") {
  for (const Index d : {1, 2, 5})
    for (const auto& [n, m] : {std::pair<Index, Index>{2, 2}, {3, 2}, {63, 65}, {130, 7}}) {
      INFO("d = " << d << ", n = " << n << ", m = " << m);
      const Matrix<double> x = gaussian(d, n, 1), y = 2 * gaussian(d, m, 2);
      double expected = 2 * mean_distance(x, y);
      expected -= mean_distance(x, x) * static_cast<double>(n) / static_cast<double>(n - 1);
      expected -= mean_distance(y, y) * static_cast<double>(m) / static_cast<double>(m - 1);
      CHECK_THAT(energy_distance(x, y, {.unbiased = true}), WithinAbs(expected, 1e-12));
      CHECK(energy_distance(x, y, {.unbiased = false}) == energy_distance(x, y));
    }
  CHECK(energy_distance(Matrix<double>{{0, 2}}, Matrix<double>{{0, 2}}, {.unbiased = true}) == -2);
  for (const Index n : {1, 2}) {
    const auto error = support::error_of<std::invalid_argument>([&] {
      (void)energy_distance(gaussian(2, n, 1), gaussian(2, 3 - n, 2), {.unbiased = true});
    });
    CHECK(error == std::string("energy_distance: number of columns of ") + (n == 1 ? "x" : "y") +
                       " is 1, but must be at least 2");
  }
}

TEST_CASE("the unbiased energy distance of one law is 0 on average", "[metrics]") {
  for (const Index d : {1, 2}) {
    double sum = 0, squares = 0;
    constexpr int turns = 400;
    for (std::uint64_t turn = 0; turn < turns; ++turn) {
      const double value = energy_distance(gaussian(d, 20, 2 * turn), gaussian(d, 30, 2 * turn + 1),
                                           {.unbiased = true});
      sum += value;
      squares += value * value;
    }
    CHECK(std::abs(sum) < 4.9 * std::sqrt(squares));
    CHECK(std::abs(sum + turns * 0.03) > 4.9 * std::sqrt(squares));  // what the biased one has
  }
}

TEST_CASE("energy distance by hand", "[metrics]") {
  CHECK(energy_distance(Matrix<double>{{0}}, Matrix<double>{{3}}) == 6);
  CHECK(energy_distance(Matrix<double>{{0}, {0}}, Matrix<double>{{3}, {4}}) == 10);
  CHECK(energy_distance(Matrix<double>{{0, 2}}, Matrix<double>{{1}}) == 1);
}

TEST_CASE("energy distance of two Gaussians on the line", "[metrics]") {
  const Matrix<double> x = gaussian_quantiles(4000);
  const Matrix<double> y = x.array() + 1;
  CHECK_THAT(energy_distance(x, y), WithinAbs(0.5418065793, 1e-6));
  CHECK_THAT(energy_distance(on_a_line(x.leftCols(500)), on_a_line(y.leftCols(300))),
             WithinRel(energy_distance(x.leftCols(500), y.leftCols(300)), 1e-12));
}

TEST_CASE("against the uniform law, energy distance is twice Cramer-von Mises", "[metrics]") {
  const Matrix<double> x{{0.07, 0.3, 0.31, 0.65, 0.9}};
  const Index m = 100000;
  const Matrix<double> uniform =
      (Matrix<double>::NullaryExpr(1, m, [](Index j) { return static_cast<double>(j) + 0.5; })) / m;
  double expected = 1 / (12 * 25.0);
  for (Index i = 0; i < 5; ++i) {
    const double gap = x(i) - static_cast<double>(2 * i + 1) / 10;
    expected += gap * gap / 5;
  }
  CHECK_THAT(energy_distance(x, uniform) / 2, WithinAbs(expected, 1e-9));
}

TEST_CASE("in the plane, energy distance is pi/2 times its mean over directions", "[metrics]") {
  const Matrix<double> x = gaussian(2, 40, 1), y = gaussian(2, 30, 2).array() + 0.5;
  constexpr int directions = 2000;
  double sum = 0;
  for (int l = 0; l < directions; ++l) {
    const double angle = std::numbers::pi * l / directions;
    const Eigen::RowVector2d direction(std::cos(angle), std::sin(angle));
    sum += energy_distance(direction * x, direction * y);
  }
  CHECK_THAT(energy_distance(x, y), WithinRel(std::numbers::pi / 2 * sum / directions, 1e-4));
}

TEST_CASE("energy distance sees laws, not lists", "[metrics]") {
  for (const Index d : {1, 3}) {
    INFO("d = " << d);
    const Matrix<double> x = gaussian(d, 100, 1), y = gaussian(d, 70, 2);
    const double distance = energy_distance(x, y);
    Matrix<double> twice(d, 200);
    twice << x, x;
    CHECK_THAT(energy_distance(twice, y), WithinRel(distance, 1e-12));
    CHECK_THAT(energy_distance(support::reversed(x), y), WithinRel(distance, 1e-12));
    CHECK_THAT(energy_distance(y, x), WithinRel(distance, 1e-12));
    CHECK(energy_distance(x, x) == 0);
    CHECK_THAT(energy_distance(x, support::reversed(x)), WithinAbs(0, 1e-14));
    CHECK_THAT(energy_distance(twice, x), WithinAbs(0, 1e-14));
    CHECK(energy_distance(x, support::reversed(x)) >= 0);
    pf::Team team(3);
    CHECK(energy_distance(x, y, {}, team) == distance);
  }
}

TEST_CASE("energy distance moves with the data", "[metrics]") {
  const Matrix<double> x = gaussian(2, 100, 1), y = gaussian(2, 70, 2);
  const double distance = energy_distance(x, y);
  const Eigen::Matrix2d rotation{{0.6, -0.8}, {0.8, 0.6}};
  const Eigen::Vector2d shift(3, -2);
  CHECK_THAT(energy_distance(x.colwise() + shift, y.colwise() + shift), WithinRel(distance, 1e-11));
  CHECK_THAT(energy_distance(rotation * x, rotation * y), WithinRel(distance, 1e-12));
  CHECK_THAT(energy_distance(3 * x, 3 * y), WithinRel(3 * distance, 1e-12));
  CHECK(energy_distance(-1024 * x, -1024 * y) == 1024 * distance);
}

TEST_CASE("energy distance is a distance of samples", "[metrics]") {
  laws::two_samples("energy_distance",
                    [](const auto& x, const auto& y) { return energy_distance(x, y); });
  const Matrix<double> x = gaussian(2, 100, 1), y = gaussian(2, 70, 2);
  CHECK_THAT(energy_distance(0x1p-1060 * x, 0x1p-1060 * y) / 0x1p-1060,
             WithinRel(energy_distance(x, y), 0.01));
}

TEST_CASE("energy distance tells laws apart, and no more", "[metrics]") {
  const Index n = 1500;  // of one law: 2 sqrt(pi) / n = 0.0024 on average
  const Matrix<double> x = gaussian(2, n, 1), y = gaussian(2, n, 2);
  CHECK(energy_distance(x, y) > 0);
  CHECK(energy_distance(x, y) < 0.006);
  CHECK(energy_distance(x, y.colwise() + Eigen::Vector2d(0.3, 0)) > 0.02);
  CHECK(energy_distance(x, 1.3 * y) > 0.02);
}
