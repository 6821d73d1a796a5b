// expect: a measure: add public .using Scalar = double.
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Law {
  using Scalar = int;
  pf::Index dimension() const { return 1; }
  void sample(pf::Key, std::uint64_t, pf::BlockRef<double>) const {}
};

static_assert(pf::explain_measure<Law>());
