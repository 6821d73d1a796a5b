// expect: weights: add public .void operator
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

using Family = pf::Fourier<double>;
const pf::MeanDiscrepancy<Family, pf::Uniform<double>, int> distance(Family::harmonics(3),
                                                                     pf::Uniform<double>(0, 1));
