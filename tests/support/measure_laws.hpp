#pragma once

#include "pushforward/core/parallel.hpp"
#include "support/catch.hpp"
#include "support/statistics.hpp"

#include <limits>

/// \file
/// Laws: plain blocks, not sections, so that one test case may hold many measures to them.

namespace laws {

/// What every measure owes its users.
template <pushforward::Measure M>
void measure(const M& m) {
  using namespace pushforward;
  using Scalar = typename M::Scalar;
  using support::draw;
  const Key key{20240607, 3};
  const Index d = m.dimension(), n = 193;
  REQUIRE(d >= 1);

  {
    INFO("every entry is written, and finite");
    Block<Scalar> x =
        Block<Scalar>::Constant(kBlockSize, d, std::numeric_limits<Scalar>::quiet_NaN());
    m.sample(key, 5, x);
    CHECK(all_finite(x));
  }
  {
    INFO("sample i has the same bits in every cut");
    for (const std::uint64_t first :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xFFFFFFC0}, ~std::uint64_t{100}}) {
      const Matrix<Scalar> all = draw(m, n, key, first);
      for (const Index cut : {1, 7, 63}) CHECK(draw(m, n, key, first, cut) == all);
    }
  }
  {
    INFO("nothing is written beside the block");
    Block<Scalar> x(kBlockSize, d), wide = Block<Scalar>::Constant(kBlockSize, d + 2, Scalar(-7));
    m.sample(key, 9, x);
    m.sample(key, 9, wide.middleCols(1, d));
    CHECK((wide.middleCols(1, d) == x).all());
    CHECK((wide.col(0) == -7).all());
    CHECK((wide.col(d + 1) == -7).all());
  }
  {
    INFO("one const measure serves many threads");
    std::vector<Matrix<Scalar>> drawn(16);
    Pool pool(4);
    pool.for_each(16, [&](Index i) { drawn[static_cast<std::size_t>(i)] = draw(m, n, key); });
    for (const Matrix<Scalar>& samples : drawn) CHECK(samples == draw(m, n, key));
  }
  {
    INFO("a copy draws the same");
    const M copy = m;
    CHECK(draw(copy, n, key) == draw(m, n, key));
  }
}

/// Streams and seeds are told apart; for measures that draw at random.
template <pushforward::Measure M>
void streams(const M& m) {
  using support::draw;
  const auto one = draw(m, 64, {1, 1});
  CHECK(one != draw(m, 64, {1, 2}));
  CHECK(one != draw(m, 64, {2, 1}));
  CHECK(one != draw(m, 64, {1, 1}, 64));
  CHECK(one != draw(m, 64, pushforward::Key{1, 1}.part(0)));
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

/// In one dimension: the density integrates to one over [low, high], and the score is the
/// derivative of its logarithm.
template <pushforward::HasDensity M>
void density(const M& m, double low, double high) {
  using namespace pushforward;
  using Scalar = typename M::Scalar;
  static_assert(std::same_as<Scalar, double>);
  const Index blocks = 256;
  const double h = (high - low) / static_cast<double>(blocks * kBlockSize);
  double total = 0, gap = 0;
  Block<double> x(kBlockSize, 1), dx(kBlockSize, 1);
  Lane<double> density, left, right;
  for (Index b = 0; b < blocks; ++b) {
    for (Index i = 0; i < kBlockSize; ++i)
      x(i, 0) = low + h * (static_cast<double>(b * kBlockSize + i) + 0.5);
    m.log_density(x, density);
    total += density.exp().sum() * h;
    m.score(x, dx);
    constexpr double step = 1e-5;
    m.log_density(x - step, left);
    m.log_density(x + step, right);
    gap = (std::max)(gap, ((right - left) / (2 * step) - dx.col(0)).abs().maxCoeff());
  }
  CHECK_THAT(total, WithinAbs(1, 1e-8));
  CHECK(gap < 1e-5);
}

}  // namespace laws
