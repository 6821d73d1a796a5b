#include "pushforward/discrepancies/pooled_sample.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/gradient.hpp"

#include "pushforward/discrepancies/wasserstein_line.hpp"

#include <cmath>

namespace pf = pushforward;
using pf::Index, pf::Vector;

TEST_CASE("a pooled sample is in ascending order, and so is either part", "[discrepancies]") {
  for (const auto& [n, m] : {std::pair<Index, Index>{1, 1}, {3, 200}, {150, 2}}) {
    Vector<double> points = support::random_vector(n + m, 1);
    points[0] = points[n + m - 1];
    const pf::PooledMasses masses(n, m);
    pf::PooledSample<double> pool;
    pool.sort(points.data(), masses);
    CHECK(pool.tied());
    for (Index k = 0; k < n + m; ++k) {
      CHECK(pool.place(k) == points[pool.index(k)]);
      if (k > 0) CHECK(pool.width(k - 1) == pool.place(k) - pool.place(k - 1));
      if (k > 0) CHECK(pool.width(k - 1) >= 0);
      CHECK_THAT(pool.gap(k + 1) - pool.gap(k), WithinAbs(pool.mass(k), 1e-15));
    }
    for (Index i = 0; i < n; ++i) {
      CHECK(pool.is_sample(pool.sample_at(i)));
      if (i > 0) CHECK(pool.sample_at(i) > pool.sample_at(i - 1));
    }
    for (Index j = 0; j < m; ++j) {
      CHECK(!pool.is_sample(pool.target_at(j)));
      if (j > 0) CHECK(pool.target_at(j) > pool.target_at(j - 1));
    }
  }
}

TEST_CASE("unequal masses are nothing where F = G", "[discrepancies][identity]") {
  const Vector<double> whole{{3, 7}}, tenths{{0.3, 0.7}}, others{{0.6, 0.4}}, few{{0.7, 6.3}};
  for (const Index n : {10, 70, 1000, 30000})
    for (const Vector<double>& w : {whole, tenths, others, few}) {
      const double part = w[0] / w.sum();
      Vector<double> points(n + 2), f(n + 2);
      points << Vector<double>::LinSpaced(n, 1, double(n)), part * double(n) + 0.5, double(n) + 0.5;
      pf::PooledSample<double> pool;
      const pf::PooledMasses masses(n, w);
      pool.sort(points.data(), masses);
      const auto k = Index(std::lround(part * double(n)));  // the point y_1
      CHECK(pool.target_at(0) == k);
      CHECK(pool.sample_at(k) == k + 1);
      CHECK(pool.gap(k) > 0.05);
      CHECK(pool.gap(k + 1) == 0);
      CHECK(pool.gap(n + 2) == 0);
      CHECK_THAT(pool.mass(k), WithinAbs(-part, 1e-15));
      CHECK_THAT(pool.mass(0), WithinRel(1 / double(n), 1e-15));
      pf::lipschitz_witness(pool, pf::VectorRef<double>(f));
      CHECK(f[k] == f[n]);
    }
  for (const Index n : {1, 7, 64, 999}) {
    const Vector<double> w = support::random_vector(45, 77).cwiseMax(0);  // some of them 0
    const Vector<double> points = support::random_vector(n + 45, 3);
    pf::PooledSample<double> pool;
    const pf::PooledMasses masses(n, w);
    pool.sort(points.data(), masses);
    CHECK(pool.gap(n + 45) == 0);
    for (Index k = 0; k < n + 45; ++k)
      CHECK_THAT(
          pool.mass(k),
          WithinAbs(pool.is_sample(k) ? 1 / double(n) : -w[pool.index(k) - n] / w.sum(), 1e-15));
  }
}

TEST_CASE("masses of none are refused", "[discrepancies]") {
  const auto error = [](auto&& body) { return support::error_of<std::invalid_argument>(body); };
  CHECK(error([] { pf::PooledMasses(0, 3); }) ==
        "PooledMasses: number of samples is 0, but must be at least 1");
  CHECK(error([] { pf::PooledMasses(3, 0); }) ==
        "PooledMasses: number of target samples is 0, but must be at least 1");
  for (const Index n : {Index(1) << 32, (Index(1) << 32) - 1})
    CHECK(support::error_of<std::length_error>([&] {
            pf::PooledMasses(n, Vector<double>::Ones(1));
          }) == "PooledMasses: number of samples and target samples is " + pf::to_text(n) +
                    " + 1, but must be at most 4294967295");
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double sum : {infinity, -1.0, infinity - infinity})
    CHECK_THROWS_AS(pf::PooledMasses(3, Vector<double>{{0, sum}}), std::domain_error);
}
