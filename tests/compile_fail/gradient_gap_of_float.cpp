// expect: gradient_gap: differences need Scalar double
#include <pushforward/pushforward.hpp>
#include <pushforward/testing.hpp>

namespace pf = pushforward;

const double gap = pf::gradient_gap(pf::Mlp<float>({2, 4, 2}, pf::Key{})).gap;
