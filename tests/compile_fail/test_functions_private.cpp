// expect: test functions: add public .using Scalar = double.. .or float.
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

class Family {
  using Scalar = double;
  pf::Index dimension() const { return 1; }
  pf::Index size() const { return 1; }
};

static_assert(pf::explain_test_functions<Family>());
