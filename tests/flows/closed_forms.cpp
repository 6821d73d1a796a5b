#include "pushforward/flows/conditional_mean.hpp"
#include "pushforward/flows/ode_flow.hpp"

#include "support/laws.hpp"
#include "support/statistics.hpp"

#include <Eigen/LU>
#include <functional>

/// \file
/// What is known of the flows of paths from N(0, I): where they lead, and what a flow owes.

namespace pf = pushforward;
using pf::ConditionalMean, pf::Gaussian, pf::Index, pf::Matrix, pf::Mixture, pf::OdeFlow,
    pf::Vector;
using Plane = Eigen::Matrix2d;

namespace {

/// Any field of the plane or the line, so that flows are compiled once.
struct Field {
  using Scalar = double;
  Index dimension;
  std::function<void(pf::ConstBlockRef<double>, pf::BlockRef<double>)> u;
  [[nodiscard]] Index input_dimension() const { return dimension + 1; }
  [[nodiscard]] Index output_dimension() const { return dimension; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y) const { u(x, y); }
};

/// x at time s -> x at time t along the field.
template <class U>
pf::Block<double> flow(const U& u, double s, double t, const pf::Block<double>& x,
                       Index steps = 200) {
  pf::ScratchOf<U> scratch;
  const Field field{x.cols(), [&](pf::ConstBlockRef<double> at, pf::BlockRef<double> y) {
                      pf::apply(u, at, y, scratch);
                    }};
  return laws::apply(OdeFlow(field, pf::TimeGrid<double>::uniform(s, t, steps)), x);
}

/// The field at (x, t).
template <class U>
pf::Block<double> velocity(const U& field, const pf::Block<double>& x, double t) {
  pf::Block<double> input(64, x.cols() + 1);
  input << x, pf::Lane<double>::Constant(t);
  return laws::apply(field, input);
}

/// S^(1/2) = (S + sqrt(det S) I) / sqrt(tr S + 2 sqrt(det S)) of a symmetric positive matrix.
Plane root(const Plane& s) {
  const double r = std::sqrt(s.determinant());
  return (s + r * Plane::Identity()) / std::sqrt(s.trace() + 2 * r);
}

Gaussian<double> tilted() { return {Vector<double>{{1, -2}}, Matrix<double>{{1.5, 0}, {-1, 0.5}}}; }
Plane covariance(const Gaussian<double>& g) { return g.factor() * g.factor().transpose(); }

Mixture<Gaussian<double>> in_the_plane() {
  return {{Gaussian<double>(Vector<double>{{-1, 1}}, Matrix<double>{{0.5, 0}, {0, 0.9}}), tilted()},
          {2, 1}};
}
Mixture<Gaussian<double>> on_the_line() {
  return {{{-2.0, 0.5}, {1.0, 0.2}, {1.5, 1.0}}, {1.0, 2.0, 0.5}};
}

/// From time s to time t, x -> b_t m + C_t^(1/2) C_s^(-1/2) (x - b_s m), C = a^2 I + b^2 S.
template <class P>
void check_gaussian(const P& path, double s, double t) {
  const Plane one = Plane::Identity(), covariant = covariance(tilted());
  const auto from = path.at(s), to = path.at(t);
  const auto spread = [&](const auto& at) {
    return root(at.a * at.a * one + at.b * at.b * covariant);
  };
  const Plane a = spread(to) * spread(from).inverse();
  const pf::Block<double> x = support::random_block(2, 1, 2);
  const pf::Block<double> y = flow(ConditionalMean(tilted(), path), s, t, x);
  for (Index i = 0; i < 64; ++i) {
    const Vector<double> m = tilted().mean(), at = x.row(i).matrix().transpose();
    const Vector<double> expected = to.b * m + a * (at - from.b * m);
    CHECK((y.row(i).matrix().transpose() - expected).norm() < 2e-6);
  }
}

}  // namespace

TEST_CASE("flows of a Gaussian are its affine maps, by every path", "[flows][identity]") {
  check_gaussian(pf::LinearPath{}, 0, 1);  // m + S^(1/2) x, the optimal map
  check_gaussian(pf::LinearPath{}, 0, 0.4);
  check_gaussian(pf::LinearPath{}, 0.9, 0.2);
  const pf::VariancePreserving slow{.beta_max = 4};
  check_gaussian(slow, 1, 0.3);  // e^-A m + (e^-2A S + (1 - e^-2A) I)^(1/2) S^(-1/2) (x - m)
  check_gaussian(slow, 0, 1);
  check_gaussian(pf::VarianceExploding{}, 0, 3);  // m + (S + q^2)^(1/2) S^(-1/2) (x - m)
  check_gaussian(pf::VarianceExploding{}, 3, 0);  // the consistency function
}

TEST_CASE("a consistency function is constant along the flow of its denoiser",
          "[flows][identity]") {
  // f(x, q) = m + S^(1/2) (S + q^2)^(-1/2) (x - m): f(x, 0) = x, d_q f + f_x (x - D) / q = 0
  const Plane s = covariance(tilted());
  const Eigen::Vector2d m = tilted().mean();
  const auto f = [&](const Eigen::Vector2d& x, double q) {
    return Eigen::Vector2d(m + root(s) * root(s + q * q * Plane::Identity()).inverse() * (x - m));
  };
  const ConditionalMean denoiser(tilted(), pf::VarianceExploding{}, pf::PredictData{});
  const pf::Block<double> x = support::random_block(2, 1, 3);
  for (const double q : {0.3, 2.0}) {
    const pf::Block<double> d = velocity(denoiser, x, q);
    for (Index i = 0; i < 64; ++i) {
      const Eigen::Vector2d at = x.row(i).matrix().transpose(),
                            data = d.row(i).matrix().transpose(), way = (at - data) / q;
      CHECK((f(at, 0) - at).norm() < 1e-14);
      for (Index j = 0; j < 2; ++j)
        CHECK(std::abs(support::derivative([&](double h) { return f(at + h * way, q + h)[j]; },
                                           0.05)) < 1e-8);
    }
  }
}

TEST_CASE("on the line every flow keeps the order, and so is the monotone map",
          "[flows][identity]") {
  // F_s(x) = F_t(X_(s->t)(x)), F_t the distribution function at time t
  const auto share = [](pf::PathPoint<double> at, double x) {
    const auto target = on_the_line();
    double sum = 0, total = 0;
    for (std::size_t c = 0; c < target.components().size(); ++c) {
      const auto& g = target.components()[c];
      const double deviation = std::hypot(at.a, at.b * g.factor()(0, 0));
      sum +=
          target.weights()[c] * support::normal_distribution((x - at.b * g.mean()[0]) / deviation);
      total += target.weights()[c];
    }
    return sum / total;
  };
  const auto check = [&](const auto& path, double s, double t) {
    const pf::Block<double> x = support::random_block(1, 1, 2.5);
    const pf::Block<double> y = flow(ConditionalMean(on_the_line(), path), s, t, x, 400);
    for (Index i = 0; i < 64; ++i)
      CHECK_THAT(share(path.at(t), y(i, 0)), WithinAbs(share(path.at(s), x(i, 0)), 1e-5));
  };
  check(pf::LinearPath{}, 0, 1);
  check(pf::VariancePreserving{.beta_max = 4}, 0, 0.99);
  check(pf::VarianceExploding{}, 3, 0.1);
}

TEST_CASE("what a flow owes: X_(u->t) X_(s->u) = X_(s->t), and its derivatives in t and in s",
          "[flows][identity]") {
  const ConditionalMean field(in_the_plane());
  const double s = 0.2, t = 0.8;
  const pf::Block<double> x = support::random_block(2, 1, 2), y = flow(field, s, t, x),
                          u = velocity(field, x, s), end = velocity(field, y, t);
  CHECK(laws::relative_gap(flow(field, 0.5, t, flow(field, s, 0.5, x)), y) < 1e-8);
  CHECK(laws::relative_gap(flow(field, t, s, y), x) < 1e-8);

  // (X(h) - X(-h)) / (2 h) by Richardson's rule, over all of the block
  const auto slope = [](const auto& curve) {
    const auto central = [&](double h) {
      return pf::Block<double>((curve(h) - curve(-h)) / (2 * h));
    };
    return pf::Block<double>((4 * central(0.005) - central(0.01)) / 3);
  };
  INFO("Lagrange: d_t X = u(X, t)");
  CHECK(laws::relative_gap(slope([&](double h) { return flow(field, s, t + h, x); }), end) < 1e-6);
  INFO("Euler: d_s X + (DX) u(x, s) = 0");
  const auto along = [&](double h) { return flow(field, s + h, t, x + h * u); };
  CHECK(slope(along).abs().maxCoeff() < 1e-5);
  INFO("the mean velocity: v = u(x, s) + (t - s) d/ds v along the flow");
  const auto mean = [&](double h) {
    return pf::Block<double>((along(h) - (x + h * u)) / (t - s - h));
  };
  CHECK(laws::relative_gap(mean(0), pf::Block<double>(u + (t - s) * slope(mean))) < 1e-6);
}

TEST_CASE("in the plane too densities are carried along", "[flows][identity]") {
  // d_t log p + u.grad log p + div u = 0, with p the mixture of N(t m_i, (1 - t)^2 I + t^2 S_i)
  const auto target = in_the_plane();
  const auto law = [&](double t) {
    std::vector<Gaussian<double>> moved;
    for (const auto& c : target.components()) {
      const Plane v = (1 - t) * (1 - t) * Plane::Identity() + t * t * covariance(c);
      const double a = std::sqrt(v(0, 0)), b = v(1, 0) / a;
      moved.emplace_back(t * c.mean(), Matrix<double>{{a, 0}, {b, std::sqrt(v(1, 1) - b * b)}});
    }
    return Mixture<Gaussian<double>>(moved, target.weights());
  };
  const ConditionalMean field(target);
  const pf::Block<double> x = support::random_block(2, 1, 3);
  for (const double t : {0.1, 0.5, 0.9}) {
    const auto log_density = [&](double h) {
      Mixture<Gaussian<double>>::Scratch scratch;
      pf::Lane<double> out;
      law(t + h).log_density(x, out, scratch);
      return out;
    };
    pf::Block<double> input(64, 3), score(64, 2);
    input << x, pf::Lane<double>::Constant(t);
    decltype(ConditionalMean(target))::Scratch room;
    pf::Lane<double> divergence;
    field.divergence(input, divergence, room);
    Mixture<Gaussian<double>>::Scratch scratch;
    law(t).score(x, score, scratch);
    const pf::Lane<double> carried = (velocity(field, x, t) * score).rowwise().sum() + divergence;
    for (Index i = 0; i < 64; ++i) {
      const double in_t = support::derivative([&](double h) { return log_density(h)[i]; }, 0.01);
      CHECK(std::abs(in_t + carried[i]) < 1e-6 * (1 + std::abs(in_t)));
    }
  }
}

namespace {

/// The path between independent N(0, S0) and N(0, S1): u = (t S1 - (1 - t) S0) V^-1 x, V the
/// covariance (1 - t)^2 S0 + t^2 S1.
struct BetweenGaussians {
  using Scalar = double;
  Plane s0, s1;
  Index input_dimension() const { return 3; }
  Index output_dimension() const { return 2; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> u) const {
    for (Index i = 0; i < 64; ++i) {
      const double t = x(i, 2);
      const Plane v = (1 - t) * (1 - t) * s0 + t * t * s1;
      u.row(i) =
          ((t * s1 - (1 - t) * s0) * v.inverse() * x.row(i).head(2).matrix().transpose()).array();
    }
  }
};

}  // namespace

TEST_CASE("between Gaussians that do not commute the flow is straight in the end, not optimal",
          "[flows][identity]") {
  const auto matrix = [](const BetweenGaussians& field) {  // the flow is x -> A x
    pf::Block<double> x = pf::Block<double>::Zero(64, 2);
    x(0, 0) = x(1, 1) = 1;
    return Plane(flow(field, 0, 1, x).topRows(2).matrix().transpose());
  };
  const auto excess = [](const BetweenGaussians& field, const Plane& a) {  // E|A x - x|^2 - W2^2
    const Plane both = root(field.s0) * field.s1 * root(field.s0);
    const double w2 = (field.s0 + field.s1 - 2 * root(both)).trace();
    const Plane move = a - Plane::Identity();
    return (move * field.s0 * move.transpose()).trace() - w2;
  };
  Plane s0, s1;
  s0 << 4, 0, 0, 0.25;
  s1 << 1, 0.9, 0.9, 1;
  const BetweenGaussians field{s0, s1};
  const Plane a = matrix(field);
  CHECK((a * s0 * a.transpose() - s1).norm() < 1e-6);
  CHECK(std::abs(a(0, 1) - a(1, 0)) > 0.1);
  CHECK(excess(field, a) > 0.01);
  // Its pairs (x, A x) go on straight lines that do not cross: to learn them again changes nothing.
  for (int k = 0; k <= 100; ++k)
    CHECK(((1 - k / 100.0) * Plane::Identity() + k / 100.0 * a).determinant() > 0.1);

  INFO("where they commute it is the optimal map");
  const BetweenGaussians along{s1, 2 * s1 * s1};
  const Plane b = matrix(along);
  CHECK((b - b.transpose()).norm() < 1e-6);
  CHECK(std::abs(excess(along, b)) < 1e-6);
}

TEST_CASE("the mean shift of a kernel is a denoiser's step", "[flows][identity]") {
  // E[k(y - x) (y - x)] / E[k(y - x)] = h^2 grad log(p * N(0, h^2)), k Gaussian of width h
  const double h = 0.7;
  const auto denoised = [&](const auto& law, const pf::Block<double>& x) {
    return velocity(ConditionalMean(law, pf::VarianceExploding{}, pf::PredictData{}), x, h);
  };
  const Matrix<double> data{{1, -0.5, 2}, {0, 1, 1}};
  const pf::Block<double> x = support::random_block(2, 1, 2);
  const pf::Block<double> y = denoised(pf::Empirical<double>(data), x);
  for (Index i = 0; i < 64; ++i) {
    Eigen::Vector2d sum = Eigen::Vector2d::Zero();
    double total = 0;
    for (Index j = 0; j < 3; ++j) {
      const Eigen::Vector2d way = data.col(j) - x.row(i).matrix().transpose();
      const double k = std::exp(-way.squaredNorm() / (2 * h * h));
      sum += k * way, total += k;
    }
    CHECK((y.row(i) - x.row(i) - (sum / total).transpose().array()).abs().maxCoeff() < 1e-13);
  }

  INFO("the drift from N(m, s^2) to N(0, s^2) is h^2 / (s^2 + h^2) of the way, everywhere");
  const double m = 3, s = 1.2;
  const pf::Block<double> points = support::random_block(1, 1, 4);
  const pf::Block<double> drift =
      denoised(Gaussian<double>(0, s), points) - denoised(Gaussian<double>(m, s), points);
  CHECK((drift + m * h * h / (s * s + h * h)).abs().maxCoeff() < 1e-13);
}
