// A map of one's own with its hand-written gradient: the log-normal quantile map T(x) = exp(a + b
// x). It trains, composes and samples like the library's maps.

#include "support/run_guarded.hpp"

#include <pushforward/pushforward.hpp>

#include <cstdio>

namespace pf = pushforward;

/// T(x) = exp(a + b x), theta = (a, b).
struct LogNormalMap {
  using Scalar = double;
  struct Tape {
    pf::Lane<double> x, y;
  };
  pf::Vector<double> theta = pf::Vector<double>::Ones(2);

  pf::Index input_dimension() const { return 1; }
  pf::Index output_dimension() const { return 1; }
  pf::Index parameter_count() const { return 2; }
  pf::Vector<double> parameters() const { return theta; }
  void set_parameters(pf::ConstVectorRef<double> values) { theta = values; }

  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y) const {
    pf::Lane<double> lane = theta[0] + theta[1] * x.col(0);
    pf::exp(lane);
    y.col(0) = lane;
  }
  void forward(pf::ConstBlockRef<double> x, pf::BlockRef<double> y, Tape& tape) const {
    apply(x, y);
    tape.x = x.col(0);
    tape.y = y.col(0);
  }
  /// dT/da = T,  dT/db = x T,  dT/dx = b T.
  void backward(Tape& tape, pf::ConstBlockRef<double> dy, pf::VectorRef<double> dtheta,
                pf::BlockRef<double> dx) const {
    const pf::Lane<double> dz = dy.col(0) * tape.y;
    dtheta[0] += pf::weighted_sum<double>(dz, pf::Lane<double>::Ones());
    dtheta[1] += pf::weighted_sum(dz, tape.x);
    dx.col(0) = theta[1] * dz;
  }
};

void learn() {
  // Incomes, say: 5000 draws of a log-normal law with a = 0.5 and b = 0.4.
  LogNormalMap truth;
  truth.theta << 0.5, 0.4;
  const pf::Empirical<double> incomes(
      pf::Sampler(truth, pf::Gaussian<double>(1), pf::Key{7}).sample(5000));

  const pf::RandomFourier<double> waves(1, 64, {.width = 1}, pf::Key{1});
  const pf::PushforwardObjective objective(pf::QuasiRandom(pf::Gaussian<double>(1), 1024),
                                           pf::MeanDiscrepancy(waves, incomes));
  LogNormalMap map;
  const pf::FitResult<double> result =
      pf::fit(map, objective, pf::LevenbergMarquardt{}, {.steps = 50});

  std::printf("a=%.3f (0.5) b=%.3f (0.4) d2_squared=%.1e steps=%d\n", map.theta[0], map.theta[1],
              result.loss, static_cast<int>(result.steps));
}

int main(int argc, char** argv) {
  return support::run_guarded(argc, argv, "custom_map",
                              "Learns a log-normal law with a map of one's own.", learn);
}
