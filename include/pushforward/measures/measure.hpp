#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/check.hpp"
#include "pushforward/core/concepts.hpp"
#include "pushforward/core/random.hpp"
#include "pushforward/core/scratch.hpp"

#include <complex>
#include <string>
#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

namespace requirement {

template <class T>
concept sample_alone = requires(const T& t, Key key, std::uint64_t first,
                                BlockRef<typename T::Scalar> x) {
  { t.sample(key, first, std::move(x)) } -> std::same_as<void>;
};

template <class T>
concept sample_with_scratch = std::default_initializable<typename T::Scratch> &&
    requires(const T& t, Key key, std::uint64_t first, BlockRef<typename T::Scalar> x,
             typename T::Scratch& scratch) {
  { t.sample(key, first, std::move(x), scratch) } -> std::same_as<void>;
};

template <class T>
concept sample = sample_alone<T> || sample_with_scratch<T>;

}  // namespace requirement

/// A probability law that can be drawn from.
///
/// `m.sample(key, first, x)` fills row i of x, 64 x dimension(), with sample first + i of stream
/// `key`, a pure function of (key, first + i). Const, no allocation, safe from many threads. One
/// that needs room names it, `using Scratch = ...`, and takes it last: `m.sample(key, first, x,
/// scratch)`. \code
///   struct Exponential {                         // a user's measure
///     using Scalar = double;
///     pf::Index dimension() const { return 1; }
///     void sample(pf::Key key, std::uint64_t first, pf::BlockRef<double> x) const {
///       pf::uniforms<double>(key, first, x);
///       pf::Lane<double> lane = x.col(0);
///       pf::log(lane);                           // the same bits everywhere
///       x.col(0) = -lane;
///     }
///   };
/// \endcode
template <class T>
concept Measure = requirement::scalar<T> && requirement::dimension<T> && requirement::sample<T>;

/// m.sample, with the scratch that m needs, if any.
template <Measure M>
void sample(const M& m, Key key, std::uint64_t first, BlockRef<typename M::Scalar> x,
            ScratchOf<M>& scratch) {
  if constexpr (requirement::sample_with_scratch<M>)
    m.sample(key, first, x, scratch);
  else
    m.sample(key, first, x);
}

/// A measure of one sample: `m.sample_one(key, i, x)` sets x, d, to sample i of stream `key`, with
/// the bits of its row of sample. For a caller who wants one now.
template <class T>
concept HasSampleOne = Measure<T> &&
    requires(const T& t, Key key, std::uint64_t i, VectorRef<typename T::Scalar> x) {
  { t.sample_one(key, i, std::move(x)) } -> std::same_as<void>;
};

/// A measure that is the image of the uniform law on the cube: `m.quantile(u, x)` maps rows of
/// u in (0,1)^d, 64 x d, to rows of x, which may be u itself. In one dimension it is the quantile
/// function.
template <class T>
concept HasQuantile = Measure<T> &&
    requires(const T& t, ConstBlockRef<typename T::Scalar> u, BlockRef<typename T::Scalar> x) {
  { t.quantile(u, std::move(x)) } -> std::same_as<void>;
};

namespace requirement {

template <class T>
concept log_density_alone = requires(const T& t, ConstBlockRef<typename T::Scalar> x,
                                     Lane<typename T::Scalar>& out) {
  { t.log_density(x, out) } -> std::same_as<void>;
};

template <class T>
concept log_density_with_scratch = requires(const T& t, ConstBlockRef<typename T::Scalar> x,
                                            Lane<typename T::Scalar>& out,
                                            typename T::Scratch& scratch) {
  { t.log_density(x, out, scratch) } -> std::same_as<void>;
};

template <class T>
concept score_alone = requires(const T& t, ConstBlockRef<typename T::Scalar> x,
                               BlockRef<typename T::Scalar> dx) {
  { t.score(x, std::move(dx)) } -> std::same_as<void>;
};

template <class T>
concept score_with_scratch = requires(const T& t, ConstBlockRef<typename T::Scalar> x,
                                      BlockRef<typename T::Scalar> dx,
                                      typename T::Scratch& scratch) {
  { t.score(x, std::move(dx), scratch) } -> std::same_as<void>;
};

}  // namespace requirement

/// A measure with a density p: `m.log_density(x, out)` sets out_i = log p(x_i), -infinity where p
/// is 0, for the rows of x, 64 x d. It takes the scratch last if it needs it.
template <class T>
concept HasDensity = Measure<T> &&
    (requirement::log_density_alone<T> || requirement::log_density_with_scratch<T>);

/// m.log_density, with the scratch that m needs, if any.
template <HasDensity M>
void log_density(const M& m, ConstBlockRef<typename M::Scalar> x, Lane<typename M::Scalar>& out,
                 ScratchOf<M>& scratch) {
  if constexpr (requirement::log_density_with_scratch<M>)
    m.log_density(x, out, scratch);
  else
    m.log_density(x, out);
}

/// A measure that knows the gradient of its log-density: `m.score(x, dx)` sets row i of dx, 64 x d,
/// to grad log p(x_i). It takes the scratch last if it needs it. \code
///   struct TwoSided {                            // a user's law with both: p = exp(-|x|) / 2
///     using Scalar = double;
///     pf::Index dimension() const { return 1; }
///     void sample(pf::Key key, std::uint64_t first, pf::BlockRef<double> x) const {
///       pf::uniforms<double>(key, first, x);
///       pf::Lane<double> tail = 1 - (2 * x.col(0) - 1).abs();
///       pf::log(tail);
///       x.col(0) = (x.col(0) < 0.5).select(tail, -tail);
///     }
///     void log_density(pf::ConstBlockRef<double> x, pf::Lane<double>& out) const {
///       out = -x.col(0).abs() - 0.6931471805599453;
///     }
///     void score(pf::ConstBlockRef<double> x, pf::BlockRef<double> dx) const {
///       dx.col(0) = -x.col(0).sign();
///     }
///   };
/// \endcode
template <class T>
concept HasScore = Measure<T> &&(requirement::score_alone<T> || requirement::score_with_scratch<T>);

/// m.score, with the scratch that m needs, if any.
template <HasScore M>
void score(const M& m, ConstBlockRef<typename M::Scalar> x, BlockRef<typename M::Scalar> dx,
           ScratchOf<M>& scratch) {
  if constexpr (requirement::score_with_scratch<M>)
    m.score(x, dx, scratch);
  else
    m.score(x, dx);
}

/// A measure that is a list of samples, m.data(), a Batch; `m.weight(b)` gives the weights of block
/// b, a Lane, zero on padding rows. All of them sum to one.
template <class T>
concept FiniteMeasure = Measure<T> && requires(const T& t, Index b) {
  { t.data() } -> std::same_as<const Batch<typename T::Scalar>&>;
  { t.weight(b) } -> std::same_as<Lane<typename T::Scalar>>;
};

/// A measure whose samples are nodes that come again: sample i is node i mod `m.nodes()`, if that
/// is positive; 0 if no sample comes again.
template <class T>
concept HasNodes = Measure<T> && requires(const T& t) {
  { t.nodes() } -> std::same_as<Index>;
};

/// The number of nodes that come again, 0 if none do.
template <class M>
[[nodiscard]] Index nodes_of([[maybe_unused]] const M& measure) {
  if constexpr (HasNodes<M>)
    return measure.nodes();
  else
    return 0;
}

/// Throws std::invalid_argument unless a batch has all nodes of a measure equally often, if it has
/// some: else each step would see others. `role` is what the text calls the measure.
template <class M>
void check_nodes(std::string_view function, std::string_view role, const M& measure, Index batch) {
  if (const Index nodes = nodes_of(measure); nodes > 0)
    check_argument(batch % nodes == 0, function, "batch", batch,
                   "a multiple of the " + to_text(nodes) + " nodes of the " + std::string(role));
}

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

template <class T>
consteval bool explain_measure() {
  static_assert(requirement::scalar<T>,
                "a measure: add public `using Scalar = double;` (or float)");
  static_assert(requirement::dimension<T>, "a measure: add public `Index dimension() const`");
  static_assert(requirement::sample<T>,
                "a measure: add public `void sample(Key key, std::uint64_t first, "
                "BlockRef<Scalar> x) const`");
  return Measure<T>;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
