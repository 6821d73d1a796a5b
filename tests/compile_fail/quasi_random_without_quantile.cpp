// expect: QuasiRandom: the measure needs .void quantile
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const pf::QuasiRandom nodes(pf::Empirical<double>(pf::Matrix<double>::Ones(1, 5)), 10);
