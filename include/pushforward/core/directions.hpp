#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/core/detail/linear_algebra.hpp"
#include "pushforward/core/random.hpp"

#include <array>
#include <numbers>
#include <string_view>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How the directions that a sample is sliced along are drawn. Each of them alone is uniform on the
/// sphere, either way, so that means over them are right on average.
enum class Directions {
  spread,  ///< equal angles in the plane, turned by a random one; else random orthonormal bases
  independent,  ///< each by itself
};
[[nodiscard]] constexpr std::array<std::string_view, 2> enumerators(Directions) {
  return {"spread", "independent"};
}

/// theta, d x L: unit vectors, one a column, set `draw` of stream `key`. Spread ones are for
/// functions that are the same along theta and -theta. Cost O(L d), or O(L d^2) for bases.
inline void draw_directions(Directions how, Key key, std::uint64_t draw, Matrix<double>& theta) {
  const Index d = theta.rows(), count = theta.cols();
  if (how == Directions::spread && d == 2) {
    const double turn = RandomSequence<double>(key, draw).uniform();
    for (Index l = 0; l < count; ++l)
      sincos(std::numbers::pi * (static_cast<double>(l) + turn) / static_cast<double>(count),
             theta(1, l), theta(0, l));
    return;
  }
  for (Index l = 0; l < count; ++l) {
    auto v = theta.col(l);
    normals_one<double>(
        key, draw * static_cast<std::uint64_t>(count) + static_cast<std::uint64_t>(l), v);
    if (how == Directions::spread)  // v less its part along each vector of its basis so far
      for (Index k = l - l % d; k < l; ++k) {
        const double along = detail::dot<double>(theta.col(k), v);
        for (Index i = 0; i < d; ++i) v[i] -= along * theta(i, k);
      }
    const double length = detail::norm<double>(v);
    for (Index i = 0; i < d; ++i) v[i] /= length;
  }
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
