#pragma once

#include "pushforward/flows/denoising_pairs.hpp"
#include "pushforward/objectives/regression.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// F -> E |F(c_in x_q, c_noise) - (x - c_skip x_q) / c_out|^2: denoising score matching (Vincent
/// 2011) at all levels q, with the scaling of Karras et al. 2022, of which it is the loss with
/// weight one. Denoiser(F) is then E[x | x_q], and (D - x_q) / q^2 the score of the noised data.
/// \code
///   pf::Mlp<float, pf::Silu> network({3, 64, 64, 2}, pf::Key{1});    // (x, c_noise) -> F
///   const pf::EdmScaling scaling{.data_deviation = 0.5};
///   const auto result =
///       pf::fit(network, pf::score_matching(data, scaling), pf::Adam{}, {.steps = 4000});
///   const auto ode = pf::probability_flow(pf::Denoiser(network, scaling));
/// \endcode
template <class Data>
using ScoreMatching = RegressionObjective<DenoisingPairs<Data>>;

/// Throws as DenoisingPairs and RegressionObjective do.
template <class Data>
[[nodiscard]] ScoreMatching<Data> score_matching(Data data, EdmScaling scaling = {},
                                                 RegressionOptions options = {}) {
  return {DenoisingPairs<Data>(std::move(data), scaling), {}, options};
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
