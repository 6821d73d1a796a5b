// expect: a discrepancy: add public .Scalar value_and_gradient
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Spread {
  using Scalar = double;
  struct Workspace {};
  pf::Index dimension() const { return 1; }
  double value_and_gradient(const pf::Batch<double>&, pf::Step&, pf::Batch<double>&,
                            Workspace&) const {
    return 0;
  }
};

const pf::PushforwardObjective goal(pf::Gaussian<double>(1), Spread{});
