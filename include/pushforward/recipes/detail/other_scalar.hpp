#pragma once

#include "pushforward/maps/mlp.hpp"
#include "pushforward/maps/residual.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/mixture.hpp"

#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// The mixture with numbers of another type.
template <Real S, Real From>
[[nodiscard]] Mixture<Gaussian<S>> in_scalar(const Mixture<Gaussian<From>>& mixture) {
  std::vector<Gaussian<S>> components;
  for (const Gaussian<From>& each : mixture.components())
    components.emplace_back(Vector<S>(each.mean().template cast<S>()),
                            Matrix<S>(each.factor().template cast<S>()));
  return {std::move(components),
          std::vector<S>(mixture.weights().begin(), mixture.weights().end())};
}

/// The map with parameters of another type.
template <Real S, Real From, class Hidden>
[[nodiscard]] Residual<Mlp<S, Hidden>> in_scalar(const Residual<Mlp<From, Hidden>>& map) {
  return Residual(
      Mlp<S, Hidden>(Hidden{}, Linear{}, map.map().sizes(), map.parameters().template cast<S>()));
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
