// expect: InverseSquareWeights take a family with
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

using Family = pf::Rbf<double>;
const pf::MeanDiscrepancy<Family, pf::Uniform<double>, pf::InverseSquareWeights>
    distance(Family(pf::Matrix<double>::Ones(1, 3), {1}), pf::Uniform<double>(0, 1));
