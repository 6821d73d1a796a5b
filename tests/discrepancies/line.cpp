#include "pushforward/discrepancies/line.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/gradient.hpp"
#include "support/is_nan.hpp"

#include "pushforward/discrepancies/energy_line.hpp"
#include "pushforward/discrepancies/wasserstein_line.hpp"

#include <algorithm>
#include <type_traits>

/// \file
/// Distances on the line, against their definitions and closed forms.

namespace pf = pushforward;
using pf::Index, pf::Vector;

namespace {

const pf::EnergyLine kBiased{.unbiased = false}, kUnbiased{.unbiased = true};

/// Calls check(line, power) for distances that count a point against itself: D(a x, a y) is
/// a^power D(x, y).
template <class Check>
void for_each_biased_line(Check check) {
  check(kBiased, 1.0);
  for (const double p : {1.0, 1.7, 2.0, 3.0}) check(pf::WassersteinLine{p}, p);
}
template <class Check>
void for_each_line(Check check) {
  for_each_biased_line(check);
  check(kUnbiased, 1.0);
}

struct Result {
  double value;
  Vector<double> dx, dy;
};

/// D of two samples, with weights of the target, or equal ones.
template <class L>
Result distance(const L& line, const Vector<double>& x, const Vector<double>& y,
                const Vector<double>& weights = {}, bool fresh = false) {
  const pf::PooledMasses masses = weights.size() > 0 ? pf::PooledMasses(x.size(), weights, fresh)
                                                     : pf::PooledMasses(x.size(), y.size(), fresh);
  Vector<double> points(x.size() + y.size());
  points << x, y;
  pf::PooledSample<double> pool;
  pool.sort(points.data(), masses);
  Vector<double> dz = Vector<double>::Constant(points.size(), 99);
  const double value = line.value_and_gradient(pool, pf::VectorRef<double>(dz));
  return {value, dz.head(x.size()), dz.tail(y.size())};
}

/// sum_ij a_i b_j |x_i - y_j|
double mean_distance(const Vector<double>& x, const Vector<double>& a, const Vector<double>& y,
                     const Vector<double>& b) {
  double sum = 0;
  for (Index i = 0; i < x.size(); ++i)
    for (Index j = 0; j < y.size(); ++j) sum += a[i] * b[j] * std::abs(x[i] - y[j]);
  return sum;
}

Vector<double> equal(Index n) { return Vector<double>::Constant(n, 1 / double(n)); }

/// The energy distance by its definition.
double pairs(const Vector<double>& x, const Vector<double>& y, const Vector<double>& w) {
  const Vector<double> u = equal(x.size());
  return 2 * mean_distance(x, u, y, w) - mean_distance(x, u, x, u) - mean_distance(y, w, y, w);
}

Vector<double> sample(Index n, std::uint64_t seed) { return support::random_vector(n, seed); }

/// Weights of m points, some of them 0.
Vector<double> some_weights(Index m) {
  Vector<double> w = sample(m, 77).cwiseAbs();
  for (Index j = 0; j < m; j += 5) w[j] = 0;
  if (m < 2) w.setOnes();
  return w;
}

/// The quantiles of a law at (i + 1/2) / n.
template <class Quantile>
Vector<double> grid(Index n, Quantile quantile) {
  return Vector<double>::NullaryExpr(
      n, [&](Index i) { return quantile((double(i) + 0.5) / double(n)); });
}
Vector<double> normal_grid(Index n, double mean = 0, double deviation = 1) {
  return mean + deviation * grid(n, [](double u) { return pf::normal_quantile(u); }).array();
}

}  // namespace

TEST_CASE("the sorted energy is that of the pairs, V and unbiased", "[discrepancies][identity]") {
  for (const auto& [n, m] : {std::pair<Index, Index>{1, 1}, {2, 3}, {40, 40}, {130, 7}, {5, 90}}) {
    INFO("n = " << n << ", m = " << m);
    const Vector<double> x = sample(n, 1), y = 2 * sample(m, 2), u = equal(n);
    for (const bool weighted : {false, true}) {
      const Vector<double> given = weighted ? some_weights(m) : Vector<double>();
      const Vector<double> w = weighted ? Vector<double>(given / given.sum()) : equal(m);
      const double v = pairs(x, y, w);
      CHECK_THAT(distance(kBiased, x, y, given).value, WithinAbs(v, 1e-13));
      if (n < 2) continue;
      const double self = mean_distance(x, u, x, u) / double(n - 1);
      CHECK_THAT(distance(kUnbiased, x, y, given).value, WithinAbs(v - self, 1e-13));
      if (weighted || m < 2) continue;
      const double fresh = mean_distance(y, w, y, w) / double(m - 1);
      CHECK_THAT(distance(kUnbiased, x, y, given, true).value, WithinAbs(v - self - fresh, 1e-13));
      CHECK(distance(kBiased, x, y, given, true).value == distance(kBiased, x, y, given).value);
    }
  }
}

TEST_CASE("W_p is the distance of the quantile functions", "[discrepancies][identity]") {
  const auto w = [](double p, const Vector<double>& x, const Vector<double>& y,
                    const Vector<double>& weights = {}) {
    return distance(pf::WassersteinLine{p}, x, y, weights).value;
  };
  const Vector<double> x = sample(60, 1), y = sample(60, 2);
  Vector<double> sx = x, sy = y;
  std::sort(sx.begin(), sx.end());
  std::sort(sy.begin(), sy.end());
  for (const double p : {1.0, 1.5, 2.0, 3.0, 7.3})
    CHECK_THAT(w(p, x, y), WithinRel((sx - sy).array().abs().pow(p).mean(), 1e-13));
  CHECK_THAT(w(2, Vector<double>{{0, 3}}, Vector<double>{{2, 0, 1}}), WithinRel(7.0 / 6, 1e-14));
  CHECK_THAT(w(3, Vector<double>{{0}}, Vector<double>{{0, 2}}, Vector<double>{{1, 3}}),
             WithinRel(6, 1e-14));
  CHECK_THAT(w(1.5, Vector<double>{{0, 1}}, Vector<double>{{1, 2, 5}}, Vector<double>{{1, 0, 3}}),
             WithinRel((0.25 * 1 + 0.25 * std::pow(5, 1.5) + 0.5 * 8), 1e-14));
}

TEST_CASE("repeated points are points of a larger weight", "[discrepancies][identity]") {
  const Vector<double> x = sample(12, 1), y = sample(9, 2);
  Vector<double> twice(21), weights = Vector<double>::Ones(9);
  twice << y, y.head(9), y.tail(3);
  weights *= 2;
  weights.tail(3).setConstant(3);
  const Vector<double> often = x.replicate(3, 1);
  for_each_biased_line([&](const auto& line, double) {
    const Result once = distance(line, x, y, weights), repeated = distance(line, x, twice);
    CHECK_THAT(once.value, WithinRel(repeated.value, 1e-14));
    CHECK(once.dx.isApprox(repeated.dx, 1e-13));
    CHECK_THAT(distance(line, often, y, weights).value, WithinRel(once.value, 1e-14));
  });
}

TEST_CASE("closed forms of Gaussians and of the uniform law", "[discrepancies][identity]") {
  const Index n = 20000;
  const auto energy = [](const Vector<double>& x, const Vector<double>& y) {
    return distance(kBiased, x, y).value;
  };
  CHECK_THAT(energy(normal_grid(n), normal_grid(n, 1)), WithinAbs(0.5418065793, 1e-7));
  for (const double p : {1.0, 2.0, 3.0}) {
    const auto w = [&](double mean, double deviation) {
      return distance(pf::WassersteinLine{p}, normal_grid(n), normal_grid(n, mean, deviation))
          .value;
    };
    CHECK_THAT(w(1.5, 1), WithinRel(std::pow(1.5, p), 1e-12));
  }
  CHECK_THAT(distance(pf::WassersteinLine{2}, normal_grid(n), normal_grid(n, 1, 3)).value,
             WithinRel(1 + 4, 1e-3));  // |m1 - m2|^2 + (a - b)^2

  // Cramer-von Mises against U[0, 1]: ED / 2 = 1 / (12 n^2) + mean (x_(i) - (2 i - 1) / (2 n))^2
  Vector<double> x = (sample(50, 1).array() + 1) / 2;
  const double ed = energy(x, grid(200000, [](double u) { return u; }));
  std::sort(x.begin(), x.end());
  double cvm = 1 / (12.0 * 50 * 50);
  for (Index i = 0; i < 50; ++i) cvm += std::pow(x[i] - (2 * double(i) + 1) / 100, 2) / 50;
  CHECK_THAT(ed / 2, WithinAbs(cvm, 1e-9));
}

TEST_CASE("D_inf over the 1-Lipschitz functions is W_1, and its gradient the slope of the witness",
          "[discrepancies][identity]") {
  const Vector<double> x = sample(30, 1), y = sample(45, 2), w = some_weights(45);
  const Result w1 = distance(pf::WassersteinLine{1}, x, y, w);
  Vector<double> points(75), f(75);
  points << x, y;
  pf::PooledSample<double> pool;
  const pf::PooledMasses masses(30, w);
  pool.sort(points.data(), masses);
  pf::lipschitz_witness(pool, pf::VectorRef<double>(f));
  CHECK_THAT(f.head(30).mean() - f.tail(45).dot(w) / w.sum(), WithinRel(w1.value, 1e-13));
  double integral = 0;
  for (Index k = 0; k + 1 < 75; ++k) {
    integral += pool.width(k) * std::abs(pool.gap(k + 1));
    const double slope = f[pool.index(k + 1)] - f[pool.index(k)];
    CHECK(std::abs(slope) <= pool.width(k) * (1 + 1e-12));
  }
  CHECK_THAT(integral, WithinRel(w1.value, 1e-13));
}

TEST_CASE("what no distance depends on", "[discrepancies][identity]") {
  for_each_line([](const auto& line, double power) {
    const Vector<double> x = sample(40, 1), y = sample(25, 2), w = some_weights(25);
    const Result d = distance(line, x, y, w);
    CHECK(distance(line, x.reverse(), y.reverse()).value == distance(line, x, y).value);
    CHECK_THAT(distance(line, x, y.reverse(), w.reverse()).value, WithinRel(d.value, 1e-14));
    CHECK(distance(line, x.reverse(), y, w).dx == d.dx.reverse());
    CHECK_THAT(distance(line, x.array() + 3, y.array() + 3, w).value, WithinRel(d.value, 1e-12));
    CHECK_THAT(distance(line, -x, -y, w).value, WithinRel(d.value, 1e-12));
    CHECK_THAT(d.dx.sum() + d.dy.sum(), WithinAbs(0, 1e-14));
    for (const double scale : {1e20, 1e-30}) {
      const Result scaled = distance(line, scale * x, scale * y, w);
      CHECK_THAT(scaled.value, WithinRel(std::pow(scale, power) * d.value, 1e-12));
      CHECK(scaled.dx.isApprox(std::pow(scale, power - 1) * d.dx, 1e-12));
    }
    CHECK_THAT(d.dx.dot(x) + d.dy.dot(y), WithinRel(power * d.value, 1e-12));  // Euler
  });
}

TEST_CASE("a distance in both of its arguments", "[discrepancies]") {
  const Vector<double> x = sample(20, 1), y = sample(30, 2);
  for_each_biased_line([&](const auto& line, double) {
    const Result there = distance(line, x, y), back = distance(line, y, x);
    CHECK_THAT(there.value, WithinRel(back.value, 1e-13));
    CHECK(there.dy.isApprox(back.dx, 1e-12));
    const Vector<double> often = x.replicate(7, 1);
    CHECK(distance(line, x, often).value == 0);
    CHECK(distance(line, x, x).value == 0);
  });
}

TEST_CASE("between equal points the derivative of |x - y| is 0", "[discrepancies]") {
  const Vector<double> x{{1, 2, 1, 2}};
  CHECK((distance(kBiased, x, Vector<double>{{2, 1}}).dx.array() == 0).all());  // at the optimum
  CHECK(
      (distance(kBiased, Vector<double>{{3, 3, 3}}, Vector<double>{{2, 4}}).dx.array() == 0).all());
  CHECK((distance(kUnbiased, Vector<double>{{3, 3, 3}}, Vector<double>{{2, 4}}).dx.array() == 0)
            .all());
  for (const bool is_unbiased : {false, true}) {
    const Vector<double> y{{0, 2, 2, 5}}, w{{1, 2, 3, 4}};
    const Result d = distance(is_unbiased ? kUnbiased : kBiased, x, y, w);
    for (Index i = 0; i < 4; ++i) {
      double slope = 0;
      const auto sign = [](double e) { return e > 0 ? 1.0 : e < 0 ? -1.0 : 0.0; };
      for (Index j = 0; j < 4; ++j) slope += 2 * w[j] / 10 * sign(x[i] - y[j]) / 4;
      for (Index j = 0; j < 4; ++j) slope -= 2 * sign(x[i] - x[j]) / (is_unbiased ? 12 : 16);
      CHECK_THAT(d.dx[i], WithinAbs(slope, 1e-15));
    }
  }
  const pf::WassersteinLine w1{1}, w2{2};
  CHECK((distance(w1, x, Vector<double>{{2, 1}}).dx.array() == 0).all());
  CHECK(distance(w2, Vector<double>{{3, 3}}, Vector<double>{{2, 4}}).dx == Vector<double>{{1, -1}});
}

TEST_CASE("a NaN gives a NaN, and nothing worse", "[discrepancies][hostile]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for_each_line([&](const auto& line, double) {
    for (const double number : {nan, -nan, infinity, -infinity})
      for (const Index at : {0, 11, 59, 60, 99}) {
        Vector<double> x = sample(60, 1), y = sample(40, 2);
        (at < 60 ? x[at] : y[at - 60]) = number;
        CHECK(!pf::is_finite(distance(line, x, y).value));
      }
    const Vector<double> none = Vector<double>::Constant(30, nan);
    CHECK(support::is_nan(distance(line, none, none).value));
  });
}

TEST_CASE("constant data have finite distances", "[discrepancies][hostile]") {
  for_each_line([](const auto& line, double power) {
    const double expected =
        std::is_same_v<decltype(line), const pf::EnergyLine&> ? 4 : std::pow(2, power);
    const Vector<double> zero = Vector<double>::Zero(10), two = Vector<double>::Constant(6, 2);
    const Result d = distance(line, zero, two);
    CHECK_THAT(d.value, WithinRel(expected, 1e-14));
    CHECK(d.dx.isApproxToConstant(d.dx[0], 1e-15));
    CHECK(distance(line, two, two).value == 0);
    CHECK((distance(line, two, two).dx.array() == 0).all());
  });
}

TEST_CASE("samples that are too few, and powers below 1, are refused", "[discrepancies]") {
  const auto error = [](auto&& body) { return support::error_of<std::invalid_argument>(body); };
  CHECK(error([&] { distance(kUnbiased, sample(1, 1), sample(2, 1)); }) ==
        "EnergyLine: number of samples is 1, but must be at least 2 to be unbiased");
  CHECK(error([&] { distance(kUnbiased, sample(2, 1), sample(1, 1), {}, true); }) ==
        "EnergyLine: number of target samples is 1, but must be at least 2 to be unbiased");
  CHECK(error([&] { distance(kUnbiased, sample(2, 1), sample(1, 1)); }) == "nothing was thrown");
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(pf::EnergyLine{}.unbiased);
  for (const double p : {0.5, -1.0, infinity})
    CHECK(support::error_of<std::domain_error>([&] { pf::WassersteinLine{p}.check(); }) ==
          "WassersteinLine: p is " + pf::to_text(p) + ", but must be finite and at least 1");
}

TEST_CASE("slicing constants", "[discrepancies][identity]") {
  const auto c = [](Index d) { return pf::EnergyLine::slicing_constant(d); };
  CHECK(c(1) == 1);
  CHECK_THAT(c(2), WithinRel(std::numbers::pi / 2, 1e-15));
  CHECK(c(3) == 2);
  CHECK_THAT(c(10), WithinAbs(3.86563, 5e-6));
  for (const Index d : {4, 7, 50, 101})
    CHECK_THAT(c(d),
               WithinRel(std::sqrt(std::numbers::pi) *
                             std::exp(std::lgamma(double(d + 1) / 2) - std::lgamma(double(d) / 2)),
                         1e-12));
}
