// expect: no matching function for call to [^d]*draw
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const pf::Matrix<double> samples = pf::draw(pf::Gaussian<double>(2), 1e3, pf::Key{});
