// expect: an optimizer: add public .template <Real S> void step
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Still {
  double rate = 1;
  template <pf::Real>
  struct State {};
  template <pf::Real S>
  State<S> start(pf::Index) const {
    return {};
  }
  template <pf::Real S, class P>
  pf::Advance<S> advance(State<S>&, P&, pf::Index, double) const {
    return {0, pf::Move::converged};
  }
};

int main() {
  const pf::PushforwardObjective goal(
      pf::Gaussian<double>(1),
      pf::MeanDiscrepancy(pf::Fourier<double>::harmonics(3), pf::Uniform<double>(0, 1)));
  pf::Mlp<double> map({1, 4, 1}, pf::Key{});
  (void)pf::fit(map, goal, Still{}, {});
}
