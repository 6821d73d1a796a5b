#include "pushforward/test_functions/expectation.hpp"

#include "pushforward/measures.hpp"
#include "pushforward/test_functions.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/models.hpp"
#include "support/statistics.hpp"

namespace pf = pushforward;
using models::Squares;
using pf::Index, pf::Lane, pf::Matrix, pf::Vector;
using support::error_of;

namespace {

struct Nothing : Squares {
  Index size() const { return 0; }
};
static_assert(pf::TestFunctions<Squares> && !pf::Measure<Squares>);

}  // namespace

TEST_CASE("means of a batch do not depend on threads or padding", "[test_functions]") {
  const Index blocks = GENERATE(1, 2, 31, 32, 33, 100), n = blocks * 64 - 5;
  pf::Batch<double> y(support::draw(pf::Gaussian<double>(2), n));
  y.block(blocks - 1).bottomRows(5).setConstant(1e6);  // padding never counts
  const auto mean_on = [&](int threads, Index from, Index to) {
    pf::Team team(threads);
    pf::TreeSum<double> room;
    Vector<double> mean(2);
    pf::weighted_means(
        Squares{}, y, from, to, [&](Index b) { return y.weight(b, 0, n, 1 / double(n)); }, team,
        room, mean);
    return mean;
  };
  const Vector<double> alone = mean_on(1, 0, blocks);
  const Vector<double> plain = y.matrix().array().square().rowwise().mean();
  CHECK((alone - plain).norm() < 1e-13);
  for (const int threads : {2, 3, 7, 64}) CHECK(mean_on(threads, 0, blocks) == alone);
  CHECK((mean_on(3, 0, blocks / 2) + mean_on(2, blocks / 2, blocks) - alone).norm() < 1e-13);
  CHECK(mean_on(3, 1, 1) == Vector<double>::Zero(2));
}

TEST_CASE("an expectation takes the closed form where there is one", "[test_functions]") {
  const pf::Uniform<double> uniform(0, 1);
  CHECK(pf::expectation(pf::Fourier<double>::harmonics(4), uniform).norm() < 1e-14);
  const pf::Rbf<double> bump(Matrix<double>::Constant(1, 1, 0.2), {0.3});
  CHECK_THAT(pf::expectation(bump, uniform)[0], WithinAbs(0.5592366, 5e-8));
}

TEST_CASE("an expectation over data is their mean", "[test_functions]") {
  const Matrix<double> data{{1, 2, 3}, {0, -2, 4}};
  const Vector<double> mean = pf::expectation(Squares{}, pf::Empirical<double>(data));
  CHECK_THAT(mean[0], WithinRel(14.0 / 3, 1e-15));
  CHECK_THAT(mean[1], WithinRel(20.0 / 3, 1e-15));
}

TEST_CASE("an expectation is else the mean over samples", "[test_functions]") {
  const pf::Gaussian<double> source(2);
  const Vector<double> mean = pf::expectation(Squares{}, source);
  const double deviation = std::sqrt(2.0 / (1 << 16));  // Var z^2 = 2
  for (Index k = 0; k < 2; ++k)
    CHECK_THAT(mean[k], WithinAbs(1, support::kNormalBound * deviation));
  CHECK(pf::expectation(Squares{}, source) == mean);
  CHECK(pf::expectation(Squares{}, source, {.count = 1 << 16, .key = {1, 0}}) != mean);

  const Vector<double> few = pf::expectation(Squares{}, source, {.count = 65, .key = {5, 0}});
  const Matrix<double> drawn = support::draw(source, 65, {5, 0});
  CHECK((few - drawn.array().square().rowwise().mean().matrix()).norm() < 1e-14);
}

TEST_CASE("an expectation that cannot be", "[test_functions][hostile]") {
  CHECK(error_of<std::invalid_argument>([] {
          return pf::expectation(Squares{}, pf::Gaussian<double>(3));
        }) == "expectation: dimension of the measure is 3, but must be 2");
  CHECK(error_of<std::invalid_argument>([] {
          return pf::expectation(Squares{}, pf::Gaussian<double>(2), {.count = 0});
        }) == "expectation: count is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([] {
          (void)pf::expectation(Nothing(), pf::Gaussian<double>(2));
        }) == "expectation: number of test functions is 0, but must be at least 1");
}
