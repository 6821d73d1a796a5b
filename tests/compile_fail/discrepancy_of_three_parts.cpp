// expect: an estimator: add public .static constexpr Index parts., which is 1 or 2
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Thirds {
  static constexpr pf::Index parts = 3;
};

using Family = pf::Fourier<double>;
const pf::MeanDiscrepancy<Family, pf::Uniform<double>, pf::UniformWeights, Thirds>
    distance(Family::harmonics(3), pf::Uniform<double>(0, 1));
