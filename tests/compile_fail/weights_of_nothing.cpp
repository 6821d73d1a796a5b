// expect: weights: add .Vector<Scalar> operator
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

using Family = pf::Fourier<double>;
const pf::MeanDiscrepancy<Family, int> distance(Family::harmonics(3), pf::Uniform<double>(0, 1));
