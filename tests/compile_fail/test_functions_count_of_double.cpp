// expect: no matching function for call to
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const auto family = pf::Fourier<double>::harmonics(2.5);
