#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/random.hpp"

#include <cmath>
#include <numbers>

namespace support {

/// n samples of N(0, I) in d dimensions, d x n.
inline pushforward::Matrix<double> gaussian(pushforward::Index d, pushforward::Index n,
                                            std::uint64_t seed) {
  pushforward::Batch<double> batch(d, n);
  for (pushforward::Index b = 0; b < batch.blocks(); ++b)
    pushforward::normals<double>({seed, 1}, static_cast<std::uint64_t>(b * 64), batch.block(b));
  return batch.matrix();
}

/// The n quantiles of the Gaussian at the levels (i + 1/2) / n, 1 x n, by bisection.
inline pushforward::Matrix<double> gaussian_quantiles(pushforward::Index n) {
  return pushforward::Matrix<double>::NullaryExpr(1, n, [n](pushforward::Index i) {
    const double level = (static_cast<double>(i) + 0.5) / static_cast<double>(n);
    double low = -10, high = 10;
    for (int step = 0; step < 60; ++step) {
      const double middle = (low + high) / 2;
      (std::erfc(-middle / std::numbers::sqrt2) / 2 < level ? low : high) = middle;
    }
    return low;
  });
}

/// The columns of x in reverse.
inline pushforward::Matrix<double> reversed(const pushforward::Matrix<double>& x) {
  return x.rowwise().reverse();
}

/// x with another sample, all zero but for one number.
template <class Scalar>
pushforward::Matrix<Scalar> with_number(pushforward::Matrix<Scalar> x, pushforward::Index row,
                                        pushforward::Index column, Scalar number) {
  x(row, column) = number;
  return x;
}

}  // namespace support
