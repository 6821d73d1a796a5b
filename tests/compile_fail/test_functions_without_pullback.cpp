// expect: test functions: add public .void add_pullback
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Family {
  using Scalar = double;
  pf::Index dimension() const { return 1; }
  pf::Index size() const { return 1; }
  void add_sums(pf::ConstBlockRef<double>, const pf::Lane<double>&, pf::VectorRef<double>) const {}
};

const pf::MeanDiscrepancy distance(Family{}, pf::Gaussian<double>(1));
