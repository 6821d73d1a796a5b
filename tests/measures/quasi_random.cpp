#include "pushforward/measures/quasi_random.hpp"

#include "pushforward/discrepancies.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/uniform.hpp"
#include "pushforward/objectives.hpp"
#include "pushforward/test_functions/fourier.hpp"
#include "support/error.hpp"
#include "support/measure_laws.hpp"

namespace pf = pushforward;
using pf::Gaussian, pf::Index, pf::Matrix, pf::QuasiRandom, pf::Uniform, pf::Vector;
using support::error_of;

static_assert(pf::Measure<QuasiRandom<Gaussian<float>>>);
static_assert(std::constructible_from<QuasiRandom<Gaussian<float>>, Gaussian<float>, int> &&
              !std::constructible_from<QuasiRandom<Gaussian<float>>, Gaussian<float>, double>);
static_assert(!pf::HasQuantile<QuasiRandom<Gaussian<float>>>);
static_assert(!pf::HasDensity<QuasiRandom<Uniform<double>>>);

namespace {

Uniform<double> cube(Index d) { return {Vector<double>::Zero(d), Vector<double>::Ones(d)}; }

/// The largest gap between the share of points in a box [0, a) and its volume, over the boxes with
/// corners on a grid.
double discrepancy(const Matrix<double>& u) {
  constexpr int grid = 16;
  double worst = 0;
  for (int a = 1; a <= grid; ++a)
    for (int b = 1; b <= grid; ++b) {
      const double x = double(a) / grid, y = double(b) / grid;
      const auto inside = (u.row(0).array() < x && u.row(1).array() < y).cast<double>();
      worst = (std::max)(worst, std::abs(inside.mean() - x * y));
    }
  return worst;
}

}  // namespace

TEMPLATE_TEST_CASE("quasi-random nodes are a measure", "[measures][laws]", float, double) {
  laws::measure(QuasiRandom(Gaussian<TestType>(1), 100));
  laws::measure(QuasiRandom(Gaussian<TestType>(3), 64, pf::Key{5, 0}));
  laws::measure(QuasiRandom(Uniform<TestType>(0, 1), 1));
}

TEMPLATE_TEST_CASE("endless quasi-random nodes are a measure with streams", "[measures][laws]",
                   float, double) {
  for (const Index d : {1, 3}) {
    laws::measure(QuasiRandom(Gaussian<TestType>(d)));
    laws::streams(QuasiRandom(Gaussian<TestType>(d), 0, pf::Key{5}));
    CHECK(QuasiRandom(Gaussian<TestType>(d)).nodes() == 0);
  }
  CHECK(QuasiRandom(Gaussian<TestType>(2), 7).nodes() == 7);
  CHECK(support::draw(QuasiRandom(Uniform<TestType>(0, 1), 0, pf::Key{1}), 64) !=
        support::draw(QuasiRandom(Uniform<TestType>(0, 1), 0, pf::Key{2}), 64));
}

TEST_CASE("endless nodes are even from wherever they are taken", "[measures]") {
  const Index n = 4096;
  for (const Index d : {1, 2, 5})
    for (const std::uint64_t first :
         {std::uint64_t{0}, std::uint64_t{1} << 40, ~std::uint64_t{999}})
      for (const std::uint32_t stream : {0U, 1U}) {
        const Matrix<double> u = support::draw(QuasiRandom(cube(d)), n, {3, stream}, first);
        for (Index j = 0; j < d; ++j) {
          INFO("d = " << d << ", j = " << j << ", first = " << first);
          CHECK(support::distance_to(u.row(j), [](double x) { return x; }) < 0.003);
        }
        for (Index j = 1; j < d; ++j) CHECK(discrepancy(u.middleRows(j - 1, 2)) < 0.015);
      }
}

TEST_CASE("steps are powers of the root of g^(d+1) = g + 1", "[measures]") {
  for (const Index d : {1, 2, 3, 10, 300}) {
    double low = 1, high = 2;
    for (int turn = 0; turn < 60; ++turn) {
      const double g = (low + high) / 2;
      (std::pow(g, double(d + 1)) < g + 1 ? low : high) = g;
    }
    const Matrix<double> u = support::draw(QuasiRandom(cube(d)), 2);
    for (Index j = 0; j < d; ++j) {
      const double step = u(j, 1) - u(j, 0), expected = std::pow(low, -double(j + 1));
      CHECK_THAT(step < 0 ? step + 1 : step, WithinAbs(expected, 1e-13 * double(d)));
    }
  }
}

TEST_CASE("the last of very many float nodes is inside too", "[measures][hostile]") {
  const Index n = Index(1) << 30;
  const QuasiRandom nodes(Gaussian<float>(1), n);
  CHECK(pf::all_finite(support::draw(nodes, 64, {}, std::uint64_t(n - 64))));
  CHECK(pf::all_finite(support::draw(nodes, 64)));
}

TEST_CASE("a batch that is no multiple of the nodes is refused", "[measures][errors]") {
  const auto objective = [](Index nodes, Index batch) {
    return pf::PushforwardObjective(
        QuasiRandom(Gaussian<double>(1), nodes),
        pf::MeanDiscrepancy(pf::Fourier<double>::harmonics(2), Uniform<double>(0, 1)),
        {.batch = batch});
  };
  CHECK_THAT(error_of<std::invalid_argument>([&] { objective(100, 64); }),
             ContainsSubstring("batch is 64, but must be a multiple of the 100 nodes"));
  CHECK_NOTHROW(objective(100, 200));
  CHECK_NOTHROW(objective(0, 64));
}

TEST_CASE("in one dimension the nodes are quantiles", "[measures]") {
  const Index n = 1000;
  const Matrix<double> u = support::draw(QuasiRandom(Uniform<double>(0, 1), n), n);
  const Matrix<double> z = support::draw(QuasiRandom(Gaussian<double>(1), n), n);
  for (Index i = 0; i < n; ++i) {
    const double level = (static_cast<double>(i) + 0.5) / static_cast<double>(n);
    CHECK_THAT(u(0, i), WithinAbs(level, 1e-15));
    CHECK_THAT(support::normal_distribution(z(0, i)), WithinAbs(level, 1e-14));
  }
  CHECK_THAT(z.mean(), WithinAbs(0, 1e-12));
  CHECK_THAT(support::distance_to(u, [](double x) { return x; }), WithinAbs(0.5 / 1000, 1e-12));
}

TEST_CASE("nodes come again after the last, in every stream", "[measures]") {
  const QuasiRandom nodes(Gaussian<double>(2), 100, pf::Key{3, 0});
  const Matrix<double> all = support::draw(nodes, 100);
  CHECK(support::draw(nodes, 100, {1, 2}) == all);
  CHECK(support::draw(nodes, 100, {}, 100) == all);
  CHECK(support::draw(nodes, 50, {}, 1000000050) == all.rightCols(50));
  CHECK(support::draw(QuasiRandom(Gaussian<double>(2), 100, pf::Key{4, 0}), 100) != all);
}

TEST_CASE("in the plane the nodes are far more even than random points", "[measures]") {
  const Index n = 1024;
  for (std::uint64_t shift = 0; shift < 5; ++shift) {
    const double even = discrepancy(support::draw(QuasiRandom(cube(2), n, pf::Key{shift, 0}), n));
    const double random = discrepancy(support::draw(cube(2), n, {shift, 0}));
    CHECK(even < 0.006);
    CHECK(random > 2 * even);
  }
}

TEST_CASE("in every dimension each coordinate is even", "[measures]") {
  const Index n = 4096, d = GENERATE(2, 3, 6);
  const Matrix<double> u = support::draw(QuasiRandom(cube(d), n), n);
  for (Index j = 0; j < d; ++j)
    CHECK(support::distance_to(u.row(j), [](double x) { return x; }) < 0.006);
  CHECK(u.minCoeff() > 0);
  CHECK(u.maxCoeff() < 1);
}

TEST_CASE("a node by itself follows the measure", "[measures][statistics]") {
  const Index n = 1 << 12;  // shifts
  Matrix<double> node(2, n);
  for (Index i = 0; i < n; ++i)
    node.col(i) = support::draw(QuasiRandom(cube(2), 64, pf::Key{std::uint64_t(i), 0}), 64).col(37);
  const double bound = support::distance_bound(n);
  for (Index j = 0; j < 2; ++j)
    CHECK(support::distance_to(node.row(j), [](double x) { return x; }) < bound);
  CHECK(support::distance_to(node.row(0), [](double x) { return x * x; }) > bound);
}

TEST_CASE("float nodes stay inside the open cube", "[measures]") {
  const Index n = 1 << 16;
  const Uniform<float> square(Vector<float>::Zero(2), Vector<float>::Ones(2));
  const Matrix<float> u = support::draw(QuasiRandom(square, n), n);
  CHECK(u.minCoeff() > 0);
  CHECK(u.maxCoeff() < 1);
  CHECK(pf::all_finite(support::draw(QuasiRandom(Gaussian<float>(2), n), n)));
}

TEST_CASE("quasi-random nodes that cannot be", "[measures][hostile]") {
  CHECK(error_of<std::invalid_argument>([] { QuasiRandom(Gaussian<double>(1), -1); }) ==
        "QuasiRandom: count is -1, but must be at least 0");
}
