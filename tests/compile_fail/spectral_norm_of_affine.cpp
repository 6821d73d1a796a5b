// expect: SpectralNorm: it takes a network of dense layers
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

void take(const pf::Affine<double>& map) { (void)pf::SpectralNorm(map); }
