// expect: a callback: it must take
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

int main() {
  const pf::PushforwardObjective goal(
      pf::Gaussian<double>(1),
      pf::MeanDiscrepancy(pf::Fourier<double>::harmonics(3), pf::Uniform<double>(0, 1)));
  pf::Mlp<double> map({1, 4, 1}, pf::Key{});
  (void)pf::fit(map, goal, pf::Adam{}, {}, [](pf::StepEnd<double>&) {});
}
