#include "pushforward/transport/assignment.hpp"

#include "pushforward/core/batch.hpp"
#include "pushforward/core/random.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

#include <numeric>

namespace pf = pushforward;
using pf::Index, pf::least_cost_assignment, pf::Matrix;
using support::error_of;

namespace {

/// n x m uniform numbers on (0, 1).
Matrix<double> random(Index n, Index m, std::uint64_t seed) {
  pf::Batch<double> batch(n, m);
  for (Index b = 0; b < batch.blocks(); ++b)
    pf::uniforms<double>({seed, 7}, static_cast<std::uint64_t>(b * 64), batch.block(b));
  return batch.matrix();
}

double cost_of(const Matrix<double>& cost, const std::vector<Index>& column) {
  double sum = 0;
  for (Index i = 0; i < cost.rows(); ++i) sum += cost(i, column[std::size_t(i)]);
  return sum;
}

bool is_permutation(std::vector<Index> column, Index n) {
  std::sort(column.begin(), column.end());
  std::vector<Index> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), Index(0));
  return column == all;
}

double least_of_all(const Matrix<double>& cost) {
  std::vector<Index> column(static_cast<std::size_t>(cost.rows()));
  std::iota(column.begin(), column.end(), Index(0));
  double least = cost_of(cost, column);
  while (std::next_permutation(column.begin(), column.end()))
    least = (std::min)(least, cost_of(cost, column));
  return least;
}

/// True if no cycle of two or three rows would gain by passing their columns on.
bool no_small_cycle_gains(const Matrix<double>& cost, const std::vector<Index>& column) {
  const Index n = cost.rows();
  const auto gain = [&](Index i, Index k) {  // row i takes the column of row k
    return cost(i, column[std::size_t(i)]) - cost(i, column[std::size_t(k)]);
  };
  for (Index i = 0; i < n; ++i)
    for (Index k = 0; k < n; ++k) {
      if (gain(i, k) + gain(k, i) > 1e-12) return false;
      for (Index l = k + 1; l < n && n <= 100; ++l)
        if (gain(i, k) + gain(k, l) + gain(l, i) > 1e-12) return false;
    }
  return true;
}

}  // namespace

TEST_CASE("an assignment is the best of all", "[transport]") {
  for (Index n = 1; n <= 7; ++n)
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      INFO("n = " << n << ", seed = " << seed);
      Matrix<double> cost = random(n, n, seed).array() - 0.3;
      if (seed % 4 == 1) cost = (4 * cost).array().round();  // ties
      if (seed % 4 == 2) cost = cost.array().pow(9);         // of all sizes
      if (seed % 4 == 3 && n > 2) {                          // rows and columns that are the same
        cost.row(2) = cost.row(0);
        cost.col(1) = cost.col(0);
      }
      const std::vector<Index> column = least_cost_assignment(cost);
      REQUIRE(is_permutation(column, n));
      CHECK_THAT(cost_of(cost, column), WithinAbs(least_of_all(cost), 1e-13));
      CHECK(least_cost_assignment(cost) == column);
    }
}

TEST_CASE("assignments on the line sort", "[transport]") {
  const Index n = 500;
  const Matrix<double> x = random(1, n, 1), y = random(1, n, 2).array().square();
  const Matrix<double> cost = (x.transpose().replicate(1, n) - y.replicate(n, 1)).array().square();
  const std::vector<Index> column = least_cost_assignment(cost);
  REQUIRE(is_permutation(column, n));
  std::vector<Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Index(0));
  std::sort(order.begin(), order.end(), [&](Index i, Index j) { return x(i) < x(j); });
  for (std::size_t i = 1; i < order.size(); ++i)
    CHECK(y(column[std::size_t(order[i - 1])]) < y(column[std::size_t(order[i])]));
}

TEST_CASE("assignments of many rows", "[transport]") {
  const auto holds = [](const Matrix<double>& cost) {
    const std::vector<Index> column = least_cost_assignment(cost);
    CHECK(is_permutation(column, cost.rows()));
    CHECK(no_small_cycle_gains(cost, column));
  };
  holds(random(300, 300, 1));
  holds((random(100, 100, 2) * 5).array().floor());
  holds(Matrix<double>::Constant(200, 200, -3));
  Matrix<double> far = random(90, 90, 3);  // the auction's steps are too wide for most of the costs
  far.row(4).setConstant(1e9);
  holds(far);
  Matrix<double> product(64, 64);  // c(i, j) = i j: the one for which each path is a long one
  for (Index i = 0; i < 64; ++i)
    for (Index j = 0; j < 64; ++j) product(i, j) = static_cast<double>((i + 1) * (j + 1)) / 4096;
  holds(product);
  const std::vector<Index> column = least_cost_assignment(product);
  for (Index i = 0; i < 64; ++i) CHECK(column[std::size_t(i)] == 63 - i);
}

TEST_CASE("assignments of any matrix", "[transport]") {
  const Matrix<double> cost = random(20, 20, 1);
  const std::vector<Index> column = least_cost_assignment(cost);
  const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = cost;
  CHECK(least_cost_assignment(rows) == column);
  for (const double scale : {0x1p1020, 0x1p-1000})
    CHECK(least_cost_assignment(scale * cost) == column);
  const Matrix<float> single = cost.cast<float>();
  CHECK(least_cost_assignment(single) == column);
  CHECK(is_permutation(least_cost_assignment(Matrix<double>::Constant(5, 5, -1.7e308)), 5));
  Matrix<double> wide = Matrix<double>::Constant(3, 3, 1.7e308);
  wide.diagonal().setConstant(-1.7e308);
  CHECK(least_cost_assignment(wide) == std::vector<Index>{0, 1, 2});
  Matrix<double> tiny = Matrix<double>::Constant(3, 3, 5e-324);
  tiny(0, 2) = tiny(1, 0) = tiny(2, 1) = 0;
  CHECK(least_cost_assignment(tiny) == std::vector<Index>{2, 0, 1});
}

TEST_CASE("assignments of what cannot be", "[transport][hostile]") {
  const Matrix<double> cost = random(20, 20, 1);
  const auto argument = [](Index n, Index m) {
    return error_of<std::invalid_argument>(
        [&] { (void)least_cost_assignment(Matrix<double>::Zero(n, m)); });
  };
  CHECK(argument(3, 2) == "least_cost_assignment: number of columns of cost is 2, but must be 3");
  CHECK(argument(0, 0) ==
        "least_cost_assignment: number of rows of cost is 0, but must be between 1 and 4096");
  CHECK(argument(4097, 4097) ==
        "least_cost_assignment: number of rows of cost is 4097, but must be between 1 and 4096");
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    Matrix<double> hole = cost;
    hole(1, 7) = bad;
    CHECK(error_of<std::domain_error>([&] { (void)least_cost_assignment(hole); }) ==
          "least_cost_assignment: cost at row 1, column 7 is " + pf::to_text(bad) +
              ", but must be finite");
  }
}
