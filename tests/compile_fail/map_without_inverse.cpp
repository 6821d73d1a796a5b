// expect: an invertible map: add public .void apply.ConstBlockRef<Scalar> x, .*Lane<Scalar>
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const pf::InverseOf back(pf::Mlp<double>({2, 4, 2}, pf::Key{}));
