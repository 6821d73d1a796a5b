#include "support/laws.hpp"
#include "support/models.hpp"

#include "pushforward/discrepancies/mean.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/uniform.hpp"
#include "pushforward/test_functions/fourier.hpp"
#include "pushforward/test_functions/random_fourier.hpp"
#include "pushforward/test_functions/rbf.hpp"

namespace pf = pushforward;
using models::Spread;
using pf::Index;
using Batch = pf::Batch<double>;
using Fourier = pf::Fourier<double>;

namespace {

/// Near misses: a discrepancy with one member gone wrong.
struct NoScalar : Spread {
  using Scalar = long double;
};
struct NoWorkspace : Spread {
  struct Workspace {
    Workspace() = delete;
  };
};
struct Mutable : Spread {
  double value_and_gradient(const Batch&, const pf::Step&, Batch&, Workspace&) { return 0; }
};
struct MutableStep : Spread {
  double value_and_gradient(const Batch&, pf::Step&, Batch&, Workspace&) const { return 0; }
};
struct MutableSample : Spread {
  double value_and_gradient(Batch&, const pf::Step&, Batch&, Workspace&) const { return 0; }
};
struct ReturnsFloat : Spread {
  float value_and_gradient(const Batch&, const pf::Step&, Batch&, Workspace&) const { return 0; }
};
struct NoStep : Spread {
  double value_and_gradient(const Batch&, Batch&, Workspace&) const { return 0; }
};
struct IntDimension : Spread {
  int dimension() const { return 1; }
};

struct FirstOnly {  // a user's weights: the first function alone counts
  template <class Family>
  void operator()(const Family&, pf::VectorRef<typename Family::Scalar> tau) const {
    tau.setZero();
    tau[0] = 1;
  }
};
struct OneNumber {
  double operator()(const Fourier&, pf::VectorRef<double>) const { return 1; }
};
struct MutableWeights {
  void operator()(const Fourier&, pf::VectorRef<double> tau) { tau.setOnes(); }
};
struct ByReference {
  void operator()(const Fourier&, pf::VectorRef<double>& tau) const { tau.setOnes(); }
};

struct ThreeParts {
  static constexpr Index parts = 3;
};
struct PartsOfAnotherType {
  static constexpr double parts = 2;
};
struct NoParts {};

using Halves =
    pf::MeanDiscrepancy<Fourier, pf::Uniform<double>, pf::UniformWeights, pf::SplitHalves>;

}  // namespace

static_assert(pf::Discrepancy<Spread> && !pf::LeastSquaresDiscrepancy<Spread>);
static_assert(pf::Discrepancy<Halves> && !pf::LeastSquaresDiscrepancy<Halves>);
static_assert(pf::LeastSquaresDiscrepancy<pf::MeanDiscrepancy<Fourier, pf::Uniform<double>>>);
static_assert(!pf::Discrepancy<NoScalar> && !pf::Discrepancy<NoWorkspace>);
static_assert(!pf::Discrepancy<Mutable> && !pf::Discrepancy<ReturnsFloat>);
static_assert(!pf::Discrepancy<MutableStep> && !pf::Discrepancy<MutableSample>);
static_assert(!pf::Discrepancy<NoStep> && !pf::Discrepancy<IntDimension>);
static_assert(!pf::Discrepancy<Fourier>);
static_assert(pf::Weights<FirstOnly, Fourier> && pf::Weights<pf::UniformWeights, Fourier>);
static_assert(!pf::Weights<OneNumber, Fourier> && !pf::Weights<MutableWeights, Fourier>);
static_assert(!pf::Weights<ByReference, Fourier> && !pf::Weights<pf::GivenWeights<float>, Fourier>);
static_assert(pf::Weights<pf::InverseSquareWeights, Fourier> &&
              !pf::Weights<pf::InverseSquareWeights, pf::Rbf<double>>);
static_assert(pf::Estimator<pf::Plugin> && pf::Estimator<pf::SplitHalves>);
static_assert(!pf::Estimator<ThreeParts> && !pf::Estimator<PartsOfAnotherType> &&
              !pf::Estimator<NoParts>);

TEST_CASE("A user's discrepancy keeps the laws", "[discrepancies][laws]") {
  laws::discrepancy(Spread{});
}

TEST_CASE("A discrepancy is evaluated at samples, as at a step", "[discrepancies]") {
  const pf::Matrix<double> y = support::random_matrix(1, 70, 1);
  CHECK_THAT(pf::evaluate(Spread{}, y), WithinRel(y.squaredNorm() / 70, 1e-14));
  pf::Team alone, team(2);
  CHECK(pf::evaluate(Spread{}, Batch(y), 3, team) == pf::evaluate(Spread{}, y));
  CHECK_THAT(pf::evaluate(Spread{}, y + y), WithinRel(4 * pf::evaluate(Spread{}, y), 1e-14));

  const pf::MeanDiscrepancy d(pf::RandomFourier<double>(1, 4, {}, pf::Key{1}),
                              pf::Gaussian<double>(1), {.redraw_every = 3});
  decltype(d)::Workspace work;
  CHECK(pf::evaluate(d, y, 7) == d.value(Batch(y), {7, alone}, work));
  CHECK(pf::evaluate(d, y, 7) != pf::evaluate(d, y));
  CHECK(support::error_of<std::domain_error>([] {
          (void)pf::evaluate(Spread{}, pf::Matrix<double>{{1e200, 0}});
        }) == "evaluate: D is inf, but must be finite");
  CHECK(support::error_of<std::invalid_argument>([&] {
          (void)pf::evaluate(d, support::random_matrix(2, 70, 1));
        }) == "MeanDiscrepancy: dimension of the batch is 2, but must be 1");
}

TEST_CASE("A user's weights weigh", "[discrepancies]") {
  const pf::MeanDiscrepancy d(Fourier::harmonics(3),
                              pf::Expectations<double>{pf::Vector<double>::Zero(6)}, FirstOnly{});
  laws::discrepancy(d, 1, {.step = 0.05});
  const Batch y(pf::Matrix<double>::Constant(1, 2, 0.5));
  CHECK_THAT(pf::evaluate(d, y), WithinRel(1.0, 1e-14));  // cos(pi)^2
}
