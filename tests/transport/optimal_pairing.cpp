#include "pushforward/transport/optimal_pairing.hpp"

#include "transport/pairings.hpp"

#include "pushforward/metrics/wasserstein.hpp"
#include "pushforward/transport/assignment.hpp"

namespace pf = pushforward;
using pf::Index, pf::Matrix, pf::optimal_pairing;
using support::gaussian, support::in_order;

namespace {

const auto pair = [](const auto& x, const auto& y) { return optimal_pairing(x, y); };

}  // namespace

TEST_CASE("the optimal pairing is the best of all", "[transport]") {
  for (const Index d : {1, 2, 5})
    for (Index n = 1; n <= 8; ++n)
      for (std::uint64_t seed = 0; seed < 5; ++seed) {
        INFO("d = " << d << ", n = " << n << ", seed = " << seed);
        Matrix<double> x = gaussian(d, n, seed), y = 2 * gaussian(d, n, seed + 50);
        if (seed == 3) x = x.array().round(), y = y.array().round();
        const auto pairing = optimal_pairing(x, y);
        CHECK_THAT(pairing.cost, WithinAbs(support::least_cost(x, y), 1e-13));
        CHECK_THAT(pairing.floor, WithinAbs(pairing.cost, 1e-14));
        CHECK(laws::same_bits(in_order(pairing.target), in_order(y)));
      }
}

TEST_CASE("the optimal pairing is the least-cost assignment", "[transport]") {
  for (const Index d : {2, 16}) {
    const Index n = 700;
    const Matrix<double> x = gaussian(d, n, 1), y = gaussian(d, n, 2).array().exp();
    Matrix<double> cost(n, n);
    for (Index i = 0; i < n; ++i) cost.row(i) = (y.colwise() - x.col(i)).colwise().squaredNorm();
    const std::vector<Index> column = pf::least_cost_assignment(cost);
    const auto pairing = optimal_pairing(x, y);
    double sum = 0;
    for (Index i = 0; i < n; ++i) sum += cost(i, column[std::size_t(i)]);
    CHECK_THAT(pairing.cost, WithinRel(sum / double(n), 1e-12));
    CHECK_THAT(pairing.floor, WithinRel(pairing.cost, 1e-12));
    CHECK(laws::same_bits(in_order(pairing.target), in_order(y)));
    CHECK_THAT(pf::wasserstein2(x, y) * pf::wasserstein2(x, y), WithinRel(pairing.cost, 1e-13));
    CHECK(pf::gelbrich_bound(x, y) <= pairing.floor);
  }
}

TEST_CASE("gradients of convex functions are found again", "[transport][identity]") {
  const Index n = 900;
  const Matrix<double> x = gaussian(3, n, 1);
  Matrix<double> a(3, 3);
  a << 2, 1, 0, 1, 3, .5, 0, .5, 1;
  const Matrix<double> linear = (a * x).colwise() + pf::Vector<double>{{5, -1, 2}};
  CHECK(laws::same_bits(optimal_pairing(x, support::reversed(linear)).target, linear));
  const Matrix<double> cubes = x.array().cube();
  CHECK(laws::same_bits(optimal_pairing(x, support::reversed(cubes)).target, cubes));
}

TEST_CASE("samples that are duplicates, lattices and in clusters", "[transport]") {
  const auto holds = [](const Matrix<double>& x, const Matrix<double>& y) {
    const auto pairing = optimal_pairing(x, y);
    laws::pairing(pairing, x);
    CHECK_THAT(pairing.floor, WithinRel(pairing.cost, 1e-12) || WithinAbs(pairing.cost, 1e-15));
    CHECK(in_order(pairing.target) == in_order(y));
  };
  const Matrix<double> x = gaussian(2, 400, 1), y = gaussian(2, 400, 2);
  holds(x.array().round(), y.array().round());
  holds(x.array().round(), x.array().round());
  holds(0.01 * x, (10 * y.array().round()).matrix());
  holds(x, Matrix<double>::Zero(2, 400));
  Matrix<double> far = y;
  far.col(7).setConstant(1e6);
  holds(x, far);
  holds(x.array() + 1e9, y.array() - 1e9);
}

TEST_CASE("what every pairing owes, of the optimal one", "[transport]") {
  for (const Index d : {1, 2, 3}) laws::pairing_function("optimal_pairing", d, pair);
}

TEST_CASE("optimal pairings that cannot be", "[transport][hostile]") {
  laws::pairing_errors("optimal_pairing", 2, pair);
  const auto argument = [](Index n, Index m) {
    return support::error_of<std::invalid_argument>(
        [&] { (void)pair(Matrix<float>::Zero(2, n).eval(), Matrix<float>::Zero(2, m).eval()); });
  };
  CHECK(argument(3, 4) == "optimal_pairing: number of columns of y is 4, but must be 3");
  CHECK(argument(8193, 8193) ==
        "optimal_pairing: number of columns of x is 8193, but must be at most 8192");
}
