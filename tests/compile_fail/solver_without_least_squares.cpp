// expect: LevenbergMarquardt: the objective must be a sum of squares
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

int main() {
  const pf::MeanDiscrepancy<pf::Fourier<double>, pf::Uniform<double>, pf::UniformWeights,
                            pf::SplitHalves>
      distance(pf::Fourier<double>::harmonics(3), pf::Uniform<double>(0, 1));
  const pf::PushforwardObjective goal(pf::Gaussian<double>(1), distance);
  pf::Mlp<double> map({1, 4, 1}, pf::Key{});
  (void)pf::fit(map, goal, pf::LevenbergMarquardt{}, {});
}
