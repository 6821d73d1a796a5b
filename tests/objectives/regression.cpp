#include "pushforward/objectives/regression.hpp"

#include "support/laws.hpp"
#include "support/loss_of.hpp"

#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/mlp.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"

namespace pf = pushforward;
using pf::Index;
using support::loss_of;
using Vector = pf::Vector<double>;
using Matrix = pf::Matrix<double>;
using Map = pf::Mlp<double>;

namespace {

const Map kMap({2, 6, 5, 3}, pf::Key{1});
const pf::Gaussian<double> kPairs(5);
constexpr pf::Key kKey{5, 2};

/// A user's loss: l(e) = e^4.
struct Quartic {
  template <pf::Real Scalar>
  void operator()(pf::Lane<Scalar>& e, pf::Lane<Scalar>& slope) const {
    slope = 4 * e * e * e;
    e = e.square().square();
  }
};
struct ReturnsNumber {
  double operator()(pf::Lane<double>&, pf::Lane<double>&) const { return 0; }
};
static_assert(pf::ErrorLoss<Quartic, double> && pf::ErrorLoss<pf::HuberError, float>);
static_assert(!pf::ErrorLoss<ReturnsNumber, double> && !pf::ErrorLoss<int, double>);

template <class Loss>
auto regression(Index batch, Loss loss) {
  return pf::RegressionObjective(kPairs, loss, {.batch = batch, .key = kKey});
}

/// l and l' by their definition, number by number.
struct Number {
  double value, slope;
};
Number plain(pf::SquaredError, double e) { return {e * e, 2 * e}; }
Number plain(pf::AbsoluteError, double e) { return {std::abs(e), double((e > 0) - (e < 0))}; }
Number plain(pf::HuberError huber, double e) {
  const double w = huber.width;
  if (std::abs(e) <= w) return {e * e / (2 * w), e / w};
  return {std::abs(e) - w / 2, e > 0 ? 1.0 : -1.0};
}
Number plain(Quartic, double e) { return {e * e * e * e, 4 * e * e * e}; }

/// The loss and its gradient by a double loop over pairs and coordinates, each pair by itself.
template <class Loss>
std::pair<double, Vector> by_pairs(Index n, Loss loss, Index step) {
  std::pair<double, Vector> sum{0, Vector::Zero(kMap.parameter_count())};
  Map::Tape tape;
  pf::Block<double> pair(64, 5), y(64, 3), dy(64, 3), dx(64, 2);
  for (Index i = 0; i < n; ++i) {
    kPairs.sample(kKey, std::uint64_t(step * n + i), pair);
    kMap.forward(pair.leftCols(2), y, tape);
    dy.setZero();
    for (Index j = 0; j < 3; ++j) {
      const Number l = plain(loss, y(0, j) - pair(0, 2 + j));
      sum.first += l.value / double(n);
      dy(0, j) = l.slope / double(n);
    }
    kMap.backward(tape, dy, sum.second, dx);
  }
  return sum;
}

template <class Loss>
void check_regression(Loss loss) {
  for (const Index n : {1, 63, 64, 65, 300}) {
    INFO("batch " << n);
    const auto objective = regression(n, loss);
    for (const Index step : {0, 3}) {
      const auto [value, gradient] = loss_of(objective, kMap, step);
      const auto [expected, expected_gradient] = by_pairs(n, loss, step);
      CHECK_THAT(value, WithinRel(expected, 1e-13));
      CHECK(laws::relative_gap(gradient, expected_gradient) < 1e-13);
    }
    const auto [value, gradient] = loss_of(objective, kMap, 3);
    for (const int threads : {2, 3, 7, 64}) {
      const auto [again, again_gradient] = loss_of(objective, kMap, 3, threads);
      CHECK(again == value);
      CHECK(laws::same_bits(again_gradient, gradient));
    }
    const auto at = [&](const Vector& theta) {
      Map moved = kMap;
      moved.set_parameters(theta);
      return loss_of(objective, moved, 3).first;
    };
    // no error changes its sign or crosses the width so close
    const double step =
        std::is_same_v<Loss, pf::AbsoluteError> || std::is_same_v<Loss, pf::HuberError> ? 1e-4
                                                                                        : 0.05;
    const double bound = step < 0.01 ? 1e-7 : support::kGradientGap;
    CHECK(support::gradient_gap(at, kMap.parameters(), gradient, step) < bound);
  }
}

}  // namespace

TEST_CASE("The regression loss is a mean over pairs, and its gradient that of the mean",
          "[objectives]") {
  check_regression(pf::SquaredError{});
  check_regression(pf::AbsoluteError{});
  check_regression(pf::HuberError{});
  check_regression(pf::HuberError{.width = 0.25});
  check_regression(Quartic{});
}

TEMPLATE_TEST_CASE("Losses of an error are what their names say", "[objectives]", float, double) {
  using S = TestType;
  const auto at = [](const auto& loss, double e) {
    pf::Lane<S> error = pf::Lane<S>::Constant(S(e)), slope;
    loss(error, slope);
    return std::pair(double(error[5]), double(slope[5]));
  };
  using Pair = std::pair<double, double>;
  CHECK(at(pf::SquaredError{}, -3) == Pair(9, -6));
  CHECK(at(pf::AbsoluteError{}, -3) == Pair(3, -1));
  CHECK(at(pf::AbsoluteError{}, 0) == Pair(0, 0));
  CHECK(at(pf::AbsoluteError{}, 0.5) == Pair(0.5, 1));
  const pf::HuberError huber{.width = 2};
  CHECK(at(huber, 1) == Pair(0.25, 0.5));
  CHECK(at(huber, -2) == Pair(1, -1));
  CHECK(at(huber, 2) == Pair(1, 1));
  CHECK(at(huber, -5) == Pair(4, -1));
  CHECK(at(huber, 0) == Pair(0, 0));
}

TEST_CASE("A workspace serves batches of any size", "[objectives]") {
  decltype(regression(1, pf::AbsoluteError{}))::Workspace<Map> used;
  pf::Team team(2);
  for (const Index batch : {300, 1, 65, 1000, 300}) {
    const auto objective = regression(batch, pf::AbsoluteError{});
    const auto [value, gradient] = loss_of(objective, kMap, 2);
    Vector again(kMap.parameter_count());
    CHECK(objective.value_and_gradient(kMap, {2, team}, again, used) == value);
    CHECK(laws::same_bits(again, gradient));
  }
}

TEST_CASE("Through each block at once is forward, then backward", "[objectives]") {
  const Map map({3, 7, 2}, pf::Key{2});
  const pf::Gaussian<double> source(3);
  const auto draw = [&](Index, Index b, pf::BlockRef<double> x) {
    source.sample({4}, std::uint64_t(b * pf::kBlockSize), x);
  };
  pf::Passes<Map> one, two;
  for (const Index n : {1, 64, 65, 700, 64})
    for (const int threads : {1, 3}) {
      pf::Team team(threads);
      const pf::Step step{0, team};
      Vector through(map.parameter_count()), apart(map.parameter_count());
      const auto loss = [&](const pf::Batch<double>& batch, Index b, pf::ConstBlockRef<double> y,
                            pf::BlockRef<double> dy) {
        const auto weight = batch.weight(b, 0, n, 1.0);
        double sum = 0;
        for (Index j = 0; j < 2; ++j) {
          sum += pf::weighted_sum(weight, pf::Lane<double>(y.col(j).cube()));
          dy.col(j) = 3 * weight * y.col(j).square();
        }
        return sum;
      };
      const double value =
          one.through(map, n, step, through, draw,
                      [&](Index, Index b, Map::Tape&, pf::ConstBlockRef<double> y,
                          pf::BlockRef<double> dy) { return loss(one.y(), b, y, dy); });
      two.forward(map, n, step, draw);
      double sum = 0;
      for (Index b = 0; b < two.y().blocks(); ++b)
        sum += loss(two.y(), b, two.y().block(b), two.dy().block(b));
      two.backward(map, step, apart);
      CHECK(laws::same_bits(through, apart));
      CHECK_THAT(value, WithinRel(sum, 1e-13));
      CHECK(laws::same_bits(one.x().matrix(), two.x().matrix()));
      CHECK(laws::same_bits(one.y().matrix(), two.y().matrix()));
      const auto is_padded = [&](const pf::Batch<double>& batch) {
        const auto block = batch.block(batch.blocks() - 1);
        const Index last = (n - 1) % pf::kBlockSize, rest = pf::kBlockSize - last;
        return (block.bottomRows(rest) == block.row(last).replicate(rest, 1)).all();
      };
      CHECK(is_padded(two.x()));
      CHECK(is_padded(two.y()));
    }
}

TEST_CASE("A table of pairs is fitted by least squares", "[objectives]") {
  // y = 2 x - 1 exactly: the gradient vanishes there, and the loss elsewhere is that of the table.
  const Matrix pairs{{0, 1, 2, 3}, {-1, 1, 3, 5}};
  const pf::RegressionObjective objective{pf::Empirical<double>(pairs)};
  const pf::Affine<double> exact(Matrix::Constant(1, 1, 2), Vector::Constant(1, -1));
  CHECK(loss_of(objective, exact).first == 0);
  CHECK(loss_of(objective, exact).second.norm() == 0);
  const pf::Affine<double> shifted(Matrix::Constant(1, 1, 2), Vector::Constant(1, 2));
  CHECK_THAT(loss_of(objective, shifted).first, WithinRel(9.0, 1e-14));
}

namespace {

/// Pairs that are finite for i < count and 0 / 0 after.
struct Few {
  using Scalar = double;
  std::uint64_t count;
  Index dimension() const { return 2; }
  void sample(pf::Key, std::uint64_t first, pf::BlockRef<double> x) const {
    for (Index i = 0; i < pf::kBlockSize; ++i)
      x.row(i).setConstant(
          first + std::uint64_t(i) < count ? 3.0 : std::numeric_limits<double>::quiet_NaN());
  }
};

}  // namespace

TEST_CASE("What a source gives past the batch does not count", "[objectives]") {
  const pf::Affine<double> map(Matrix::Constant(1, 1, 1), Vector::Constant(1, 2));
  for (const Index n : {1, 63, 64, 65}) {
    const pf::RegressionObjective goal(Few{std::uint64_t(n)}, pf::SquaredError{}, {.batch = n});
    const auto [value, gradient] = loss_of(goal, map);
    CHECK_THAT(value, WithinRel(4.0, 1e-14));
    CHECK(laws::relative_gap(gradient, Vector{{12, 4}}) < 1e-14);
  }
}

TEST_CASE("Regressions that cannot be", "[objectives][errors]") {
  using support::error_of;
  CHECK(error_of<std::invalid_argument>([] { regression(0, pf::SquaredError{}); }) ==
        "RegressionObjective: batch is 0, but must be at least 1");
  CHECK(error_of<std::domain_error>([] { regression(5, pf::HuberError{.width = 0}); }) ==
        "HuberError: width is 0, but must be positive and finite");
  CHECK_THROWS_AS(regression(5, pf::HuberError{.width = 0.0 / 0.0}), std::domain_error);
  CHECK_THROWS_AS(pf::RegressionObjective(pf::Gaussian<float>(2), pf::HuberError{.width = 1e-60}),
                  std::domain_error);
  const auto check = [](const std::vector<Index>& sizes) {
    return error_of<std::invalid_argument>(
        [&] { regression(5, pf::SquaredError{}).check(Map(sizes, pf::Key{1})); });
  };
  CHECK(check({2, 3, 3}) == "nothing was thrown");
  CHECK(check({2, 3, 2}) == "RegressionObjective: dimension of the pairs is 5, but must be 4");
  CHECK(check({3, 3, 3}) == "RegressionObjective: dimension of the pairs is 5, but must be 6");
}
