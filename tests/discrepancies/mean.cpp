#include "pushforward/discrepancies/mean.hpp"

#include "support/laws.hpp"

#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/uniform.hpp"
#include "pushforward/test_functions/fourier.hpp"
#include "pushforward/test_functions/polynomial.hpp"
#include "pushforward/test_functions/random_fourier.hpp"

namespace pf = pushforward;
using pf::Index;
using Given = pf::GivenWeights<double>;
using Uniform = pf::Uniform<double>;

namespace {

template <class Estimator = pf::Plugin, class Tau = pf::UniformWeights>
auto harmonics_to_uniform(Index count) {
  return pf::MeanDiscrepancy<pf::Fourier<double>, Tau, Estimator>(
      pf::Fourier<double>::harmonics(count), Uniform(0, 1));
}

pf::Fourier<double> waves(Index d, Index count = 4) {
  return pf::Fourier<double>(support::random_matrix(d, count, 9, 3));
}

/// sum_k tau_k cos w_k.(x - y): the kernel whose MMD is D2.
template <class X, class Y>
double kernel(const pf::Fourier<double>& f, const pf::Vector<double>& tau, const X& x, const Y& y) {
  double sum = 0;
  for (Index m = 0; m < f.functions(); ++m)
    sum += tau[2 * m] * std::cos(f.frequencies().col(m).dot(x - y));
  return sum;
}

template <class X, class Y>
double mean_kernel(const pf::Fourier<double>& f, const pf::Vector<double>& tau, const X& x,
                   const Y& y) {
  double sum = 0;
  for (Index i = 0; i < x.cols(); ++i)
    for (Index j = 0; j < y.cols(); ++j) sum += kernel(f, tau, x.col(i), y.col(j));
  return sum / double(x.cols() * y.cols());
}

template <class Tau>
double gap_to_mmd(Tau tau) {
  const auto f = pf::Fourier<double>::harmonics(6, 2.5);
  const pf::Matrix<double> x = support::random_matrix(1, 70, 1),
                           y = support::random_matrix(1, 40, 2);
  const pf::MeanDiscrepancy d(f, pf::Empirical<double>(y), tau);
  const double mmd = mean_kernel(f, d.weights(), x, x) + mean_kernel(f, d.weights(), y, y) -
                     2 * mean_kernel(f, d.weights(), x, y);
  return std::abs(d.value(pf::Batch<double>(x)) / mmd - 1);
}

}  // namespace

TEST_CASE("A mean discrepancy is a discrepancy, whatever its family, weights and estimator",
          "[discrepancies][laws]") {
  laws::discrepancy(harmonics_to_uniform(5), 1, {.step = 0.05});
  laws::discrepancy(harmonics_to_uniform<pf::SplitHalves>(5), 2, {.step = 0.05});
  laws::discrepancy(harmonics_to_uniform<pf::SplitHalves, pf::InverseSquareWeights>(5), 2,
                    {.step = 0.05});
  const pf::Empirical<double> data(support::random_matrix(3, 50, 4));
  laws::discrepancy(pf::MeanDiscrepancy(waves(3), data));
  laws::discrepancy(
      pf::MeanDiscrepancy<pf::Fourier<double>, pf::UniformWeights, pf::SplitHalves>(waves(3), data),
      2);
  const pf::Polynomial<double> moments(3, 2);
  laws::discrepancy(pf::MeanDiscrepancy(moments, data, pf::InverseSquareWeights{}));
  laws::discrepancy(pf::MeanDiscrepancy(pf::Concatenate(waves(3), moments), data));
  laws::discrepancy(
      pf::MeanDiscrepancy(pf::Fourier<float>::harmonics(5), pf::Uniform<float>(0, 1)));
}

TEST_CASE("D is sum_k tau_k r_k^2, and of halves the product of their r_k", "[discrepancies]") {
  for (const Index n : {2, 3, 63, 64, 65, 130, 2500}) {
    const pf::Matrix<double> y = support::random_matrix(2, n, 1);
    const pf::Vector<double> t = support::random_vector(8, 2, 0.1),
                             tau = support::random_vector(8, 3).cwiseAbs();
    const auto f = waves(2);
    const auto r = [&](Index begin, Index end) {
      return pf::Vector<double>(pf::Empirical<double>(y.middleCols(begin, end - begin)).mean(f) -
                                t);
    };
    const pf::MeanDiscrepancy<pf::Fourier<double>, Given> whole(f, t, {tau});
    const pf::MeanDiscrepancy<pf::Fourier<double>, Given, pf::SplitHalves> halves(f, t, {tau});
    CHECK_THAT(whole.value(pf::Batch<double>(y)),
               WithinRel((tau.array() * r(0, n).array().square()).sum(), 1e-12));
    CHECK_THAT(halves.value(pf::Batch<double>(y)),
               WithinAbs((tau.array() * r(0, n / 2).array() * r(n / 2, n).array()).sum(), 1e-14));
  }
}

TEST_CASE("D is a sum of squares, and its gradient that of the sum", "[discrepancies]") {
  for (const Index n : {1, 3, 64, 130}) {
    const pf::Batch<double> y(support::random_matrix(1, n, 1));
    const auto d = harmonics_to_uniform<pf::Plugin, pf::InverseSquareWeights>(4);
    decltype(d)::Workspace work;
    pf::Pool pool;
    pf::Batch<double> dy, column(1, n), sum(1, n);
    const double value = d.value_and_gradient(y, dy, work, pool);
    pf::Vector<double> rho(d.residual_count()), unit(d.residual_count());
    d.residuals(y, rho, work, pool);
    CHECK_THAT(rho.squaredNorm(), WithinRel(value, 1e-13));
    for (Index b = 0; b < y.blocks(); ++b)
      for (Index k = 0; k < d.residual_count(); ++k) {
        d.residual_gradient(k, y, b, column.block(b), unit);
        sum.block(b) += 2 * rho[k] * column.block(b);
      }
    CHECK(laws::relative_gap(sum.matrix(), dy.matrix()) < 1e-13);
    const Index padding = y.blocks() * pf::kBlockSize - n;
    CHECK((column.block(y.blocks() - 1).bottomRows(padding) == 0).all());
  }
}

TEST_CASE("D2^2 is MMD^2 of the kernel sum_k tau_k cos w_k.(x - y)", "[discrepancies][identity]") {
  CHECK(gap_to_mmd(pf::UniformWeights{}) < 1e-12);
  CHECK(gap_to_mmd(pf::InverseSquareWeights{}) < 1e-12);
  pf::Vector<double> tau(12);
  for (Index k = 0; k < 12; ++k) tau[k] = 1 + double(k / 2 * 5 % 3);
  CHECK(gap_to_mmd(Given{tau}) < 1e-12);

  const auto f = waves(3, 9);
  const pf::Matrix<double> x = support::random_matrix(3, 65, 1),
                           y = support::random_matrix(3, 30, 2);
  const pf::MeanDiscrepancy d(f, pf::Empirical<double>(y));
  CHECK_THAT(d.value(pf::Batch<double>(x)),
             WithinRel(mean_kernel(f, d.weights(), x, x) + mean_kernel(f, d.weights(), y, y) -
                           2 * mean_kernel(f, d.weights(), x, y),
                       1e-12));
  CHECK(d.value(pf::Batch<double>(y)) < 1e-30);
}

TEST_CASE("Permuting the samples, or doubling each, changes D by round-off alone",
          "[discrepancies][identity]") {
  const pf::Matrix<double> y = support::random_matrix(2, 65, 1);
  pf::Matrix<double> doubled(2, 130);
  doubled << y, y;
  const pf::MeanDiscrepancy d(waves(2), pf::Empirical<double>(support::random_matrix(2, 50, 4)));
  const double value = d.value(pf::Batch<double>(y));
  CHECK_THAT(d.value(pf::Batch<double>(y.rowwise().reverse())), WithinRel(value, 1e-12));
  CHECK_THAT(d.value(pf::Batch<double>(doubled)), WithinRel(value, 1e-12));
}

TEST_CASE("The Gaussian MMD of N(0, 1) and N(1, 1) is 0.177267635", "[discrepancies][statistics]") {
  // MMD^2 = mean over w of |phi_1(w) - phi_2(w)|^2; a term is in [0, 4], so its variance is at most
  // 4 * 0.1773, and five standard errors of 200,000 are 0.0095.
  const pf::RandomFourier<double> f(1, 200000, {.width = 1}, pf::Key{1});
  const pf::Matrix<double> unit = pf::Matrix<double>::Ones(1, 1);
  const pf::Vector<double> one = pf::Vector<double>::Ones(1);
  const pf::Vector<double> gap = pf::expectation(f, pf::Gaussian<double>(0 * one, unit)) -
                                 pf::expectation(f, pf::Gaussian<double>(one, unit));
  const pf::Vector<double> tau = pf::UniformWeights{}(f);
  CHECK_THAT(tau.dot(gap.cwiseAbs2()), WithinAbs(0.177267635, 0.0095));

  // E k(X, Y) is the Gaussian mean of X - Y ~ N(m, 2) at 0.
  const auto kernel_mean = [&](double m) {
    return pf::Gaussian<double>(m * one, std::sqrt(2.0) * unit).gaussian_mean(0 * one, 1);
  };
  CHECK_THAT(2 * kernel_mean(0) - 2 * kernel_mean(1), WithinAbs(0.177267635, 1e-9));
}

TEST_CASE("Weights are what their names say", "[discrepancies]") {
  const auto f = pf::Fourier<double>::harmonics(3);
  CHECK(pf::UniformWeights{}(f) == pf::Vector<double>::Constant(6, 1.0 / 3));
  const pf::Vector<double> tau = pf::InverseSquareWeights{}(f);
  CHECK_THAT(tau.sum(), WithinRel(2.0, 1e-15));
  for (Index k = 0; k < 6; ++k)
    CHECK_THAT(tau[k] * double(f.order(k) * f.order(k)), WithinRel(tau[0], 1e-15));
  CHECK_THAT(pf::InverseSquareWeights{}(pf::Polynomial<double>(2, 3)).sum(), WithinRel(1.0, 1e-15));
}

TEST_CASE("D takes the family, target and weights it was given", "[discrepancies]") {
  const pf::Empirical<double> data(support::random_matrix(2, 50, 4));
  pf::RandomFourier<double> f(2, 5, {}, pf::Key{1});
  const pf::RandomFourier<double> g(2, 5, {}, pf::Key{2});
  pf::MeanDiscrepancy d(f, data);
  CHECK(d.dimension() == 2);
  CHECK(d.residual_count() == 10);
  CHECK(laws::same_bits(d.target(), data.mean(f)));
  CHECK(laws::same_bits(d.weights(), pf::UniformWeights{}(f)));
  const pf::Batch<double> y(support::random_matrix(2, 20, 5));
  d.redraw(pf::Key{2}, data);
  CHECK(d.value(y) == pf::MeanDiscrepancy(g, data).value(y));
}

TEST_CASE("D refuses what does not fit, with both sizes", "[discrepancies][errors]") {
  using support::error_of;
  const auto f = waves(2);
  const pf::Vector<double> t = pf::Vector<double>::Zero(8);
  const auto value = [&](Index d, Index n) {
    return [=] { (void)pf::MeanDiscrepancy(f, t).value(pf::Batch<double>(d, n)); };
  };
  CHECK(error_of<std::invalid_argument>(value(3, 4)) ==
        "MeanDiscrepancy::value: dimension of the batch is 3, but must be 2");
  CHECK(error_of<std::invalid_argument>(value(2, 0)) ==
        "MeanDiscrepancy::value: number of samples is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([&] {
          const pf::MeanDiscrepancy<pf::Fourier<double>, pf::UniformWeights, pf::SplitHalves> d(f,
                                                                                                t);
          (void)d.value(pf::Batch<double>(2, 1));
        }) == "MeanDiscrepancy::value: number of samples is 1, but must be at least 2");
  CHECK(error_of<std::invalid_argument>([&] {
          pf::MeanDiscrepancy(f, pf::Vector<double>(t.head(7)));
        }) == "MeanDiscrepancy: size of target is 7, but must be 8");
  CHECK(error_of<std::domain_error>([&] { pf::MeanDiscrepancy(f, pf::Vector<double>(t / 0.0)); }) ==
        "MeanDiscrepancy: target at row 0, column 0 is nan, but must be finite");
  CHECK(error_of<std::invalid_argument>([&] { pf::MeanDiscrepancy(f, Uniform(0, 1)); }) ==
        "expectation: dimension of the measure is 1, but must be 2");
  CHECK(error_of<std::invalid_argument>([&] {
          pf::MeanDiscrepancy(f, t, Given{pf::Vector<double>::Ones(4)});
        }) == "GivenWeights: size of tau is 4, but must be 8");
  CHECK(error_of<std::domain_error>([&] {
          pf::MeanDiscrepancy(f, t, Given{-pf::Vector<double>::Ones(8)});
        }) == "GivenWeights: tau[0] is -1, but must be finite and at least 0");
  CHECK(error_of<std::invalid_argument>([&] {
          pf::MeanDiscrepancy(f, t, pf::InverseSquareWeights{});
        }) == "Fourier::order: frequencies is arbitrary, but must be harmonics of a period");
}
