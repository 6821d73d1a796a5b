#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/detail/sort.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The masses of the signed measure sum_i (1/n) delta_(x_i) - sum_j w_j delta_(y_j): n points of a
/// sample and m of a target, whose weights sum to one.
///
/// They are integers, in units of 1 / (n m), or of about 2^-50 if the weights differ: a sum of them
/// depends on no order, and is 0 where it should be, whatever the rounding of the weights.
class PooledMasses {
 public:
  PooledMasses() = default;

  /// `weights`, m, at least 0 with a positive sum, which need not be one. `fresh` says that the
  /// target's points are themselves a sample of what is meant, not all of it. Throws
  /// std::invalid_argument unless n and m are at least 1, std::length_error if n + m is 2^32 or
  /// more, std::domain_error if weights that differ have a sum that is not positive and finite.
  PooledMasses(Index n, ConstVectorRef<double> weights, bool fresh = false)
      : samples_(n), fresh_(fresh) {
    const Index m = weights.size();
    check_count("PooledMasses", "number of samples", n);
    check_count("PooledMasses", "number of target samples", m);
    constexpr Index most = (Index(1) << 32) - 1;
    if (n > most || m > most - n)
      throw std::length_error(error_text("PooledMasses", "number of samples and target samples",
                                         to_text(n) + " + " + to_text(m),
                                         "at most " + to_text(most)));
    units_.assign(static_cast<std::size_t>(n + m), m);
    const auto is_first = [&](double weight) { return weight == weights[0]; };
    if (std::all_of(weights.data(), weights.data() + m, is_first)) {
      unit_ = 1 / (static_cast<double>(n) * static_cast<double>(m));
      std::fill(units_.begin() + n, units_.end(), -n);
      return;
    }
    double sum = 0;
    for (Index j = 0; j < m; ++j) sum += weights[j];
    check_positive("PooledMasses", "sum of weights", sum);
    const std::int64_t each = (std::int64_t(1) << 50) / n;
    const auto total = static_cast<double>(n * each);  // of the target too: so go running totals
    unit_ = 1 / total;
    std::fill(units_.begin(), units_.begin() + n, each);
    double weight = 0;
    std::int64_t before = 0;
    for (Index j = 0; j < m; ++j) {
      weight += weights[j];
      const std::int64_t now = std::llround(total * (weight / sum));
      units_[static_cast<std::size_t>(n + j)] = std::exchange(before, now) - now;
    }
  }

  /// Equal weights.
  PooledMasses(Index n, Index m, bool fresh = false)
      : PooledMasses(n, Vector<double>::Ones(m), fresh) {}

  /// n
  [[nodiscard]] Index samples() const { return samples_; }
  /// m
  [[nodiscard]] Index targets() const { return static_cast<Index>(units_.size()) - samples_; }
  [[nodiscard]] bool fresh() const { return fresh_; }
  /// The mass of x_i, or of y_(i - n), in units.
  [[nodiscard]] const std::int64_t* data() const { return units_.data(); }
  [[nodiscard]] double unit() const { return unit_; }

 private:
  Index samples_ = 0;
  double unit_ = 0;
  bool fresh_ = false;
  std::vector<std::int64_t> units_;
};

/// n points x_i of a sample and m points y_j of a target on the line, all N = n + m in one
/// ascending row z_0 <= ... <= z_(N-1), with F - G, the difference of their distribution functions:
/// what every distance between laws on the line is made of.
///
/// Equal points stand as they came, the sample's before the target's; if there is a NaN, the last
/// is one.
template <Real S>
class PooledSample {
 public:
  using Scalar = S;

  /// Makes room for N points.
  void reserve(Index count) {
    if (static_cast<Index>(order_.size()) >= count) return;
    const auto size = static_cast<std::size_t>(count);
    sort_.reserve(count);
    separate_.resize(size);
    place_.resize(size);
    sums_.resize(size);
    width_.resize(size);
    gap_.resize(size + 1);
    order_.resize(size);  // the last: if memory runs out, there is no room
  }

  /// Sorts `points`, n + m: those of the sample, then those of the target. Refers to `masses`.
  /// Allocates nothing unless n + m is the largest so far. Cost O(n + m).
  void sort(const Scalar* points, const PooledMasses& masses) {
    samples_ = masses.samples();
    targets_ = masses.targets();
    fresh_ = masses.fresh();
    const Index count = this->count();
    reserve(count);
    sort_(count, points, order_.data(), place_.data());

    units_ = masses.data();
    unit_ = masses.unit();
    std::int64_t sum = 0;
    for (Index k = 0; k < count; ++k) sums_[std::size_t(k)] = sum += units_[index(k)];
    separate();
    for (Index k = 0; k < count; ++k) gap_[std::size_t(k) + 1] = mass_of(sums_[std::size_t(k)]);
    unsigned ties = 0;
    for (Index k = 0; k + 1 < count; ++k) {
      const double width = place(k + 1) - place(k);
      ties |= width == 0 ? 1U : 0U;
      width_[std::size_t(k)] = width;
    }
    tied_ = ties != 0;
    width_[std::size_t(count) - 1] = detail::kInfinity<double>;
  }

  [[nodiscard]] Index samples() const { return samples_; }           ///< n
  [[nodiscard]] Index targets() const { return targets_; }           ///< m
  [[nodiscard]] Index count() const { return samples_ + targets_; }  ///< N
  [[nodiscard]] bool fresh() const { return fresh_; }                ///< see PooledMasses

  /// z_k, k < N.
  [[nodiscard]] double place(Index k) const { return double(place_[std::size_t(k)]); }
  /// Which point z_k is: x_i if this is i < n, else y_(i - n).
  [[nodiscard]] Index index(Index k) const { return order_[std::size_t(k)]; }
  [[nodiscard]] bool is_sample(Index k) const { return index(k) < samples_; }
  /// Its mass: 1 / n, or -w_j; and in units, which are mass_of(1) each.
  [[nodiscard]] double mass(Index k) const { return mass_of(units(k)); }
  [[nodiscard]] std::int64_t units(Index k) const { return units_[index(k)]; }
  [[nodiscard]] double mass_of(std::int64_t units) const {
    return static_cast<double>(units) * unit_;
  }
  /// z_(k+1) - z_k; 0 between equal points, infinity at the last.
  [[nodiscard]] double width(Index k) const { return width_[std::size_t(k)]; }
  /// Whether any width is 0.
  [[nodiscard]] bool tied() const { return tied_; }
  [[nodiscard]] const double* widths() const { return width_.data(); }
  /// F - G below z_k, that is between z_(k-1) and z_k, k <= N; 0 at both ends.
  [[nodiscard]] double gap(Index k) const { return gap_[std::size_t(k)]; }
  [[nodiscard]] const double* gaps() const { return gap_.data(); }
  /// The k with z_k = x_(i), the i-th smallest of the sample, i < n.
  [[nodiscard]] Index sample_at(Index i) const { return separate_[std::size_t(i)]; }
  /// The k with z_k = y_(j), the j-th smallest of the target, j < m.
  [[nodiscard]] Index target_at(Index j) const { return separate_[std::size_t(samples_ + j)]; }

 private:
  using Place = typename detail::Sorter<Scalar>::Place;

  /// Finds sample_at and target_at.
  void separate() {
    const auto n = static_cast<Place>(samples_), count = static_cast<Place>(this->count());
    for (Place k = 0, x = 0; k < count; ++k) {
      const Place sample = order_[k] < n ? 1 : 0, mask = 0 - sample;  // without a branch
      separate_[(x & mask) | ((n + k - x) & ~mask)] = k;
      x += sample;
    }
  }

  Index samples_ = 0, targets_ = 0;
  bool fresh_ = false, tied_ = false;
  detail::Sorter<Scalar> sort_;
  std::vector<Place> order_, separate_;
  std::vector<Scalar> place_;
  const std::int64_t* units_ = nullptr;
  double unit_ = 0;
  std::vector<std::int64_t> sums_;
  std::vector<double> width_, gap_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
