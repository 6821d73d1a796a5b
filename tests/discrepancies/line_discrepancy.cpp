#include "pushforward/discrepancies/line_discrepancy.hpp"

#include "support/laws.hpp"

#include "pushforward/discrepancies/wasserstein_line.hpp"
#include "pushforward/io/fingerprint.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"

namespace pf = pushforward;
using pf::Index, pf::Vector;

namespace {

constexpr pf::EnergyLine kBiased{.unbiased = false};

pf::Empirical<double> weighted_table() {
  return {support::random_matrix(1, 70, 5), support::random_vector(70, 6).cwiseAbs()};
}

/// The user's line of the docstring.
struct MeanGap {
  template <pf::Real S>
  S value_and_gradient(const pf::PooledSample<S>& z, pf::VectorRef<S> dz) const {
    double gap = 0;
    for (Index k = 0; k < z.count(); ++k) gap += z.mass(k) * z.place(k);
    for (Index k = 0; k < z.count(); ++k) dz[z.index(k)] = S(2 * gap * z.mass(k));
    return S(gap * gap);
  }
};

struct NoGradient {
  double value_and_gradient(const pf::PooledSample<double>&) const { return 0; }
};
struct NotConst {
  double value_and_gradient(const pf::PooledSample<double>&, pf::VectorRef<double>) { return 0; }
};
struct OfFloat {
  float value_and_gradient(const pf::PooledSample<float>&, pf::VectorRef<float>) const { return 0; }
};

/// The mean over all samples of n points from a law on three, that move by `speed` each: of D, and
/// of its slope.
template <class D>
std::pair<double, double> mean_over_samples(const D& d, Index n, const Vector<double>& points,
                                            const Vector<double>& chances,
                                            const Vector<double>& speed) {
  typename D::Workspace work;
  pf::Team alone;
  pf::Batch<double> y(1, n), dy(1, n);
  std::pair<double, double> mean{0, 0};
  for (Index code = 0, end = Index(std::lround(std::pow(3, n))); code < end; ++code) {
    double chance = 1, slope = 0;
    for (Index i = 0, rest = code; i < n; ++i, rest /= 3) {
      chance *= chances[rest % 3];
      y.block(0)(i, 0) = points[rest % 3];
    }
    y.pad();
    mean.first += chance * d.value_and_gradient(y, {0, alone}, dy, work);
    for (Index i = 0, rest = code; i < n; ++i, rest /= 3)
      slope += dy.block(0)(i, 0) * speed[rest % 3];
    mean.second += chance * slope;
  }
  return mean;
}

}  // namespace

static_assert(pf::Line<MeanGap, float> && pf::Line<MeanGap, double>);
static_assert(pf::Line<pf::EnergyLine, float> && pf::Line<pf::WassersteinLine, double>);
static_assert(!pf::Line<NoGradient, double> && !pf::Line<NotConst, double>);
static_assert(pf::Line<OfFloat, float> && !pf::Line<OfFloat, double>);

TEST_CASE("losses on the line keep the laws", "[discrepancies][laws]") {
  const laws::At away{.step = 1e-4};  // from ties
  const pf::Gaussian<double> law(0.3, 1.5);
  laws::discrepancy(pf::LineDiscrepancy(weighted_table(), kBiased), 1, away);
  laws::discrepancy(pf::LineDiscrepancy(weighted_table()), 2, away);
  laws::discrepancy(pf::LineDiscrepancy(law, pf::EnergyLine{}, {.batch = 33}), 2, away);
  laws::discrepancy(pf::LineDiscrepancy(weighted_table(), pf::WassersteinLine{1}), 1, away);
  laws::discrepancy(pf::LineDiscrepancy(law, pf::WassersteinLine{2}, {.batch = 65}), 1, away);
  laws::discrepancy(pf::LineDiscrepancy(weighted_table(), pf::WassersteinLine{2.5}), 1, away);
  laws::discrepancy(pf::LineDiscrepancy(weighted_table(), MeanGap{}), 1, away);
  laws::discrepancy(pf::LineDiscrepancy(pf::Gaussian<float>(1), kBiased, {.batch = 100}));
}

TEST_CASE("the unbiased energy is right on average over samples, and so is its gradient",
          "[discrepancies][identity]") {
  const Vector<double> points{{-0.4, 0.1, 0.9}}, chances{{0.5, 0.3, 0.2}}, speed{{1.2, 1, 1.8}};
  const pf::Empirical<double> target = weighted_table();
  const auto law_loss = [&](double t) {  // D of the law, a sample of weights, against the target
    const pf::Matrix<double> moved = (points + t * speed).transpose();
    const pf::LineDiscrepancy d(pf::Empirical<double>(moved, chances), kBiased);
    decltype(d)::Workspace work;
    pf::Team alone;
    pf::Batch<double> y(1, 70), dy(1, 70);
    return d.value_and_gradient(target.data(), {0, alone}, dy, work);
  };
  const auto check = [&](const pf::Empirical<double>& of, auto loss) {
    const double slope = support::derivative(loss, 0.01);
    for (const Index n : {2, 3, 4}) {
      const auto [value, gradient] =
          mean_over_samples(pf::LineDiscrepancy(of), n, points, chances, speed);
      CHECK_THAT(value, WithinAbs(loss(0), 1e-13));
      CHECK_THAT(gradient, WithinRel(slope, 1e-8));
      const auto biased =
          mean_over_samples(pf::LineDiscrepancy(of, kBiased), n, points, chances, speed);
      CHECK(biased.first > loss(0) + 0.01);
      CHECK(std::abs(biased.second - slope) > 0.01);
    }
  };
  check(pf::Empirical<double>(target.data().matrix()), law_loss);
}

TEST_CASE("a loss on the line is what it is of the step's samples", "[discrepancies]") {
  const pf::LineDiscrepancy d(pf::Gaussian<double>(1), pf::EnergyLine{}, {.batch = 90});
  decltype(d)::Workspace work;
  pf::Team alone;
  const pf::Batch<double> y(support::random_matrix(1, 50, 1));
  pf::Batch<double> dy(1, 50);
  const double first = d.value_and_gradient(y, {0, alone}, dy, work);
  CHECK(d.value_and_gradient(y, {1, alone}, dy, work) != first);
  CHECK(d.value_and_gradient(y, {0, alone}, dy, work) == first);
}

TEST_CASE("a loss on the line says of what it is made", "[discrepancies]") {
  const auto prints = [](const auto& d) {
    std::vector<pf::Fingerprint> found;
    pf::add_fingerprints(found, "d", d);
    return found;
  };
  const auto difference = [&](const auto& a, const auto& b) {
    return pf::first_difference(prints(a), prints(b));
  };
  const pf::Gaussian<double> law(1);
  const pf::LineDiscrepancy d(law, pf::EnergyLine{}, {.batch = 9});
  CHECK(difference(d, d).empty());
  CHECK(difference(d, pf::LineDiscrepancy(law, kBiased, {.batch = 9})) == "d.line.unbiased");
  CHECK(difference(d, pf::LineDiscrepancy(law, pf::EnergyLine{}, {.batch = 8})) ==
        "d.options.batch");
  CHECK(difference(d, pf::LineDiscrepancy(law, pf::WassersteinLine{}, {.batch = 9})) == "d.line");
  CHECK(difference(pf::LineDiscrepancy(law, pf::WassersteinLine{1}, {.batch = 9}),
                   pf::LineDiscrepancy(law, pf::WassersteinLine{2}, {.batch = 9})) == "d.line.p");
}

TEST_CASE("a loss on the line refuses what is not on it", "[discrepancies]") {
  const auto error = [](auto&& body) { return support::error_of<std::invalid_argument>(body); };
  CHECK(error([] {
          pf::LineDiscrepancy(pf::Gaussian<double>(2), pf::EnergyLine{}, {.batch = 5});
        }) == "LineDiscrepancy: dimension of target is 2, but must be 1");
  CHECK(
      error([] { pf::LineDiscrepancy(pf::Gaussian<double>(1)); }) ==
      "LineDiscrepancy: target batch is 0, but must be at least 1 for a target that is not a list "
      "of samples");
  CHECK(support::error_of<std::domain_error>([] {
          pf::LineDiscrepancy(weighted_table(), pf::WassersteinLine{0});
        }) == "WassersteinLine: p is 0, but must be finite and at least 1");
  const auto value = [](Index d, Index n) {
    const pf::LineDiscrepancy loss(weighted_table());
    decltype(loss)::Workspace work;
    pf::Team alone;
    pf::Batch<double> dy(d, n);
    (void)loss.value_and_gradient(pf::Batch<double>(d, n), {0, alone}, dy, work);
  };
  CHECK(error([&] { value(2, 5); }) ==
        "LineDiscrepancy: dimension of the batch is 2, but must be 1");
  CHECK(error([&] { value(1, 0); }) ==
        "LineDiscrepancy: number of samples is 0, but must be at least 1");
}
