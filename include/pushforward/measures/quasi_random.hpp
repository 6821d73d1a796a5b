#pragma once

#include "pushforward/measures/measure.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Equal-weight nodes spread evenly over a measure: a deterministic stand-in for it.
///
/// Node i is the measure's quantile at u_i. Above one dimension, u_i is the Kronecker sequence
/// frac(s_j + i / g^j), j = 1 .. d, with g the root of g^(d+1) = g + 1 (Roberts, "The unreasonable
/// effectiveness of quasirandom sequences", 2018), shifted by numbers s_j drawn from `shift`, so
/// that every node by itself follows the measure.
///
/// With a count n, sample i of any stream is node i mod n: the same nodes at every step. In one
/// dimension they are u_i = (i + 1/2) / n. Without one the sequence is endless, in one dimension
/// too, and the key of the stream shifts it once more: another stream, as that of a Sampler, does
/// not repeat the nodes that a map was trained on.
template <class M>
class QuasiRandom {
  static_assert(HasQuantile<M>, "QuasiRandom: the measure needs `void quantile(u, x) const`");

 public:
  using Scalar = typename M::Scalar;
  static constexpr std::string_view kName = "QuasiRandom";

  /// n = `count` nodes, or endless ones if it is 0. Throws std::invalid_argument if count < 0,
  /// std::length_error if it is too large for an Index.
  template <std::integral I = Index>
  explicit QuasiRandom(M measure, I count = 0, Key shift = {})
      : measure_(std::move(measure)), count_(to_index("QuasiRandom", "count", count)),
        shift_(shift), step_(static_cast<std::size_t>(measure_.dimension())) {
    check_argument(count >= 0, "QuasiRandom", "count", count, "at least 0");
    const double g = ratio(dimension());
    for (std::size_t j = 0; j < step_.size(); ++j)
      step_[j] = static_cast<std::uint64_t>(0x1p64 / power(g, static_cast<Index>(j + 1)));
  }

  [[nodiscard]] auto description() const {
    return describe("measure", measure_, "count", count_, "shift", shift_);
  }
  [[nodiscard]] Index dimension() const { return measure_.dimension(); }
  /// n, or 0 if they are endless.
  [[nodiscard]] Index nodes() const { return count_; }
  [[nodiscard]] const M& measure() const { return measure_; }
  [[nodiscard]] Key shift() const { return shift_; }

  void sample(Key key, std::uint64_t first, BlockRef<Scalar> x) const {
    const auto node = [&](Index i) {
      const std::uint64_t number = first + static_cast<std::uint64_t>(i);
      return count_ > 0 ? number % static_cast<std::uint64_t>(count_) : number;
    };
    if (count_ > 0 && dimension() == 1) {
      constexpr Scalar least = std::numeric_limits<Scalar>::epsilon() / 2;
      for (Index i = 0; i < kBlockSize; ++i) {
        const double u = (static_cast<double>(node(i)) + 0.5) / static_cast<double>(count_);
        x(i, 0) = (std::clamp)(static_cast<Scalar>(u), least, 1 - least);
      }
    } else {
      for (Index j = 0; j < dimension(); ++j) {
        const std::uint64_t start = turn(shift_, j) + (count_ > 0 ? 0 : turn(key, j));
        const std::uint64_t step = step_[static_cast<std::size_t>(j)];
        for (Index i = 0; i < kBlockSize; ++i) {
          const std::uint64_t u = start + node(i) * step;  // in units of 2^-64, modulo 1
          x(i, j) = detail::open_unit<Scalar>(
              static_cast<detail::Bits<Scalar>>(u >> (64 - 8 * sizeof(Scalar))));
        }
      }
    }
    measure_.quantile(x, x);
  }

 private:
  /// The root of g^(d+1) = g + 1 by Newton's method, from above: (1 + 1/d)^(d+1) > e > 2 + 1/d.
  static double ratio(Index d) {
    double g = 1 + 1 / static_cast<double>(d);
    for (int turn = 0; turn < 16; ++turn) {
      const double slope = power(g, d);  // times d + 1, less 1
      g -= (g * slope - g - 1) / (static_cast<double>(d + 1) * slope - 1);
    }
    return g;
  }

  /// A random number of a key in units of 2^-64, for coordinate j.
  static std::uint64_t turn(Key key, Index j) {
    const Key own = key.part(0x7475726EU);
    return detail::word<double>(detail::random_words<1>(own, static_cast<std::uint64_t>(j), 0), 0,
                                0);
  }

  M measure_;
  Index count_;
  Key shift_;
  std::vector<std::uint64_t> step_;  ///< 1 / g^j in units of 2^-64
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
