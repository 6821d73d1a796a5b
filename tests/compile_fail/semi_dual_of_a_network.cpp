// expect: the gradient of a convex potential: add public .void inverse
#include <pushforward/pushforward.hpp>
namespace pf = pushforward;
void use(pf::Mlp<double>& net) {
  const pf::SemiDualObjective objective(pf::Gaussian<double>(2), pf::Gaussian<double>(2));
  (void)pf::fit(net, objective, pf::Adam{}, {.steps = 1});
}
