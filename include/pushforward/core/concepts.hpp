#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/parallel.hpp"
#include "pushforward/core/random.hpp"

#include <complex>

/// \file
/// What the parts of the library ask of each other. A concept is a list of small requirements with
/// a name each; `explain_...<T>()` says in a sentence which one a type misses. The argument types
/// are concrete, so that a near miss does not compile.

namespace pushforward {

namespace requirement {

template <class T>
concept scalar = Real<typename T::Scalar>;

template <class T>
concept dimension = requires(const T& t) {
  { t.dimension() } -> std::convertible_to<Index>;
};

template <class T>
concept sample = requires(const T& t, Key key, std::uint64_t first,
                          BlockRef<typename T::Scalar> x) {
  { t.sample(key, first, x) } -> std::same_as<void>;
};

template <class T>
concept size = requires(const T& t) {
  { t.size() } -> std::convertible_to<Index>;
};

template <class T>
concept add_sums = requires(const T& t, ConstBlockRef<typename T::Scalar> y,
                            const Lane<typename T::Scalar>& weight,
                            VectorRef<typename T::Scalar> sums) {
  { t.add_sums(y, weight, sums) } -> std::same_as<void>;
};

template <class T>
concept add_pullback = requires(const T& t, ConstBlockRef<typename T::Scalar> y,
                                const Lane<typename T::Scalar>& weight,
                                ConstVectorRef<typename T::Scalar> v,
                                BlockRef<typename T::Scalar> dy) {
  { t.add_pullback(y, weight, v, dy) } -> std::same_as<void>;
};

template <class T>
concept map_dimensions = requires(const T& t) {
  { t.input_dimension() } -> std::convertible_to<Index>;
  { t.output_dimension() } -> std::convertible_to<Index>;
};

template <class T>
concept apply = requires(const T& t, ConstBlockRef<typename T::Scalar> x,
                         BlockRef<typename T::Scalar> y) {
  { t.apply(x, y) } -> std::same_as<void>;
};

template <class T>
concept parameters = requires(const T& t, T& target, ConstVectorRef<typename T::Scalar> theta) {
  requires std::same_as<std::remove_cvref_t<decltype(t.parameters())>, Vector<typename T::Scalar>>;
  { t.parameter_count() } -> std::convertible_to<Index>;
  { target.set_parameters(theta) } -> std::same_as<void>;
};

template <class T>
concept tape = std::default_initializable<typename T::Tape>;

template <class T>
concept forward = requires(const T& t, ConstBlockRef<typename T::Scalar> x,
                           BlockRef<typename T::Scalar> y, typename T::Tape& tape) {
  { t.forward(x, y, tape) } -> std::same_as<void>;
};

template <class T>
concept backward = requires(const T& t, typename T::Tape& tape,
                            ConstBlockRef<typename T::Scalar> dy,
                            VectorRef<typename T::Scalar> dtheta, BlockRef<typename T::Scalar> dx) {
  { t.backward(tape, dy, dtheta, dx) } -> std::same_as<void>;
};

template <class T>
concept inverse = requires(const T& t, ConstBlockRef<typename T::Scalar> y,
                           BlockRef<typename T::Scalar> x, Lane<typename T::Scalar>& out) {
  { t.inverse(y, x) } -> std::same_as<void>;
  { t.log_det_jacobian(x, out) } -> std::same_as<void>;
};

template <class T>
concept workspace = std::default_initializable<typename T::Workspace>;

template <class T>
concept discrepancy_gradient = requires(const T& t, const Batch<typename T::Scalar>& y,
                                        Batch<typename T::Scalar>& dy, typename T::Workspace& work,
                                        Pool& pool) {
  { t.value_and_gradient(y, dy, work, pool) } -> std::same_as<typename T::Scalar>;
};

}  // namespace requirement

/// A probability law that can be drawn from.
///
/// `m.sample(key, first, x)` fills row i of x, 64 x dimension(), with sample first + i of stream
/// `key`, a pure function of (key, first + i). Const, no allocation, safe from many threads.
/// \code
///   struct Exponential {                         // a user's measure
///     using Scalar = double;
///     pf::Index dimension() const { return 1; }
///     void sample(pf::Key key, std::uint64_t first, pf::BlockRef<double> x) const {
///       pf::uniforms<double>(key, first, x);
///       x = -x.log();
///     }
///   };
/// \endcode
template <class T>
concept Measure = requirement::scalar<T> && requirement::dimension<T> && requirement::sample<T>;

/// A measure that is the image of the uniform law on the cube: `m.quantile(u, x)` maps rows of
/// u in (0,1)^d, 64 x d, to rows of x, which may be u itself. In one dimension it is the quantile
/// function.
template <class T>
concept HasQuantile = Measure<T> &&
    requires(const T& t, ConstBlockRef<typename T::Scalar> u, BlockRef<typename T::Scalar> x) {
  { t.quantile(u, x) } -> std::same_as<void>;
};

/// A measure with a density: `m.log_density(x, out)`, and its gradient `m.score(x, dx)`.
template <class T>
concept HasDensity = Measure<T> &&
    requires(const T& t, ConstBlockRef<typename T::Scalar> x, Lane<typename T::Scalar>& out,
             BlockRef<typename T::Scalar> dx) {
  { t.log_density(x, out) } -> std::same_as<void>;
  { t.score(x, dx) } -> std::same_as<void>;
};

/// A measure that knows E exp(i w.Y): what the expectation of a Fourier family needs.
template <class T>
concept HasCharacteristicFunction = Measure<T> &&
    requires(const T& t, ConstVectorRef<typename T::Scalar> w) {
  { t.characteristic_function(w) } -> std::same_as<std::complex<typename T::Scalar>>;
};

/// A measure that knows E exp(-|Y - c|^2 / (2 s^2)): what the expectation of Gaussian bumps needs.
template <class T>
concept HasGaussianMean = Measure<T> &&
    requires(const T& t, ConstVectorRef<typename T::Scalar> c, typename T::Scalar s) {
  { t.gaussian_mean(c, s) } -> std::same_as<typename T::Scalar>;
};

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
///       for (pf::Index k = 0; k < 2; ++k) sums[k] += (weight * y.col(k).square()).sum();
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

/// A deterministic function T: R^d -> R^e. `t.apply(x, y)` sets rows of y, 64 x e, to T of the rows
/// of x, 64 x d. Const, no allocation, no lock; x and y do not overlap.
template <class T>
concept Map = requirement::scalar<T> && requirement::map_dimensions<T> && requirement::apply<T>;

/// A map T_theta with P = parameter_count() parameters in one flat vector, and its two passes.
///
/// `forward(x, y, tape)` is apply that leaves in `tape` what `backward` needs. Given
/// dy = dL/dy, 64 x e, `backward(tape, dy, dtheta, dx)` adds dL/dtheta to dtheta, P, and sets dx,
/// 64 x d, to dL/dx; it may be called again with the same tape. No allocation once the tape has
/// been used. \code
///   struct Scale {                               // a user's map: T(x) = a x
///     using Scalar = double;
///     struct Tape { pf::Lane<double> x; };
///     double a = 1;
///     pf::Index input_dimension() const { return 1; }
///     pf::Index output_dimension() const { return 1; }
///     pf::Index parameter_count() const { return 1; }
///     pf::Vector<double> parameters() const { return pf::Vector<double>::Constant(1, a); }
///     void set_parameters(pf::ConstVectorRef<double> theta) { a = theta[0]; }
///     void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y) const { y = a * x; }
///     void forward(pf::ConstBlockRef<double> x, pf::BlockRef<double> y, Tape& tape) const {
///       tape.x = x.col(0);
///       apply(x, y);
///     }
///     void backward(Tape& tape, pf::ConstBlockRef<double> dy, pf::VectorRef<double> dtheta,
///                   pf::BlockRef<double> dx) const {
///       dtheta[0] += (dy.col(0) * tape.x).sum();
///       dx = a * dy;
///     }
///   };
/// \endcode
template <class T>
concept TrainableMap = Map<T> && requirement::parameters<T> && requirement::tape<T> &&
    requirement::forward<T> && requirement::backward<T>;

/// A map with `inverse(y, x)` and `log_det_jacobian(x, out)`: out_i = log |det dT/dx (x_i)|.
template <class T>
concept InvertibleMap = Map<T> && requirement::inverse<T>;

/// A distance from a sample to a target it knows. It sees samples, never maps.
///
/// `value_and_gradient(y, dy, work, pool)` returns D(y) and sets dy, which has the size of y, to
/// dD/dy, zero on padding rows. What it needs to remember between calls is its `Workspace`: empty
/// at first, grown by the first call, and nothing is allocated after. \code
///   struct Spread {                              // a user's: D = mean |y_i|^2
///     using Scalar = double;
///     struct Workspace {};
///     pf::Index dimension() const { return 1; }
///     double value_and_gradient(const pf::Batch<double>& y, pf::Batch<double>& dy, Workspace&,
///                               pf::Pool&) const {
///       double sum = 0;
///       for (pf::Index b = 0; b < y.blocks(); ++b) {
///         const auto weight = y.weight(b, 0, y.count(), 1.0 / double(y.count()));
///         sum += (weight * y.block(b).col(0).square()).sum();
///         dy.block(b).col(0) = 2 * weight * y.block(b).col(0);
///       }
///       return sum;
///     }
///   };
/// \endcode
template <class T>
concept Discrepancy = requirement::scalar<T> && requirement::dimension<T> &&
    requirement::workspace<T> && requirement::discrepancy_gradient<T>;

/// A discrepancy that is a sum of squares |rho|^2 of R = residual_count() residuals of the sample:
/// `residuals(y, rho, work, pool)` sets rho, R; `residual_gradient(k, y, b, dy, unit)` sets dy to
/// d rho_k / dy in block b, with `unit`, R, as room to work in.
template <class T>
concept LeastSquaresDiscrepancy = Discrepancy<T> &&
    requires(const T& t, Index k, const Batch<typename T::Scalar>& y,
             BlockRef<typename T::Scalar> dy, VectorRef<typename T::Scalar> rho,
             typename T::Workspace& work, Pool& pool) {
  { t.residual_count() } -> std::convertible_to<Index>;
  { t.residuals(y, rho, work, pool) } -> std::same_as<void>;
  { t.residual_gradient(k, y, k, dy, rho) } -> std::same_as<void>;
};

template <class T>
consteval bool explain_measure() {
  static_assert(requirement::scalar<T>, "a measure: add `using Scalar = double;` (or float)");
  static_assert(requirement::dimension<T>, "a measure: add `Index dimension() const`");
  static_assert(
      requirement::sample<T>,
      "a measure: add `void sample(Key key, std::uint64_t first, BlockRef<Scalar> x) const`");
  return Measure<T>;
}

template <class T>
consteval bool explain_test_functions() {
  static_assert(requirement::scalar<T>, "test functions: add `using Scalar = double;` (or float)");
  static_assert(requirement::dimension<T>, "test functions: add `Index dimension() const`");
  static_assert(requirement::size<T>, "test functions: add `Index size() const`");
  static_assert(requirement::add_sums<T>,
                "test functions: add `void add_sums(ConstBlockRef<Scalar> y, const Lane<Scalar>& "
                "weight, VectorRef<Scalar> sums) const`");
  static_assert(
      requirement::add_pullback<T>,
      "test functions: add `void add_pullback(ConstBlockRef<Scalar> y, const Lane<Scalar>& "
      "weight, ConstVectorRef<Scalar> v, BlockRef<Scalar> dy) const`");
  return TestFunctions<T>;
}

template <class T>
consteval bool explain_map() {
  static_assert(requirement::scalar<T>, "a map: add `using Scalar = double;` (or float)");
  static_assert(requirement::map_dimensions<T>,
                "a map: add `Index input_dimension() const` and `Index output_dimension() const`");
  static_assert(requirement::apply<T>,
                "a map: add `void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y) const`");
  return Map<T>;
}

template <class T>
consteval bool explain_trainable_map() {
  static_assert(explain_map<T>());
  static_assert(
      requirement::parameters<T>,
      "a trainable map: add `Index parameter_count() const`, `Vector<Scalar> parameters() "
      "const` and `void set_parameters(ConstVectorRef<Scalar> theta)`");
  static_assert(requirement::tape<T>, "a trainable map: add a default-constructible `struct Tape`");
  static_assert(requirement::forward<T>,
                "a trainable map: add `void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, "
                "Tape& tape) const`");
  static_assert(requirement::backward<T>,
                "a trainable map: add `void backward(Tape& tape, ConstBlockRef<Scalar> dy, "
                "VectorRef<Scalar> dtheta, BlockRef<Scalar> dx) const`");
  return TrainableMap<T>;
}

template <class T>
consteval bool explain_discrepancy() {
  static_assert(requirement::scalar<T>, "a discrepancy: add `using Scalar = double;` (or float)");
  static_assert(requirement::dimension<T>, "a discrepancy: add `Index dimension() const`");
  static_assert(requirement::workspace<T>,
                "a discrepancy: add a default-constructible `struct Workspace`");
  static_assert(requirement::discrepancy_gradient<T>,
                "a discrepancy: add `Scalar value_and_gradient(const Batch<Scalar>& y, "
                "Batch<Scalar>& dy, Workspace& work, Pool& pool) const`");
  return Discrepancy<T>;
}

}  // namespace pushforward
