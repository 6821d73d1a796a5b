#include "pushforward/flows/time_grid.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"

#include <cmath>

namespace pf = pushforward;
using pf::Index;
using support::error_of;

TEMPLATE_TEST_CASE("A uniform time grid has equal steps, up and down", "[flows]", float, double) {
  using S = TestType;
  const auto up = pf::TimeGrid<S>::uniform(0, 1, 5), down = pf::TimeGrid<S>::uniform(3, -1, 8);
  CHECK(up.steps() == 5);
  CHECK(up.increasing());
  CHECK(!up.open());
  CHECK(up.times()[0] == 0);
  CHECK(up.times()[5] == 1);
  CHECK_THAT(double(up.times()[2]), WithinAbs(0.4, 1e-7));
  CHECK(!down.increasing());
  for (Index n = 0; n <= 8; ++n) CHECK(down.times()[n] == S(3) - S(n) / 2);
  const S huge = (std::numeric_limits<S>::max)();
  CHECK(pf::TimeGrid<S>::uniform(-huge, huge, 2).times()[1] == 0);
  CHECK(pf::TimeGrid<S>::uniform(-1, 1, 1).times() == pf::Vector<S>{{-1, 1}});
}

TEMPLATE_TEST_CASE("A grid of noise levels is equation 5 of EDM", "[flows]", float, double) {
  using S = TestType;
  const auto grid = pf::TimeGrid<S>::noise(18);
  CHECK(grid.open());
  CHECK(grid.steps() == 18);
  CHECK(grid.times()[0] == 80);
  CHECK(grid.times()[17] == S(0.002));
  CHECK(grid.times()[18] == 0);
  for (Index n = 0; n < 18; ++n) {
    const double from = std::pow(80.0, 1 / 7.0), to = std::pow(0.002, 1 / 7.0);
    const double expected = std::pow(from + double(n) / 17 * (to - from), 7);
    CHECK_THAT(double(grid.times()[n]), WithinRel(expected, sizeof(S) == 4 ? 1e-7 : 1e-13));
  }
  const auto linear = pf::TimeGrid<S>::noise(4, {.largest = 7, .smallest = 1, .rho = 1});
  CHECK((linear.times() - pf::Vector<S>{{7, 5, 3, 1, 0}}).norm() < S(1e-5));
  CHECK(pf::TimeGrid<S>::noise(2).times() == pf::Vector<S>{{80, S(0.002), 0}});
}

TEST_CASE("A time grid refuses what is no way from a time to another", "[flows][errors]") {
  using Grid = pf::TimeGrid<double>;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto make = [](std::vector<double> times, bool open = false) {
    return [=] {
      Grid(Eigen::Map<const pf::Vector<double>>(times.data(), Index(times.size())), open);
    };
  };
  using std::invalid_argument, std::domain_error;
  CHECK(error_of<invalid_argument>(make({})) ==
        "TimeGrid: number of steps is 0, but must be at least 1");
  CHECK(error_of<invalid_argument>(make({1})) ==
        "TimeGrid: number of steps is 0, but must be at least 1");
  CHECK(error_of<invalid_argument>(make({1, 0}, true)) ==
        "TimeGrid: number of steps is 1, but must be at least 2, as it is open");
  CHECK(error_of<domain_error>(make({0, nan})) ==
        "TimeGrid: times at row 1, column 0 is nan, but must be finite");
  CHECK(error_of<domain_error>(make({0, 1, 1})) ==
        "TimeGrid: time 2 is 1, but must be more than 1");
  CHECK(error_of<domain_error>(make({0, 1, 0.5})) ==
        "TimeGrid: time 2 is 0.5, but must be more than 1");
  CHECK(error_of<domain_error>(make({1, 0, 0.5})) ==
        "TimeGrid: time 2 is 0.5, but must be less than 0");
  CHECK(error_of<domain_error>(make({1, 1})) == "TimeGrid: time 1 is 1, but must be less than 1");

  CHECK(error_of<invalid_argument>([] { (void)Grid::uniform(0, 1, 0); }) ==
        "TimeGrid::uniform: steps is 0, but must be at least 1");
  CHECK(error_of<invalid_argument>([] { (void)Grid::uniform(0, 1, -3); }) ==
        "TimeGrid::uniform: steps is -3, but must be at least 1");
  CHECK(error_of<domain_error>([] { (void)Grid::uniform(1, 1, 3); }) ==
        "TimeGrid: time 1 is 1, but must be less than 1");
  CHECK(error_of<std::length_error>([] {
          (void)Grid::uniform(0, 1, (std::numeric_limits<Index>::max)());
        }) != "nothing was thrown");
  const auto noise = [](Index steps, const pf::NoiseLevels& levels) {
    return [=] { (void)Grid::noise(steps, levels); };
  };
  CHECK(error_of<invalid_argument>(noise(0, {})) ==
        "TimeGrid::noise: steps is 0, but must be at least 1");
  CHECK(error_of<invalid_argument>(noise(1, {})) ==
        "TimeGrid::noise: steps is 1, but must be at least 2");
  CHECK(error_of<domain_error>(noise(3, {.smallest = 0})) ==
        "TimeGrid::noise: smallest is 0, but must be positive and finite");
  CHECK(error_of<domain_error>(noise(3, {.largest = 0.001})) ==
        "TimeGrid::noise: largest is 0.001, but must be finite and more than the smallest");
  CHECK(error_of<domain_error>(noise(3, {.rho = nan})) ==
        "TimeGrid::noise: rho is nan, but must be positive and finite");
}
