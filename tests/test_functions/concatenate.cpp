#include "pushforward/test_functions/concatenate.hpp"

#include "support/laws.hpp"
#include "support/models.hpp"

#include "pushforward/measures/gaussian.hpp"
#include "pushforward/test_functions/expectation.hpp"
#include "pushforward/test_functions/fourier.hpp"
#include "pushforward/test_functions/polynomial.hpp"
#include "pushforward/test_functions/random_fourier.hpp"
#include "pushforward/test_functions/rbf.hpp"

namespace pf = pushforward;
using models::Squares;
using pf::Index;
using In = pf::ConstBlockRef<double>;
using Out = pf::BlockRef<double>;

namespace {

/// Near misses: a family with one member gone wrong.
struct NoScalar : Squares {
  using Scalar = int;
};
struct Mutable : Squares {
  void add_sums(In, const pf::Lane<double>&, pf::VectorRef<double>) {}
};
struct ByCount : Squares {
  void add_sums(In, Index, pf::VectorRef<double>) const {}
};
struct ReturnsSums : Squares {
  pf::Vector<double> add_sums(In, const pf::Lane<double>&, pf::VectorRef<double>) const {
    return {};
  }
};
struct OfFloat : Squares {
  void add_pullback(pf::ConstBlockRef<float>, const pf::Lane<float>&, pf::ConstVectorRef<float>,
                    pf::BlockRef<float>) const {}
};
struct NoSize : Squares {
  void size() const {}
};

pf::Fourier<double> waves() { return pf::Fourier<double>(support::random_matrix(2, 3, 1, 5)); }
pf::Rbf<double> bumps() { return {support::random_matrix(2, 4, 2), {0.5, 1}}; }

}  // namespace

static_assert(pf::TestFunctions<Squares>);
static_assert(!pf::TestFunctions<NoScalar> && !pf::TestFunctions<Mutable>);
static_assert(!pf::TestFunctions<ByCount> && !pf::TestFunctions<ReturnsSums>);
static_assert(!pf::TestFunctions<OfFloat> && !pf::TestFunctions<NoSize>);
static_assert(!pf::TestFunctions<pf::Gaussian<double>> && !pf::TestFunctions<double>);
static_assert(pf::TestFunctions<pf::Concatenate<Squares, pf::Rbf<double>>>);

TEST_CASE("Concatenate is a family of test functions, however it is nested",
          "[test_functions][laws]") {
  laws::test_functions(pf::Concatenate(waves(), bumps()));
  laws::test_functions(pf::Concatenate(waves(), pf::Concatenate(bumps(), waves())));
  laws::test_functions(
      pf::Concatenate(pf::Concatenate(pf::Polynomial<double>(2, 3), bumps()), waves()));
}

TEST_CASE("A user's family keeps the laws and concatenates with the library's",
          "[test_functions][laws]") {
  laws::test_functions(Squares{});
  laws::test_functions(pf::Concatenate(Squares{}, waves()));
  laws::test_functions(pf::Concatenate(bumps(), Squares{}));
}

TEST_CASE("Concatenate counts and returns the functions of the first, then of the second",
          "[test_functions]") {
  const pf::Concatenate f(waves(), bumps());
  CHECK(f.size() == 6 + 8);
  CHECK(pf::function_count(f) == 3 + 8);
  CHECK(pf::function_count(Squares{}) == 2);
  CHECK(pf::function_count(pf::Concatenate(f, Squares{})) == 3 + 8 + 2);
  const pf::Block<double> y = support::random_block(2, 3);
  CHECK(laws::same_bits(laws::values(f, y).topRows(6), laws::values(waves(), y)));
  CHECK(laws::same_bits(laws::values(f, y).bottomRows(8), laws::values(bumps(), y)));
}

TEST_CASE("The expectation of each part is its own: closed where there is one, else sampled",
          "[test_functions]") {
  const pf::Gaussian<double> normal(2);
  const pf::Vector<double> mean =
      pf::expectation(pf::Concatenate(pf::Concatenate(waves(), bumps()), Squares{}), normal);
  CHECK(laws::same_bits(mean.head(6), pf::expectation(waves(), normal)));
  CHECK(laws::same_bits(mean.segment(6, 8), pf::expectation(bumps(), normal)));
  CHECK(laws::same_bits(mean.tail(2), pf::expectation(Squares{}, normal)));
  CHECK_THAT(mean[14], WithinAbs(1, 5 * std::sqrt(2.0 / 65536)));  // 65,536 squares of variance 2
}

TEST_CASE("Each part of Concatenate takes its mean from the samples asked for",
          "[test_functions]") {
  const pf::Gaussian<double> normal(2);
  const pf::SampleMean sampling{.count = 100, .key = {7, 8}, .first = 3};
  const pf::Vector<double> mean = pf::expectation(
      pf::Concatenate(pf::Concatenate(Squares{}, waves()), Squares{}), normal, sampling);
  const pf::Vector<double> alone = pf::expectation(Squares{}, normal, sampling);
  CHECK(laws::same_bits(mean.head(2), alone));
  CHECK(laws::same_bits(mean.tail(2), alone));
  CHECK_FALSE(laws::same_bits(alone, pf::expectation(Squares{}, normal)));
}

namespace {

/// Squares, which counts the ways it is asked for its gradients.
struct Asked : Squares {
  static inline Index pullbacks = 0, sweeps = 0;
  void add_pullback(In y, const pf::Lane<double>& weight, pf::ConstVectorRef<double> v,
                    Out dy) const {
    ++pullbacks;
    Squares::add_pullback(y, weight, v, dy);
  }
};
struct Swept : Asked {
  template <class Visit>
  void gradients(In y, const pf::Lane<double>& weight, Out dy, Visit&& visit) const {
    ++sweeps;
    for (Index k = 0; k < 2; ++k) {
      dy.setZero();
      dy.col(k) = 2 * weight * y.col(k);
      visit(k, dy);
    }
  }
};

}  // namespace

TEST_CASE("Each part of Concatenate gives its gradients in its own way", "[test_functions]") {
  laws::test_functions(pf::Concatenate(pf::Concatenate(Swept{}, waves()), Asked{}));
  const pf::Concatenate f(Swept{}, Asked{});
  Asked::pullbacks = Asked::sweeps = 0;
  const pf::Block<double> y = support::random_block(2, 1);
  pf::Block<double> dy(pf::kBlockSize, 2);
  pf::gradients(f, y, pf::Lane<double>(pf::Lane<double>::Ones()), pf::unit_vectors<double>(4), dy,
                [](Index, Out) {});
  CHECK(Asked::sweeps == 1);
  CHECK(Asked::pullbacks == 2);
}

TEST_CASE("Concatenate redraws what can be redrawn", "[test_functions]") {
  const pf::RandomFourier<double> random(2, 3, {}, pf::Key{1});
  static_assert(pf::HasRedraw<pf::Concatenate<pf::RandomFourier<double>, Squares>>);
  static_assert(!pf::HasRedraw<pf::Concatenate<pf::Rbf<double>, Squares>>);
  pf::Concatenate f(pf::Concatenate(bumps(), random), random);
  f.redraw(pf::Key{4});
  auto expected = random;
  expected.redraw(pf::Key{4}.part(1));
  CHECK(laws::same_bits(f.second().frequencies(), expected.frequencies()));
  expected.redraw(pf::Key{4}.part(0).part(1));
  CHECK(laws::same_bits(f.first().second().frequencies(), expected.frequencies()));
}

TEST_CASE("Concatenate refuses families on different spaces", "[test_functions][errors]") {
  CHECK(support::error_of<std::invalid_argument>([] {
          pf::Concatenate(waves(), pf::Polynomial<double>(3, 1));
        }) == "Concatenate: dimension of the second family is 3, but must be 2");
}
