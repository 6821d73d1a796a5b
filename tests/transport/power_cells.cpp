#include "pushforward/transport/power_cells.hpp"

#include "transport/pairings.hpp"

#include "pushforward/transport/optimal_pairing.hpp"

namespace pf = pushforward;
using pf::Index, pf::Matrix, pf::PowerCells, pf::Vector;
using support::gaussian;

TEMPLATE_TEST_CASE("PowerCells is a map", "[transport][laws]", float, double) {
  using S = TestType;
  for (const Index d : {1, 2, 7})
    for (const Index k : {1, 2, 70}) {
      INFO("d = " << d << ", K = " << k);
      laws::map(PowerCells<S>(support::random_matrix<S>(d, k, 1), support::random_vector<S>(k, 2)));
    }
}

TEST_CASE("a sample goes to the centre of its power cell", "[transport]") {
  const Matrix<double> centres = gaussian(3, 90, 1), x = gaussian(3, 200, 2);
  const Vector<double> v = 2 * gaussian(1, 90, 3).transpose();
  const PowerCells<double> map(centres, v);
  const auto pairing = map.pairing(x);
  laws::pairing(pairing, x);
  CHECK(pairing.floor == pairing.cost);
  for (Index i = 0; i < 200; ++i) {
    Index nearest = 0;
    ((centres.colwise() - x.col(i)).colwise().squaredNorm().transpose() - v).minCoeff(&nearest);
    CHECK(pairing.target.col(i) == centres.col(nearest));
  }
  // whatever the potentials, no other coupling of these samples costs less
  CHECK_THAT(pf::optimal_pairing(x, support::reversed(pairing.target)).cost,
             WithinRel(pairing.cost, 1e-12));
  const PowerCells<double> ties(Matrix<double>{{1, -1, 1}}, Vector<double>{{0, 0, 0}});
  CHECK(ties.pairing(Matrix<double>{{0, 5, -5}}).target == Matrix<double>{{1, 1, -1}});
}

TEST_CASE("power cells that cannot be", "[transport][hostile]") {
  const auto argument = [](Index d, Index k, Index potentials) {
    return support::error_of<std::invalid_argument>(
        [&] { PowerCells<double>(Matrix<double>::Zero(d, k), Vector<double>::Zero(potentials)); });
  };
  CHECK(argument(2, 0, 0) == "PowerCells: size of centres is 0, but must be at least 1");
  CHECK(argument(2, 3, 2) == "PowerCells: size of potentials is 2, but must be 3");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(support::error_of<std::domain_error>([&] {
          PowerCells<double>(support::with_number(gaussian(2, 3, 1), 1, 2, nan),
                             Vector<double>::Zero(3));
        }) == "PowerCells: centres at row 1, column 2 is nan, but must be finite");
  PowerCells<double> map(gaussian(2, 3, 1), Vector<double>::Ones(3));
  CHECK(support::error_of<std::domain_error>([&] {
          map.set_potentials(Vector<double>{{1, nan, 2}});
        }) == "PowerCells: potentials at row 1, column 0 is nan, but must be finite");
  CHECK(map.potentials() == Vector<double>::Ones(3));
  CHECK(support::error_of<std::invalid_argument>([&] { (void)map.pairing(gaussian(3, 2, 1)); }) ==
        "PowerCells::pairing: number of rows of x is 3, but must be 2");
}
