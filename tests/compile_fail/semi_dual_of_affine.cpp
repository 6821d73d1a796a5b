// expect: the gradient of a convex potential: add public .void potential
#include <pushforward/pushforward.hpp>
namespace pf = pushforward;
void use(pf::Affine<double>& map) {
  const pf::SemiDualObjective objective(pf::Gaussian<double>(2), pf::Gaussian<double>(2));
  (void)pf::fit(map, objective, pf::Adam{}, {.steps = 1});
}
