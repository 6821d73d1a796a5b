// expect: Sampler: map and source must have the same Scalar
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const pf::Sampler sampler(pf::Identity<float>(1), pf::Gaussian<double>(1));
