// expect: Real
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const pf::Batch<int> batch(1, 5);
