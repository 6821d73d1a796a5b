// expect: a distance on the line: add public .Scalar value_and_gradient
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct ValueAlone {
  double value(const pf::PooledSample<double>&) const { return 0; }
};

const pf::SlicedDiscrepancy distance(pf::Gaussian<double>(2), ValueAlone{});
