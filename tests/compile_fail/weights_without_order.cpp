// expect: InverseSquareWeights take a family with .Index order
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const pf::Rbf<double> bumps(pf::Matrix<double>::Zero(1, 1), {1});
const pf::MeanDiscrepancy distance(bumps, pf::Gaussian<double>(1), pf::InverseSquareWeights{});
