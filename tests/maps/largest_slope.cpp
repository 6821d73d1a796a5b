#include "pushforward/maps/largest_slope.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/gradient.hpp"

#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/image.hpp"
#include "pushforward/maps/mlp.hpp"

namespace pf = pushforward;
using pf::Index, pf::largest_slope, pf::Matrix, pf::Vector;
using support::error_of;

TEST_CASE("the largest slope of an affine map is its largest singular value", "[maps]") {
  for (const Index d : {1, 3})
    for (const Index e : {1, 2, 3}) {
      const Matrix<double> a = support::random_matrix<double>(e, d, 4);
      Vector<double> v = Vector<double>::Ones(d);
      for (int turn = 0; turn < 1000; ++turn) v = (a.transpose() * (a * v)).normalized();
      const double exact = (a * v).norm();
      const pf::Affine<double> map(a, Vector<double>::Ones(e));
      for (const Index n : {1, 64, 100})
        CHECK_THAT(largest_slope(map, support::random_matrix<double>(d, n, 5)),
                   WithinRel(exact, 1e-14));
    }
  const pf::Affine<double> still(Matrix<double>::Zero(2, 2), Vector<double>::Ones(2));
  CHECK(largest_slope(still, Matrix<double>::Zero(2, 3)) == 0);
}

TEST_CASE("the largest slope is that of the steepest point", "[maps]") {
  // d/dx of 3 tanh(2 x) is 6 at 0, less elsewhere, where squares of tanh are near 1
  const pf::Mlp<double, pf::Tanh> map(pf::Tanh{}, pf::Linear{}, {1, 1, 1},
                                      Vector<double>{{2, 0, 3, 0}});
  Matrix<double> x = Matrix<double>::Constant(1, 200, 1.5);
  const double cosh = std::cosh(3.0);
  CHECK_THAT(largest_slope(map, x), WithinRel(6 / (cosh * cosh), 1e-13));
  for (const Index at : {0, 63, 64, 199}) {
    x.setConstant(1.5);
    x(0, at) = 0;
    CHECK_THAT(largest_slope(map, x), WithinRel(6, 1e-14));
  }
}

TEST_CASE("the slope is the largest singular value, not the norm", "[maps]") {
  // (1.2 tanh x, tanh y): diag(1.2, 0) at one point, I at another, whose norm is larger
  const pf::Mlp<double, pf::Tanh> map(pf::Tanh{}, pf::Linear{}, {2, 2, 2},
                                      Vector<double>{{1, 0, 0, 1, 0, 0, 1.2, 0, 0, 1, 0, 0}});
  const Matrix<double> x{{0, std::acosh(std::sqrt(1.2))}, {20, 0}};
  CHECK_THAT(largest_slope(map, x), WithinRel(1.2, 1e-14));
  CHECK_THAT(largest_slope(map, x.rowwise().reverse()), WithinRel(1.2, 1e-14));
  CHECK_THAT(largest_slope(map, x.col(1)), WithinRel(1, 1e-14));
}

TEST_CASE("no chord of a network is steeper than its largest slope nearby", "[maps]") {
  const pf::Mlp<float, pf::Tanh> map({3, 16, 2}, pf::Key{3});
  const Matrix<float> x = support::random_matrix<float>(3, 500, 1),
                      y = x + 1e-2F * support::random_matrix<float>(3, 500, 2);
  const double slope = largest_slope(map, x);
  const Matrix<float> rise = pf::image(map, y) - pf::image(map, x), run = y - x;
  const auto chord = static_cast<double>(
      (rise.colwise().norm().array() / run.colwise().norm().array()).maxCoeff());
  CHECK(chord < 1.02 * slope);
  CHECK(chord > 0.7 * slope);
}

TEST_CASE("slopes that cannot be", "[maps][hostile]") {
  const pf::Affine<double> map(Matrix<double>::Constant(1, 2, 1e200), Vector<double>::Zero(1));
  const Matrix<double> x = Matrix<double>::Zero(2, 3);
  CHECK(error_of<std::invalid_argument>([&] { (void)largest_slope(map, x.topRows(1)); }) ==
        "largest_slope: rows of points is 1, but must be 2");
  CHECK(error_of<std::invalid_argument>([&] { (void)largest_slope(map, x.leftCols(0)); }) ==
        "largest_slope: number of columns of points is 0, but must be at least 1");
  Matrix<double> lost = x;
  lost(1, 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK(error_of<std::domain_error>([&] { (void)largest_slope(map, lost); }) ==
        "largest_slope: points at row 1, column 2 is nan, but must be finite");
  CHECK(error_of<std::domain_error>([&] { (void)largest_slope(map, x); }) ==
        "largest_slope: square of the slope at column 0 is inf, but must be finite");
}
