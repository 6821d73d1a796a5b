#include "pushforward/problems.hpp"

#include "support/error.hpp"
#include "support/measure_laws.hpp"

#include <map>
#include <random>
#include <set>

namespace pf = pushforward;
namespace problems = pf::problems;
using pf::Index, pf::Matrix, pf::Vector;
using support::error_of;

namespace {

using Two = problems::Moons<double>;
static_assert(pf::HasScore<problems::Checkerboard<float>> && pf::Described<Two>);
static_assert(pf::HasQuantile<problems::Checkerboard<float>> && !pf::HasDensity<Two>);
static_assert(pf::HasScore<problems::Student<float>> && pf::HasQuantile<problems::Student<float>>);
static_assert(pf::HasScore<problems::LogNormal<double>>);
static_assert(pf::HasQuantile<problems::LogNormal<double>>);

constexpr Index n = 1 << 16;

/// sup |F_n - G_m| of the numbers in two rows.
template <class X, class Y>
double gap(const X& x, const Y& y) {
  const Matrix<double> a = x.template cast<double>(), b = y.template cast<double>();
  std::vector<double> u(a.data(), a.data() + a.size()), v(b.data(), b.data() + b.size());
  std::sort(u.begin(), u.end());
  std::sort(v.begin(), v.end());
  double worst = 0;
  std::size_t j = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    while (j < v.size() && v[j] <= u[i]) ++j;
    worst = (std::max)(worst,
                       std::abs(double(i + 1) / double(u.size()) - double(j) / double(v.size())));
  }
  return worst;
}

/// A problem's sampler as its formula is read, with the numbers and functions of the C library.
class Reference {
 public:
  std::mt19937_64 engine{7};
  double u() { return std::uniform_real_distribution<double>()(engine); }
  double g() { return std::normal_distribution<double>()(engine); }
  int fair(int count) { return static_cast<int>(u() * count); }
  static constexpr double pi = std::numbers::pi;

  Eigen::Vector2d point(std::string_view name) {
    if (name == "ring") return turn(2 * pi * fair(8) / 8) + .01 * noise();
    if (name == "grid") return Eigen::Vector2d(2 * fair(5) - 4, 2 * fair(5) - 4) + .05 * noise();
    if (name == "eight_gaussians") return 5 * turn(2 * pi * fair(8) / 8) + .5623413 * noise();
    if (name == "moons") {
      const Eigen::Vector2d on = turn(pi * u());
      const Eigen::Vector2d p = fair(2) == 0 ? on : Eigen::Vector2d(Eigen::Vector2d(1, .5) - on);
      return (3 * (p + .2 * noise())).array() - 1;
    }
    if (name == "checkerboard") {
      const double a = 4 * u() - 2;
      return 2 * Eigen::Vector2d(a, u() - 2 * fair(2) +
                                        (std::abs(static_cast<int>(std::floor(a))) % 2));
    }
    if (name == "swiss_roll") {
      const double t = 1.5 * pi * (1 + 2 * u());
      return (t * turn(t) + noise()) / 5;
    }
    if (name == "pinwheel") {
      const double r = 1 + .3 * g(), s = .1 * g(), a = 2 * pi * fair(5) / 5 + .25 * std::exp(r);
      return 2 *
             Eigen::Vector2d(r * std::cos(a) + s * std::sin(a), s * std::cos(a) - r * std::sin(a));
    }
    const double angle = std::sqrt(u()) * 3 * pi, sign = 2 * fair(2) - 1;
    const Eigen::Vector2d p(-angle * std::cos(angle) + u() / 2, angle * std::sin(angle) + u() / 2);
    return sign / 3 * p + .1 * noise();
  }

 private:
  static Eigen::Vector2d turn(double t) { return {std::cos(t), std::sin(t)}; }
  Eigen::Vector2d noise() { return {g(), g()}; }
};

/// For a quantile function Q and a density p: p(Q(u)) Q'(u) = 1 on the line.
template <class M>
void quantile_and_density(const M& m) {
  pf::Block<double> u(64, 1), left(64, 1), right(64, 1), x(64, 1);
  for (Index i = 0; i < 64; ++i) u(i, 0) = (double(i) + 0.5) / 64;
  constexpr double h = 1e-5;
  m.quantile(u - h, left);
  m.quantile(u + h, right);
  m.quantile(u, x);
  pf::Lane<double> density;
  m.log_density(x, density);
  CHECK(((right - left).col(0) / (2 * h) * density.exp() - 1).abs().maxCoeff() < 1e-5);
}

}  // namespace

TEMPLATE_TEST_CASE("every problem is a measure", "[problems][laws]", float, double) {
  std::set<std::string_view> names;
  problems::for_each_problem<TestType>([&](std::string_view name, const auto& m) {
    INFO(name);
    CHECK(names.insert(name).second);
    using M = std::remove_cvref_t<decltype(m)>;
    if constexpr (!std::same_as<M, pf::Uniform<TestType>>) laws::measure(m);
    laws::streams(m);
    CHECK(pf::Described<M>);
    CHECK(m.dimension() == (name == "mixture8"    ? 8
                            : name == "mixture16" ? 16
                            : name == "mixture64" ? 64
                            : names.size() <= 8   ? 2
                                                  : 1));
  });
  CHECK(names.size() == 16);
}

TEST_CASE("problems in the plane are their formulas", "[problems][statistics]") {
  const double bound = 2 * support::distance_bound(n);
  Index planes = 0;
  problems::for_each_problem<float>([&](std::string_view name, const auto& m) {
    if (m.dimension() != 2) return;
    INFO(name);
    ++planes;
    const Matrix<double> x = support::draw(m, n, {3, 4}).template cast<double>();
    Reference reference;
    Matrix<double> y(2, n);
    for (Index i = 0; i < n; ++i) y.col(i) = reference.point(name);
    for (const Eigen::RowVector2d& way :
         {Eigen::RowVector2d(1, 0), Eigen::RowVector2d(0, 1), Eigen::RowVector2d(1, 0.3),
          Eigen::RowVector2d(-0.5, 1)}) {
      CHECK(gap(way * x, way * y) < bound);
      CHECK(gap(1.1 * way * x, way * y) > bound);
    }
    CHECK(gap(x.colwise().norm(), y.colwise().norm()) < bound);
    CHECK(gap(1.05 * x.colwise().norm(), y.colwise().norm()) > bound);
  });
  CHECK(planes == 8);
}

TEST_CASE("problems on the line follow their distribution functions", "[problems][statistics]") {
  using support::normal_distribution;
  const double bound = support::distance_bound(n);
  const auto holds = [&](const auto& m, const auto& distribution) {
    const auto x = support::draw(m, n, {3, 4});
    CHECK(support::distance_to(x, distribution) < bound);
    CHECK(support::distance_to(1.1 * x.template cast<double>(), distribution) > bound);
  };
  const auto student = [](double x) { return 0.5 + x / (2 * std::sqrt(2 + x * x)); };
  const auto log_normal = [](double x) { return normal_distribution(std::log(x)); };
  holds(problems::Student<float>{}, student);
  holds(problems::Student<double>{}, student);
  holds(problems::LogNormal<float>{}, log_normal);
  holds(problems::LogNormal<double>{}, log_normal);
  holds(problems::uniform<float>(), [](double x) { return (std::clamp)(x, 0.0, 1.0); });
  holds(problems::two_bumps<float>(), [](double x) {
    return (normal_distribution((x + 2) / 0.5) + normal_distribution((x - 2) / 0.5)) / 2;
  });
  holds(problems::spike_and_slab<float>(),
        [](double x) { return (normal_distribution(x / 0.1) + normal_distribution(x / 3)) / 2; });
}

TEST_CASE("densities of the problems", "[problems]") {
  problems::for_each_problem<double>([](std::string_view name, const auto& m) {
    using M = std::remove_cvref_t<decltype(m)>;
    if constexpr (pf::HasScore<M>) {
      INFO(name);
      if (m.dimension() < 64) laws::score(m);
    }
  });
  laws::density(problems::two_bumps<double>(), -8, 8);
  laws::density(problems::spike_and_slab<double>(), -25, 25);
  quantile_and_density(problems::Student<double>{});
  quantile_and_density(problems::LogNormal<double>{});

  const auto eight = problems::eight_gaussians<double>();
  pf::Mixture<pf::Gaussian<double>>::Scratch scratch;
  pf::Block<double> x(64, 2);
  pf::Lane<double> out;
  double total = 0;
  for (Index row = 0; row < 64; ++row) {
    for (Index i = 0; i < 64; ++i) x.row(i) << double(row) / 3.5 - 9, double(i) / 3.5 - 9;
    eight.log_density(x, out, scratch);
    total += out.exp().sum() / 3.5 / 3.5;
  }
  CHECK_THAT(total, WithinAbs(1, 1e-8));
}

TEST_CASE("densities far out and outside", "[problems][hostile]") {
  pf::Block<float> x(64, 1), dx(64, 1);
  x.setConstant(-1);
  x(0, 0) = 1e30F, x(1, 0) = -3e38F, x(2, 0) = 0, x(3, 0) = 1e-30F;
  pf::Lane<float> out;
  problems::Student<float>{}.log_density(x, out);
  problems::Student<float>{}.score(x, dx);
  CHECK_THAT(out[0], WithinRel(-3 * 30 * std::log(10.0), 1e-6));
  CHECK(pf::all_finite(out));
  CHECK(pf::all_finite(dx));
  CHECK_THAT(dx(0, 0), WithinRel(-3e-30, 1e-6));
  CHECK_THAT(out[2], WithinRel(-1.5 * std::log(2.0), 1e-6));
  problems::LogNormal<float>{}.log_density(x, out);
  problems::LogNormal<float>{}.score(x, dx);
  for (const Index outside : {1, 2, 5}) {
    CHECK(out[outside] == -std::numeric_limits<float>::infinity());
    CHECK(dx(outside, 0) == 0);
  }
  CHECK(pf::is_finite(out[3]));
}

TEMPLATE_TEST_CASE("the checkerboard fills its squares", "[problems]", float, double) {
  const problems::Checkerboard<TestType> board;
  pf::Block<TestType> x(64, 2);
  pf::Lane<TestType> out;
  std::map<std::pair<int, int>, int> counts;
  for (std::uint64_t first = 0; first < std::uint64_t(n); first += 64) {
    board.sample({1, 2}, first, x);
    board.log_density(x, out);
    CHECK((out == -5 * std::numbers::ln2_v<TestType>).all());
    for (Index i = 0; i < 64; ++i)
      ++counts[{static_cast<int>(std::floor(x(i, 0) / 2)),
                static_cast<int>(std::floor(x(i, 1) / 2))}];
    board.log_density(x + 2, out);  // the same colour, or off the board
    CHECK(((out == -5 * std::numbers::ln2_v<TestType>) == (x.rowwise().maxCoeff() < 2)).all());
    x.col(0) += 2;  // the other colour
    board.log_density(x, out);
    CHECK((out == -std::numeric_limits<TestType>::infinity()).all());
  }
  x.setConstant(4);  // the edges above are not of the board
  x(1, 0) = x(2, 1) = x(3, 0) = x(3, 1) = -4;
  board.log_density(x, out);
  CHECK((out.head(3) == -std::numeric_limits<TestType>::infinity()).all());
  CHECK(out[3] == -5 * std::numbers::ln2_v<TestType>);
  CHECK(counts.size() == 8);
  for (const auto& [square, count] : counts) {
    CHECK((square.first + square.second) % 2 == 0);
    CHECK_THAT(double(count) / double(n), WithinAbs(1.0 / 8, support::mean_bound(n, 0, 1)));
  }
}

TEST_CASE("the modes of the problems", "[problems]") {
  const problems::Modes ring = problems::modes(problems::ring<float>());
  REQUIRE(ring.centres.cols() == 8);
  CHECK((ring.deviations.array() - 0.01).abs().maxCoeff() < 1e-9);
  CHECK_THAT(ring.centres(0, 1), WithinAbs(std::sqrt(0.5), 1e-7));
  CHECK_THAT(ring.centres(1, 2), WithinAbs(1, 1e-7));
  const problems::Modes grid = problems::modes(problems::grid<double>());
  REQUIRE(grid.centres.cols() == 25);
  CHECK((grid.deviations.array() == 0.05).all());
  CHECK_THAT(problems::modes(problems::eight_gaussians<double>()).deviations[3],
             WithinRel(std::pow(0.1, 0.25), 1e-14));
  for (const auto& m : {problems::mixture8<double>(), problems::mixture16<double>(),
                        problems::mixture64<double>()}) {
    const problems::Modes ten = problems::modes(m);
    REQUIRE(ten.centres.cols() == 10);
    const double radius = 2 * std::sqrt(double(m.dimension()));
    for (Index j = 0; j < 10; ++j) {
      CHECK_THAT(ten.centres.col(j).norm(), WithinRel(radius, 1e-14));
      CHECK(ten.deviations[j] > 0.3);
      CHECK(ten.deviations[j] < 0.7);
      for (Index i = 0; i < j; ++i) CHECK((ten.centres.col(i) - ten.centres.col(j)).norm() > 2);
    }
    CHECK(ten.deviations.maxCoeff() - ten.deviations.minCoeff() > 0.1);
    CHECK(support::draw(problems::mixture<double>(ten), 99) == support::draw(m, 99));
  }
  CHECK(error_of<std::invalid_argument>([] {
          (void)problems::mixture<double>({Matrix<double>::Zero(2, 3), Vector<double>::Ones(2)});
        }) == "mixture: number of deviations is 2, but must be 3");
}

TEST_CASE("problems are found by name", "[problems]") {
  Index d = 0;
  problems::visit_problem<float>("mixture16", [&](const auto& m) { d = m.dimension(); });
  CHECK(d == 16);
  const std::string text = error_of<std::invalid_argument>(
      [] { problems::visit_problem<float>("moon", [](const auto&) {}); });
  CHECK(text.find("visit_problem: name is 'moon', but must be one of ring, grid, ") == 0);
  CHECK(text.find(", mixture64") == text.size() - 11);
}
