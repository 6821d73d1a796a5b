// expect: an adversarial objective trains Players
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const pf::Gaussian<double> line(1);
const pf::AdversarialObjective goal(line, line);

void alone(pf::Mlp<double>& map) { (void)pf::fit(map, goal, pf::Adam{}, {}); }
