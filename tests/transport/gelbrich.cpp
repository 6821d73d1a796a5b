#include "pushforward/transport/gelbrich.hpp"

#include "transport/pairings.hpp"

#include <Eigen/Eigenvalues>

namespace pf = pushforward;
using pf::gelbrich_bound, pf::Index, pf::Matrix;
using support::gaussian;

namespace {

/// The formula, with Eigen's square roots.
double naive(const Matrix<double>& x, const Matrix<double>& y) {
  const auto mean = [](const Matrix<double>& z) { return z.rowwise().mean().eval(); };
  const auto covariance = [&](const Matrix<double>& z) {
    const Matrix<double> centred = z.colwise() - mean(z);
    return (centred * centred.transpose() / double(z.cols())).eval();
  };
  const auto root = [](const Matrix<double>& s) {
    const Eigen::SelfAdjointEigenSolver<Matrix<double>> solver(s);
    return (solver.eigenvectors() * solver.eigenvalues().cwiseMax(0).cwiseSqrt().asDiagonal() *
            solver.eigenvectors().transpose())
        .eval();
  };
  const Matrix<double> a = covariance(x), b = covariance(y), half = root(a);
  return (mean(x) - mean(y)).squaredNorm() + a.trace() + b.trace() -
         2 * root(half * b * half).trace();
}

}  // namespace

TEST_CASE("Gelbrich's bound is its formula", "[transport][identity]") {
  for (const Index d : {1, 2, 3, 7, 30}) {
    INFO("d = " << d);
    const Matrix<double> mixed = gaussian(d, d, 3) * gaussian(d, 150, 2);
    CHECK_THAT(gelbrich_bound(gaussian(d, 200, 1), mixed),
               WithinRel(naive(gaussian(d, 200, 1), mixed), 1e-10));
  }
}

TEST_CASE("Gelbrich's bound is the cost where an affine map is optimal", "[transport][identity]") {
  for (const Index d : {1, 2, 5}) {
    INFO("d = " << d);
    const Matrix<double> x = gaussian(d, 300, 1), l = gaussian(d, d, 2);
    const Matrix<double> y = (l * l.transpose() * x).colwise() + pf::Vector<double>::Ones(d);
    CHECK_THAT(gelbrich_bound(x, y), WithinRel((x - y).squaredNorm() / 300, 1e-12));
    CHECK_THAT(gelbrich_bound(x, x), WithinAbs(0, 1e-13));
  }
  // fewer samples than coordinates: of rank 3 and 2
  const Matrix<double> x = gaussian(6, 4, 1), y = gaussian(6, 3, 2);
  CHECK_THAT(gelbrich_bound(x, y), WithinRel(naive(x, y), 1e-7));
}

TEST_CASE("Gelbrich's bound of data that are hard", "[transport]") {
  const Matrix<double> x = gaussian(2, 50, 1), y = gaussian(2, 50, 2);
  for (const double scale : {0x1p400, 0x1p-300})
    CHECK(gelbrich_bound(scale * x, scale * y) == scale * scale * gelbrich_bound(x, y));
  const Matrix<double> far = x.array() + 1e8;
  CHECK_THAT(gelbrich_bound(far, far), WithinAbs(0, 1e-12));
  for (const double number : {0.0, 7.0, 1.7e308})
    CHECK(gelbrich_bound(Matrix<double>::Constant(3, 4, number),
                         Matrix<double>::Constant(3, 5, number)) == 0);
  CHECK(support::error_of<std::domain_error>([&] {
          (void)gelbrich_bound(Matrix<double>::Constant(1, 1, 1e308), Matrix<double>::Zero(1, 1));
        }) == "gelbrich_bound: squared distance is inf, but must be finite");
}
