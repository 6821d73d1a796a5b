#include "pushforward/discrepancies/sinkhorn.hpp"

#include "discrepancies/sinkhorn_call.hpp"

#include "pushforward/io/fingerprint.hpp"
#include "pushforward/measures/draw.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"

#include <cmath>

namespace pf = pushforward;
using pf::Index;
using support::call, support::value;
using Data = pf::Empirical<double>;
using Matrix = pf::Matrix<double>;

namespace {

constexpr pf::SinkhornIterations kToTheEnd{.at_most = 1000, .tolerance = 1e-13};

struct QuarticDistance {
  static constexpr std::string_view kName = "QuarticDistance";
  static constexpr Index degree = 4;
  template <class Scalar>
  Scalar value(Scalar q) const {
    return q * q;
  }
  template <class Scalar>
  Scalar slope(Scalar q) const {
    return 4 * q;
  }
};

/// OT of weighted samples by alternating scalings of the whole matrix, as they are.
template <class Cost>
double transport(const Matrix& x, const pf::Vector<double>& a, const Matrix& y,
                 const pf::Vector<double>& b, double epsilon, const Cost& cost) {
  const Index n = x.cols(), m = y.cols();
  Matrix c(n, m);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < m; ++j) c(i, j) = cost.value((x.col(i) - y.col(j)).squaredNorm());
  pf::Vector<double> f = pf::Vector<double>::Zero(n), g(m);
  for (int turn = 0; turn < 400; ++turn) {
    for (Index j = 0; j < m; ++j) {
      double sum = 0;
      for (Index i = 0; i < n; ++i) sum += a[i] * std::exp((f[i] - c(i, j)) / epsilon);
      g[j] = -epsilon * std::log(sum);
    }
    for (Index i = 0; i < n; ++i) {
      double sum = 0;
      for (Index j = 0; j < m; ++j) sum += b[j] * std::exp((g[j] - c(i, j)) / epsilon);
      f[i] = -epsilon * std::log(sum);
    }
  }
  double total = 0;
  for (Index i = 0; i < n; ++i) total += a[i] * f[i];
  for (Index j = 0; j < m; ++j) total += b[j] * g[j];
  return total;
}

template <class Cost>
double reference(const Matrix& x, const Matrix& y, const pf::Vector<double>& b, double epsilon,
                 const Cost& cost) {
  const pf::Vector<double> a = pf::Vector<double>::Constant(x.cols(), 1.0 / double(x.cols())),
                           share = b / b.sum();
  const auto ot = [&](const auto& p, const auto& u, const auto& q, const auto& v) {
    return transport(p, u, q, v, epsilon, cost);
  };
  return ot(x, a, y, share) - (ot(x, a, x, a) + ot(y, share, y, share)) / 2;
}

}  // namespace

TEST_CASE("A Sinkhorn divergence is a discrepancy", "[discrepancies][laws]") {
  const Data data(support::random_matrix(2, 20, 4));
  laws::discrepancy(pf::SinkhornDivergence(data, {.epsilon = 2, .iterations = kToTheEnd}));
  laws::discrepancy(
      pf::SinkhornDivergence(pf::Empirical<float>(support::random_matrix<float>(1, 70, 4))));
  const auto gap = [](auto cost, double step) {
    const pf::SinkhornDivergence d(
        pf::Gaussian<double>(2), cost,
        {.epsilon = 1, .iterations = kToTheEnd, .target = {.batch = 20, .key = {1, 2}}});
    const Matrix y = support::random_matrix(2, 7, 1);
    return support::gradient_gap(
        [&](const pf::Vector<double>& flat) { return value(d, flat.reshaped(2, 7)); }, y.reshaped(),
        call(d, y).gradient.reshaped(), step);
  };
  CHECK(gap(QuarticDistance{}, 0.05) < support::kGradientGap);
  CHECK(gap(pf::Distance{}, 1e-3) < 1e-9);  // short of its kinks, where samples meet
}

TEST_CASE("S is its definition, for each cost and with weights", "[discrepancies][identity]") {
  const Matrix x = support::random_matrix(2, 67, 1), y = support::random_matrix(2, 70, 2);
  pf::Vector<double> weights = support::random_vector(70, 3).cwiseAbs();
  weights.segment(20, 15).setZero();
  const auto check = [&](auto cost, double epsilon) {
    const pf::SinkhornDivergence d(
        Data(y, weights), cost, {.epsilon = epsilon, .relative = false, .iterations = kToTheEnd});
    CHECK_THAT(value(d, x), WithinRel(reference(x, y, weights, epsilon, cost), 1e-11));
    CHECK_THAT(d.epsilon(), WithinRel(epsilon, 1e-14));
  };
  check(pf::SquaredDistance{}, 0.3);
  check(pf::SquaredDistance{}, 0.1);
  check(pf::Distance{}, 0.2);
  check(QuarticDistance{}, 0.5);

  // weights are shares, and samples that have none are not there
  Matrix twice(2, 140);
  twice << y, y;
  const auto at = [&](const Matrix& points, const pf::Vector<double>& w) {
    const pf::SinkhornDivergence d(Data(points, w),
                                   {.epsilon = 0.3, .relative = false, .iterations = kToTheEnd});
    return value(d, x);
  };
  Matrix there(2, 55);
  pf::Vector<double> kept(55);
  there << y.leftCols(20), y.rightCols(35);
  kept << weights.head(20), weights.tail(35);
  CHECK_THAT(at(twice, weights.replicate(2, 1)), WithinRel(at(y, 7 * weights), 1e-12));
  CHECK_THAT(at(there, kept), WithinRel(at(y, weights), 1e-12));
  const double at_y = at(y, weights);
  for (const double far : {1e20, 1e200}) {
    Matrix moved = y;
    moved.col(25).setConstant(far);
    CHECK_THAT(at(moved, weights), WithinRel(at_y, 1e-12));
  }
  pf::Vector<double> but_first = weights;
  but_first[0] = 0;
  Matrix far = y;
  far.col(0).setConstant(1e200);
  CHECK_THAT(at(far, but_first), WithinRel(at(y, but_first), 1e-12));
}

TEST_CASE("S goes from W2^2 to half of MMD^2 as epsilon grows", "[discrepancies][identity]") {
  const Matrix x = support::random_matrix(1, 30, 1), y = support::random_matrix(1, 30, 2, 2);
  const auto at = [&](double epsilon, auto cost) {
    const pf::SinkhornDivergence d(Data(y), cost,
                                   {.epsilon = epsilon,
                                    .relative = false,
                                    .iterations = {.at_most = 2000, .tolerance = 1e-4}});
    const auto called = call(d, x);
    CHECK(called.status.converged);
    return called.value;
  };
  const auto sorted = [](Matrix p) {
    std::sort(p.data(), p.data() + p.size());
    return p;
  };
  const Matrix gap = sorted(x) - sorted(y);
  CHECK_THAT(at(1e-3, pf::SquaredDistance{}), WithinRel(gap.squaredNorm() / 30, 1e-3));
  CHECK_THAT(at(1e5, pf::SquaredDistance{}), WithinRel(std::pow(x.mean() - y.mean(), 2), 1e-3));
  const auto mean_distance = [](const Matrix& p, const Matrix& q) {
    double sum = 0;
    for (Index i = 0; i < 30; ++i) sum += (q.array() - p(i)).abs().sum();
    return sum / 900;
  };
  const double energy = 2 * mean_distance(x, y) - mean_distance(x, x) - mean_distance(y, y);
  CHECK_THAT(at(1e5, pf::Distance{}), WithinRel(energy / 2, 1e-4));
}

TEST_CASE("A sample is 0 away from itself to the bit, and |a|^2 from itself moved by a",
          "[discrepancies][identity]") {
  for (const double epsilon : {0.02, 0.3}) {
    const Matrix x = support::random_matrix(3, 65, 1);
    const pf::SinkhornDivergence d(Data(x), {.epsilon = epsilon, .iterations = {.at_most = 3}});
    const auto same = call(d, x);
    CHECK_FALSE(same.status.converged);
    CHECK(same.value == 0);
    CHECK(same.gradient.cwiseAbs().maxCoeff() == 0);
    const Eigen::Vector3d a(0.3, -1, 0.2);
    const pf::SinkhornDivergence whole(
        Data(x), {.epsilon = epsilon, .iterations = {.at_most = 5000, .tolerance = 1e-11}});
    const auto moved = call(whole, x.colwise() + a);
    CHECK_THAT(moved.value, WithinRel(a.squaredNorm(), 1e-8));
    CHECK((moved.gradient.colwise() - 2 * a / 65).norm() < 1e-7);
    CHECK(value(whole, Matrix(x.rowwise().reverse())) < 1e-12);
  }
}

TEST_CASE("S does not depend on the unit, nor on the order of samples",
          "[discrepancies][identity]") {
  const Matrix x = support::random_matrix(2, 70, 1), y = support::random_matrix(2, 50, 2);
  const auto at = [&](double unit) {
    const pf::SinkhornDivergence d(Data(unit * y));
    const auto called = call(d, unit * x);
    return std::pair{called.value / unit / unit, Matrix(called.gradient / unit)};
  };
  const auto [s, gradient] = at(1);
  for (const double unit : {1e-100, 1e-30, 1e20, 1e100}) {
    CHECK_THAT(at(unit).first, WithinRel(s, 1e-10));
    CHECK(laws::relative_gap(at(unit).second, gradient) < 1e-10);
  }
  const auto to = [](const Matrix& target, const Matrix& points) {
    return value(pf::SinkhornDivergence(Data(target), {.iterations = kToTheEnd}), points);
  };
  const double end = to(y, x);
  const Eigen::Matrix2d turn{{0.6, -0.8}, {0.8, 0.6}};
  CHECK_THAT(to(y.rowwise().reverse(), x.rowwise().reverse()), WithinRel(end, 1e-10));
  CHECK_THAT(to(turn * y, turn * x), WithinRel(end, 1e-10));
  CHECK_THAT(to(y.array() + 1e4, x.array() + 1e4), WithinRel(end, 1e-9));
}

TEST_CASE("Threads do not change a bit", "[discrepancies]") {
  const pf::Batch<float> y(support::random_matrix<float>(3, 330, 1));
  const pf::SinkhornDivergence d(pf::Gaussian<float>(3), {.target = {.batch = 200}});
  const auto at = [&](int threads) {
    typename decltype(d)::Workspace work;
    pf::Team team(threads);
    pf::Batch<float> dy(3, 330);
    const float s = d.value_and_gradient(y, {5, team}, dy, work);
    return std::pair{s, dy.matrix()};
  };
  const auto alone = at(1);
  for (const int threads : {2, 3, 7}) {
    CHECK(at(threads).first == alone.first);
    CHECK(laws::same_bits(at(threads).second, alone.second));
  }
}

TEST_CASE("How far the potentials came can be read", "[discrepancies]") {
  const Matrix x = support::random_matrix(2, 128, 1), y = support::random_matrix(2, 128, 2, 2);
  const auto at = [&](double epsilon, pf::SinkhornIterations iterations) {
    return call(pf::SinkhornDivergence(Data(y), {.epsilon = epsilon, .iterations = iterations}), x);
  };
  const auto few = at(0.01, {.at_most = 2});
  CHECK_FALSE(few.status.converged);
  CHECK(few.status.residual > 0.02);
  CHECK_FALSE(at(0.01, {.at_most = 25, .tolerance = 1e-4})
                  .status.converged);  // both are within, but not across
  CHECK(at(100, {.at_most = 2, .tolerance = 0}).status.iterations == 2);
  const auto many = at(0.01, {.at_most = 200, .tolerance = 1e-3});
  CHECK(many.status.converged);
  CHECK(many.status.residual <= 1e-3);
  CHECK(many.status.iterations < 120);  // without extrapolation some 800
  const auto standard = at(0.05, {});
  CHECK(standard.status.converged);
  CHECK(standard.status.iterations < 30);
  const auto whole = at(0.05, kToTheEnd);
  CHECK_THAT(standard.value, WithinRel(whole.value, 5e-3));
  CHECK(laws::relative_gap(50 * standard.gradient, 50 * whole.gradient) < 0.05);
}

TEST_CASE("Epsilon is relative to the mean cost between two samples of the target",
          "[discrepancies]") {
  const Matrix y = support::random_matrix(2, 70, 1, 5);
  double cost_within = 0;
  for (Index i = 0; i < 70; ++i) cost_within += (y.colwise() - y.col(i)).squaredNorm() / 4900;
  CHECK_THAT(pf::SinkhornDivergence(Data(y), {.epsilon = 0.1}).epsilon(),
             WithinRel(0.1 * cost_within, 1e-12));
  CHECK_THAT(pf::SinkhornDivergence(Data(y), pf::Distance{}, {.epsilon = 0.1}).epsilon(),
             WithinRel(0.1 * std::sqrt(cost_within), 1e-12));
}

TEST_CASE("Padding of far samples does not count, be they one block or more", "[discrepancies]") {
  const pf::SinkhornDivergence d(Data(support::random_matrix(2, 64, 1)),
                                 {.iterations = {.at_most = 1, .tolerance = 0}});
  const Matrix far = support::random_matrix(2, 32, 2).array() + 100;
  const auto full = call(d, far.replicate(1, 2));
  for (const Index times : {1, 3}) {  // the same law
    const auto padded = call(d, far.replicate(1, times));
    CHECK_THAT(padded.value, WithinRel(full.value, 1e-12));
    CHECK(laws::relative_gap(double(times) / 2 * padded.gradient.leftCols(32),
                             full.gradient.leftCols(32)) < 1e-12);
  }
}

TEST_CASE("A fresh minibatch is a function of the step", "[discrepancies]") {
  const pf::SinkhornDivergence d(pf::Gaussian<double>(2), {.target = {.batch = 50, .key = {3, 4}}});
  const pf::Matrix<double> y = support::random_matrix(2, 70, 1);
  typename decltype(d)::Workspace work;
  pf::Team alone;
  pf::Batch<double> dy(2, 70);
  const pf::SinkhornDivergence at_first(Data(pf::draw(pf::Gaussian<double>(2), 50, {3, 4})));
  CHECK_THAT(d.epsilon(), WithinRel(at_first.epsilon(), 1e-14));
  for (const Index step : {0, 3, 3, 1, 0}) {
    const pf::Matrix<double> drawn =
        pf::draw(pf::Gaussian<double>(2), 50, {3, 4}, std::uint64_t(50 * step));
    const pf::SinkhornDivergence at_step(Data(drawn), {.epsilon = d.epsilon(), .relative = false});
    const double now = d.value_and_gradient(pf::Batch<double>(y), {step, alone}, dy, work);
    CHECK_THAT(now, WithinRel(value(at_step, y), 1e-10));
  }
}

TEST_CASE("A Sinkhorn divergence describes itself", "[discrepancies]") {
  const auto prints = [](pf::SinkhornOptions options, auto cost) {
    std::vector<pf::Fingerprint> list;
    options.target.batch = 5;
    pf::add_fingerprints(list, "d", pf::SinkhornDivergence(pf::Gaussian<double>(2), cost, options));
    return list;
  };
  const auto one = prints({}, pf::SquaredDistance{});
  CHECK(pf::first_difference(one, prints({.epsilon = 0.06}, pf::SquaredDistance{})) ==
        "d.options.epsilon");
  CHECK(pf::first_difference(one, prints({.iterations = {.at_most = 3}}, pf::SquaredDistance{})) ==
        "d.options.iterations.at_most");
  CHECK(pf::first_difference(one, prints({.target = {.key = {9}}}, pf::SquaredDistance{})) ==
        "d.options.target.key.seed");
  CHECK(pf::first_difference(one, prints({}, pf::Distance{})) == "d.cost");
  CHECK(pf::first_difference(one, prints({}, QuarticDistance{})) == "d.cost");
  CHECK(pf::first_difference(one, prints({}, pf::SquaredDistance{})).empty());
}
