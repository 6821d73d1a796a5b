// expect: a trainable map: add public .Index parameter_count
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Twice {
  using Scalar = double;
  pf::Index input_dimension() const { return 1; }
  pf::Index output_dimension() const { return 1; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y) const { y = 2 * x; }
};

int main() {
  const pf::PushforwardObjective goal(
      pf::Gaussian<double>(1),
      pf::MeanDiscrepancy(pf::Fourier<double>::harmonics(3), pf::Uniform<double>(0, 1)));
  Twice map;
  (void)pf::fit(map, goal, pf::Adam{}, {});
}
