// expect: a map: add public .void apply.ConstBlockRef
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Twice {
  using Scalar = double;
  pf::Index input_dimension() const { return 1; }
  pf::Index output_dimension() const { return 1; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double>& y) const { y = 2 * x; }
};

const pf::Sampler sampler(Twice{}, pf::Gaussian<double>(1));
