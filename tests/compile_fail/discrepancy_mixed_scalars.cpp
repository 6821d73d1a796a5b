// expect: MeanDiscrepancy: test functions and target must have the same Scalar
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const pf::MeanDiscrepancy distance(pf::Fourier<double>::harmonics(3), pf::Uniform<float>(0, 1));
