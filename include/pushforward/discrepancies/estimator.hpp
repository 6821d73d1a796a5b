#pragma once

#include "pushforward/core/block.hpp"

#include <concepts>
#include <string_view>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The pairs (i, j) of samples of a batch that stand for two independent ones in E k(X, X').
enum class Pairs {
  all,       ///< n^2, of each sample with itself too
  distinct,  ///< n (n - 1), i != j
  across     ///< one of each half of the batch
};

/// The law of the batch taken for that of its samples: the V-statistic. D2^2 is biased upward by
/// sum_k tau_k Var f_k / n, MMD^2 by (E k(X, X) - E k(X, X')) / n, and so is the gradient: samples
/// that repel themselves less than each other shrink towards their centre.
struct Plugin {
  static constexpr std::string_view kName = "Plugin";
  static constexpr Index parts = 1;
  static constexpr Pairs pairs = Pairs::all;
};

/// The U-statistic, of all pairs of distinct samples: unbiased, of least variance, and so is its
/// gradient; it may be negative. For sums over pairs, with at least 2 samples.
struct Unbiased {
  static constexpr std::string_view kName = "Unbiased";
  static constexpr Pairs pairs = Pairs::distinct;
};

/// The product of two half-batch means: unbiased, and so is its gradient; it may be negative.
/// The halves are samples 0 .. n/2 - 1 and n/2 .. n - 1.
struct SplitHalves {
  static constexpr std::string_view kName = "SplitHalves";
  static constexpr Index parts = 2;
  static constexpr Pairs pairs = Pairs::across;
};

/// Into how many parts D2^2 cuts the batch: `static constexpr Index parts`, 1 or 2.
template <class T>
concept Estimator = std::same_as<decltype(T::parts), const Index> &&
    (T::parts == 1 || T::parts == 2);

/// Which pairs of samples a sum over pairs takes: `static constexpr Pairs pairs`.
template <class T>
concept PairEstimator = std::same_as<decltype(T::pairs), const Pairs>;

}  // namespace pushforward::inline PUSHFORWARD_ISA
