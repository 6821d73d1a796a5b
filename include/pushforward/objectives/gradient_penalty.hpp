#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/vector_math.hpp"

#include <cmath>
#include <limits>

/// \file
/// What the critic's gradient in x costs it.

namespace pushforward::inline PUSHFORWARD_ISA {

/// Nothing.
struct NoPenalty {
  static constexpr std::string_view kName = "NoPenalty";
};

namespace detail {

/// Throws std::domain_error unless a weight is finite in Scalar, and at least 0.
template <Real Scalar>
void check_weight(std::string_view function, double weight) {
  check_domain(is_finite(static_cast<Scalar>(weight)) && weight >= 0, function, "weight", weight,
               "finite and at least 0");
}

}  // namespace detail

/// weight E (|grad D| - 1)^2 at points between real and fake samples: an optimal critic of the
/// Wasserstein game has gradient 1 there (Gulrajani, Ahmed, Arjovsky, Dumoulin & Courville 2017).
/// The game's value is then above W_1: for D(x) = w x by W_1^2 / (2 weight). On the other hand a
/// critic that slopes the wrong way at first has to cross a hill at grad D = 0, and does so if
/// 2 weight < W_1.
struct GradientPenalty {
  double weight = 10;  ///< at least 0

  static constexpr bool kBetween = true;
  static constexpr std::string_view kName = "GradientPenalty";
  [[nodiscard]] auto description() const { return describe("weight", weight); }
  template <Real Scalar>
  void check() const {
    detail::check_weight<Scalar>("GradientPenalty", weight);
  }

  template <Real Scalar>
  void operator()(Lane<Scalar>& q, Lane<Scalar>& slope) const {
    const auto w = static_cast<Scalar>(weight);
    Lane<Scalar> length = q + (std::numeric_limits<Scalar>::min)();  // not 0: it is divided by
    detail::in_each_lane(length, [](Scalar x) { return std::sqrt(x); });
    slope = w * (length - 1) / length;
    q = w * (length - 1).square();
  }
};

/// weight / 2 E |grad D|^2 at real samples: with it the classical game converges where it circles
/// without (Mescheder, Geiger & Nowozin 2018).
struct R1Penalty {
  double weight = 1;  ///< at least 0

  static constexpr bool kBetween = false;
  static constexpr std::string_view kName = "R1Penalty";
  [[nodiscard]] auto description() const { return describe("weight", weight); }
  template <Real Scalar>
  void check() const {
    detail::check_weight<Scalar>("R1Penalty", weight);
  }

  template <Real Scalar>
  void operator()(Lane<Scalar>& q, Lane<Scalar>& slope) const {
    slope.setConstant(static_cast<Scalar>(weight / 2));
    q *= static_cast<Scalar>(weight / 2);
  }
};

namespace requirement {

template <class T, class Scalar>
concept cost_of_slope = std::same_as<T, NoPenalty> ||
    requires(const T& penalty, Lane<Scalar>& q, Lane<Scalar>& slope) {
  { penalty(q, slope) } -> std::same_as<void>;
};

template <class T>
concept place_of_penalty = std::same_as<T, NoPenalty> || requires {
  requires std::same_as<decltype(T::kBetween), const bool>;
};

}  // namespace requirement

/// What q = |grad D|^2 costs the critic, in each lane: `penalty(q, slope)` sets slope to the
/// derivative in q, then q to the cost. `kBetween`: at points between a real and a fake sample;
/// else at real ones. \code
///   struct OneSided {                            // a user's penalty (Petzka et al. 2018)
///     static constexpr bool kBetween = true;
///     template <pf::Real S> void operator()(pf::Lane<S>& q, pf::Lane<S>& slope) const {
///       pf::Lane<S> length = q.max(S(1));
///       for (S& x : length) x = std::sqrt(x);
///       slope = 10 * (length - 1) / length;
///       q = 10 * (length - 1).square();
///     }
///   };
/// \endcode
template <class T, class Scalar>
concept CriticPenalty = requirement::cost_of_slope<T, Scalar> && requirement::place_of_penalty<T>;

template <class T, class Scalar>
consteval bool explain_critic_penalty() {
  static_assert(requirement::cost_of_slope<T, Scalar>,
                "a penalty: add public `void operator()(Lane<Scalar>& q, Lane<Scalar>& slope) "
                "const`");
  static_assert(requirement::place_of_penalty<T>,
                "a penalty: add public `static constexpr bool kBetween`");
  return CriticPenalty<T, Scalar>;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
