// A family of test functions of one's own: smooth steps tanh((x - c) / s), which compare
// distribution functions. It composes with the library's families, weights, estimators and
// optimizers.

#include "support/run_guarded.hpp"

#include <pushforward/pushforward.hpp>

#include <cmath>
#include <cstdio>

namespace pf = pushforward;

/// f_k(y) = tanh((y - c_k) / s), for steps at c_k = -3, -2.75, ..., 3.
struct SmoothSteps {
  using Scalar = double;
  double width = 0.5;

  pf::Index dimension() const { return 1; }
  pf::Index size() const { return 25; }

  void add_sums(pf::ConstBlockRef<double> y, const pf::Lane<double>& weight,
                pf::VectorRef<double> sums) const {
    for (pf::Index k = 0; k < size(); ++k) sums[k] += pf::weighted_sum(weight, step(y, k));
  }

  /// f_k' = (1 - f_k^2) / s.
  void add_pullback(pf::ConstBlockRef<double> y, const pf::Lane<double>& weight,
                    pf::ConstVectorRef<double> v, pf::BlockRef<double> dy) const {
    for (pf::Index k = 0; k < size(); ++k)
      dy.col(0) += v[k] / width * weight * (1 - step(y, k).square());
  }

 private:
  pf::Lane<double> step(pf::ConstBlockRef<double> y, pf::Index k) const {
    pf::Lane<double> f = (y.col(0) + 3 - 0.25 * static_cast<double>(k)) / width;
    pf::tanh(f);
    return f;
  }
};

void learn() {
  const pf::Mixture<pf::Gaussian<double>> target({{-1, 0.5}, {1.5, 0.5}}, {1, 1});

  // Steps and the first four moments together, by Levenberg-Marquardt on quantile nodes.
  const pf::Concatenate family(SmoothSteps{}, pf::Polynomial<double>(1, 4));
  const pf::PushforwardObjective objective(pf::QuasiRandom(pf::Gaussian<double>(1), 512),
                                           pf::MeanDiscrepancy(family, target), {.batch = 512});
  pf::Mlp<double> map({1, 24, 24, 1}, pf::Key{1});
  const pf::FitResult<double> result =
      pf::fit(map, objective, pf::LevenbergMarquardt{}, {.steps = 100});

  const pf::Sampler sampler(map, pf::Gaussian<double>(1), pf::Key{2});
  const pf::Matrix<double> samples = sampler.sample(200000);
  std::printf("%8s %10s %10s\n", "x", "P(T < x)", "target");
  for (const double x : {-2.0, -1.0, 0.0, 1.0, 2.0}) {
    const double below = static_cast<double>((samples.array() < x).count()) / 200000;
    const double wanted = (pf::normal_cdf(2 * (x + 1)) + pf::normal_cdf(2 * (x - 1.5))) / 2;
    std::printf("%8.1f %10.3f %10.3f\n", x, below, wanted);
  }
  std::printf("d2_squared=%.1e steps=%d\n", result.loss, static_cast<int>(result.steps));
}

int main(int argc, char** argv) {
  return support::run_guarded(argc, argv, "custom_test_functions",
                              "Learns a law with two bumps by test functions of one's own.", learn);
}
