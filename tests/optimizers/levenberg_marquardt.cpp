#include "pushforward/optimizers/levenberg_marquardt.hpp"

#include "pushforward/maps/affine.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

#include <Eigen/LU>

#include <limits>

namespace pf = pushforward;
using pf::Index, pf::LevenbergMarquardt, pf::Matrix, pf::Vector;
using support::error_of;

namespace {

/// rho(theta) = A theta - b, whatever the map.
template <class S>
struct Linear {
  using Scalar = S;
  template <class Map>
  struct Workspace {};
  Matrix<S> a;
  Vector<S> b;

  template <class Map>
  void check(const Map&) const {}
  template <class Map>
  S value_and_gradient(const Map& map, Index, pf::VectorRef<S> dtheta, Workspace<Map>&,
                       pf::Pool&) const {
    const Vector<S> rho = a * map.parameters() - b;
    dtheta = 2 * a.transpose() * rho;
    return rho.squaredNorm();
  }
  Index residual_count() const { return b.size(); }
  template <class Map>
  void residuals(const Map& map, Index, pf::VectorRef<S> rho, Workspace<Map>&, pf::Pool&) const {
    rho = a * map.parameters() - b;
  }
  template <class Map>
  void jacobian(const Map& map, Index step, pf::VectorRef<S> rho, Matrix<S>& jacobian,
                Workspace<Map>& work, pf::Pool& pool) const {
    residuals(map, step, rho, work, pool);
    jacobian = a.transpose();
  }
};

/// R residuals of the P = 6 parameters of an affine map on the plane.
template <class S>
Linear<S> system(Index residuals) {
  const Matrix<S> a = Matrix<S>::NullaryExpr(residuals, 6, [](Index i, Index j) {
    return static_cast<S>(1 + (3 * i + 5 * j) % 7) / S(7) + S(i == j);
  });
  return {a, Vector<S>::LinSpaced(residuals, -1, 2)};
}

template <class S>
pf::Affine<S> plane() {
  return {Matrix<S>{{1, S(0.5)}, {-1, 2}}, Vector<S>{{S(0.3), -1}}};
}

static_assert(pf::LeastSquares<Linear<double>, pf::Affine<double>>);
static_assert(pf::Solver<LevenbergMarquardt, pf::Problem<pf::Affine<double>, Linear<double>>>);

std::string start_error(const LevenbergMarquardt& options) {
  return error_of<std::invalid_argument>([&] { (void)options.start<double>(3); });
}

}  // namespace

TEMPLATE_TEST_CASE("the step in the space of residuals is the usual one", "[optimizers]", float,
                   double) {
  using S = TestType;
  const Index residuals = GENERATE(2, 6, 9);
  const double rate = GENERATE(1.0, 0.25), lambda = 0.7;
  const Linear<S> objective = system<S>(residuals);
  pf::Affine<S> map = plane<S>();
  pf::Pool pool;
  pf::Problem<pf::Affine<S>, Linear<S>> problem{map, objective, pool};
  const LevenbergMarquardt solver{.rate = rate, .damping = lambda};
  auto state = solver.start<S>(6);
  const Vector<S> start = problem.theta, rho = objective.a * start - objective.b;

  const S loss = solver.advance(state, problem, 0, rate);

  // theta - rate (J'J + lambda I)^-1 J' rho
  const Matrix<double> j = objective.a.template cast<double>();
  const Matrix<double> damped = j.transpose() * j + lambda * Matrix<double>::Identity(6, 6);
  const Vector<double> gradient = j.transpose() * rho.template cast<double>();
  const Vector<double> expected =
      start.template cast<double>() - rate * damped.partialPivLu().solve(gradient);
  const double tolerance = std::is_same_v<S, float> ? 1e-5 : 1e-13;
  CHECK_THAT(double(loss), WithinRel(double(rho.squaredNorm()), tolerance));
  CHECK((problem.theta.template cast<double>() - expected).norm() < tolerance);
  CHECK((problem.gradient.template cast<double>() - 2 * gradient).norm() < 10 * tolerance);
  CHECK_THAT(state.lambda, WithinRel(lambda * solver.decrease, 1e-15));
}

TEST_CASE("Levenberg-Marquardt solves a linear system", "[optimizers]") {
  const Linear<double> objective = system<double>(6);
  pf::Affine<double> map = plane<double>();
  pf::Pool pool;
  pf::Problem<pf::Affine<double>, Linear<double>> problem{map, objective, pool};
  const LevenbergMarquardt solver;
  auto state = solver.start<double>(6);
  for (Index step = 0; step < 40; ++step) (void)solver.advance(state, problem, step, 1);
  CHECK((objective.a * problem.theta - objective.b).norm() < 1e-12);
}

TEST_CASE("a step that does not lower the loss is refused", "[optimizers]") {
  Linear<double> objective = system<double>(6);
  pf::Affine<double> map = plane<double>();
  const Vector<double> start = map.parameters();
  pf::Pool pool;
  const LevenbergMarquardt solver{.increase = 2, .tries = 3};

  SECTION("because there is none") {
    objective.b = objective.a * start;
    pf::Problem<pf::Affine<double>, Linear<double>> problem{map, objective, pool};
    auto state = solver.start<double>(6);
    CHECK(solver.advance(state, problem, 0, 1) == 0);
    CHECK(problem.theta == start);
    CHECK(state.lambda == 8);
  }
  SECTION("because it leads uphill") {
    pf::Problem<pf::Affine<double>, Linear<double>> problem{map, objective, pool};
    auto state = solver.start<double>(6);
    CHECK(solver.advance(state, problem, 0, -1) > 0);
    CHECK(problem.theta == start);
    CHECK(state.lambda == 8);
  }
  SECTION("because the residuals are not finite") {
    objective.b[2] = std::numeric_limits<double>::quiet_NaN();
    pf::Problem<pf::Affine<double>, Linear<double>> problem{map, objective, pool};
    auto state = solver.start<double>(6);
    CHECK_FALSE(pf::is_finite(solver.advance(state, problem, 0, 1)));
    CHECK(problem.theta == start);
    CHECK(state.lambda == 1);
  }
}

TEST_CASE("options of Levenberg-Marquardt that cannot be", "[optimizers][hostile]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string name = "LevenbergMarquardt: ";
  CHECK(start_error({.rate = nan}) == name + "rate is nan, but must be finite and at least 0");
  CHECK(start_error({.damping = 0}) == name + "damping is 0, but must be positive and finite");
  CHECK(start_error({.damping = nan}) == name + "damping is nan, but must be positive and finite");
  CHECK(start_error({.decrease = 1}) == name + "decrease is 1, but must be in (0, 1)");
  CHECK(start_error({.decrease = 0}) == name + "decrease is 0, but must be in (0, 1)");
  CHECK(start_error({.increase = 1}) == name + "increase is 1, but must be above 1 and finite");
  CHECK(start_error({.tries = 0}) == name + "tries is 0, but must be at least 1");
  CHECK(start_error({}) == "nothing was thrown");
}
