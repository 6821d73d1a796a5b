#include "pushforward/core/detail/orthogonal_columns.hpp"

#include "support/catch.hpp"
#include "support/gradient.hpp"

namespace pf = pushforward;
using pf::Index;
using Matrix = pf::Matrix<double>;

namespace {

/// A A' = Q diag(v) Q', Q orthogonal.
void check_axes(const Matrix& a) {
  const pf::detail::PrincipalAxes p(a);
  const Index n = a.rows();
  const Matrix c = a * a.transpose();
  CHECK((p.axes * p.axes.transpose() - Matrix::Identity(n, n)).norm() < 1e-13 * double(n));
  CHECK((p.axes * p.variances.asDiagonal() * p.axes.transpose() - c).norm() <
        1e-13 * double(n) * (c.norm() + 1e-300));
  CHECK((p.variances.array() >= 0).all());
}

}  // namespace

TEST_CASE("columns become orthogonal, and stay what they span", "[core]") {
  for (const auto& [rows, columns] : {std::pair<Index, Index>{5, 5}, {9, 4}, {4, 7}, {1, 3}}) {
    Matrix a = support::random_matrix(rows, columns, 1), v = Matrix::Identity(columns, columns);
    a.col(0) *= 1e-8;
    const Matrix before = a;
    pf::detail::make_columns_orthogonal(a, &v);
    CHECK((before * v - a).norm() < 1e-13 * before.norm());
    CHECK((a * a.transpose() - before * before.transpose()).norm() < 1e-13 * before.squaredNorm());
    const Matrix gram = a.transpose() * a;
    for (Index p = 0; p < columns; ++p)
      for (Index q = 0; q < p; ++q)
        CHECK(std::abs(gram(p, q)) <=
              1e-14 * (std::max)(gram(p, p), gram(q, q)) + (std::numeric_limits<double>::min)());
  }
}

TEST_CASE("principal axes of a covariance", "[core]") {
  for (const Index n : {1, 2, 3, 17, 65}) check_axes(support::random_matrix(n, n, 4));
  Matrix singular = support::random_matrix(4, 4, 5);
  singular.col(3) = singular.col(0);
  check_axes(singular);
  check_axes(Matrix::Zero(3, 3));
  check_axes(Matrix::Identity(3, 3));
  check_axes(Matrix::Ones(3, 3));
}

TEST_CASE("small variances have their digits", "[core]") {
  // A = R diag(1, 1e-9): v = 1 and 1e-18, which A A' does not hold
  const double c = 0.6, s = 0.8;
  const pf::detail::PrincipalAxes p(Matrix{{c, -s * 1e-9}, {s, c * 1e-9}});
  CHECK_THAT(p.variances.maxCoeff(), WithinRel(1.0, 1e-14));
  CHECK_THAT(p.variances.minCoeff(), WithinRel(1e-18, 1e-7));
}
