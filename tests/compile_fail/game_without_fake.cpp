// expect: a game: add public .void fake
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct OnlyReal {
  void real(pf::Lane<double>&, pf::Lane<double>&) const {}
};

const pf::Gaussian<double> line(1);
const pf::AdversarialObjective goal(line, line, OnlyReal{});
