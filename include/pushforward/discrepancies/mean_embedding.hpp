#pragma once

#include "pushforward/core/block.hpp"
#include "pushforward/core/scratch.hpp"

#include <concepts>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The mean embedding x -> E k(x, Y) of a law under a kernel, specialised where it has a closed
/// form.
template <class K, class Target>
struct MeanEmbedding;

/// `MeanEmbedding<K, Target> e(kernel, target)` knows `e.self()`, E k(Y, Y'), and
/// `e.subtract(x, potential, dx, scratch)` takes E k(x_i, Y) from potential_i, 64, and its gradient
/// from row i of dx, 64 x d, for the rows of x; in room of its own, `Scratch`. No allocation once
/// warm. \code
///   struct Origin {                              // a user's law: all of it at 0
///     using Scalar = double;
///     pf::Index dimension() const { return 1; }
///     void sample(pf::Key, std::uint64_t, pf::BlockRef<double> x) const { x.setZero(); }
///   };
///   template <>
///   struct pf::MeanEmbedding<pf::EnergyKernel, Origin> {
///     using Scratch = pf::NoScratch;
///     MeanEmbedding(const pf::EnergyKernel&, const Origin&) {}
///     double self() const { return 0; }
///     void subtract(pf::ConstBlockRef<double> x, pf::Lane<double>& potential,
///                   pf::BlockRef<double> dx, Scratch&) const {
///       potential += x.col(0).abs();             // k(x, 0) = -|x|
///       dx.col(0) += x.col(0).sign();
///     }
///   };
/// \endcode
template <class K, class Target>
concept HasMeanEmbedding = requires(const MeanEmbedding<K, Target>& e, const K& kernel,
                                    const Target& target, ConstBlockRef<typename Target::Scalar> x,
                                    Lane<typename Target::Scalar>& potential,
                                    BlockRef<typename Target::Scalar> dx,
                                    typename MeanEmbedding<K, Target>::Scratch& scratch) {
  MeanEmbedding<K, Target>(kernel, target);
  { e.self() } -> std::same_as<double>;
  { e.subtract(x, potential, dx, scratch) } -> std::same_as<void>;
};

namespace detail {

/// What stands for a mean embedding that is not known.
struct NoEmbedding {
  using Scratch = NoScratch;
};

template <class K, class Target>
struct EmbeddingType {
  using type = NoEmbedding;
};
template <class K, class Target>
requires HasMeanEmbedding<K, Target>
struct EmbeddingType<K, Target> {
  using type = MeanEmbedding<K, Target>;
};

template <class K, class Target>
using EmbeddingOf = typename EmbeddingType<K, Target>::type;

}  // namespace detail

}  // namespace pushforward::inline PUSHFORWARD_ISA
