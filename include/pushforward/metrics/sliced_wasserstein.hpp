#pragma once

#include "pushforward/core/detail/two_samples.hpp"
#include "pushforward/core/directions.hpp"
#include "pushforward/core/team.hpp"
#include "pushforward/discrepancies/detail/line_room.hpp"
#include "pushforward/discrepancies/wasserstein_line.hpp"

#include <cmath>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How the sphere of directions is sampled.
struct SlicedWassersteinOptions {
  Index directions = 128;  ///< number of random directions, at least 1
  std::uint64_t seed =
      0;  ///< names the directions: the same seed and dimension, the same directions
};

/// Sliced Wasserstein distance of two samples, of order 2: the root of a mean of squares.
///
/// \f$ \mathrm{SW}_2 = \bigl( \tfrac1L \sum_{l=1}^L W_2^2(\langle\theta_l, x\rangle,
///     \langle\theta_l, y\rangle) \bigr)^{1/2} \f$, with L random unit vectors \f$ \theta_l \f$
///
/// (Rabin, Peyre, Delon & Bernot, SSVM 2011; Bonneel, Rabin, Peyre & Pfister, JMIV 51, 2015). On
/// each line W_2 is exact for the two samples, of equal sizes or not. Between N(m1, a^2 I) and
/// N(m2, b^2 I) the mean over all directions is |m1 - m2|^2 / d + (a - b)^2; over L of them it has
/// a relative error of order 1 / sqrt(L). In one dimension it is W_2, and one direction is taken.
///
/// x is d x n and y d x m, one sample per column, float or double; the arithmetic is in double. In
/// the unit of the data; the bits do not depend on the team. Throws std::invalid_argument if d, n,
/// m or the number of directions is 0 or the rows differ, std::domain_error if a number is NaN or
/// infinite (naming row and column) or the distance is too large for a double. Cost O(L (n + m) d),
/// memory that of two copies of the samples.
template <class X, class Y>
[[nodiscard]] double sliced_wasserstein(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                                        const SlicedWassersteinOptions& options, Team& team) {
  check_count("sliced_wasserstein", "directions", options.directions);
  const detail::TwoSamples samples("sliced_wasserstein", x, y);
  const Batch<double> a(samples.x()), b(samples.y());
  const Index d = a.dimension(), directions = d == 1 ? 1 : options.directions;
  constexpr std::uint32_t stream =
      0x736C6963;  // its own: data drawn with the same seed is unrelated

  const PooledMasses masses(a.count(), b.count());
  struct Room {
    detail::LineRoom<double> line;
    Matrix<double> direction;
    Vector<double> slopes;
  };
  std::vector<Room> rooms(static_cast<std::size_t>(team.threads()),
                          {{}, Matrix<double>::Ones(d, 1), Vector<double>(a.count() + b.count())});
  Vector<double> squares(directions);
  team.for_each(directions, [&](Index worker, Index l) {
    auto& [line, direction, slopes] = rooms[static_cast<std::size_t>(worker)];
    if (d > 1)
      draw_directions(Directions::independent, {options.seed, stream},
                      static_cast<std::uint64_t>(l), direction);
    squares[l] =
        detail::value_along(direction.data(), a, b, masses, WassersteinLine{.p = 2}, line, slopes);
  });
  double total = 0;
  for (const double square : squares) total += square;
  return samples.unscaled(std::sqrt(total / static_cast<double>(directions)));
}

/// On one thread.
template <class X, class Y>
[[nodiscard]] double sliced_wasserstein(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                                        const SlicedWassersteinOptions& options = {}) {
  Team alone;
  return sliced_wasserstein(x, y, options, alone);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
