#include "support/laws.hpp"
#include "support/models.hpp"

#include "pushforward/discrepancies/mean.hpp"
#include "pushforward/test_functions/fourier.hpp"

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
  double value_and_gradient(const Batch&, Batch&, Workspace&, pf::Pool&) { return 0; }
};
struct ReturnsFloat : Spread {
  float value_and_gradient(const Batch&, Batch&, Workspace&, pf::Pool&) const { return 0; }
};
struct NoPool : Spread {
  double value_and_gradient(const Batch&, Batch&, Workspace&) const { return 0; }
};

struct FirstOnly {  // a user's weights: the first function alone counts
  template <class Family>
  pf::Vector<typename Family::Scalar> operator()(const Family& f) const {
    return pf::Vector<typename Family::Scalar>::Unit(f.size(), 0);
  }
};
struct OneNumber {
  double operator()(const Fourier&) const { return 1; }
};
struct MutableWeights {
  pf::Vector<double> operator()(const Fourier& f) { return pf::Vector<double>::Ones(f.size()); }
};

using Halves = pf::MeanDiscrepancy<Fourier, pf::UniformWeights, pf::SplitHalves>;

}  // namespace

static_assert(pf::Discrepancy<Spread> && !pf::LeastSquaresDiscrepancy<Spread>);
static_assert(pf::Discrepancy<Halves> && !pf::LeastSquaresDiscrepancy<Halves>);
static_assert(pf::LeastSquaresDiscrepancy<pf::MeanDiscrepancy<Fourier>>);
static_assert(!pf::Discrepancy<NoScalar> && !pf::Discrepancy<NoWorkspace>);
static_assert(!pf::Discrepancy<Mutable> && !pf::Discrepancy<ReturnsFloat>);
static_assert(!pf::Discrepancy<NoPool> && !pf::Discrepancy<Fourier>);
static_assert(pf::Weights<FirstOnly, Fourier> && pf::Weights<pf::UniformWeights, Fourier>);
static_assert(!pf::Weights<OneNumber, Fourier> && !pf::Weights<MutableWeights, Fourier>);
static_assert(!pf::Weights<pf::GivenWeights<float>, Fourier>);

TEST_CASE("A user's discrepancy keeps the laws", "[discrepancies][laws]") {
  laws::discrepancy(Spread{});
}

TEST_CASE("A user's weights weigh", "[discrepancies]") {
  const pf::MeanDiscrepancy d(Fourier::harmonics(3),
                              pf::Vector<double>(pf::Vector<double>::Zero(6)), FirstOnly{});
  laws::discrepancy(d, 1, {.step = 0.05});
  const Batch y(pf::Matrix<double>::Constant(1, 2, 0.5));
  CHECK_THAT(d.value(y), WithinRel(1.0, 1e-14));  // cos(pi)^2
}
