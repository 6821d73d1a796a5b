#include "pushforward/core/detail/linear_algebra.hpp"
#include "pushforward/core/lane.hpp"

#include "support/catch.hpp"
#include "support/contraction.hpp"
#include "support/laws.hpp"

#include <limits>

namespace pf = pushforward;
namespace detail = pushforward::detail;
using laws::same_bits, pf::Index, pf::Matrix, pf::Vector;

namespace {

using Exact = long double;
using ExactMatrix = Eigen::Matrix<Exact, Eigen::Dynamic, Eigen::Dynamic>;

/// Numbers in (-1, 1).
template <pf::Real S>
Matrix<S> numbers(Index rows, Index columns, std::uint64_t seed) {
  const Vector<S> x = support::random_vector<S>(rows * columns, seed, 1);
  return Eigen::Map<const Matrix<S>>(x.data(), rows, columns);
}

/// A double loop for a' b.
template <pf::Real S>
ExactMatrix product_of_transposed(const Matrix<S>& a, const Matrix<S>& b) {
  ExactMatrix c = ExactMatrix::Zero(a.cols(), b.cols());
  for (Index j = 0; j < b.cols(); ++j)
    for (Index i = 0; i < a.cols(); ++i)
      for (Index k = 0; k < a.rows(); ++k) c(i, j) += Exact(a(k, i)) * Exact(b(k, j));
  return c;
}

/// max |a - b|, of numbers of size 1, in units of round-off.
template <class A, class B>
double gap(const Eigen::MatrixBase<A>& a, const Eigen::MatrixBase<B>& b) {
  const ExactMatrix difference = a.template cast<Exact>() - b.template cast<Exact>();
  return double(difference.cwiseAbs().maxCoeff()) /
         double(std::numeric_limits<typename A::Scalar>::epsilon());
}

/// What is above the diagonal is set to a NaN: nobody may read it.
template <pf::Real S>
void spoil_above(Matrix<S>& a) {
  a.template triangularView<Eigen::StrictlyUpper>().setConstant(
      std::numeric_limits<S>::quiet_NaN());
}

/// A matrix with a first row and a last column too many, for views that are a part of it.
template <pf::Real S>
Matrix<S> framed(const Matrix<S>& a) {
  Matrix<S> wide = Matrix<S>::Constant(a.rows() + 3, a.cols() + 1, S(1e30));
  wide.block(1, 0, a.rows(), a.cols()) = a;
  return wide;
}

}  // namespace

TEMPLATE_TEST_CASE("sums are those of a loop", "[core][linear]", float, double) {
  using S = TestType;
  for (const Index n : {0, 1, 2, 31, 32, 33, 63, 64, 65, 129, 1023, 1024, 1025, 5000}) {
    INFO(n << " numbers");
    const Matrix<S> x = numbers<S>(n, 1, 1), y = numbers<S>(n, 1, 2);
    Exact sum = 0, dot = 0, square = 0;
    for (Index i = 0; i < n; ++i) {
      sum += Exact(x(i));
      dot += Exact(x(i)) * Exact(y(i));
      square += Exact(x(i)) * Exact(x(i));
    }
    const double error = 4 * double(std::numeric_limits<S>::epsilon()) * std::sqrt(double(n));
    CHECK_THAT(double(detail::sum<S>(x.col(0))), WithinAbs(double(sum), error));
    CHECK_THAT(double(detail::dot<S>(x.col(0), y.col(0))), WithinAbs(double(dot), error));
    CHECK_THAT(double(detail::norm<S>(x.col(0))), WithinAbs(double(std::sqrt(square)), error));
    const Matrix<S> shifted = framed<S>(x);  // other places in memory
    CHECK(detail::sum<S>(shifted.col(0).segment(1, n)) == detail::sum<S>(x.col(0)));
    CHECK(detail::dot<S>(shifted.col(0).segment(1, n), y.col(0)) ==
          detail::dot<S>(x.col(0), y.col(0)));
  }
}

TEMPLATE_TEST_CASE("every number of a sum counts once", "[core][linear]", float, double) {
  using S = TestType;
  for (const Index n : {33, 1024, 2100}) {
    Vector<S> x = Vector<S>::Zero(n);
    for (Index i = 0; i < n; ++i) {
      x[i] = 3;
      CHECK(detail::sum<S>(x) == 3);
      CHECK(detail::dot<S>(x, Vector<S>::LinSpaced(n, 1, S(n))) == 3 * S(i + 1));
      x[i] = 0;
    }
  }
}

TEMPLATE_TEST_CASE("a dot product of 64 numbers is that of a lane", "[core][linear]", float,
                   double) {
  using S = TestType;
  const Matrix<S> x = numbers<S>(64, 1, 3), y = numbers<S>(64, 1, 4);
  if (!support::contracts())
    CHECK(detail::dot<S>(x.col(0), y.col(0)) == pf::lane_dot(x.data(), y.data()));
}

TEMPLATE_TEST_CASE("norms neither overflow nor vanish", "[core][linear]", float, double) {
  using S = TestType;
  using Limits = std::numeric_limits<S>;
  const auto norm = [](Vector<S> x) { return detail::norm<S>(x); };
  for (const S unit : {S(1), Limits::max() / 8, Limits::min(), 1024 * Limits::denorm_min()}) {
    Vector<S> x = Vector<S>::Zero(2000);
    x[1] = 3 * unit, x[1999] = -4 * unit;
    CHECK(norm(x) == 5 * unit);
  }
  CHECK(norm(Vector<S>::Constant(4, Limits::denorm_min())) == 2 * Limits::denorm_min());
  CHECK(norm(Vector<S>::Constant(4, Limits::max())) == Limits::infinity());
  CHECK(norm(Vector<S>::Zero(5)) == 0);
  CHECK(norm(Vector<S>(0)) == 0);
  CHECK(norm(Vector<S>::Constant(1, -Limits::infinity())) == Limits::infinity());
  CHECK(std::isnan(norm(Vector<S>::Constant(70, Limits::quiet_NaN()))));
}

TEMPLATE_TEST_CASE("matrix times vector is that of a loop", "[core][linear]", float, double) {
  using S = TestType;
  for (const Index m : {1, 2, 63, 64, 65, 129, 1025})
    for (const Index n : {0, 1, 2, 63, 65}) {
      INFO(m << " x " << n);
      const Matrix<S> a = numbers<S>(m, n, 5), x = numbers<S>(n, 1, 6), y = numbers<S>(m, 1, 7);
      const Matrix<S> wide = framed<S>(a);
      Vector<S> ax = Vector<S>::Constant(m, 9), ay = Vector<S>::Constant(n, 9);
      detail::multiply<S>(wide.block(1, 0, m, n), x.col(0), ax);
      detail::multiply_transposed<S>(wide.block(1, 0, m, n), y.col(0), ay);
      CHECK(gap(ax, product_of_transposed<S>(a.transpose(), x)) < double(n + 1));
      if (n > 0) CHECK(gap(ay, product_of_transposed<S>(a, y)) < 4 * std::sqrt(double(m)));
    }
}

TEMPLATE_TEST_CASE("a Gram matrix is that of a loop", "[core][linear]", float, double) {
  using S = TestType;
  for (const Index m : {0, 1, 2, 63, 64, 65, 129, 700})
    for (const Index n : {1, 2, 16, 63, 64, 65, 129}) {
      INFO(m << " x " << n);
      const Matrix<S> a = numbers<S>(m, n, 8), wide = framed<S>(a);
      Matrix<S> g = framed<S>(Matrix<S>::Constant(n, n, 7));
      detail::gram<S>(wide.block(1, 0, m, n), g.block(1, 0, n, n));
      const auto inner = g.block(1, 0, n, n);
      const ExactMatrix exact = product_of_transposed<S>(a, a);
      for (Index j = 0; j < n; ++j) {
        CHECK(gap(inner.col(j).tail(n - j), exact.col(j).tail(n - j)) < double(2 * m + 8));
        CHECK((inner.col(j).head(j).array() == 7).all());  // above the diagonal nothing changes
      }
      CHECK((g.row(0).array() == S(1e30)).all());
      CHECK((g.bottomRows(2).array() == S(1e30)).all());
    }
}

TEMPLATE_TEST_CASE("strips of a Gram matrix come in any order", "[core][linear]", float, double) {
  using S = TestType;
  const Index n = 200;
  const Matrix<S> a = numbers<S>(100, n, 9);
  Matrix<S> g = Matrix<S>::Zero(n, n), backwards = g;
  detail::gram<S>(a, g);
  for (Index s = detail::strip_count(n); s-- > 0;) detail::gram_strip<S>(a, s, backwards);
  CHECK(same_bits(g, backwards));
  static_assert(detail::strip_count(0) == 0 && detail::strip_count(1) == 1 &&
                detail::strip_count(64) == 1 && detail::strip_count(65) == 2);
}

TEMPLATE_TEST_CASE("Cholesky factors multiply to the matrix, and solve", "[core][linear]", float,
                   double) {
  using S = TestType;
  for (const Index n : {1, 2, 15, 16, 17, 63, 64, 65, 127, 128, 129, 200}) {
    INFO(n << " x " << n);
    const Matrix<S> b = numbers<S>(n + 40, n, 10);
    Matrix<S> a = (product_of_transposed<S>(b, b) / Exact(n + 40)).template cast<S>();
    a.diagonal().array() += S(0.5);
    const ExactMatrix wanted = a.template cast<Exact>();
    Matrix<S> l = framed<S>(a);
    auto inner = l.block(1, 0, n, n);
    inner.template triangularView<Eigen::StrictlyUpper>().setConstant(
        std::numeric_limits<S>::quiet_NaN());
    REQUIRE(detail::cholesky<S>(inner));
    CHECK((l.row(0).array() == S(1e30)).all());
    CHECK((l.bottomRows(2).array() == S(1e30)).all());
    for (Index j = 0; j < n; ++j) CHECK(inner.col(j).head(j).array().isNaN().all());

    Matrix<S> lower = inner.template triangularView<Eigen::Lower>();
    CHECK(gap((lower.template cast<Exact>() * lower.template cast<Exact>().transpose())
                  .eval()
                  .template cast<S>(),
              wanted) < 8);

    const Matrix<S> x = numbers<S>(n, 1, 11);
    Vector<S> y = (lower.template cast<Exact>() * x.template cast<Exact>()).template cast<S>();
    detail::solve_lower<S>(inner, y);
    CHECK(gap(y, x) < 16 * std::sqrt(double(n)));
    y = (lower.template cast<Exact>().transpose() * x.template cast<Exact>()).template cast<S>();
    detail::solve_lower_transposed<S>(inner, y);
    CHECK(gap(y, x) < 16 * std::sqrt(double(n)));
  }
}

TEMPLATE_TEST_CASE("Cholesky refuses what is not positive definite", "[core][linear]", float,
                   double) {
  using S = TestType;
  for (const Index n : {1, 70, 130})
    for (const S pivot :
         {S(0), S(-1), std::numeric_limits<S>::quiet_NaN(), std::numeric_limits<S>::infinity()})
      for (Index bad : {Index(0), n / 2, n - 1}) {
        Matrix<S> a = Matrix<S>::Identity(n, n);
        a(bad, bad) = pivot;
        CHECK_FALSE(detail::cholesky<S>(a));
      }
  Matrix<S> indefinite(2, 2);
  indefinite << 1, 2, 2, 1;
  CHECK_FALSE(detail::cholesky<S>(indefinite));
}
