#include "pushforward/flows/minibatch_coupling.hpp"

#include "pushforward/flows/pairs.hpp"
#include "pushforward/measures/draw.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/product.hpp"
#include "pushforward/measures/uniform.hpp"

#include "support/allocations.hpp"
#include "support/error.hpp"
#include "support/measure_laws.hpp"

#include <algorithm>
#include <numeric>

namespace pf = pushforward;
using pf::Gaussian, pf::Index, pf::Matrix, pf::MinibatchCoupling, pf::Vector;
using support::error_of;

namespace {

template <class S>
auto coupling(Index batch) {
  return MinibatchCoupling(Gaussian<S>(2), pf::Uniform<S>(Vector<S>{{0, 1}}, Vector<S>{{3, 5}}),
                           {.batch = batch});
}

double cost(const Matrix<double>& pairs) {
  const Index d = pairs.rows() / 2;
  return (pairs.topRows(d) - pairs.bottomRows(d)).squaredNorm() / double(pairs.cols());
}

/// The columns in lexicographic order.
Matrix<double> sorted(const Matrix<double>& x) {
  std::vector<Index> order(static_cast<std::size_t>(x.cols()));
  std::iota(order.begin(), order.end(), Index(0));
  std::sort(order.begin(), order.end(), [&](Index a, Index b) {
    return std::lexicographical_compare(x.col(a).begin(), x.col(a).end(), x.col(b).begin(),
                                        x.col(b).end());
  });
  Matrix<double> y(x.rows(), x.cols());
  for (Index i = 0; i < x.cols(); ++i) y.col(i) = x.col(order[static_cast<std::size_t>(i)]);
  return y;
}

}  // namespace

TEMPLATE_TEST_CASE("a minibatch coupling is a measure", "[flows][laws]", float, double) {
  using S = TestType;
  for (const Index batch : {1, 7, 64, 100}) laws::measure(coupling<S>(batch));
  laws::streams(coupling<S>(16));
  laws::measure(pf::PathPairs(coupling<S>(16)));
  static_assert(pf::Described<decltype(coupling<S>(1))>);
}

TEST_CASE("the marginals of a minibatch are the source's and the target's", "[flows]") {
  const pf::Key key{8, 1};
  const Index n = 700;  // whole minibatches of each size
  const Matrix<double> source = support::draw(Gaussian<double>(2), n, key.part(0)),
                       target = support::draw(
                           pf::Uniform<double>(Vector<double>{{0, 1}}, Vector<double>{{3, 5}}), n,
                           key.part(1));
  double before = std::numeric_limits<double>::infinity();
  for (const Index batch : {1, 7, 70, 350}) {
    const Matrix<double> pairs = support::draw(coupling<double>(batch), n, key);
    CHECK(pairs.topRows(2) == source);
    CHECK(sorted(pairs.bottomRows(2)) == sorted(target));
    CHECK(cost(pairs) < before);
    before = cost(pairs);
    for (Index first = 0; first < n; first += batch)
      CHECK(sorted(pairs.bottomRows(2).middleCols(first, batch)) ==
            sorted(target.middleCols(first, batch)));
  }
}

TEST_CASE("a minibatch of one is the independent coupling", "[flows]") {
  const pf::Uniform<double> square(Vector<double>{{0, 1}}, Vector<double>{{3, 5}});
  CHECK(support::draw(coupling<double>(1), 200, {2, 5}) ==
        support::draw(pf::Product(Gaussian<double>(2), square), 200, {2, 5}));
}

TEST_CASE("no pairing of a minibatch costs less", "[flows]") {
  const Index m = 6;
  const Matrix<double> pairs = support::draw(coupling<double>(m), m, {4, 4});
  std::vector<Index> order(static_cast<std::size_t>(m));
  std::iota(order.begin(), order.end(), Index(0));
  double least = std::numeric_limits<double>::infinity();
  do {
    Matrix<double> other = pairs;
    for (Index i = 0; i < m; ++i)
      other.col(i).tail(2) = pairs.col(order[static_cast<std::size_t>(i)]).tail(2);
    least = (std::min)(least, cost(other));
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK_THAT(cost(pairs), WithinRel(least, 1e-14));
}

TEST_CASE("on the line a minibatch is paired in order", "[flows]") {
  const Index m = 90;
  const MinibatchCoupling line(pf::Uniform<double>(0, 1), Gaussian<double>(3, 2), {.batch = m});
  const Matrix<double> pairs = sorted(support::draw(line, m, {4, 4}));
  CHECK(std::is_sorted(pairs.row(1).begin(), pairs.row(1).end()));
}

TEST_CASE("one scratch serves streams and minibatches in any order", "[flows]") {
  pf::Block<double> x(64, 4), y(64, 4);
  for (const Index batch : {5, 100}) {  // 100: a block of one minibatch, and again of another key
    const auto pairs = coupling<double>(batch);
    decltype(coupling<double>(batch))::Scratch used;
    for (const std::uint64_t first : {640U, 0U, 3U, 64U})
      for (const pf::Key key : {pf::Key{1}, pf::Key{2}, pf::Key{2, 1}}) {
        decltype(coupling<double>(batch))::Scratch fresh;
        pairs.sample(key, first, x, used);
        pairs.sample(key, first, y, fresh);
        CHECK((x == y).all());
      }
  }
}

TEST_CASE("a minibatch is paired without allocation, whatever was before", "[flows]") {
  const auto pairs = coupling<double>(200);
  decltype(coupling<double>(200))::Scratch scratch;
  pf::Block<double> x(64, 4);
  pairs.sample(pf::Key{1}, 0, x, scratch);
  const long before = support::allocations();
  for (std::uint64_t minibatch = 1; minibatch < 20; ++minibatch)
    pairs.sample(pf::Key{1}, 200 * minibatch, x, scratch);
  CHECK(support::allocations() == before);
}

TEST_CASE("a table of pairs is a coupling too", "[flows]") {
  const pf::Empirical<double> table(pf::draw(coupling<double>(64), 256, pf::Key{1}));
  CHECK(cost(table.data().matrix()) == cost(support::draw(coupling<double>(64), 256, {1})));
  laws::measure(pf::PathPairs(table));
}

namespace {

/// Numbers whose squares overflow.
struct Huge {
  using Scalar = double;
  Index dimension() const { return 1; }
  void sample(pf::Key, std::uint64_t, pf::BlockRef<double> x) const { x.setConstant(1e200); }
};

}  // namespace

TEST_CASE("minibatch couplings that cannot be", "[flows][hostile]") {
  const auto error = [](auto body) { return error_of<std::invalid_argument>(body); };
  CHECK(error([] { coupling<double>(0); }) ==
        "MinibatchCoupling: batch is 0, but must be between 1 and 4096");
  CHECK_THAT(error([] { coupling<double>(pf::kLargestAssignment + 1); }),
             StartsWith("MinibatchCoupling: batch is 4097"));
  CHECK(error([] { MinibatchCoupling(Gaussian<double>(2), Gaussian<double>(3)); }) ==
        "MinibatchCoupling: dimension of the target is 3, but must be 2");
}

TEST_CASE("squared distances of a minibatch that overflow are refused", "[flows][errors]") {
  const MinibatchCoupling far(Gaussian<double>(1), Huge{}, {.batch = 3});
  CHECK(
      error_of<std::domain_error>([&] { support::draw(far, 3); }) ==
      "MinibatchCoupling::sample: squared distance at row 0, column 0 is inf, but must be finite");
  const MinibatchCoupling same(Huge{}, Huge{}, {.batch = 3});
  CHECK(support::draw(same, 5) == Matrix<double>::Constant(2, 5, 1e200));
}
