// The links between discrepancies that the paper draws, each as two numbers that must agree: what
// the library computes in one way, and what it computes in another or what a formula says. Ends
// with status 1 if one of them does not hold.

#include "support/arguments.hpp"
#include "support/check_writable.hpp"
#include "support/run_guarded.hpp"

#include <pushforward/pushforward.hpp>

#include <algorithm>
#include <cstdio>
#include <numbers>
#include <vector>

namespace pf = pushforward;

namespace {

using Matrix = pf::Matrix<double>;
using Gaussian = pf::Gaussian<double>;

/// The identities so far, for the screen and for links.csv.
class Links {
 public:
  /// |left - right| <= tolerance
  void equal(const std::string& identity, double left, double right, double tolerance) {
    add(identity, left, right, tolerance, std::abs(left - right) <= tolerance);
  }
  /// left <= right + tolerance
  void at_most(const std::string& identity, double left, double right, double tolerance) {
    add(identity, left, right, tolerance, left <= right + tolerance);
  }

  [[nodiscard]] bool hold() const { return failed_ == 0; }
  [[nodiscard]] const std::string& csv() const { return csv_; }

 private:
  void add(const std::string& identity, double left, double right, double tolerance, bool holds) {
    std::printf("%-60s %14.9g %14.9g  %7.1e  %s\n", identity.c_str(), left, right, tolerance,
                holds ? "holds" : "FAILS");
    csv_ += '"' + identity + "\"," + pf::to_text(left) + ',' + pf::to_text(right) + ',' +
            pf::to_text(tolerance) + (holds ? ",true\n" : ",false\n");
    failed_ += holds ? 0 : 1;
  }

  std::string csv_ = "identity,left,right,tolerance,holds\n";
  int failed_ = 0;
};

/// n numbers spread evenly over a law on the line, or in the plane and beyond.
template <class Measure>
Matrix nodes(const Measure& measure, pf::Index n) {
  return pf::draw(pf::QuasiRandom(measure, n), n, {});
}

pf::Empirical<double> data(const Matrix& x) { return pf::Empirical<double>(x, {}); }

/// The integral of f over [-a, a], by the trapezium rule.
template <class F>
double integral(F f, double a = 14, pf::Index n = 1 << 14) {
  pf::Vector<double> values(n + 1);
  for (pf::Index i = 0; i <= n; ++i) values[i] = f(a * (2 * double(i) / double(n) - 1));
  return 2 * a / double(n) * (values.sum() - (values[0] + values[n]) / 2);
}

/// The density of N(m, 1) at x.
double density(double x, double m) {
  const Gaussian law({m, 1.0});
  pf::ScratchOf<Gaussian> scratch;
  pf::Lane<double> log_p;
  pf::log_density(law, pf::Block<double>::Constant(pf::kBlockSize, 1, x), log_p, scratch);
  return pf::exp(log_p[0]);
}

/// E|N(u, v^2)|
double mean_modulus(double u, double v) {
  return v * std::sqrt(2 / std::numbers::pi) * pf::exp(-u * u / (2 * v * v)) +
         u * (2 * pf::normal_cdf(u / v) - 1);
}

/// Bochner: random features make D2^2 an MMD^2, with an error that falls as 1 / sqrt(K).
void features(Links& links) {
  const pf::Index sizes[] = {64, 256, 1024, 4096};
  const Matrix x = pf::draw(Gaussian(2), 200, {1, 1}), y = pf::draw(Gaussian(2), 150, {2, 1}) * 1.5;
  const double mmd =
      pf::evaluate(pf::KernelDiscrepancy(pf::GaussianKernel{}, data(y), {}, pf::Plugin{}), x);
  double sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0, last = 0;
  for (const pf::Index k : sizes) {
    double squares = 0;
    constexpr std::uint32_t draws = 32;
    for (std::uint32_t draw = 0; draw < draws; ++draw) {
      const pf::RandomFourier<double> waves(2, k, pf::GaussianKernel{}, {3, draw});
      last = pf::evaluate(pf::MeanDiscrepancy(waves, data(y)), x);
      squares += (last - mmd) * (last - mmd) / draws;
    }
    const double a = std::log(double(k)), b = std::log(squares) / 2;
    sum_x += a, sum_y += b, sum_xx += a * a, sum_xy += a * b;
  }
  const double slope = (4 * sum_xy - sum_x * sum_y) / (4 * sum_xx - sum_x * sum_x);
  links.equal("D2^2 with 4096 random features = MMD^2", last, mmd, 0.02 * mmd);
  links.equal("its error falls as K^slope", slope, -0.5, 0.1);
}

/// The spectral form of the energy distance: 1 / pi int |phi_X - phi_Y|^2 / w^2 dw.
void spectrum(Links& links) {
  const double energy = 2 * mean_modulus(1, std::sqrt(2)) - 2 * mean_modulus(0, std::sqrt(2));
  links.equal("energy of N(0, 1), N(1, 1) in closed form", energy, 0.5418065793, 5e-11);
  const double by_frequencies = integral(
      [](double w) {
        double s, c;
        pf::sincos(w, s, c);
        const double phi = pf::exp(-w * w / 2);
        return w == 0 ? 1 : phi * phi * ((1 - c) * (1 - c) + s * s) / (w * w);
      },
      14, 1 << 16);
  links.equal("1/pi int |phi_X - phi_Y|^2 / w^2 dw", by_frequencies / std::numbers::pi, energy,
              1e-9);
}

/// D_inf over the unit ball of a kernel's space, over 1-Lipschitz functions, over half-lines and
/// over bounded functions.
void suprema(Links& links) {
  const Matrix x = pf::draw(Gaussian(1), 300, {1, 2}),
               y = pf::draw(Gaussian({0.7, 1.2}), 200, {2, 2});
  const pf::RkhsSupremum ball(pf::LaplaceKernel{}, data(y));
  const double mmd2 =
      pf::evaluate(pf::KernelDiscrepancy(pf::LaplaceKernel{}, data(y), {}, pf::Plugin{}), x);
  links.equal("D_inf over the unit ball of an RKHS = MMD", pf::evaluate(ball, x), std::sqrt(mmd2),
              1e-14);
  pf::Team alone;
  typename decltype(ball)::Workspace work;
  const auto mean = [&](const Matrix& points) {  // of the witness
    const pf::Batch<double> batch(points), sample(x);
    pf::Lane<double> f;
    double sum = 0;
    for (pf::Index b = 0; b < batch.blocks(); ++b) {
      ball.witness(sample, batch.block(b), {0, alone}, f, work);
      sum += pf::weighted_sum(batch.weight(b, 0, batch.count(), 1 / double(batch.count())), f);
    }
    return sum;
  };
  links.equal("its witness attains it", mean(x) - mean(y), std::sqrt(mmd2), 1e-13);

  std::vector<double> z;
  z.insert(z.end(), x.data(), x.data() + x.size());
  z.insert(z.end(), y.data(), y.data() + y.size());
  std::sort(z.begin(), z.end());
  const auto share = [](const Matrix& sample, double t) {
    return double((sample.array() <= t).count()) / double(sample.size());
  };
  double w1 = 0, squares = 0, largest = 0;
  for (std::size_t k = 0; k + 1 < z.size(); ++k) {
    const double gap = share(x, z[k]) - share(y, z[k]);
    w1 += (z[k + 1] - z[k]) * std::abs(gap);
    squares += (z[k + 1] - z[k]) * gap * gap;
    largest = (std::max)(largest, std::abs(gap));
  }
  links.equal("D_inf over 1-Lipschitz functions = int |F - G|",
              pf::evaluate(pf::LineDiscrepancy(data(y), pf::WassersteinLine{1}), x), w1, 1e-13);
  links.equal("D_inf over half-lines = sup |F - G|", pf::kolmogorov_smirnov(x, y)[0], largest,
              1e-14);
  const double energy =
      pf::evaluate(pf::LineDiscrepancy(data(y), pf::EnergyLine{.unbiased = false}), x);
  links.equal("energy by sorting = 2 int (F - G)^2", energy, 2 * squares, 1e-13);
  links.equal("energy by pairs = 2 int (F - G)^2",
              pf::evaluate(pf::KernelDiscrepancy(pf::EnergyKernel{}, data(y), {}, pf::Plugin{}), x),
              2 * squares, 1e-12);
  double attained = 0, f = 0, gap_below = 0;  // E f(X) - E f(Y) for f' = (G - F) / |G - F|
  for (std::size_t k = 0; k < z.size(); ++k) {
    attained += f * (share(x, z[k]) - share(y, z[k]) - gap_below);
    gap_below = share(x, z[k]) - share(y, z[k]);
    if (k + 1 < z.size()) f -= (z[k + 1] - z[k]) * gap_below / std::sqrt(squares);
  }
  links.equal("D_inf over int |f'|^2 <= 1, at its f, = root of energy / 2", attained,
              std::sqrt(energy / 2), 1e-12);

  const Matrix frequencies = pf::draw(Gaussian(1), 40, {3, 2});
  const pf::Fourier<double> waves(frequencies);
  const double d2 = pf::evaluate(pf::MeanDiscrepancy(waves, data(y)), x);
  const double d_inf = pf::evaluate(pf::SupremumDiscrepancy(waves, data(y)), x);
  links.at_most("D2^2 <= D_inf^2 over forty waves", d2, d_inf * d_inf, 0);
  const pf::Fourier<double> one(Matrix::Constant(1, 1, 0.9));
  const double alone_inf = pf::evaluate(pf::SupremumDiscrepancy(one, data(y)), x);
  links.equal("D2^2 = D_inf^2 over one wave", pf::evaluate(pf::MeanDiscrepancy(one, data(y)), x),
              alone_inf * alone_inf, 1e-14);
}

/// The mean over directions is the energy distance in R^d, with c_d.
void slices(Links& links) {
  const std::pair<pf::Index, double> constants[] = {
      {2, std::numbers::pi / 2}, {3, 2}, {10, 3.86563}};
  for (const auto& [d, c] : constants) {
    const std::string dimension = ", d = " + std::to_string(d);
    links.equal("c_d = sqrt(pi) Gamma((d+1)/2) / Gamma(d/2)" + dimension,
                pf::EnergyLine::slicing_constant(d), c, 5e-6);
    const Matrix x = pf::draw(Gaussian(d), 100, {1, 3}),
                 y = (pf::draw(Gaussian(d), 120, {2, 3}).array() + 0.5).matrix();
    const double full =
        pf::evaluate(pf::KernelDiscrepancy(pf::EnergyKernel{}, data(y), {}, pf::Plugin{}), x);
    const pf::SlicedDiscrepancy sliced(data(y), pf::EnergyLine{.unbiased = false},
                                       {.directions = 4000});
    links.equal("sliced energy = energy" + dimension, pf::evaluate(sliced, x), full, 0.02 * full);
  }
  const Matrix x = pf::draw(Gaussian(3), 20000, {1, 4}),
               y = (2 * pf::draw(Gaussian(3), 20000, {2, 4}).array() + 1).matrix();
  const double sliced = pf::sliced_wasserstein(x, y, {.directions = 400});
  links.equal("SW_2^2 of N(0, I), N(1, 4 I) in R^3 = |m|^2 / 3 + 1", sliced * sliced, 2, 0.08);
}

/// Between W_2^2 and MMD^2, as epsilon grows.
void entropy(Links& links) {
  const Matrix x = pf::draw(Gaussian(2), 120, {1, 5}),
               y = (1.5 * pf::draw(Gaussian(2), 120, {2, 5}).array() + 0.5).matrix();
  const auto sinkhorn = [&](double epsilon, const auto& cost) {
    return pf::sinkhorn_divergence(
               x, y, cost, {.epsilon = epsilon, .iterations = {.at_most = 4000, .tolerance = 1e-7}})
        .value;
  };
  const double w2 = pf::wasserstein2(x, y);
  links.equal("Sinkhorn at epsilon -> 0 = W_2^2", sinkhorn(2e-4, pf::SquaredDistance{}), w2 * w2,
              0.01 * w2 * w2);
  const double means = (x.rowwise().mean() - y.rowwise().mean()).squaredNorm();
  links.equal("Sinkhorn of |x - y|^2 at epsilon -> infinity = |m|^2",
              sinkhorn(1e5, pf::SquaredDistance{}), means, 1e-4 * means);
  const double energy = pf::energy_distance(x, y);
  links.equal("Sinkhorn of |x - y| at epsilon -> infinity = energy / 2",
              sinkhorn(1e5, pf::Distance{}), energy / 2, 1e-4 * energy);
  const Matrix a = nodes(Gaussian(1), 1500), b = nodes(Gaussian({0, 2.0}), 1500);
  links.equal(
      "Sinkhorn of N(0, 1), N(0, 4) at epsilon 1",
      pf::sinkhorn_divergence(
          a, b,
          {.epsilon = 1, .relative = false, .iterations = {.at_most = 500, .tolerance = 1e-7}})
          .value,
      0.99230933, 2e-3);
}

/// The classical game at its optimal critic, the log of the ratio of the densities.
void game(Links& links) {
  const double m = 1;
  const pf::Players players(
      pf::Affine<double>(Matrix::Identity(1, 1), pf::Vector<double>::Zero(1)),
      pf::Affine<double>(Matrix::Constant(1, 1, -m), pf::Vector<double>::Constant(1, m * m / 2)));
  constexpr pf::Index n = 1 << 16;
  const pf::AdversarialObjective objective(pf::QuasiRandom(Gaussian({m, 1.0}), n),
                                           pf::QuasiRandom(Gaussian(1), n), pf::ClassicalGame{},
                                           pf::NoPenalty{}, {.batch = n});
  pf::Team alone;
  pf::Vector<double> gradient(players.parameter_count());
  typename decltype(objective)::Workspace<std::remove_cv_t<decltype(players)>> work;
  const double found = objective.value_and_gradient(players, {0, alone}, gradient, work);
  const double divergence = integral([&](double x) {
    const double p = density(x, 0), q = density(x, m), middle = (p + q) / 2;
    const auto part = [&](double r) { return r > 0 ? r / 2 * pf::log(r / middle) : 0; };
    return part(p) + part(q);
  });
  links.equal("GAN at the optimal critic = 2 JS - log 4", found,
              2 * divergence - 2 * std::numbers::ln2, 1e-5);
}

/// What is known of N(0, 1) against N(m, 1), and of the uniform law.
void constants(Links& links) {
  constexpr pf::Index n = 8192;
  const double m = 1;
  const Matrix x = nodes(Gaussian(1), n), y = nodes(Gaussian({m, 1.0}), n);
  links.equal(
      "MMD^2 of N(0, 1), N(1, 1), Gaussian kernel of width 1",
      pf::evaluate(
          pf::KernelDiscrepancy(pf::GaussianKernel{}, Gaussian({m, 1.0}), {}, pf::Plugin{}), x),
      0.177267635, 1e-4);
  const pf::Uniform<double> unit(0, 1);
  links.equal("E k(0.2, Y), Y uniform, width 0.3",
              unit.gaussian_mean(pf::Vector<double>::Constant(1, 0.2), 0.3), 0.5592366, 5e-8);
  const auto uniform_kernel = [&](const auto& kernel) {  // E k(Y, Y') - 2 E k(0.2, Y) + k(0)
    return pf::evaluate(pf::KernelDiscrepancy(kernel, unit, {}, pf::Plugin{}),
                        Matrix::Constant(1, 1, 0.2));
  };
  links.equal("E k(Y, Y') of it", uniform_kernel(pf::GaussianKernel{0.3}) - 1 + 2 * 0.5592366,
              0.5720391, 2e-7);
  links.equal("2 E|0.2 - Y| - E|Y - Y'| = 2 (x^2 - x + 1/2) - 1/3",
              uniform_kernel(pf::EnergyKernel{}), 2 * 0.34 - 1.0 / 3, 1e-14);
  const Matrix sample = pf::draw(unit, 100, {1, 6});
  std::vector<double> sorted(sample.data(), sample.data() + 100);
  std::sort(sorted.begin(), sorted.end());
  double cramer = 1.0 / 120000;
  for (int i = 0; i < 100; ++i) {
    const double gap = sorted[std::size_t(i)] - (2 * i + 1) / 200.0;
    cramer += gap * gap / 100;
  }
  links.equal(
      "half of the energy from the uniform law = Cramer-von Mises",
      pf::evaluate(pf::KernelDiscrepancy(pf::EnergyKernel{}, unit, {}, pf::Plugin{}), sample) / 2,
      cramer, 1e-13);

  const double two_sided = 2 * pf::normal_cdf(m / 2) - 1;
  links.equal("W_1 = |m|", pf::evaluate(pf::LineDiscrepancy(data(y), pf::WassersteinLine{1}), x), m,
              1e-12);
  links.equal("W_2 = |m|", pf::wasserstein2(x, y), m, 1e-12);
  links.equal("KS = 2 Phi(|m| / 2) - 1", pf::kolmogorov_smirnov(x, y)[0], two_sided, 2.0 / n);
  links.equal("TV = 2 Phi(|m| / 2) - 1, D_inf over |f| <= 1 halved",
              integral([&](double t) { return std::abs(density(t, 0) - density(t, m)) / 2; }),
              two_sided, 1e-7);
  const auto log_ratio = [&](double t) { return (m * m - 2 * m * t) / 2; };
  links.equal("KL = m^2 / 2", integral([&](double t) { return density(t, 0) * log_ratio(t); }),
              m * m / 2, 1e-9);
  links.equal("chi^2 = exp(m^2) - 1",
              integral([&](double t) { return density(t, m) * (pf::exp(-log_ratio(t)) - 1); }),
              pf::exp(m * m) - 1, 1e-9);
  const double w2 = pf::wasserstein2(x, nodes(Gaussian({2, 3.0}), n));
  links.equal("W_2^2 of N(0, 1), N(2, 9) = 4 + (3 - 1)^2", w2 * w2, 8, 0.01);
}

int run(int argc, char** argv) {
  std::filesystem::path out;
  support::Arguments arguments("links",
                               "Shows that the discrepancies are linked as the paper says.");
  arguments.option("--out", out, "folder for links.csv");
  if (!arguments.read(argc, argv)) return 0;
  if (!out.empty()) support::check_writable("links", out / "links.csv");

  Links links;
  std::printf("%-60s %14s %14s  %7s\n", "identity", "left", "right", "within");
  for (const auto part : {features, spectrum, suprema, slices, entropy, game, constants})
    part(links);
  if (!out.empty()) pf::write_file("links", out / "links.csv", links.csv());
  return links.hold() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  return support::run_guarded("links", [&] { return run(argc, argv); });
}
