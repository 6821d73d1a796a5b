// expect: a discrepancy: add a public, default-constructible .struct Workspace
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Spread {
  using Scalar = double;
  pf::Index dimension() const { return 1; }
};

const pf::PushforwardObjective goal(pf::Gaussian<double>(1), Spread{});
