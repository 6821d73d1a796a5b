#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/maps/map.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

/// T(x) for each column x of `data`, d x n: the image of a sample under a map, e x n.
/// Throws std::invalid_argument unless data has d = input_dimension() rows.
template <class M, class Derived>
[[nodiscard]] Matrix<typename M::Scalar> image(const M& map, const AnyMatrix<Derived>& data) {
  static_assert(explain_map<M>());
  check_size("image", "rows of data", data.rows(), map.input_dimension());
  const Batch<typename M::Scalar> x(data);
  Batch<typename M::Scalar> y(map.output_dimension(), x.count());
  ScratchOf<M> scratch;
  for (Index b = 0; b < x.blocks(); ++b) apply(map, x.block(b), y.block(b), scratch);
  return y.matrix();
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
