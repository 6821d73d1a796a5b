// expect: a penalty on its gradient needs a critic with .tangent_backward
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Sine {
  static constexpr pf::Initialisation initialisation = pf::Initialisation::glorot;
  template <pf::Real S>
  static void apply(pf::Lane<S>& z) {
    pf::Lane<S> c;
    apply(z, c);
  }
  template <pf::Real S>
  static void apply(pf::Lane<S>& z, pf::Lane<S>& slope) {
    const pf::Lane<S> x = z;
    pf::sincos(x, z, slope);
  }
};

const pf::Gaussian<double> line(1);
const pf::AdversarialObjective goal(line, line, pf::WassersteinGame{}, pf::GradientPenalty{});
using Two = pf::Players<pf::Mlp<double>, pf::Mlp<double, Sine>>;

void play(Two& players) {
  (void)pf::fit(players, goal, pf::Both{pf::Adam{}, pf::Adam{}, players.split()}, {});
}
