// expect: a callback: it must take .*by name and not as `const auto&`
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

void f(pf::Mlp<double>& map) {
  const pf::PushforwardObjective objective(
      pf::Gaussian<double>(1),
      pf::MeanDiscrepancy(pf::Fourier<double>::harmonics(2), pf::Gaussian<double>(1)));
  (void)pf::fit(map, objective, pf::Adam{}, {}, [](const auto& event) { return void(event.loss); });
}
