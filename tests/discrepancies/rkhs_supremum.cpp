#include "pushforward/discrepancies/rkhs_supremum.hpp"

#include "support/laws.hpp"

#include "pushforward/measures/empirical.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

using pf::Batch, pf::Matrix, pf::Vector;
using Table = pf::Empirical<double>;

}  // namespace

static_assert(pf::Discrepancy<pf::RkhsSupremum<pf::GaussianKernel, Table>>);
static_assert(pf::Described<pf::RkhsSupremum<pf::EnergyKernel, Table>>);

TEST_CASE("The supremum over the unit ball is MMD, attained by the witness",
          "[discrepancies][identity]") {
  const Matrix<double> x = support::random_matrix(2, 90, 1), y = support::random_matrix(2, 70, 2);
  const Vector<double> weights = support::random_vector(70, 3).cwiseAbs();
  const pf::RkhsSupremum d(pf::GaussianKernel{0.7}, Table(y, weights));
  const double sup = pf::evaluate(d, x);
  CHECK_THAT(sup * sup, WithinRel(pf::evaluate(d.squared(), x), 1e-13));

  decltype(d)::Workspace work;
  pf::Team alone;
  const auto at = [&](const Matrix<double>& z) {
    Vector<double> values(z.cols());
    const Batch<double> batch(z);
    for (Index b = 0; b < batch.blocks(); ++b) {
      pf::Lane<double> lane;
      d.witness(Batch<double>(x), batch.block(b), {0, alone}, lane, work);
      for (Index i = b * 64; i < (std::min)(b * 64 + 64, z.cols()); ++i)
        values[i] = lane[i - b * 64];
    }
    return values;
  };
  INFO("E_mu f - E_mu1 f is MMD");
  CHECK_THAT(at(x).mean() - at(y).dot(weights) / weights.sum(), WithinRel(sup, 1e-12));

  INFO("f is (mean of k(x_i, z) - mean of k(y_j, z)) / MMD");
  const Vector<double> z{{0.3, -0.1}};
  double f = 0;
  for (Index i = 0; i < 90; ++i) f += std::exp(-(x.col(i) - z).squaredNorm() / 0.98) / 90;
  for (Index j = 0; j < 70; ++j)
    f -= weights[j] / weights.sum() * std::exp(-(y.col(j) - z).squaredNorm() / 0.98);
  CHECK_THAT(at(z)[0], WithinRel(f / sup, 1e-10));

  INFO("from a closed form too");
  const pf::RkhsSupremum known(pf::GaussianKernel{0.7}, pf::Gaussian<double>(2));
  pf::Lane<double> lane;
  decltype(known)::Workspace room;
  known.witness(Batch<double>(z), Batch<double>(z).block(0), {0, alone}, lane, room);
  CHECK_THAT(lane[0],
             WithinRel((1 - pf::Gaussian<double>(2).gaussian_mean(z, 0.7)) / pf::evaluate(known, z),
                       1e-12));
}

TEST_CASE("The supremum over the unit ball is a discrepancy, with gradient 0 where it is 0",
          "[discrepancies][laws]") {
  const Matrix<double> y = support::random_matrix(2, 40, 1);
  const pf::RkhsSupremum d(pf::GaussianKernel{0.8}, Table(y));
  laws::discrepancy(d);
  decltype(d)::Workspace work;
  pf::Team alone;
  Batch<double> dx(2, 1);
  const pf::RkhsSupremum point(pf::GaussianKernel{0.8}, Table(y.leftCols(1)));
  CHECK(point.value_and_gradient(Batch<double>(y.leftCols(1)), {0, alone}, dx, work) == 0);
  CHECK(dx.matrix().isZero(0));
  pf::Lane<double> lane;
  point.witness(Batch<double>(y.leftCols(1)), Batch<double>(y).block(0), {1, alone}, lane, work);
  CHECK((lane == 0).all());
  CHECK(support::error_of<std::invalid_argument>([&] {
          (void)pf::RkhsSupremum(pf::GaussianKernel{}, Table(y), {.constant = false});
        }) == "RkhsSupremum: constant is 0, but must be 1, for a distance");
  CHECK(support::error_of<std::invalid_argument>([&] {
          (void)pf::evaluate(d, Batch<double>(3, 9));
        }) == "RkhsSupremum: dimension of the batch is 3, but must be 2");
  CHECK(support::error_of<std::invalid_argument>([&] {
          (void)pf::RkhsSupremum(pf::EnergyKernel{}, Table(y), {.anneal = -1});
        }) == "RkhsSupremum: anneal is -1, but must be at least 0");
}
