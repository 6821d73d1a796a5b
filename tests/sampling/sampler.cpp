#include "pushforward/sampling/sampler.hpp"

#include "pushforward/maps.hpp"
#include "pushforward/measures.hpp"
#include "pushforward/test_functions.hpp"
#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/small_stack.hpp"
#include "support/statistics.hpp"

namespace pf = pushforward;
using pf::Index, pf::Matrix, pf::Sampler, pf::Vector;
using support::allocations, support::error_of, support::on_a_small_stack;

namespace {

template <class S>
auto sampler(pf::Key key = {7, 1}) {
  return Sampler(pf::Mlp<S>({3, 17, 2}, pf::Key{2}), pf::Gaussian<S>(3), key);
}

}  // namespace

TEMPLATE_TEST_CASE("sample i has the same bits alone and in every batch", "[sampling]", float,
                   double) {
  using S = TestType;
  const auto draws = sampler<S>();
  const Index n = 200;
  const Matrix<S> all = draws.sample(n);
  REQUIRE(all.rows() == 2);
  REQUIRE(all.cols() == n);
  for (const Index cut : {Index(1), Index(7), Index(64), Index(65), n}) {
    Matrix<S> pieces(2, n);
    for (Index i = 0; i < n; i += cut) {
      const Index count = (std::min)(cut, n - i);
      draws.sample_into(pieces.middleCols(i, count), static_cast<std::uint64_t>(i));
    }
    CHECK(pieces == all);
  }
  for (Index i = 0; i < n; i += 13) CHECK(draws[static_cast<std::uint64_t>(i)] == all.col(i));
  CHECK(draws.sample(n) == all);
  CHECK(sampler<S>({7, 2}).sample(n) != all);
  CHECK(sampler<S>({8, 1}).sample(n) != all);
  CHECK(draws.sample(20, ~std::uint64_t{0} - 9).rightCols(10) == draws.sample(10));
}

TEST_CASE("a single sample of a source that gives blocks alone", "[sampling]") {
  const pf::Mixture<pf::Gaussian<double>> bumps({{-2, 0.5}, {1, 1.0}}, {0.3, 0.7});
  static_assert(!pf::HasSampleOne<decltype(bumps)>);
  const Sampler draws(pf::Mlp<double>({1, 5, 2}, pf::Key{2}), bumps);
  const Matrix<double> all = draws.sample(70);
  for (Index i = 0; i < 70; i += 23) CHECK(draws[static_cast<std::uint64_t>(i)] == all.col(i));
}

TEST_CASE("a sample is the map of a sample of the source", "[sampling]") {
  const auto draws = sampler<double>();
  pf::Block<double> x(64, 3), y(64, 2);
  pf::ScratchOf<pf::Mlp<double>> scratch;
  draws.source().sample({7, 1}, 0, x);
  draws.map().apply(x, y, scratch);
  CHECK(draws.sample(64) == y.matrix().transpose());
}

TEST_CASE("one const sampler serves many threads", "[sampling][threads]") {
  const auto draws = sampler<float>();
  const Index n = 1000;
  Matrix<float> samples(2, n);
  pf::Team team(8);
  team.for_each(n / 10, [&](Index, Index i) {
    draws.sample_into(samples.middleCols(10 * i, 10), static_cast<std::uint64_t>(10 * i));
  });
  CHECK(samples == draws.sample(n));
}

TEST_CASE("samples follow the pushed law", "[sampling][statistics]") {
  const Index n = 1 << 16;
  const Sampler draws(
      pf::Affine<double>(Matrix<double>::Constant(1, 1, -2), Vector<double>::Constant(1, 3)),
      pf::Gaussian<double>(1));
  const auto normal = [](double deviation) {
    return [=](double x) { return support::normal_distribution((x - 3) / deviation); };
  };
  const Matrix<double> x = draws.sample(n);
  CHECK(support::distance_to(x, normal(2)) < support::distance_bound(n));
  CHECK(support::distance_to(x, normal(2.1)) > support::distance_bound(n));
}

TEST_CASE("views of any column stride", "[sampling]") {
  const auto draws = sampler<double>();
  Matrix<double> wide = Matrix<double>::Constant(4, 100, -7);
  draws.sample_into(wide.middleRows(1, 2));
  CHECK(wide.middleRows(1, 2) == draws.sample(100));
  CHECK((wide.row(0).array() == -7).all());
  CHECK((wide.row(3).array() == -7).all());
}

TEMPLATE_TEST_CASE("a sampler is a measure", "[sampling][laws]", float, double) {
  using S = TestType;
  const auto draws = sampler<S>();
  static_assert(pf::Measure<std::remove_const_t<decltype(draws)>>);
  CHECK(draws.dimension() == 2);
  CHECK(pf::draw(draws, 100, draws.key()) == draws.sample(100));
  CHECK(pf::draw(draws, 100, {9, 9}, 33) == sampler<S>({9, 9}).sample(100, 33));

  // a source of another sampler, and a target
  const Sampler second(pf::Affine<S>(Matrix<S>::Identity(2, 2), Vector<S>::Ones(2)), draws,
                       pf::Key{7, 1});
  CHECK(second.sample(100) == (draws.sample(100).array() + 1).matrix());
  const pf::Polynomial<S> moments(2, 1);
  const Vector<S> mean = pf::expectation(moments, second, {.count = 100, .key = {7, 1}});
  CHECK((mean - second.sample(100).rowwise().mean()).norm() < S(1e-5));
}

TEST_CASE("samples of any dimension, on a small stack", "[sampling]") {
  for (const auto& sizes : {std::vector<Index>{257, 3, 300}, {2, 5, 2000}, {2000, 1}}) {
    const Sampler draws(pf::Mlp<float>(sizes, pf::Key{2}), pf::Gaussian<float>(sizes.front()));
    const Matrix<float> expected = draws.sample(70);
    REQUIRE(expected.rows() == sizes.back());
    CHECK(draws[3] == expected.col(3));
    Matrix<float> samples(sizes.back(), 70);
    on_a_small_stack([&] { draws.sample_into(samples); });
    CHECK(samples == expected);
  }
  const pf::Mlp<double> layer({100, 100, 100}, pf::Key{2});
  const Sampler nested(pf::Compose(layer, pf::Compose(layer, pf::Compose(layer, layer))),
                       pf::Gaussian<double>(100));
  const Matrix<double> expected = nested.sample(3);
  Matrix<double> samples(100, 3);
  on_a_small_stack([&] { nested.sample_into(samples); });
  CHECK(samples == expected);
}

TEMPLATE_TEST_CASE("sampling allocates nothing", "[sampling]", float, double) {
  using S = TestType;
  const auto draws = sampler<S>();
  const Sampler composed(
      pf::Compose(pf::Mlp<S, pf::Relu, pf::Logistic>({2, 300, 3}, pf::Key{2}),
                  pf::Affine<S>(Matrix<S>::Identity(3, 3), Vector<S>::Ones(3))),
      pf::Mixture<pf::Gaussian<S>>({pf::Gaussian<S>(2), pf::Gaussian<S>(2)}, {1, 1}));
  Matrix<S> samples(2, 333), three(3, 100);
  typename decltype(draws)::Scratch scratch;
  typename decltype(composed)::Scratch room;
  for (const Index count : {1, 2}) {  // one sample alone, and more
    draws.sample_into(samples.leftCols(count), 0, scratch);
    composed.sample_into(three.leftCols(count), 0, room);
  }
  const long before = allocations();
  draws.sample_into(samples, 5, scratch);
  composed.sample_into(three, 5, room);
  for (int i = 0; i < 10; ++i) draws.sample_into(samples.col(i), std::uint64_t(i), scratch);
  CHECK(allocations() == before);
  CHECK(samples.leftCols(10) == draws.sample(10));
  Matrix<S> copy = samples;
  CHECK((!support::kCountsAllocations || allocations() > before));
}

TEST_CASE("no samples, and samples that cannot be", "[sampling][hostile]") {
  const auto draws = sampler<double>();
  CHECK(draws.sample(0).rows() == 2);
  CHECK(draws.sample(0).cols() == 0);
  Matrix<double> none(2, 0), three(3, 5);
  draws.sample_into(none);
  CHECK(error_of<std::invalid_argument>([&] { (void)draws.sample(-1); }) ==
        "Sampler::sample: count is -1, but must be at least 0");
  CHECK(error_of<std::invalid_argument>([&] { draws.sample_into(three); }) ==
        "Sampler::sample_into: rows of samples is 3, but must be 2");
  CHECK(error_of<std::invalid_argument>([] {
          Sampler(pf::Mlp<double>({3, 1}, pf::Key{}), pf::Gaussian<double>(2));
        }) == "Sampler: input dimension of the map is 3, but must be 2");
  CHECK_THROWS_AS(draws.sample((std::numeric_limits<Index>::max)() / 2), std::length_error);
}

TEST_CASE("a sampler of an invertible map is a law with a density", "[sampling]") {
  const pf::Affine<double> map(Matrix<double>::Constant(1, 1, 2), Vector<double>::Constant(1, 3));
  const Sampler draws(map, pf::Gaussian<double>(1));
  static_assert(pf::HasDensity<decltype(draws)>);
  static_assert(!pf::HasDensity<decltype(sampler<double>())>);
  const pf::Block<double> y = pf::Lane<double>::LinSpaced(-4, 9);
  pf::Lane<double> found, expected;
  decltype(draws)::Scratch scratch;
  pf::log_density(draws, y, found, scratch);
  const pf::Gaussian<double> law({3, 2.0});
  pf::ScratchOf<pf::Gaussian<double>> room;
  pf::log_density(law, y, expected, room);
  CHECK((found - expected).abs().maxCoeff() < 1e-14);
}
