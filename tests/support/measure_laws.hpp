#pragma once

#include "pushforward/core/team.hpp"
#include "pushforward/measures/draw.hpp"
#include "support/catch.hpp"
#include "support/statistics.hpp"

#include <limits>
#include <tuple>
#include <type_traits>
#include <vector>

/// \file
/// Laws: plain blocks, not sections, so that one test case may hold many measures to them.

namespace laws {

/// The value of a field, which may be a reference.
template <class F>
using DescribedValue = std::remove_cvref_t<decltype(std::remove_cvref_t<F>::value)>;

/// What every measure owes its users.
template <pushforward::Measure M>
void measure(const M& m) {
  using namespace pushforward;
  using Scalar = typename M::Scalar;
  const Key key{20240607, 3};
  const Index d = m.dimension(), n = 193;
  REQUIRE(d >= 1);

  ScratchOf<M> used;
  {
    INFO("every entry is written, and finite");
    Block<Scalar> x =
        Block<Scalar>::Constant(kBlockSize, d, std::numeric_limits<Scalar>::quiet_NaN());
    sample(m, key, 5, x, used);
    CHECK(all_finite(x));
    ScratchOf<M> fresh;
    Block<Scalar> again(kBlockSize, d);
    sample(m, key, 5, again, fresh);
    CHECK((again == x).all());
  }
  {
    INFO("sample i has the same bits in every cut");
    for (const std::uint64_t first :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xFFFFFFC0}, ~std::uint64_t{100}}) {
      const Matrix<Scalar> all = support::draw(m, n, key, first);
      for (const Index cut : {1, 7, 63}) CHECK(support::draw(m, n, key, first, cut) == all);
    }
  }
  if constexpr (HasSampleOne<M>) {
    INFO("one sample alone has the bits of its row");
    for (const std::uint64_t i : {std::uint64_t{0}, std::uint64_t{77}, ~std::uint64_t{0}}) {
      Vector<Scalar> one = Vector<Scalar>::Constant(d + 2, Scalar(-7));
      m.sample_one(key, i, one.segment(1, d));
      CHECK(one.segment(1, d) == support::draw(m, 1, key, i));
      CHECK(one[0] == -7);
      CHECK(one[d + 1] == -7);
    }
  }
  {
    INFO("nothing is written beside the block");
    Block<Scalar> x(kBlockSize, d), wide = Block<Scalar>::Constant(kBlockSize, d + 2, Scalar(-7));
    sample(m, key, 9, x, used);
    sample(m, key, 9, wide.middleCols(1, d), used);
    CHECK((wide.middleCols(1, d) == x).all());
    CHECK((wide.col(0) == -7).all());
    CHECK((wide.col(d + 1) == -7).all());
  }
  {
    INFO("one const measure serves many threads");
    std::vector<Matrix<Scalar>> drawn(16);
    Team team(4);
    team.for_each(
        16, [&](Index, Index i) { drawn[static_cast<std::size_t>(i)] = support::draw(m, n, key); });
    for (const Matrix<Scalar>& samples : drawn) CHECK(samples == support::draw(m, n, key));
  }
  {
    INFO("a copy draws the same");
    const M copy = m;
    CHECK(support::draw(copy, n, key) == support::draw(m, n, key));
    CHECK(pushforward::draw(m, n, key) == support::draw(m, n, key));
  }
  if constexpr (Described<M>) {
    INFO("what its description makes is the same measure");
    std::apply(
        [&](const auto&... field) {
          CHECK(support::draw(M(DescribedValue<decltype(field)>(field.value)...), n, key) ==
                support::draw(m, n, key));
        },
        description_of(m));
  }
}

/// Streams and seeds are told apart; for measures that draw at random.
template <pushforward::Measure M>
void streams(const M& m) {
  const auto one = support::draw(m, 64, {1, 1});
  CHECK(one != support::draw(m, 64, {1, 2}));
  CHECK(one != support::draw(m, 64, {2, 1}));
  CHECK(one != support::draw(m, 64, {1, 1}, 64));
  CHECK(one != support::draw(m, 64, pushforward::Key{1, 1}.part(0)));
}

/// E exp(i w.Y) and E exp(-|Y - c|^2 / (2 s^2)) are the means over samples, with error 1e-6.
template <pushforward::HasCharacteristicFunction M>
requires pushforward::HasGaussianMean<M>
void closed_forms(const M& m) {
  using namespace pushforward;
  using Scalar = typename M::Scalar;
  const Index d = m.dimension(), n = 1 << 16;
  const Matrix<double> y = support::draw(m, n, {77, 1}).template cast<double>();
  const double bound = support::mean_bound(n, -1, 1);
  for (const double scale : {0.0, 0.3, 1.0, 4.0}) {
    const Vector<double> w = scale * Vector<double>::LinSpaced(d, 1, -0.5);
    const std::complex<Scalar> value = m.characteristic_function(w.cast<Scalar>());
    const auto angle = (w.transpose() * y).array().eval();
    CHECK_THAT(static_cast<double>(value.real()), WithinAbs(angle.cos().mean(), bound));
    CHECK_THAT(static_cast<double>(value.imag()), WithinAbs(angle.sin().mean(), bound));
  }
  for (const double s : {0.1, 1.0, 5.0}) {
    const Vector<double> c = Vector<double>::LinSpaced(d, 0.7, -0.2);
    const double mean =
        ((y.colwise() - c).colwise().squaredNorm().array() / (-2 * s * s)).exp().mean();
    CHECK_THAT(static_cast<double>(m.gaussian_mean(c.cast<Scalar>(), static_cast<Scalar>(s))),
               WithinAbs(mean, bound / 2));
  }
}

/// In one dimension: the density integrates to one over [low, high].
template <pushforward::HasDensity M>
void density(const M& m, double low, double high) {
  using namespace pushforward;
  static_assert(std::same_as<typename M::Scalar, double>);
  const Index blocks = 256;
  const double h = (high - low) / static_cast<double>(blocks * kBlockSize);
  double total = 0;
  Block<double> x(kBlockSize, 1);
  Lane<double> density;
  ScratchOf<M> scratch;
  for (Index b = 0; b < blocks; ++b) {
    for (Index i = 0; i < kBlockSize; ++i)
      x(i, 0) = low + h * (static_cast<double>(b * kBlockSize + i) + 0.5);
    log_density(m, x, density, scratch);
    total += density.exp().sum() * h;
  }
  CHECK_THAT(total, WithinAbs(1, 1e-8));
}

/// The score is the gradient of the log-density where the measure has samples, and both are
/// functions of each row by itself.
template <pushforward::HasScore M>
requires pushforward::HasDensity<M>
void score(const M& m) {
  using namespace pushforward;
  static_assert(std::same_as<typename M::Scalar, double>);
  const Index d = m.dimension();
  Block<double> x(kBlockSize, d), dx(kBlockSize, d), moved, again(kBlockSize, d);
  Lane<double> left, right;
  ScratchOf<M> scratch, fresh;
  sample(m, {5, 6}, 0, x, scratch);
  pushforward::score(m, x, dx, scratch);
  constexpr double step = 1e-5;
  for (Index j = 0; j < d; ++j) {
    moved = x;
    moved.col(j) -= step;
    log_density(m, moved, left, scratch);
    moved.col(j) += 2 * step;
    log_density(m, moved, right, scratch);
    const Lane<double> slope = (right - left) / (2 * step);
    CHECK(((slope - dx.col(j)).abs() / (1 + dx.col(j).abs())).maxCoeff() < 1e-6);
  }
  pushforward::score(m, x.colwise().reverse(), again, fresh);
  CHECK((again.colwise().reverse() == dx).all());
}

}  // namespace laws
