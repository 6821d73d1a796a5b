// expect: a measure: add public .Index dimension.. const
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Law {
  using Scalar = double;
  void sample(pf::Key, std::uint64_t, pf::BlockRef<double>) const {}
};

static_assert(pf::explain_measure<Law>());
