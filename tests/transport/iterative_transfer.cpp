#include "pushforward/transport/iterative_transfer.hpp"

#include "transport/pairings.hpp"

#include "pushforward/metrics/energy_distance.hpp"

#include <Eigen/LU>

namespace pf = pushforward;
using pf::Index, pf::iterative_transfer, pf::Matrix;
using support::gaussian, support::in_order;

namespace {

const auto pair = [](const auto& x, const auto& y) { return iterative_transfer(x, y); };

/// Uniform on the square (-1, 1)^2.
Matrix<double> square(Index n, std::uint64_t seed) {
  pf::Batch<double> batch(2, n);
  for (Index b = 0; b < batch.blocks(); ++b)
    pf::uniforms<double>({seed, 3}, std::uint64_t(64 * b), batch.block(b));
  return 2 * batch.matrix().array() - 1;
}

/// Three narrow clusters.
Matrix<double> clusters(Index n, std::uint64_t seed) {
  Matrix<double> y = 0.05 * gaussian(2, n, seed);
  for (Index i = 0; i < n; ++i) y(i % 3 == 0 ? 0 : 1, i) += i % 3 == 2 ? -2 : 2;
  return y;
}

}  // namespace

TEST_CASE("after the last turn every coordinate is that of the target", "[transport][identity]") {
  for (const Index d : {1, 2, 3, 20})
    for (const Index turns : {1, 2, 30}) {
      INFO("d = " << d << ", turns = " << turns);
      const Matrix<double> x = gaussian(d, 200, 1), y = gaussian(d, 200, 2).array().square();
      const auto pairing = iterative_transfer(x, y, {.turns = turns});
      laws::pairing(pairing, x);
      for (Index k = 0; k < d; ++k)
        CHECK(laws::same_bits(in_order(Matrix<double>(pairing.target.row(k))),
                              in_order(Matrix<double>(y.row(k)))));
    }
}

TEST_CASE("in one dimension, and in one turn, it sorts", "[transport][identity]") {
  const Matrix<double> x = gaussian(1, 300, 1), y = gaussian(1, 70, 2).array().exp();
  CHECK(laws::same_bits(iterative_transfer(x, y, {.turns = 3}).target,
                        pf::sorted_pairing(x, y).target));
  const Matrix<double> two = gaussian(2, 300, 1), to = gaussian(2, 70, 2).array().exp();
  const auto once = iterative_transfer(two, to, {.turns = 1});
  for (Index k = 0; k < 2; ++k)
    CHECK(laws::same_bits(once.target.row(k), pf::sorted_pairing(two.row(k), to.row(k)).target));
}

TEST_CASE("zero turns move nothing", "[transport]") {
  const Matrix<double> x = gaussian(3, 70, 1);
  const auto pairing = iterative_transfer(x, gaussian(3, 90, 2), {.turns = 0});
  CHECK(laws::same_bits(pairing.target, x));
  CHECK(pairing.cost == 0);
  CHECK(pairing.floor == 0);
}

TEST_CASE("many turns arrive at the law", "[transport]") {
  const Matrix<double> x = square(4096, 1), y = clusters(4096, 1), other = clusters(4096, 2);
  const double floor = pf::energy_distance(y, other);
  double last = pf::energy_distance(x, y);
  for (const Index turns : {1, 10, 100}) {
    const auto pairing = iterative_transfer(x, y, {.turns = turns});
    const double distance = pf::energy_distance(pairing.target, y);
    CHECK(distance < (turns == 1 ? 0.5 : 0.2) * last);
    last = distance;
    const auto slower = iterative_transfer(x, y, {.turns = turns, .step = 0.7});
    CHECK(pf::energy_distance(slower.target, y) < (turns == 1 ? 1 : 0.05));
  }
  CHECK(last < floor);
  const Matrix<double> fewer = clusters(3000, 1);
  CHECK(pf::energy_distance(iterative_transfer(x, fewer).target, fewer) < 2 * floor);
  const Matrix<double> deep = gaussian(8, 2000, 1),
                       mixed = gaussian(8, 8, 3) * gaussian(8, 2000, 2);
  const auto pairing = iterative_transfer(deep, mixed, {.turns = 200});
  CHECK(pf::energy_distance(pairing.target, mixed) < 0.01 * pf::energy_distance(deep, mixed));
}

TEST_CASE("a shift, a scale and the law itself are found with no excess", "[transport][identity]") {
  const Matrix<double> x = gaussian(2, 1000, 1);
  const Matrix<double> moved = (3 * x).colwise() + pf::Vector<double>{{5, -7}};
  const auto pairing = iterative_transfer(x, support::reversed(moved));
  CHECK(laws::relative_gap(pairing.target, moved) < 1e-12);
  CHECK_THAT(pairing.floor, WithinRel(pairing.cost, 1e-12));
  CHECK(laws::relative_gap(iterative_transfer(x, support::reversed(x)).target, x) < 1e-13);
}

TEST_CASE("what each coordinate reaches by itself is reached at once", "[transport][identity]") {
  const Matrix<double> x = gaussian(3, 500, 1), bent = x.array().exp();
  for (const Index turns : {1, 2, 20})
    CHECK(
        laws::relative_gap(iterative_transfer(x, support::reversed(bent), {.turns = turns}).target,
                           bent) < 1e-13);
}

TEST_CASE("the transfer is the same on any team, and by the key", "[transport]") {
  const Matrix<float> x = gaussian(5, 9000, 1).cast<float>(),
                      y = gaussian(5, 5000, 2).array().cube().cast<float>();
  pf::Team one(1), three(3);
  const pf::IterativeTransferOptions options{.turns = 7, .step = 0.8, .key = {5}};
  const auto pairing = iterative_transfer(x, y, options, one);
  CHECK(laws::same_bits(pairing.target, iterative_transfer(x, y, options, three).target));
  CHECK(!laws::same_bits(
      pairing.target, iterative_transfer(x, y, {.turns = 7, .step = 0.8, .key = {6}}, one).target));
  laws::pairing(pairing, x);
}

TEST_CASE("what every pairing owes, of iterative transfer", "[transport]") {
  for (const Index d : {1, 2, 3}) laws::pairing_function("iterative_transfer", d, pair, 1e-24);
}

TEST_CASE("transfers that cannot be", "[transport][hostile]") {
  laws::pairing_errors("iterative_transfer", 3, pair);
  const Matrix<double> x = gaussian(2, 9, 1);
  CHECK(support::error_of<std::invalid_argument>([&] {
          (void)iterative_transfer(x, x, {.turns = -1});
        }) == "iterative_transfer: turns is -1, but must be at least 0");
  for (const double step : {0.0, 1.1, -1.0, std::numeric_limits<double>::quiet_NaN()})
    CHECK(support::error_of<std::domain_error>([&] {
            (void)iterative_transfer(x, x, {.step = step});
          }) == "iterative_transfer: step is " + pf::to_text(step) +
                    ", but must be positive and at most 1");
}
