#pragma once

#include "pushforward/measures/measure.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>

/// \file
/// Laws on the plane that are no mixtures, at the scales of Grathwohl et al., "FFJORD" (ICLR 2019),
/// and Tong et al., "Improving and generalizing flow-based generative models" (TMLR 2024): a point
/// is a function of uniforms u on (0, 1) and standard normals g.

namespace pushforward::inline PUSHFORWARD_ISA::problems {

namespace detail {

/// The numbers that a block of points is made of, columns u_0, u_1, ... and g_0, g_1.
template <Real S, int uniform_count>
struct Draws {
  Eigen::Array<S, kBlockSize, uniform_count> u;
  Eigen::Array<S, kBlockSize, 2> g;

  Draws(Key key, std::uint64_t first) {
    uniforms<S>(key.part(0), first, u);
    normals<S>(key.part(1), first, g);
  }
};

}  // namespace detail

/// Two half circles, (cos t, sin t) and (1 - cos t, 1/2 - sin t), t = pi u, half of the points
/// each; .2 g is added, and x goes to 3 x - 1.
template <Real S>
struct Moons {
  using Scalar = S;
  static constexpr std::string_view kName = "Moons";
  [[nodiscard]] Index dimension() const { return 2; }

  void sample(Key key, std::uint64_t first, BlockRef<S> x) const {
    const detail::Draws<S, 2> draws(key, first);
    Lane<S> sine, cosine;
    sincos(Lane<S>(std::numbers::pi_v<S> * draws.u.col(0)), sine, cosine);
    const auto upper = draws.u.col(1) < S(0.5);
    x.col(0) = 3 * (upper.select(cosine, 1 - cosine) + S(0.2) * draws.g.col(0)) - 1;
    x.col(1) = 3 * (upper.select(sine, S(0.5) - sine) + S(0.2) * draws.g.col(1)) - 1;
  }
};

/// Eight squares of side 2 of a chess board, [-4, 4]^2: those where floor(x / 2) + floor(y / 2) is
/// even.
template <Real S>
struct Checkerboard {
  using Scalar = S;
  static constexpr std::string_view kName = "Checkerboard";
  [[nodiscard]] Index dimension() const { return 2; }

  void sample(Key key, std::uint64_t first, BlockRef<S> x) const {
    uniforms<S>(key, first, x);
    quantile(x, x);
  }

  /// x = 2 a, a = 4 u_0 - 2;  y = 2 (b - 2 j + floor(a) mod 2), with 2 u_1 = j + b, j in {0, 1}.
  void quantile(ConstBlockRef<S> u, BlockRef<S> x) const {
    for (Index i = 0; i < kBlockSize; ++i) {
      const S a = 4 * u(i, 0) - 2, b = 2 * u(i, 1);
      const bool odd = (a >= -1 && a < 0) || a >= 1, low = b >= 1;
      x(i, 0) = 2 * a;
      x(i, 1) = 2 * (b - (low ? 3 : 0) + (odd ? 1 : 0));
    }
  }

  /// -log 32 on the squares, -infinity elsewhere.
  void log_density(ConstBlockRef<S> x, Lane<S>& out) const {
    const S inside = -5 * std::numbers::ln2_v<S>;
    for (Index i = 0; i < kBlockSize; ++i)
      out[i] = contains(x(i, 0), x(i, 1)) ? inside : -std::numeric_limits<S>::infinity();
  }

  /// 0: the density is flat.
  void score(ConstBlockRef<S>, BlockRef<S> dx) const { dx.setZero(); }

 private:
  static bool contains(S x, S y) {
    if (!(x >= -4 && x < 4 && y >= -4 && y < 4)) return false;
    return (static_cast<int>(x + 4) / 2 + static_cast<int>(y + 4) / 2) % 2 == 0;
  }
};

/// A spiral of one turn and a half: (t (cos t, sin t) + g) / 5, t = 3 pi / 2 (1 + 2 u).
template <Real S>
struct SwissRoll {
  using Scalar = S;
  static constexpr std::string_view kName = "SwissRoll";
  [[nodiscard]] Index dimension() const { return 2; }

  void sample(Key key, std::uint64_t first, BlockRef<S> x) const {
    const detail::Draws<S, 1> draws(key, first);
    const Lane<S> t = S(1.5) * std::numbers::pi_v<S> * (1 + 2 * draws.u.col(0));
    Lane<S> sine, cosine;
    sincos(t, sine, cosine);
    x.col(0) = (t * cosine + draws.g.col(0)) / 5;
    x.col(1) = (t * sine + draws.g.col(1)) / 5;
  }
};

/// Five bent arms: 2 (r cos a + s sin a, -r sin a + s cos a), with r = 1 + .3 g, s = .1 g' and
/// a = 2 pi k / 5 + exp(r) / 4, k one of 0 .. 4.
template <Real S>
struct Pinwheel {
  using Scalar = S;
  static constexpr std::string_view kName = "Pinwheel";
  [[nodiscard]] Index dimension() const { return 2; }

  void sample(Key key, std::uint64_t first, BlockRef<S> x) const {
    const detail::Draws<S, 1> draws(key, first);
    const Lane<S> r = 1 + S(0.3) * draws.g.col(0), s = S(0.1) * draws.g.col(1);
    Lane<S> bend = r, sine, cosine;
    exp(bend);
    const Lane<S> arm = (5 * draws.u.col(0)).floor();
    sincos(Lane<S>(2 * std::numbers::pi_v<S> / 5 * arm + bend / 4), sine, cosine);
    x.col(0) = 2 * (r * cosine + s * sine);
    x.col(1) = 2 * (s * cosine - r * sine);
  }
};

/// Two spirals of 540 degrees, one the other turned by half a turn: +-(u'/2 - n cos n,
/// u''/2 + n sin n) / 3 + .1 g, n = 3 pi sqrt(u), either sign with equal chance.
template <Real S>
struct Spirals {
  using Scalar = S;
  static constexpr std::string_view kName = "Spirals";
  [[nodiscard]] Index dimension() const { return 2; }

  void sample(Key key, std::uint64_t first, BlockRef<S> x) const {
    const detail::Draws<S, 4> draws(key, first);
    Lane<S> n = draws.u.col(0), sine, cosine;
    pushforward::detail::in_each_lane(n,
                                      [](S u) { return 3 * std::numbers::pi_v<S> * std::sqrt(u); });
    sincos(n, sine, cosine);
    const Lane<S> third = ((draws.u.col(3) < S(0.5)).template cast<S>() * 2 - 1) / 3;
    x.col(0) = third * (draws.u.col(1) / 2 - n * cosine) + S(0.1) * draws.g.col(0);
    x.col(1) = third * (draws.u.col(2) / 2 + n * sine) + S(0.1) * draws.g.col(1);
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::problems
