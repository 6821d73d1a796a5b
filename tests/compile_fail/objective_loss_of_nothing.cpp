// expect: a loss: add public .void operator
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const pf::RegressionObjective goal(pf::Gaussian<double>(2), 5);
