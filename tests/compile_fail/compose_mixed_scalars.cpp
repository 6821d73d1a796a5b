// expect: Compose: both maps must have the same Scalar
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const pf::Compose map(pf::Identity<float>(1), pf::Identity<double>(1));
