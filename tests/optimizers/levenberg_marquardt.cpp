#include "pushforward/optimizers/levenberg_marquardt.hpp"

#include "pushforward/maps/affine.hpp"
#include "pushforward/training/fit.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

#include <Eigen/LU>

#include <limits>

namespace pf = pushforward;
using pf::Index, pf::LevenbergMarquardt, pf::Matrix, pf::Move, pf::Vector;
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
  S value_and_gradient(const Map& map, const pf::Step&, pf::VectorRef<S> dtheta,
                       Workspace<Map>&) const {
    const Vector<S> rho = a * map.parameters() - b;
    dtheta = 2 * a.transpose() * rho;
    return rho.squaredNorm();
  }
  Index residual_count() const { return b.size(); }
  template <class Map>
  void residuals(const Map& map, const pf::Step&, pf::VectorRef<S> rho, Workspace<Map>&) const {
    rho = a * map.parameters() - b;
  }
  template <class Map>
  void jacobian(const Map& map, const pf::Step& step, pf::VectorRef<S> rho, Matrix<S>& jacobian,
                Workspace<Map>& work) const {
    residuals(map, step, rho, work);
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
  pf::Team alone;
  pf::Problem<pf::Affine<S>, Linear<S>> problem{map, objective, alone};
  const LevenbergMarquardt solver{.rate = rate, .damping = lambda};
  auto state = solver.start<S>(6);
  const Vector<S> start = problem.theta, rho = objective.a * start - objective.b;

  LevenbergMarquardt::Workspace<S> work;
  const auto [loss, move] = solver.advance(state, problem, 0, rate, work);
  CHECK(move == Move::moved);

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
  pf::Team alone;
  pf::Problem<pf::Affine<double>, Linear<double>> problem{map, objective, alone};
  const LevenbergMarquardt solver;
  auto state = solver.start<double>(6);
  LevenbergMarquardt::Workspace<double> work;
  Index steps = 0;
  while (solver.advance(state, problem, steps, 1, work).move == Move::moved && steps < 100) ++steps;
  CHECK(steps < 60);
  CHECK((objective.a * problem.theta - objective.b).norm() < 1e-12);
}

TEST_CASE("a step that does not lower the loss is refused", "[optimizers]") {
  Linear<double> objective = system<double>(6);
  pf::Affine<double> map = plane<double>();
  const Vector<double> start = map.parameters();
  pf::Team alone;
  const LevenbergMarquardt solver{.increase = 2, .tries = 3};
  LevenbergMarquardt::Workspace<double> work;

  SECTION("because there is none") {
    objective.b = objective.a * start;
    pf::Problem<pf::Affine<double>, Linear<double>> problem{map, objective, alone};
    auto state = solver.start<double>(6);
    const auto [loss, move] = solver.advance(state, problem, 0, 1, work);
    CHECK(loss == 0);
    CHECK(move == Move::converged);
    CHECK(problem.theta == start);
    CHECK(state.lambda == 1);
  }
  SECTION("because it leads uphill") {
    pf::Problem<pf::Affine<double>, Linear<double>> problem{map, objective, alone};
    auto state = solver.start<double>(6);
    const auto [loss, move] = solver.advance(state, problem, 0, -1, work);
    CHECK(loss > 0);
    CHECK(move == Move::refused);
    CHECK(problem.theta == start);
    CHECK(state.lambda == 8);
  }
  SECTION("because the rate is 0") {
    pf::Problem<pf::Affine<double>, Linear<double>> problem{map, objective, alone};
    auto state = solver.start<double>(6);
    CHECK(solver.advance(state, problem, 0, 0, work).move == Move::refused);
    CHECK(problem.theta == start);
  }
  SECTION("because the residuals are not finite") {
    objective.b[2] = std::numeric_limits<double>::quiet_NaN();
    pf::Problem<pf::Affine<double>, Linear<double>> problem{map, objective, alone};
    auto state = solver.start<double>(6);
    const auto [loss, move] = solver.advance(state, problem, 0, 1, work);
    CHECK_FALSE(pf::is_finite(loss));
    CHECK(move == Move::refused);
    CHECK(problem.theta == start);
    CHECK(state.lambda == 1);
  }
}

namespace {

/// Freudenstein and Roth (1963): two residuals of two parameters, with a local minimum of 48.98 at
/// (11.41, -0.8968), on the way to which J is nearly singular, and 0 at (5, 4).
struct Valley {
  using Scalar = double;
  template <class Map>
  struct Workspace {};
  template <class Map>
  void check(const Map&) const {}
  Index residual_count() const { return 2; }
  template <class Map>
  void residuals(const Map& map, const pf::Step&, pf::VectorRef<double> rho,
                 Workspace<Map>&) const {
    const double x = map.parameters()[0], y = map.parameters()[1];
    rho[0] = -13 + x + ((5 - y) * y - 2) * y;
    rho[1] = -29 + x + ((y + 1) * y - 14) * y;
  }
  template <class Map>
  void jacobian(const Map& map, const pf::Step& step, pf::VectorRef<double> rho,
                Matrix<double>& jacobian, Workspace<Map>& work) const {
    residuals(map, step, rho, work);
    const double y = map.parameters()[1];
    jacobian.resize(2, 2);
    jacobian << 1, 1, 10 * y - 3 * y * y - 2, 3 * y * y + 2 * y - 14;
  }
  template <class Map>
  double value_and_gradient(const Map& map, const pf::Step& step, pf::VectorRef<double> dtheta,
                            Workspace<Map>& work) const {
    Vector<double> rho(2);
    Matrix<double> j;
    jacobian(map, step, rho, j, work);
    dtheta = 2 * j * rho;
    return rho.squaredNorm();
  }
};

pf::Affine<double> at(double x, double y) {
  return {Matrix<double>::Constant(1, 1, x), Vector<double>::Constant(1, y)};
}

}  // namespace

TEST_CASE("a run has converged when going on would not help", "[optimizers]") {
  for (const double rate : {1.0, 0.3, 0.1, 0.03, 0.01}) {
    INFO("rate " << rate);
    auto map = at(0.5, -2);
    const Valley valley;
    double gradient = 0;
    const auto result =
        pf::fit(map, valley, LevenbergMarquardt{.rate = rate}, {.steps = 5000},
                [&](const pf::StepEnd<double>& event) { gradient = event.gradient_norm; });
    CHECK(result.status == pf::Status::converged);
    CHECK(gradient < 1e-3);
    CHECK_THAT(result.loss, WithinRel(48.98425367924, 1e-12));
    CHECK(pf::fit(map, valley, LevenbergMarquardt{}, {.steps = 100}).loss > 48.984253679);
  }
  auto map = at(5.5, 4.5);
  const auto result = pf::fit(map, Valley{}, LevenbergMarquardt{}, {.steps = 100});
  CHECK(result.status == pf::Status::converged);
  CHECK(result.loss < 1e-20);
}

TEST_CASE("a tolerance ends a run early", "[optimizers]") {
  const auto steps = [](double tolerance) {
    auto map = at(0.5, -2);
    std::vector<double> cosines;  // |J' rho| / (|J| |rho|) before each step
    const auto note = [&](const Vector<double>& theta) {
      pf::Team alone;
      Valley::Workspace<pf::Affine<double>> work;
      Vector<double> rho(2);
      Matrix<double> j;
      Valley{}.jacobian(at(theta[0], theta[1]), {0, alone}, rho, j, work);
      cosines.push_back((j * rho).norm() / (j.norm() * rho.norm()));
    };
    note(map.parameters());
    const auto result =
        pf::fit(map, Valley{}, LevenbergMarquardt{.tolerance = tolerance}, {.steps = 1000},
                [&](const pf::StepEnd<double>& event) { note(event.theta); });
    CHECK(result.status == pf::Status::converged);
    for (std::size_t s = 0; tolerance > 0 && s < cosines.size() - 1; ++s)
      CHECK((cosines[s] <= tolerance) == (s + 2 == cosines.size()));  // at the first such step
    return result.steps;
  };
  CHECK(steps(0.1) < steps(1e-3));
  CHECK(steps(1e-3) < steps(0));
}

TEST_CASE("lambda stays above a floor relative to J J'", "[optimizers]") {
  const double floor = 1e-6;
  auto map = at(0.5, -2);
  const Valley valley;
  pf::Team alone;
  pf::Problem<pf::Affine<double>, Valley> problem{map, valley, alone};
  const LevenbergMarquardt solver{.rate = 0.01, .damping = 1e-300, .floor = floor};
  auto state = solver.start<double>(2);
  LevenbergMarquardt::Workspace<double> work;
  for (Index step = 0; step < 200; ++step) {
    REQUIRE(solver.advance(state, problem, step, 0.01, work).move == Move::moved);
    const double largest = (std::max)(work.gram(0, 0), work.gram(1, 1));
    CHECK(state.lambda >= floor * largest);
    if (step == 0) CHECK(state.lambda == floor * largest);
  }
}

TEST_CASE("a hundred equal residuals are as good as one", "[optimizers]") {
  // J J' has rank 1; without a floor its factor would be of round-off.
  Linear<double> objective{Matrix<double>::Ones(100, 6), Vector<double>::Ones(100)};
  pf::Affine<double> map = plane<double>();
  const auto result = pf::fit(map, objective, LevenbergMarquardt{}, {.steps = 200});
  CHECK(result.loss < 1e-20);
  CHECK(result.status == pf::Status::converged);
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
  CHECK(start_error({.floor = 0}) == name + "floor is 0, but must be in (0, 1)");
  CHECK(start_error({.floor = 1}) == name + "floor is 1, but must be in (0, 1)");
  CHECK(start_error({.tolerance = -1}) ==
        name + "tolerance is -1, but must be finite and at least 0");
  CHECK(start_error({.tolerance = nan}) ==
        name + "tolerance is nan, but must be finite and at least 0");
  CHECK(start_error({.increase = 1 / 0.0}) ==
        name + "increase is inf, but must be above 1 and finite");
  CHECK(start_error({}) == "nothing was thrown");
}
