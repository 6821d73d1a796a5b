// expect: no matching
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const pf::Gaussian<double> law(2.9);
