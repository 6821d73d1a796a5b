#include "support/laws.hpp"

#include "pushforward/discrepancies/kernel.hpp"

/// \file
/// MMD^2 with the target in closed form: identities a3.

namespace pf = pushforward;
using pf::Index;

namespace {

using pf::Batch, pf::Matrix, pf::Vector;
using Gaussian = pf::Gaussian<double>;
using Mixture = pf::Mixture<Gaussian>;
using Uniform = pf::Uniform<double>;

/// Plugin MMD^2 of one sample: k(0) - 2 E k(x, Y) + E k(Y, Y'), so that with `constant` left out it
/// gives E k(x, Y).
template <class K, class Target>
double embedding(const K& kernel, const Target& target, const Vector<double>& x) {
  const pf::KernelDiscrepancy d(kernel, target, {.constant = false}, pf::Plugin{});
  return (pf::detail::at_zero<double>(kernel) - pf::evaluate(d, x)) / 2;
}
template <class K, class Target>
double own(const K& kernel, const Target& target) {
  return pf::MeanEmbedding<K, Target>(kernel, target).self();
}

/// The same by samples: `count` fresh ones.
template <class K, class Target>
double sampled(const K& kernel, const Target& target, const Vector<double>& x, Index count) {
  const pf::KernelDiscrepancy d(kernel, target, {.target = {.batch = count}, .constant = false},
                                pf::Plugin{});
  return (pf::detail::at_zero<double>(kernel) - pf::evaluate(d, x)) / 2;
}

const Matrix<double> kFactor{{0.8, 0}, {-0.4, 0.3}};
const Mixture kMixture({{Vector<double>{{1, 2}}, kFactor}, {Vector<double>{{-1, 0}}, 2 * kFactor}},
                       {1, 3});

}  // namespace

static_assert(pf::HasMeanEmbedding<pf::GaussianKernel, Gaussian>);
static_assert(pf::HasMeanEmbedding<pf::MultiScaleKernel, Mixture>);
static_assert(pf::HasMeanEmbedding<pf::EnergyKernel, Uniform>);
static_assert(!pf::HasMeanEmbedding<pf::EnergyKernel, Gaussian>);

TEST_CASE("The uniform law under a Gaussian kernel", "[discrepancies][identity]") {
  const pf::GaussianKernel kernel{0.3};
  const Uniform unit(0.0, 1.0);
  CHECK_THAT(embedding(kernel, unit, Vector<double>{{0.2}}), WithinAbs(0.5592366, 5e-8));
  CHECK_THAT(own(kernel, unit), WithinAbs(0.5720391, 5e-8));

  INFO("scaled with the interval, multiplied over the sides of a box");
  const Uniform box(Vector<double>{{-1, 5}}, Vector<double>{{1, 5.5}});
  CHECK_THAT(own(pf::GaussianKernel{0.6}, Uniform(-1.0, 1.0)), WithinAbs(0.5720391, 5e-8));
  const double side = own(pf::GaussianKernel{0.6}, Uniform(5.0, 5.5));
  CHECK_THAT(own(pf::GaussianKernel{0.6}, box), WithinAbs(0.5720391 * side, 5e-8));
  const Vector<double> x{{-0.6, 5.3}};
  CHECK_THAT(embedding(pf::GaussianKernel{0.6}, box, x),
             WithinRel(0.55923660 * embedding(pf::GaussianKernel{0.6}, Uniform(5.0, 5.5),
                                              Vector<double>{{5.3}}),
                       1e-7));

  INFO("however wide the kernel: series and formula meet at 30 lengths");
  for (const double t : {29.0, 31.0, 1e8})
    CHECK_THAT(1 - own(pf::GaussianKernel{t}, unit),
               WithinAbs((1.0 / 12 - (1.0 / 120 - 1 / (1344 * t * t)) / (t * t)) / (t * t), 5e-13));
}

TEST_CASE("Gaussian laws under a Gaussian kernel", "[discrepancies][identity]") {
  const pf::GaussianKernel unit{1};
  INFO("MMD^2 of N(0, 1) and N(1, 1)");
  const Mixture apart({{1.0, 1.0}, {0.0, 1.0}}, {1, 1});
  const double same = own(unit, Gaussian(0.0, 1.0)), all = own(unit, apart);
  CHECK_THAT(4 * (same - all), WithinAbs(0.177267635, 5e-10));
  CHECK_THAT(same, WithinRel(1 / std::sqrt(3), 1e-14));

  INFO("embeddings are those that the measures know for bumps");
  const Gaussian law(Vector<double>{{1, 2}}, kFactor);
  for (const double s : {0.05, 0.7, 30.0})
    for (const Vector<double>& x : {Vector<double>{{0.5, 1.8}}, Vector<double>{{-2, 0}}}) {
      CHECK_THAT(embedding(pf::GaussianKernel{s}, law, x),
                 WithinAbs(law.gaussian_mean(x, s), 1e-14));
      CHECK_THAT(embedding(pf::GaussianKernel{s}, kMixture, x),
                 WithinAbs(kMixture.gaussian_mean(x, s), 1e-14));
    }

  INFO("E k(Y, Y') is |I + 2 C / s^2|^(-1/2)");
  const Matrix<double> c =
      Matrix<double>::Identity(2, 2) + 2 * kFactor * kFactor.transpose() / 0.49;
  CHECK_THAT(own(pf::GaussianKernel{0.7}, law),
             WithinRel(1 / std::sqrt(c(0, 0) * c(1, 1) - c(0, 1) * c(1, 0)), 1e-13));
}

TEST_CASE("The uniform law under the energy kernel", "[discrepancies][identity]") {
  const pf::EnergyKernel kernel;
  const Uniform unit(0.0, 1.0);
  for (const double x : {0.0, 0.2, 0.9, 1.0})
    CHECK_THAT(embedding(kernel, unit, Vector<double>{{x}}), WithinAbs(-(x * x - x + 0.5), 1e-15));
  CHECK_THAT(embedding(kernel, unit, Vector<double>{{3}}), WithinAbs(-2.5, 1e-15));
  CHECK_THAT(embedding(kernel, unit, Vector<double>{{-1}}), WithinAbs(-1.5, 1e-15));
  CHECK_THAT(own(kernel, Uniform(2.0, 5.0)), WithinAbs(-1, 1e-15));
  CHECK_THAT(embedding(kernel, Uniform(2.0, 5.0), Vector<double>{{3}}), WithinAbs(-5.0 / 6, 1e-15));

  INFO("half the energy distance of a sample is its Cramer-von Mises statistic");
  Vector<double> x = (support::random_vector(9, 1).array() + 1) / 2;
  std::sort(x.begin(), x.end());
  double statistic = 1 / (12 * 81.0);
  for (Index i = 0; i < 9; ++i) {
    const double gap = x[i] - (2 * double(i) + 1) / 18;
    statistic += gap * gap / 9;
  }
  const pf::KernelDiscrepancy d(kernel, unit, {}, pf::Plugin{});
  CHECK_THAT(pf::evaluate(d, x.transpose().eval()) / 2, WithinAbs(statistic, 1e-14));

  INFO("outside, samples are pulled back, no more and no less than all the way");
  const Matrix<double> away{{4, -3}};
  pf::Team alone;
  decltype(d)::Workspace work;
  Batch<double> dx(1, 2);
  (void)d.value_and_gradient(Batch<double>(away), {0, alone}, dx, work);
  CHECK_THAT(dx.matrix()(0, 0), WithinAbs(1 - 0.5, 1e-15));
  CHECK_THAT(dx.matrix()(0, 1), WithinAbs(-1 + 0.5, 1e-15));

  CHECK(support::error_of<std::invalid_argument>([&] {
          (void)pf::KernelDiscrepancy(kernel,
                                      Uniform(Vector<double>::Zero(2), Vector<double>::Ones(2)));
        }) == "MeanEmbedding: target batch is 0, but must be at least 1 for a Uniform of "
              "dimension 2 and EnergyKernel");
}

TEST_CASE("A closed form is the limit of samples", "[discrepancies]") {
  const Vector<double> x{{0.3, 0.9}};
  const pf::MultiScaleKernel kernel{{0.5, 2}};
  const double narrow = own(pf::GaussianKernel{0.5}, kMixture),
               wide = own(pf::GaussianKernel{2}, kMixture);
  CHECK_THAT(own(kernel, kMixture), WithinRel((narrow + wide) / 2, 1e-15));
  CHECK_THAT(embedding(kernel, kMixture, x), WithinAbs(sampled(kernel, kMixture, x, 40000), 0.01));
  const Uniform box(Vector<double>{{-1, 0}}, Vector<double>{{1, 2}});
  CHECK_THAT(embedding(kernel, box, x), WithinAbs(sampled(kernel, box, x, 40000), 0.01));
}

TEST_CASE("MMD^2 from a closed form is a discrepancy", "[discrepancies][laws]") {
  laws::discrepancy(pf::KernelDiscrepancy(pf::MultiScaleKernel{{0.5, 2}}, kMixture), 2);
  laws::discrepancy(
      pf::KernelDiscrepancy(pf::GaussianKernel{0.5},
                            Uniform(Vector<double>{{-1, 0, 0}}, Vector<double>{{1, 2, 0.1}}), {},
                            pf::SplitHalves{}),
      2);
}
