#include "pushforward/flows/conditional_mean.hpp"

#include "pushforward/flows/pairs.hpp"
#include "pushforward/maps/affine.hpp"
#include "pushforward/measures/product.hpp"

#include "support/allocations.hpp"
#include "support/laws.hpp"
#include "support/statistics.hpp"

#include <Eigen/Eigenvalues>

namespace pf = pushforward;
using pf::ConditionalMean, pf::Gaussian, pf::Index, pf::Matrix, pf::Mixture, pf::Vector;
using support::error_of;

namespace {

template <class S>
Gaussian<S> tilted() {
  return {Vector<S>{{1, -2}}, Matrix<S>{{S(1.5), 0}, {-1, S(0.5)}}};
}

template <class S>
Gaussian<S> round(Vector<S> mean, S deviation) {
  const Matrix<S> factor = Matrix<S>::Identity(mean.size(), mean.size()) * deviation;
  return {std::move(mean), factor};
}

/// Round, diagonal and tilted components.
template <class S>
Mixture<Gaussian<S>> three() {
  const Gaussian<S> oval(Vector<S>{{-1, 1}}, Matrix<S>{{S(0.3), 0}, {0, S(0.9)}});
  return {{round<S>(Vector<S>{{2, 1}}, S(0.4)), oval, tilted<S>()}, {1, 2, S(0.5)}};
}

Mixture<Gaussian<double>> on_the_line() {
  return {{{-2.0, 0.5}, {1.0, 0.2}, {1.5, 1.0}}, {1.0, 2.0, 0.5}};
}

/// Rows (x, t): x uniform on (-2, 2), t on (low, high).
template <class S = double>
pf::Block<S> points(Index d, double low = 0.05, double high = 0.95) {
  pf::Block<S> x = support::random_block<S>(d + 1, 3, 2);
  x.col(d) = S((high + low) / 2) + x.col(d) * S((high - low) / 4);
  return x;
}

template <class U, class S = typename U::Scalar>
pf::Lane<S> divergence(const U& u, const pf::Block<S>& x) {
  typename U::Scratch scratch;
  pf::Lane<S> out = pf::Lane<S>::Constant(S(7));
  u.divergence(x, out, scratch);
  return out;
}

/// The divergence is the sum of the derivatives, by differences, row by row.
template <class U>
void check_divergence(const U& u, const pf::Block<double>& x, double bound = 1e-8) {
  pf::Lane<double> sum = pf::Lane<double>::Zero();
  for (Index j = 0; j < u.output_dimension(); ++j)
    for (Index i = 0; i < pf::kBlockSize; ++i)
      sum[i] += support::derivative(
          [&](double h) {
            pf::Block<double> moved = x;
            moved(i, j) += h;
            return laws::apply(u, moved)(i, j);
          },
          0.01);
  const pf::Lane<double> out = divergence(u, x);
  CHECK(((out - sum).abs() / (1 + sum.abs())).maxCoeff() < bound);
  const pf::Block<double> upside_down = x.colwise().reverse();
  CHECK(laws::same_bits(divergence(u, upside_down).reverse(), out));
}

/// p_t(x) on the line, sum_i p_i N(x; b m_i, a^2 + b^2 s_i^2).
double density(const Mixture<Gaussian<double>>& target, pf::PathPoint<double> at, double x) {
  double sum = 0, total = 0;
  for (std::size_t c = 0; c < target.components().size(); ++c) {
    const auto& g = target.components()[c];
    const double s = g.factor()(0, 0), v = at.a * at.a + at.b * at.b * s * s,
                 z = x - at.b * g.mean()[0];
    sum += target.weights()[c] * std::exp(-z * z / (2 * v)) / std::sqrt(v);
    total += target.weights()[c];
  }
  return sum / (total * std::sqrt(2 * std::numbers::pi));
}

/// E[c0 x0 + c1 x1 | x_t = x] on the line by the trapezoidal rule over x0, given x1 = (x - a x0)/b.
template <class P, class What>
double by_quadrature(const Mixture<Gaussian<double>>& target, const P& path, const What& what,
                     double t, double x) {
  const auto at = path.at(t);
  const auto c = what.of(at);
  double weight = 0, sum = 0;
  for (int k = -4000; k <= 4000; ++k) {
    const double x0 = 8 * k / 4000.0, x1 = (x - at.a * x0) / at.b;
    const double p = std::exp(-x0 * x0 / 2) * density(target, {0, 1, 0, 0}, x1);
    weight += p;
    sum += p * (c.c0 * x0 + c.c1 * x1);
  }
  return sum / weight;
}

template <class P, class What>
void check_quadrature(const P& path, const What& what, double low, double high) {
  const ConditionalMean field(on_the_line(), path, what);
  const pf::Block<double> x = points<double>(1, low, high);
  const pf::Block<double> y = laws::apply(field, x);
  for (Index i = 0; i < 16; ++i) {
    INFO("x = " << x(i, 0) << ", t = " << x(i, 1));
    CHECK_THAT(y(i, 0),
               WithinAbs(by_quadrature(on_the_line(), path, what, x(i, 1), x(i, 0)), 1e-9));
  }
}

}  // namespace

TEMPLATE_TEST_CASE("an exact field is a map with a divergence", "[flows][laws]", float, double) {
  using S = TestType;
  const auto check = [](const auto& field) {
    using U = std::remove_cvref_t<decltype(field)>;
    static_assert(pf::Map<U> && pf::HasDivergence<U> && pf::Described<U>);
    laws::map(field);
    pf::check_field("test", field);
    CHECK(pf::dimension_of(field) == field.output_dimension());
  };
  check(ConditionalMean(tilted<S>()));
  check(ConditionalMean(three<S>()));
  check(ConditionalMean(three<S>(), pf::VariancePreserving{}, pf::PredictNoise{}));
  check(ConditionalMean(three<S>(), pf::VarianceExploding{}, pf::PredictData{}));
  check(ConditionalMean(pf::Empirical<S>(Matrix<S>{{1, 2, 3}, {-1, 0, 1}})));
}

TEST_CASE("exact fields are conditional means, by quadrature on the line", "[flows]") {
  check_quadrature(pf::LinearPath{}, pf::PredictVelocity{}, 0.1, 0.95);
  check_quadrature(pf::LinearPath{}, pf::PredictData{}, 0.1, 0.95);
  check_quadrature(pf::LinearPath{}, pf::PredictScore{}, 0.1, 0.95);
  check_quadrature(pf::VariancePreserving{}, pf::PredictVelocity{}, 0.3, 0.95);
  check_quadrature(pf::VariancePreserving{}, pf::PredictNoise{}, 0.3, 0.95);
  check_quadrature(pf::VarianceExploding{}, pf::PredictVelocity{}, 0.3, 3);
  check_quadrature(pf::VarianceExploding{}, pf::PredictData{}, 0.3, 3);
}

TEST_CASE("the field of a Gaussian is its formula", "[flows]") {
  const Vector<double> m = tilted<double>().mean();
  const Matrix<double> l = tilted<double>().factor(), s = l * l.transpose(),
                       one = Matrix<double>::Identity(2, 2);
  const pf::Block<double> x = points(2);
  const pf::Block<double> u = laws::apply(ConditionalMean(tilted<double>()), x);
  const pf::Block<double> denoised =
      laws::apply(ConditionalMean(tilted<double>(), pf::VarianceExploding{}, pf::PredictData{}), x);
  const pf::Block<double> ode =
      laws::apply(ConditionalMean(tilted<double>(), pf::VarianceExploding{}), x);
  for (Index i = 0; i < pf::kBlockSize; ++i) {
    const double t = x(i, 2);
    const Vector<double> at = x.row(i).head(2).matrix().transpose();
    const Matrix<double> v = (1 - t) * (1 - t) * one + t * t * s;
    const Vector<double> velocity = m + (t * s - (1 - t) * one) * v.inverse() * (at - t * m);
    CHECK((u.row(i).matrix().transpose() - velocity).norm() < 1e-12);
    const Vector<double> d = m + s * (s + t * t * one).inverse() * (at - m);
    CHECK((denoised.row(i).matrix().transpose() - d).norm() < 1e-12);
    CHECK((ode.row(i).matrix().transpose() - (at - d) / t).norm() < 1e-12);
  }
}

TEST_CASE("one Euler step from t = 0 gives the mean, for every sample", "[flows]") {
  pf::Block<double> x = points(2);
  x.col(2).setZero();
  const auto end = [&](const auto& field) {
    return pf::Block<double>(laws::apply(field, x) + x.leftCols(2));
  };
  const Vector<double> mean =
      (1 * Vector<double>{{2, 1}} + 2 * Vector<double>{{-1, 1}} + 0.5 * Vector<double>{{1, -2}}) /
      3.5;
  for (Index j = 0; j < 2; ++j) {
    CHECK((end(ConditionalMean(three<double>())).col(j) - mean[j]).abs().maxCoeff() < 1e-14);
    CHECK((end(ConditionalMean(tilted<double>())).col(j) - tilted<double>().mean()[j])
              .abs()
              .maxCoeff() < 1e-14);
  }
}

TEST_CASE("two atoms are told apart by a hyperbolic tangent", "[flows]") {
  const double a = 1.5;
  const ConditionalMean denoiser(pf::Empirical<double>(Matrix<double>{{-a, a}}),
                                 pf::VarianceExploding{}, pf::PredictData{});
  const pf::Block<double> x = points(1, 0.2, 4), y = laws::apply(denoiser, x);
  for (Index i = 0; i < pf::kBlockSize; ++i)
    CHECK_THAT(y(i, 0), WithinAbs(a * std::tanh(a * x(i, 0) / (x(i, 1) * x(i, 1))), 1e-13));
  check_divergence(denoiser, points(1, 0.7, 4));
}

TEST_CASE("atoms count by their weights", "[flows]") {
  const Matrix<double> data{{-1, 3, 2}, {0, 1, 5}};
  const ConditionalMean weighted(pf::Empirical<double>(data, Vector<double>{{1, 2, 0}}));
  const ConditionalMean repeated(
      pf::Empirical<double>(Matrix<double>{{-1, 3, 3}, {0, 1, 1}}, Vector<double>()));
  const pf::Block<double> x = points(2);
  CHECK(laws::relative_gap(laws::apply(weighted, x), laws::apply(repeated, x)) < 1e-14);
}

TEST_CASE("the divergence of a field is that of its differences", "[flows]") {
  check_divergence(ConditionalMean(tilted<double>()), points(2));
  check_divergence(ConditionalMean(three<double>()), points(2));
  check_divergence(ConditionalMean(three<double>(), pf::VariancePreserving{}), points(2));
  check_divergence(ConditionalMean(three<double>(), pf::VarianceExploding{}, pf::PredictScore{}),
                   points(2, 0.5, 3));
  check_divergence(ConditionalMean(on_the_line(), pf::LinearPath{}, pf::PredictData{}), points(1));

  INFO("in float it is that of double");
  const pf::Lane<float> single =
      divergence(ConditionalMean(three<float>()), pf::Block<float>(points<float>(2)));
  const pf::Lane<double> twin = divergence(ConditionalMean(three<double>()),
                                           pf::Block<double>(points<float>(2).cast<double>()));
  CHECK(laws::relative_gap(single, twin) < 1e-5);
}

TEST_CASE("densities are carried along: d_t p + d_x (p u) = 0", "[flows]") {
  const auto check = [](const auto& path, double t, double bound) {
    const auto target = on_the_line();
    const ConditionalMean u(target, path);
    pf::Block<double> x(64, 2);
    for (Index i = 0; i < 64; ++i) x.row(i) << -3 + double(i) / 10, t;
    const pf::Block<double> y = laws::apply(u, x);
    const pf::Lane<double> trace = divergence(u, x);
    for (Index i = 0; i < 64; ++i) {
      const double at = x(i, 0), p = density(target, path.at(t), at);
      const double in_t =
          support::derivative([&](double h) { return density(target, path.at(t + h), at); }, 0.01);
      const double in_x =
          support::derivative([&](double h) { return density(target, path.at(t), at + h); }, 0.01);
      CHECK_THAT(in_t + in_x * y(i, 0) + p * trace[i], WithinAbs(0, bound));
    }
  };
  for (const double t : {0.1, 0.5, 0.8}) check(pf::LinearPath{}, t, 1e-8);
  for (const double t : {0.2, 0.7}) check(pf::VariancePreserving{}, t, 1e-8);
  for (const double q : {0.5, 2.0}) check(pf::VarianceExploding{}, q, 1e-8);
}

TEST_CASE("the score of a path is the gradient of its log-density", "[flows]") {
  const auto target = three<double>();
  const pf::Block<double> x = points(2);
  const pf::Block<double> score =
      laws::apply(ConditionalMean(target, pf::LinearPath{}, pf::PredictScore{}), x);
  for (Index i = 0; i < 64; ++i) {
    const double t = x(i, 2);
    std::vector<Gaussian<double>> moved;
    for (const auto& c : target.components()) {
      const Matrix<double> v = (1 - t) * (1 - t) * Matrix<double>::Identity(2, 2) +
                               t * t * c.factor() * c.factor().transpose();
      Matrix<double> factor = v;
      factor(0, 0) = std::sqrt(v(0, 0));
      factor(1, 0) = v(1, 0) / factor(0, 0);
      factor(0, 1) = 0;
      factor(1, 1) = std::sqrt(v(1, 1) - factor(1, 0) * factor(1, 0));
      moved.emplace_back(t * c.mean(), factor);
    }
    const Mixture<Gaussian<double>> p(moved, target.weights());
    pf::Block<double> expected(64, 2);
    Mixture<Gaussian<double>>::Scratch scratch;
    p.score(x.leftCols(2), expected, scratch);
    CHECK((score.row(i) - expected.row(i)).abs().maxCoeff() < 1e-11);
  }
}

namespace {

/// Mean and bound of the loss |u(x_t, t) - y|^2 of the exact field over its pairs.
template <class Target, class P, class What>
std::pair<double, double> loss(const Target& target, const P& path, const What& what, double low,
                               double high, Index n) {
  const pf::PathPairs pairs(pf::Product(Gaussian<double>(target.dimension()), target), path, what,
                            pf::Uniform<double>(low, high));
  const ConditionalMean field(target, path, what);
  const Index d = target.dimension();
  pf::Block<double> rows(64, 2 * d + 1), y(64, d);
  typename decltype(pairs)::Scratch scratch;
  typename decltype(field)::Scratch room;
  double sum = 0, squares = 0;
  for (Index i = 0; i < n; i += 64) {
    pairs.sample({7}, std::uint64_t(i), rows, scratch);
    field.apply(rows.leftCols(d + 1), y, room);
    const pf::Lane<double> error = (y - rows.rightCols(d)).square().rowwise().sum();
    sum += error.sum();
    squares += error.square().sum();
  }
  const double mean = sum / double(n);
  return {mean, support::kNormalBound * std::sqrt((squares / double(n) - mean * mean) / double(n))};
}

}  // namespace

TEST_CASE("no field has less loss than pi / 2 a unit dimension", "[flows][statistics]") {
  const Index n = 1 << 17;
  const auto [one, one_bound] =
      loss(Gaussian<double>(1.5, 1), pf::LinearPath{}, pf::PredictVelocity{}, 0, 1, n);
  CHECK_THAT(one, WithinAbs(std::numbers::pi / 2, one_bound));
  CHECK(one_bound < 0.05);
  const Matrix<double> l = tilted<double>().factor();
  const Vector<double> roots =
      Eigen::SelfAdjointEigenSolver<Matrix<double>>(l * l.transpose()).eigenvalues().cwiseSqrt();
  const auto [two, two_bound] =
      loss(tilted<double>(), pf::LinearPath{}, pf::PredictVelocity{}, 0, 1, n);
  CHECK_THAT(two, WithinAbs(std::numbers::pi / 2 * roots.sum(), two_bound));
}

TEST_CASE("denoising leaves q^2 tr(S (S + q^2)^-1)", "[flows][statistics]") {
  const Matrix<double> l = tilted<double>().factor(), s = l * l.transpose(),
                       one = Matrix<double>::Identity(2, 2);
  for (const double q : {0.3, 2.0}) {
    const auto [value, bound] = loss(tilted<double>(), pf::VarianceExploding{}, pf::PredictData{},
                                     q, q * (1 + 1e-9), 1 << 16);
    CHECK_THAT(value, WithinAbs(q * q * (s * (s + q * q * one).inverse()).trace(), bound));
  }
}

TEST_CASE("the length of a path and its straightness, N(0, 1) to N(m, s^2)", "[flows]") {
  // along the flow z_t = t m + V^(1/2) z_0:  int E u^2 = m^2 + (s - 1)^2 + s (2 - pi / 2), and
  // int E (z_1 - z_0 - u)^2 = s (2 - pi / 2)
  const double m = 0.7, bend = 2 - std::numbers::pi / 2;
  for (const double s : {0.5, 1.0, 2.0}) {
    const ConditionalMean u(Gaussian<double>(m, s));
    pf::Block<double> z(64, 2);
    double energy = 0, straightness = 0, weight = 0;
    for (int k = 0; k < 4096; ++k) {
      const double t = (k + 0.5) / 4096, root = std::sqrt((1 - t) * (1 - t) + t * t * s * s);
      for (Index i = 0; i < 64; ++i) z.row(i) << t * m + root * (double(i) - 31.5) / 5, t;
      const pf::Block<double> velocity = laws::apply(u, z);
      for (Index i = 0; i < 64; ++i) {
        const double z0 = (double(i) - 31.5) / 5, p = std::exp(-z0 * z0 / 2);
        const double error = m + (s - 1) * z0 - velocity(i, 0);
        energy += p * velocity(i, 0) * velocity(i, 0);
        straightness += p * error * error;
        weight += p;
      }
    }
    CHECK_THAT(energy / weight, WithinAbs(m * m + (s - 1) * (s - 1) + s * bend, 1e-6));
    CHECK_THAT(straightness / weight, WithinAbs(s * bend, 1e-6));
  }
}

TEST_CASE("exact fields allocate nothing once warm", "[flows]") {
  const ConditionalMean field(three<float>());
  decltype(ConditionalMean(three<float>()))::Scratch scratch;
  const pf::Block<float> x = points<float>(2);
  pf::Block<float> y(64, 2);
  pf::Lane<float> out;
  const auto run = [&] {
    field.apply(x, y, scratch);
    field.divergence(x, out, scratch);
  };
  run();
  const long before = support::allocations();
  run();
  CHECK(support::allocations() == before);
}

TEST_CASE("exact fields far out, and at the ends", "[flows]") {
  const ConditionalMean field(three<double>());
  for (const double t : {0.0, 1.0}) {
    pf::Block<double> x = points(2);
    x.col(2).setConstant(t);
    CHECK(pf::all_finite(laws::apply(field, x)));
    CHECK(pf::all_finite(divergence(field, x)));
    x.leftCols(2) *= 1e200;
    CHECK(pf::all_finite(laws::apply(field, x)));
  }
  const ConditionalMean vp(three<double>(), pf::VariancePreserving{});
  pf::Block<double> x = points(2);
  x.col(2).setOnes();
  CHECK(pf::all_finite(laws::apply(vp, x)));
}

TEST_CASE("exact fields that cannot be", "[flows][errors]") {
  CHECK(error_of<std::domain_error>([] { ConditionalMean(Gaussian<double>(0, 1e200)); }) ==
        "ConditionalMean: variances at row 0, column 0 is inf, but must be finite");
  CHECK(error_of<std::domain_error>([] {
          ConditionalMean(Gaussian<double>(0, 1), pf::VariancePreserving{.beta_min = -1});
        }) == "VariancePreserving: beta_min is -1, but must be positive and finite");
  CHECK(error_of<std::invalid_argument>([] {
          pf::check_field(
              "test", pf::Affine<double>(Matrix<double>::Identity(2, 2), Vector<double>::Zero(2)));
        }) == "test: input dimension of the field is 2, but must be 3");
}
