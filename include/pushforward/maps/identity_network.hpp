#pragma once

#include "pushforward/maps/mlp.hpp"
#include "pushforward/maps/residual.hpp"

#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// T(x) = x + m(x) with a network m whose last layer is zero: it starts as the identity, for a
/// source that already stands where the target does.
///
/// `sizes` = {d, hidden widths ..., d}. Throws std::invalid_argument unless first and last agree,
/// and as Mlp does. \code
///   auto map = pf::identity_network<float, pf::Relu>({2, 64, 64, 2}, pf::Key{1});
/// \endcode
template <Real S, class Hidden>
[[nodiscard]] Residual<Mlp<S, Hidden>> identity_network(const std::vector<Index>& sizes, Key key) {
  Mlp<S, Hidden> network(sizes, key);
  const detail::DenseLayer& last = network.layers().back();
  Vector<S> theta = network.parameters();
  theta.segment(last.offset, last.parameter_count()).setZero();
  network.set_parameters(theta);
  return Residual(std::move(network));
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
