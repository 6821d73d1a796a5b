#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/measures/measure.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

/// \file
/// Statistical tests with a stated error: a true hypothesis is rejected with probability 1e-6.

namespace support {

inline constexpr double kAlpha = 1e-6;

/// Samples first .. first + count - 1 of a measure, d x count, drawn `cut` at a time.
template <class M>
pushforward::Matrix<typename M::Scalar> draw(const M& measure, pushforward::Index count,
                                             pushforward::Key key = {}, std::uint64_t first = 0,
                                             pushforward::Index cut = pushforward::kBlockSize) {
  using pushforward::Index;
  pushforward::Matrix<typename M::Scalar> samples(measure.dimension(), count);
  pushforward::Block<typename M::Scalar> x(pushforward::kBlockSize, measure.dimension());
  pushforward::ScratchOf<M> scratch;
  for (Index done = 0; done < count; done += (std::min)(cut, pushforward::kBlockSize)) {
    pushforward::sample(measure, key, first + static_cast<std::uint64_t>(done), x, scratch);
    const Index size = (std::min)({cut, pushforward::kBlockSize, count - done});
    samples.middleCols(done, size) = x.topRows(size).matrix().transpose();
  }
  return samples;
}

/// Phi, the distribution function of N(0, 1).
inline double normal_distribution(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

/// sup |F_n - F|, F_n that of the numbers in x (any matrix), F a continuous function.
template <class Derived, class F>
double distance_to(const Eigen::DenseBase<Derived>& x, F&& distribution) {
  std::vector<double> sorted;
  const auto& values = x.derived().eval();
  for (const auto value : values.reshaped()) sorted.push_back(static_cast<double>(value));
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<double>(sorted.size());
  double worst = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double f = distribution(sorted[i]), below = static_cast<double>(i) / n;
    worst = (std::max)({worst, f - below, below + 1 / n - f});
  }
  return worst;
}

/// P(sup |F_n - F| > bound) <= 2 exp(-2 n bound^2) = alpha (Dvoretzky, Kiefer, Wolfowitz; Massart).
inline double distance_bound(pushforward::Index n) {
  return std::sqrt(std::log(2 / kAlpha) / (2 * static_cast<double>(n)));
}

/// P(|mean of n terms in [low, high] - expectation| > bound) <= alpha (Hoeffding).
inline double mean_bound(pushforward::Index n, double low, double high) {
  return (high - low) * distance_bound(n);
}

/// P(|Z| > bound) = alpha for Z ~ N(0, 1): for means of many terms, in units of their deviation.
inline constexpr double kNormalBound = 4.8916;

}  // namespace support
