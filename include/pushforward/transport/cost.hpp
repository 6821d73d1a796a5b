#pragma once

#include "pushforward/core/concepts.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/detail/elementary.hpp"

#include <limits>

/// \file
/// What it costs to move a unit of mass from x to y.

namespace pushforward::inline PUSHFORWARD_ISA {

/// c(x, y) = |x - y|^2, the cost of Wasserstein-2.
struct SquaredDistance {
  static constexpr std::string_view kName = "SquaredDistance";
  static constexpr Index degree = 2;
  template <Real Scalar>
  [[nodiscard]] Scalar value(Scalar q) const {
    return q;
  }
  template <Real Scalar>
  [[nodiscard]] Scalar slope(Scalar) const {
    return 2;
  }
};

/// c(x, y) = |x - y|, the cost of Wasserstein-1. Its gradient is 0 where x = y.
struct Distance {
  static constexpr std::string_view kName = "Distance";
  static constexpr Index degree = 1;
  template <Real Scalar>
  [[nodiscard]] Scalar value(Scalar q) const {
    const auto tiny = detail::less(q, (std::numeric_limits<Scalar>::min)());
    return detail::select(tiny, Scalar(0), detail::square_root(q));
  }
  template <Real Scalar>
  [[nodiscard]] Scalar slope(Scalar q) const {
    const auto tiny = detail::less(q, (std::numeric_limits<Scalar>::min)());
    return detail::select(tiny, Scalar(0), 1 / detail::square_root(q));
  }
};

namespace requirement {

template <class T>
concept cost_degree = std::same_as<decltype(T::degree), const Index> && T::degree >= 1;

template <class T>
concept cost_value = requires(const T& t) {
  { t.value(float()) } -> std::same_as<float>;
  { t.value(double()) } -> std::same_as<double>;
};

template <class T>
concept cost_slope = requires(const T& t) {
  { t.slope(float()) } -> std::same_as<float>;
  { t.slope(double()) } -> std::same_as<double>;
};

}  // namespace requirement

/// A cost c(x, y) that is a function of q = |x - y|^2 alone: `value(q)`, without branches, so that
/// loops over it become vector instructions, and `slope(q)`, so that grad_x c = slope(q) (x - y).
/// It is homogeneous: `static constexpr Index degree` is its p in c(s x, s y) = s^p c(x, y). \code
///   struct QuarticDistance {                     // a user's: |x - y|^4
///     static constexpr std::string_view kName = "QuarticDistance";
///     static constexpr pf::Index degree = 4;
///     template <class Scalar>
///     Scalar value(Scalar q) const { return q * q; }
///     template <class Scalar>
///     Scalar slope(Scalar q) const { return 4 * q; }
///   };
/// \endcode
template <class T>
concept TransportCost =
    requirement::cost_degree<T> && requirement::cost_value<T> && requirement::cost_slope<T>;

template <class T>
consteval bool explain_transport_cost() {
  static_assert(requirement::cost_degree<T>,
                "a transport cost: add public `static constexpr Index degree`, at least 1");
  static_assert(requirement::cost_value<T>,
                "a transport cost: add public `template <Real Scalar> Scalar value(Scalar q) "
                "const`, of q = |x - y|^2");
  static_assert(requirement::cost_slope<T>,
                "a transport cost: add public `template <Real Scalar> Scalar slope(Scalar q) "
                "const`, the cost's derivative in x over x - y");
  return TransportCost<T>;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
