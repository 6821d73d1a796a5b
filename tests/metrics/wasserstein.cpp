#include "pushforward/metrics/wasserstein.hpp"

#include "metrics/samples.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/metrics/with_floor.hpp"

namespace pf = pushforward;
using pf::Index, pf::Matrix, pf::wasserstein2;
using support::error_of, support::gaussian;

namespace {

/// The definition.
double naive(const Matrix<double>& x, const Matrix<double>& y) {
  std::vector<Index> partner(static_cast<std::size_t>(x.cols()));
  std::iota(partner.begin(), partner.end(), Index(0));
  double least = std::numeric_limits<double>::infinity();
  do {
    double sum = 0;
    for (Index i = 0; i < x.cols(); ++i)
      sum += (x.col(i) - y.col(partner[std::size_t(i)])).squaredNorm();
    least = (std::min)(least, sum);
  } while (std::next_permutation(partner.begin(), partner.end()));
  return std::sqrt(least / static_cast<double>(x.cols()));
}

}  // namespace

TEST_CASE("the Wasserstein distance is its definition", "[metrics]") {
  for (const Index d : {1, 2, 3, 10})
    for (Index n = 1; n <= 7; ++n) {
      INFO("d = " << d << ", n = " << n);
      const Matrix<double> x = gaussian(d, n, 1), y = 2 * gaussian(d, n, 2);
      CHECK_THAT(wasserstein2(x, y), WithinRel(naive(x, y), 1e-13));
    }
  CHECK(wasserstein2(Matrix<double>{{0, 1}}, Matrix<double>{{5, 4}}) == 4);
  CHECK(wasserstein2(Matrix<double>{{0, 1}, {0, 0}}, Matrix<double>{{1, 0}, {3, 3}}) == 3);
}

TEST_CASE("the Wasserstein distance on a line is that of the line", "[metrics]") {
  const Index n = 300;
  const Matrix<double> x = gaussian(1, n, 1), y = gaussian(1, n, 2).array() + 0.3;
  const Eigen::Vector2d line(0.6, -0.8);
  CHECK_THAT(wasserstein2(line * x, line * y), WithinRel(wasserstein2(x, y), 1e-13));
}

TEST_CASE("the Wasserstein distance of laws that are known", "[metrics]") {
  const Matrix<double> x = gaussian(2, 400, 1);
  const Eigen::Vector2d shift(3, -4);
  const Matrix<double> moved = x.colwise() + shift, larger = 2 * x;
  CHECK_THAT(wasserstein2(x, moved), WithinRel(5, 1e-14));  // x + b, A x: gradients of convex
  CHECK_THAT(wasserstein2(x, larger),                       // functions, and so optimal
             WithinRel(x.norm() / 20, 1e-13));
  CHECK_THAT(wasserstein2(support::reversed(moved), x), WithinRel(5, 1e-14));
  CHECK(wasserstein2(x, support::reversed(x)) == 0);
}

TEST_CASE("the Wasserstein distance of data that are hard", "[metrics][hostile]") {
  for (const Index d : {1, 2}) {
    const Matrix<double> x = gaussian(d, 50, 1), y = gaussian(d, 50, 2);
    const double value = wasserstein2(x, y);
    for (const double scale : {0x1p1000, 0x1p-900})
      CHECK(wasserstein2(scale * x, scale * y) == scale * value);
    for (const double number : {0.0, 7.0, 1.7e308})
      CHECK(wasserstein2(Matrix<double>::Constant(d, 40, number),
                         Matrix<double>::Constant(d, 40, number)) == 0);
    const Matrix<double> huge = Matrix<double>::Constant(d, 3, 1.7e308);
    CHECK(error_of<std::domain_error>([&] { (void)wasserstein2(huge, -huge); }) ==
          "wasserstein2: distance is inf, but must be finite");
    CHECK(error_of<std::domain_error>([&] {
            (void)wasserstein2(x, support::with_number(y, 0, 3, std::nan("")));
          }) == "wasserstein2: y at row 0, column 3 is nan, but must be finite");
    CHECK(wasserstein2(x.cast<float>(), y) == wasserstein2(x.cast<float>().cast<double>(), y));
  }
  const auto argument = [](Index n, Index m) {
    return error_of<std::invalid_argument>(
        [&] { (void)wasserstein2(Matrix<double>::Zero(2, n), Matrix<double>::Zero(2, m)); });
  };
  CHECK(argument(3, 4) == "wasserstein2: number of columns of y is 4, but must be 3");
  CHECK(argument(0, 4) == "wasserstein2: number of columns of x is 0, but must be at least 1");
  CHECK(argument(8193, 8193) ==
        "wasserstein2: number of columns of x is 8193, but must be at most 8192");
  CHECK(wasserstein2(Matrix<double>::Zero(1, 9000), Matrix<double>::Ones(1, 9000)) == 1);
}

TEST_CASE("a distance stands beside its floor", "[metrics]") {
  const auto distance = [](const auto& x, const auto& y) { return wasserstein2(x, y); };
  const Matrix<double> x = gaussian(2, 100, 1), y = gaussian(2, 100, 2), z = gaussian(2, 100, 3);
  const auto [value, floor] = pf::with_floor(distance, x, y, z);
  CHECK(value == wasserstein2(x, y));
  CHECK(floor == wasserstein2(z, y));
  const pf::Gaussian<float> truth(2);
  const pf::Key key{8, 9};
  const auto truth_x = pf::draw(truth, 100, key.part(0)),
             truth_y = pf::draw(truth, 100, key.part(1));
  const auto of_a_measure = pf::with_floor(distance, x, truth, key);
  CHECK(of_a_measure.value == wasserstein2(x, truth_x));
  CHECK(of_a_measure.floor == wasserstein2(truth_y, truth_x));
  CHECK(of_a_measure.floor > 0);
  CHECK(error_of<std::invalid_argument>([&] {
          (void)pf::with_floor(distance, x, y, z.leftCols(99));
        }) == "with_floor: number of columns of second is 99, but must be 100");
  CHECK(error_of<std::invalid_argument>([&] {
          (void)pf::with_floor(distance, x, y, z.topRows(1));
        }) == "with_floor: number of rows of second is 1, but must be 2");
}
