#pragma once

#include "pushforward/core/concepts.hpp"
#include "pushforward/core/lane.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

namespace requirement {

template <class T>
concept size = requires(const T& t) {
  { t.size() } -> std::same_as<Index>;
};

template <class T>
concept add_sums = requires(const T& t, ConstBlockRef<typename T::Scalar> y,
                            const Lane<typename T::Scalar>& weight,
                            VectorRef<typename T::Scalar> sums) {
  { t.add_sums(y, weight, std::move(sums)) } -> std::same_as<void>;
};

template <class T>
concept add_pullback = requires(const T& t, ConstBlockRef<typename T::Scalar> y,
                                const Lane<typename T::Scalar>& weight,
                                ConstVectorRef<typename T::Scalar> v,
                                BlockRef<typename T::Scalar> dy) {
  { t.add_pullback(y, weight, v, std::move(dy)) } -> std::same_as<void>;
};

}  // namespace requirement

/// A finite family F of K = size() real test functions on R^d, d = dimension().
///
/// A complex exponential counts as two real functions. `add_sums(y, weight, sums)` adds
/// sum_i weight_i f_k(y_i) over the 64 rows of y, 64 x d, to sums_k, K; its transposed derivative
/// `add_pullback(y, weight, v, dy)` adds weight_i sum_k v_k grad f_k(y_i) to row i of dy, 64 x d.
/// Const, no allocation, safe from many threads.
/// \code
///   struct Squares {                             // a user's family: f_k(y) = y_k^2
///     using Scalar = double;
///     pf::Index dimension() const { return 2; }
///     pf::Index size() const { return 2; }
///     void add_sums(pf::ConstBlockRef<double> y, const pf::Lane<double>& weight,
///                   pf::VectorRef<double> sums) const {
///       for (pf::Index k = 0; k < 2; ++k) sums[k] += pf::weighted_sum(weight,
///       pf::Lane<double>(y.col(k).square()));
///     }
///     void add_pullback(pf::ConstBlockRef<double> y, const pf::Lane<double>& weight,
///                       pf::ConstVectorRef<double> v, pf::BlockRef<double> dy) const {
///       for (pf::Index k = 0; k < 2; ++k) dy.col(k) += 2 * v[k] * weight * y.col(k);
///     }
///   };
/// \endcode
template <class T>
concept TestFunctions = requirement::scalar<T> && requirement::dimension<T> &&
    requirement::size<T> && requirement::add_sums<T> && requirement::add_pullback<T>;

/// A family of two parts, `f.first()` and then `f.second()`, each a family with ways of its own.
template <class T>
concept TwoFamilies = TestFunctions<T> && requires(const T& t) {
  requires TestFunctions<std::remove_cvref_t<decltype(t.first())>>;
  requires TestFunctions<std::remove_cvref_t<decltype(t.second())>>;
};

template <class T>
consteval bool explain_test_functions() {
  static_assert(requirement::scalar<T>,
                "test functions: add public `using Scalar = double;` (or float)");
  static_assert(requirement::dimension<T>, "test functions: add public `Index dimension() const`");
  static_assert(requirement::size<T>, "test functions: add public `Index size() const`");
  static_assert(
      requirement::add_sums<T>,
      "test functions: add public `void add_sums(ConstBlockRef<Scalar> y, const Lane<Scalar>& "
      "weight, VectorRef<Scalar> sums) const`");
  static_assert(
      requirement::add_pullback<T>,
      "test functions: add public `void add_pullback(ConstBlockRef<Scalar> y, const Lane<Scalar>& "
      "weight, ConstVectorRef<Scalar> v, BlockRef<Scalar> dy) const`");
  return TestFunctions<T>;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
