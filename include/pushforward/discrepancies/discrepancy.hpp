#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/check.hpp"
#include "pushforward/core/concepts.hpp"
#include "pushforward/core/step.hpp"

#include <concepts>
#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

namespace requirement {

template <class T>
concept discrepancy_gradient = requires(const T& t, const Batch<typename T::Scalar>& y,
                                        const Step& step, Batch<typename T::Scalar>& dy,
                                        typename T::Workspace& work) {
  { t.value_and_gradient(y, step, dy, work) } -> std::same_as<typename T::Scalar>;
};

template <class T>
concept discrepancy_value = requires(const T& t, const Batch<typename T::Scalar>& y,
                                     const Step& step, typename T::Workspace& work) {
  { t.value(y, step, work) } -> std::same_as<typename T::Scalar>;
};

}  // namespace requirement

/// A distance from a sample to a target it knows. It sees samples, never maps.
///
/// `value_and_gradient(y, step, dy, work)` returns D(y) and sets dy, which has the size of y, to
/// dD/dy, zero on padding rows: a pure function of y and step.index. Blocks may be worked on by
/// step.team. What it remembers between calls is a cache, its `Workspace`: empty at first, grown by
/// the first call, and nothing is allocated after. \code
///   struct Spread {                              // a user's: D = mean |y_i|^2
///     using Scalar = double;
///     struct Workspace {};
///     pf::Index dimension() const { return 1; }
///     double value_and_gradient(const pf::Batch<double>& y, const pf::Step&,
///                               pf::Batch<double>& dy, Workspace&) const {
///       double sum = 0;
///       for (pf::Index b = 0; b < y.blocks(); ++b) {
///         const auto weight = y.weight(b, 0, y.count(), 1.0 / double(y.count()));
///         sum += pf::weighted_sum(weight, pf::Lane<double>(y.block(b).col(0).square()));
///         dy.block(b).col(0) = 2 * weight * y.block(b).col(0);
///       }
///       return sum;
///     }
///   };
/// \endcode
template <class T>
concept Discrepancy = requirement::scalar<T> && requirement::dimension<T> &&
    requirement::workspace<T> && requirement::discrepancy_gradient<T>;

namespace detail {

/// Throws std::invalid_argument unless the batch has dimension d, and at least `fewest` samples.
template <Real Scalar>
void check_batch(std::string_view function, const Batch<Scalar>& y, Index d, Index fewest = 1) {
  check_size(function, "dimension of the batch", y.dimension(), d);
  check_argument(y.count() >= fewest, function, "number of samples", y.count(),
                 "at least " + to_text(fewest));
}

/// What a discrepancy gives the gradients of its residuals to.
template <Real Scalar>
struct ResidualVisitor {
  void operator()(Index, ConstBlockRef<Scalar>) const {}
};

}  // namespace detail

/// A discrepancy that is a sum of squares |rho|^2 of R = residual_count() residuals of the sample.
/// `residuals(y, step, rho, work)` sets rho, R; then `residual_gradients(y, b, dy, work, visit)`
/// calls visit(k, dy) for each k < R with dy, the 64 x d block it is given to write to, set to
/// d rho_k / dy in block b: all of them in one sweep, O(R) where one gradient is O(1).
template <class T>
concept LeastSquaresDiscrepancy = Discrepancy<T> &&
    requires(const T& t, const Batch<typename T::Scalar>& y, const Step& step, Index b,
             BlockRef<typename T::Scalar> dy, VectorRef<typename T::Scalar> rho,
             typename T::Workspace& work, detail::ResidualVisitor<typename T::Scalar> visit) {
  { t.residual_count() } -> std::same_as<Index>;
  { t.residuals(y, step, std::move(rho), work) } -> std::same_as<void>;
  { t.residual_gradients(y, b, std::move(dy), work, visit) } -> std::same_as<void>;
};

template <class T>
consteval bool explain_discrepancy() {
  static_assert(requirement::scalar<T>,
                "a discrepancy: add public `using Scalar = double;` (or float)");
  static_assert(requirement::dimension<T>, "a discrepancy: add public `Index dimension() const`");
  static_assert(requirement::workspace<T>,
                "a discrepancy: add a public, default-constructible `struct Workspace`");
  static_assert(requirement::discrepancy_gradient<T>,
                "a discrepancy: add public `Scalar value_and_gradient(const Batch<Scalar>& y, "
                "const Step& step, Batch<Scalar>& dy, Workspace& work) const`");
  return Discrepancy<T>;
}

/// D of samples, d x n, a matrix or a Batch, held against the target as at step `step`: by itself
/// where the discrepancy has `value(y, step, work)`, else with its gradient. Throws
/// std::invalid_argument if the samples do not fit, std::domain_error if D is not finite. \code
///   const double distance = pf::evaluate(pf::KernelDiscrepancy(kernel, target), samples);
/// \endcode
template <Discrepancy D, class Samples>
[[nodiscard]] typename D::Scalar evaluate(const D& discrepancy, const Samples& samples, Index step,
                                          Team& team) {
  using Scalar = typename D::Scalar;
  if constexpr (!std::same_as<Samples, Batch<Scalar>>) {
    return evaluate(discrepancy, Batch<Scalar>(samples), step, team);
  } else {
    typename D::Workspace work;
    Scalar value;
    if constexpr (requirement::discrepancy_value<D>) {
      value = discrepancy.value(samples, Step{step, team}, work);
    } else {
      Batch<Scalar> dy(samples.dimension(), samples.count());
      value = discrepancy.value_and_gradient(samples, Step{step, team}, dy, work);
    }
    check_domain(is_finite(value), "evaluate", "D", value, "finite");
    return value;
  }
}

/// On one thread.
template <Discrepancy D, class Samples>
[[nodiscard]] typename D::Scalar evaluate(const D& discrepancy, const Samples& samples,
                                          Index step = 0) {
  Team alone;
  return evaluate(discrepancy, samples, step, alone);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
