// expect: a penalty: add public .static constexpr bool kBetween
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Nowhere {
  void operator()(pf::Lane<double>&, pf::Lane<double>&) const {}
};

const pf::Gaussian<double> line(1);
const pf::AdversarialObjective goal(line, line, pf::WassersteinGame{}, Nowhere{});
