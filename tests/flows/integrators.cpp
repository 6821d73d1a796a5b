#include "pushforward/flows/integrators.hpp"

#include "flows/fields.hpp"
#include "support/laws.hpp"

#include "pushforward/flows/ode_flow.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

/// The order 5 of DormandPrince in steps of one size.
struct FixedDormandPrince {
  static constexpr Index order = 5;
  static constexpr auto tableau = pf::DormandPrince::tableau;
};

/// A user's, as in the docstring.
struct Midpoint {
  static constexpr Index order = 2;
  static constexpr pf::Tableau<2> tableau{{{{0, 0}, {0.5, 0}}}, {0, 1}, {0, 0.5}};
};

/// Largest error of x, and of log |det|, over times 0 to `to` in n steps, for x_0 in (0, 1).
template <class Method, class Field>
std::pair<double, double> error(Index n, double to) {
  const pf::OdeFlow<Field, Method> flow({}, pf::TimeGrid<double>::uniform(0, to, n));
  const pf::Block<double> x = (support::random_block(1, 3) + 1) / 2;
  pf::Block<double> y(pf::kBlockSize, 1);
  pf::Lane<double> log_det;
  typename decltype(flow)::Scratch scratch;
  flow.apply(x, y, log_det, scratch);
  double of_x = 0, of_log_det = 0;
  for (Index i = 0; i < pf::kBlockSize; ++i) {
    of_x = (std::max)(of_x, std::abs(y(i, 0) - Field::flow(x(i, 0), to)));
    of_log_det = (std::max)(of_log_det, std::abs(log_det[i] - Field::log_slope(x(i, 0), to)));
  }
  return {of_x, of_log_det};
}

template <class Method, class Field>
void errors_fall_by_the_order(bool of_log_det) {
  for (const double to : {1.0, -0.75}) {
    std::pair<double, double> before = error<Method, Field>(8, to);
    for (Index n = 16; n <= 32; n *= 2) {
      const auto now = error<Method, Field>(n, to);
      INFO("order " << Method::order << ", " << n << " steps");
      CHECK_THAT(std::log2(before.first / now.first), WithinAbs(double(Method::order), 0.3));
      if (of_log_det)
        CHECK_THAT(std::log2(before.second / now.second), WithinAbs(double(Method::order), 0.3));
      before = now;
    }
  }
}

template <class Method>
void check_order() {
  static_assert(pf::Integrator<Method> && !pf::AdaptiveIntegrator<Method>);
  errors_fall_by_the_order<Method, fields::Parabola>(false);
  errors_fall_by_the_order<Method, fields::Growth>(true);
}

/// sum_i b_i f(i)
template <std::size_t s, class F>
double quadrature(const std::array<double, s>& b, F f) {
  double sum = 0;
  for (std::size_t i = 0; i < s; ++i) sum += b[i] * f(i);
  return sum;
}

template <class Method>
void check_tableau() {
  constexpr auto tableau = Method::tableau;
  for (std::size_t i = 0; i < tableau.stages; ++i) {
    CHECK_THAT(quadrature(tableau.a[i], [](std::size_t) { return 1; }),
               WithinAbs(tableau.c[i], 1e-14));
    for (std::size_t j = i; j < tableau.stages; ++j) CHECK(tableau.a[i][j] == 0);
  }
  for (int power = 0; power < Method::order; ++power) {
    INFO("int t^" << power);
    CHECK_THAT(quadrature(tableau.b, [&](std::size_t i) { return std::pow(tableau.c[i], power); }),
               WithinAbs(1.0 / (power + 1), 1e-14));
  }
}

}  // namespace

TEST_CASE("Errors fall by the order of the method, up and down in time", "[flows]") {
  check_order<pf::Euler>();
  check_order<pf::Heun>();
  check_order<Midpoint>();
  check_order<pf::RungeKutta4>();
  check_order<FixedDormandPrince>();
}

TEST_CASE("Tableaux are consistent, and integrate powers of t below their order", "[flows]") {
  check_tableau<pf::Euler>();
  check_tableau<pf::Heun>();
  check_tableau<pf::RungeKutta4>();
  check_tableau<pf::DormandPrince>();
}

TEST_CASE("The embedded method of Dormand and Prince has order 4", "[flows]") {
  using pf::DormandPrince;
  static_assert(pf::AdaptiveIntegrator<DormandPrince>);
  const auto moment = [](int power) {
    return quadrature(DormandPrince::error,
                      [&](std::size_t i) { return std::pow(DormandPrince::tableau.c[i], power); });
  };
  for (int power = 0; power < 4; ++power) CHECK_THAT(moment(power), WithinAbs(0, 1e-14));
  CHECK(std::abs(moment(4)) > 1e-4);
  CHECK(DormandPrince::tableau.a[6] == DormandPrince::tableau.b);
}

TEST_CASE("Dormand and Prince's settings are checked", "[flows][errors]") {
  using support::error_of;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto make = [](pf::DormandPrince method) {
    return [=] { pf::OdeFlow(fields::Growth{}, pf::TimeGrid<double>::uniform(0, 1, 3), method); };
  };
  CHECK(error_of<std::domain_error>(make({.relative = -1})) ==
        "OdeFlow: relative is -1, but must be at least 0 and finite");
  CHECK(error_of<std::domain_error>(make({.relative = nan})) ==
        "OdeFlow: relative is nan, but must be at least 0 and finite");
  CHECK(error_of<std::domain_error>(make({.absolute = 0})) ==
        "OdeFlow: absolute is 0, but must be positive and finite");
  CHECK(error_of<std::invalid_argument>(make({.at_most = 0})) ==
        "OdeFlow: at_most is 0, but must be at least 1");
}
