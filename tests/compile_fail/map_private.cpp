// expect: a map: add public .using Scalar = double
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

class Twice {
  using Scalar = double;
  pf::Index input_dimension() const { return 1; }
  pf::Index output_dimension() const { return 1; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y) const { y = 2 * x; }
};

const pf::Compose<Twice, pf::Identity<double>>* map = nullptr;
const pf::Index size = map->input_dimension();
