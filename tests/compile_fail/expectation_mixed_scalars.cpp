// expect: expectation: test functions and measure must have the same Scalar
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const auto mean = pf::expectation(pf::Fourier<double>::harmonics(3), pf::Uniform<float>(0, 1));
