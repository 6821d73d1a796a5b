// expect: a map: add public .Index input_dimension
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const pf::Sampler sampler(pf::Gaussian<double>(1), pf::Gaussian<double>(1));
