#include "support/measure_laws.hpp"

#include "pushforward/core/team.hpp"
#include "pushforward/measures/draw.hpp"

#include <limits>
#include <vector>

namespace laws {

/// What every measure owes its users.
template <pf::Real S>
void measure(const ErasedMeasure<S>& m) {
  const pf::Key key{20240607, 3};
  const Index d = m.dimension(), n = 193;
  REQUIRE(d >= 1);

  ErasedRoom used;
  {
    INFO("every entry is written, and finite");
    pf::Block<S> x = pf::Block<S>::Constant(pf::kBlockSize, d, std::numeric_limits<S>::quiet_NaN());
    m.sample(key, 5, x, used);
    CHECK(pf::all_finite(x));
    ErasedRoom fresh;
    pf::Block<S> again(pf::kBlockSize, d);
    m.sample(key, 5, again, fresh);
    CHECK((again == x).all());
  }
  {
    INFO("sample i has the same bits in every cut");
    for (const std::uint64_t first :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{0xFFFFFFC0}, ~std::uint64_t{100}}) {
      const pf::Matrix<S> all = support::draw(m, n, key, first);
      for (const Index cut : {1, 7, 63}) CHECK(support::draw(m, n, key, first, cut) == all);
    }
  }
  if (m.has_sample_one()) {
    INFO("one sample alone has the bits of its row");
    for (const std::uint64_t i : {std::uint64_t{0}, std::uint64_t{77}, ~std::uint64_t{0}}) {
      pf::Vector<S> one = pf::Vector<S>::Constant(d + 2, S(-7));
      m.sample_one(key, i, one.segment(1, d));
      CHECK(one.segment(1, d) == support::draw(m, 1, key, i));
      CHECK(one[0] == -7);
      CHECK(one[d + 1] == -7);
    }
  }
  {
    INFO("nothing is written beside the block");
    pf::Block<S> x(pf::kBlockSize, d), wide = pf::Block<S>::Constant(pf::kBlockSize, d + 2, S(-7));
    m.sample(key, 9, x, used);
    m.sample(key, 9, wide.middleCols(1, d), used);
    CHECK((wide.middleCols(1, d) == x).all());
    CHECK((wide.col(0) == -7).all());
    CHECK((wide.col(d + 1) == -7).all());
  }
  {
    INFO("one const measure serves many threads");
    std::vector<pf::Matrix<S>> drawn(16);
    pf::Team team(4);
    team.for_each(
        16, [&](Index, Index i) { drawn[static_cast<std::size_t>(i)] = support::draw(m, n, key); });
    for (const pf::Matrix<S>& samples : drawn) CHECK(samples == support::draw(m, n, key));
  }
  {
    INFO("a copy draws the same");
    const ErasedMeasure<S> copy = m;
    CHECK(support::draw(copy, n, key) == support::draw(m, n, key));
    CHECK(pf::draw(m, n, key) == support::draw(m, n, key));
  }
  if (const auto made = m.made_of_description()) {
    INFO("what its description makes is the same measure");
    CHECK(support::draw(ErasedMeasure<S>(made->copy()), n, key) == support::draw(m, n, key));
  }
}

/// Streams and seeds are told apart; for measures that draw at random.
template <pf::Real S>
void streams(const ErasedMeasure<S>& m) {
  const auto one = support::draw(m, 64, {1, 1});
  CHECK(one != support::draw(m, 64, {1, 2}));
  CHECK(one != support::draw(m, 64, {2, 1}));
  CHECK(one != support::draw(m, 64, {1, 1}, 64));
  CHECK(one != support::draw(m, 64, pf::Key{1, 1}.part(0)));
}

template void measure(const ErasedMeasure<float>&);
template void measure(const ErasedMeasure<double>&);
template void streams(const ErasedMeasure<float>&);
template void streams(const ErasedMeasure<double>&);

/// In one dimension: the density integrates to one over [low, high].
void density(const ErasedMeasure<double>& m, double low, double high) {
  const Index blocks = 256;
  const double h = (high - low) / static_cast<double>(blocks * pf::kBlockSize);
  double total = 0;
  pf::Block<double> x(pf::kBlockSize, 1);
  pf::Lane<double> density;
  ErasedRoom scratch;
  for (Index b = 0; b < blocks; ++b) {
    for (Index i = 0; i < pf::kBlockSize; ++i)
      x(i, 0) = low + h * (static_cast<double>(b * pf::kBlockSize + i) + 0.5);
    m.log_density(x, density, scratch);
    total += density.exp().sum() * h;
  }
  CHECK_THAT(total, WithinAbs(1, 1e-8));
}

/// The score is the gradient of the log-density where the measure has samples, and both are
/// functions of each row by itself.
void score(const ErasedMeasure<double>& m) {
  const Index d = m.dimension();
  pf::Block<double> x(pf::kBlockSize, d), dx(pf::kBlockSize, d), moved, again(pf::kBlockSize, d);
  pf::Lane<double> left, right;
  ErasedRoom scratch, fresh;
  m.sample({5, 6}, 0, x, scratch);
  m.score(x, dx, scratch);
  constexpr double step = 1e-5;
  for (Index j = 0; j < d; ++j) {
    moved = x;
    moved.col(j) -= step;
    m.log_density(moved, left, scratch);
    moved.col(j) += 2 * step;
    m.log_density(moved, right, scratch);
    const pf::Lane<double> slope = (right - left) / (2 * step);
    CHECK(((slope - dx.col(j)).abs() / (1 + dx.col(j).abs())).maxCoeff() < 1e-6);
  }
  m.score(x.colwise().reverse(), again, fresh);
  CHECK((again.colwise().reverse() == dx).all());
}

}  // namespace laws
