// expect: a measure: add public .void sample.Key key
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Law {
  using Scalar = double;
  pf::Index dimension() const { return 1; }
};

static_assert(pf::explain_measure<Law>());
