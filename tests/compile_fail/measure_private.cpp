// expect: a measure: add public .using Scalar = double.. .or float.
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

class Law {
  using Scalar = double;
  pf::Index dimension() const { return 1; }
  void sample(pf::Key, std::uint64_t, pf::BlockRef<double>) const {}
};

static_assert(pf::explain_measure<Law>());
