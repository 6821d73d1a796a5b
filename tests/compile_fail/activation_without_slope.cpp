// expect: an activation: add public .static void apply.Lane<Scalar>& z, Lane
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Cube {
  static constexpr auto initialisation = pf::Initialisation::he;
  static void apply(pf::Lane<double>& z) { z = z.cube(); }
};

const pf::Mlp<double, Cube> map({1, 4, 1}, pf::Key{});
