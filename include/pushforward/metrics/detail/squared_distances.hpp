#pragma once

#include "pushforward/core/block.hpp"

#include <type_traits>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// out_i = |x_i - y|^2 for the rows of x, 64 x d, and a point y, d.
template <Real S>
void squared_distances(ConstBlockRef<std::type_identity_t<S>> x, const S* y, Lane<S>& out) {
  out = (x.col(0) - y[0]).square();
  for (Index k = 1; k < x.cols(); ++k) out += (x.col(k) - y[k]).square();
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
