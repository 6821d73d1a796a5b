#pragma once

#include "pushforward/flows/pairs.hpp"
#include "pushforward/objectives/regression.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// u -> E |u(x_t, t) - (a' x0 + b' x1)|^2: regression on the pairs of a path, whose minimiser is
/// the velocity field that carries the source along the path to the target (Lipman et al. 2023;
/// Albergo & Vanden-Eijnden 2023; Liu et al. 2023). \code
///   pf::Mlp<float, pf::Silu> velocity({3, 64, 64, 2}, pf::Key{1});   // (x, t) -> u
///   const auto objective = pf::flow_matching(pf::Product(pf::Gaussian<float>(2), data));
///   const auto result = pf::fit(velocity, objective, pf::Adam{}, {.steps = 4000});
/// \endcode
/// The least loss is not 0 but the mean variance of the velocity given x_t: for independent pairs
/// from N(0, I) to a Gaussian along the linear path, pi / 2 times the sum of its deviations along
/// the principal axes.
template <class Coupling, class P = LinearPath>
using FlowMatching = RegressionObjective<PathPairs<Coupling, P>>;

/// Throws as PathPairs and RegressionObjective do.
template <class Coupling, class P = LinearPath>
[[nodiscard]] FlowMatching<Coupling, P> flow_matching(Coupling coupling, P path = {},
                                                      RegressionOptions options = {}) {
  return {PathPairs<Coupling, P>(std::move(coupling), std::move(path)), {}, options};
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
