#pragma once

#include "pushforward/core/vector_math.hpp"

/// \file
/// What generator and critic play for.

namespace pushforward::inline PUSHFORWARD_ISA {

/// The critic D maximises E D(real) - E D(fake), over 1-Lipschitz functions: the supremum is the
/// Wasserstein distance W_1 (Arjovsky, Chintala & Bottou 2017). What keeps D Lipschitz is a
/// GradientPenalty, or SpectralNorm.
struct WassersteinGame {
  static constexpr std::string_view kName = "WassersteinGame";
  template <Real Scalar>
  void real(Lane<Scalar>& t, Lane<Scalar>& slope) const {
    t = -t;
    slope.setConstant(Scalar(-1));
  }
  template <Real Scalar>
  void fake(Lane<Scalar>&, Lane<Scalar>& slope) const {
    slope.setOnes();
  }
  template <Real Scalar>
  void generator(Lane<Scalar>& t, Lane<Scalar>& slope) const {
    real(t, slope);
  }
};

/// With p = 1 / (1 + e^-D) the chance of a sample to be real, the critic maximises
/// E log p(real) + E log (1 - p(fake)): the supremum is 2 JS - log 4, with JS the Jensen-Shannon
/// divergence, where D is the log of the ratio of the densities. The generator maximises
/// E log p(fake), which does not saturate (Goodfellow et al. 2014).
struct ClassicalGame {
  static constexpr std::string_view kName = "ClassicalGame";
  template <Real Scalar>
  void real(Lane<Scalar>& t, Lane<Scalar>& slope) const {
    t = -t;
    fake(t, slope);
    slope = -slope;
  }
  template <Real Scalar>
  void fake(Lane<Scalar>& t, Lane<Scalar>& slope) const {
    slope = t;
    logistic(slope);
    softplus(t);
  }
  template <Real Scalar>
  void generator(Lane<Scalar>& t, Lane<Scalar>& slope) const {
    real(t, slope);
  }
};

namespace requirement {

template <class T, class Scalar>
concept cost_of_real = requires(const T& game, Lane<Scalar>& t, Lane<Scalar>& slope) {
  { game.real(t, slope) } -> std::same_as<void>;
};

template <class T, class Scalar>
concept cost_of_fake = requires(const T& game, Lane<Scalar>& t, Lane<Scalar>& slope) {
  { game.fake(t, slope) } -> std::same_as<void>;
};

template <class T, class Scalar>
concept cost_of_generator = requires(const T& game, Lane<Scalar>& t, Lane<Scalar>& slope) {
  { game.generator(t, slope) } -> std::same_as<void>;
};

}  // namespace requirement

/// What the value t of the critic costs, in each lane: `real(t, slope)` and `fake(t, slope)` the
/// critic, at a sample of the target or of the generator; `generator(t, slope)` the generator. Each
/// replaces t by the cost, and sets slope to its derivative. The value of a game is
/// -E real - E fake. \code
///   struct HingeGame {                           // a user's game (Lim & Ye 2017)
///     template <pf::Real S> void real(pf::Lane<S>& t, pf::Lane<S>& slope) const {
///       slope = -(t < 1).template cast<S>();
///       t = (1 - t).max(S(0));
///     }
///     template <pf::Real S> void fake(pf::Lane<S>& t, pf::Lane<S>& slope) const {
///       slope = (t > -1).template cast<S>();
///       t = (1 + t).max(S(0));
///     }
///     template <pf::Real S> void generator(pf::Lane<S>& t, pf::Lane<S>& slope) const {
///       slope.setConstant(-1);
///       t = -t;
///     }
///   };
/// \endcode
template <class T, class Scalar>
concept Game = requirement::cost_of_real<T, Scalar> && requirement::cost_of_fake<T, Scalar> &&
    requirement::cost_of_generator<T, Scalar>;

template <class T, class Scalar>
consteval bool explain_game() {
  static_assert(requirement::cost_of_real<T, Scalar>,
                "a game: add public `void real(Lane<Scalar>& t, Lane<Scalar>& slope) const`");
  static_assert(requirement::cost_of_fake<T, Scalar>,
                "a game: add public `void fake(Lane<Scalar>& t, Lane<Scalar>& slope) const`");
  static_assert(requirement::cost_of_generator<T, Scalar>,
                "a game: add public `void generator(Lane<Scalar>& t, Lane<Scalar>& slope) const`");
  return Game<T, Scalar>;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
