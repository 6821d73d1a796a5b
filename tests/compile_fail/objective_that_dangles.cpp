// expect: deleted
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

int main() {
  pf::Mlp<double> map({1, 4, 1}, pf::Key{});
  pf::Run run(map,
              pf::PushforwardObjective(pf::Gaussian<double>(1),
                                       pf::MeanDiscrepancy(pf::Fourier<double>::harmonics(3),
                                                           pf::Uniform<double>(0, 1))),
              pf::Adam{});
}
