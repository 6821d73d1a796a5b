#pragma once

#include "support/catch.hpp"
#include "support/error.hpp"

#include "pushforward/core/batch.hpp"
#include "pushforward/core/random.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <string>

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

namespace laws {

/// What every distance between two samples owes: distance(x, y), called `name` in its errors.
template <class Distance>
void two_samples(const std::string& name, Distance distance) {
  using pushforward::Index;
  using pushforward::Matrix;
  using support::gaussian;
  using support::with_number;

  for (const Index d : {1, 2}) {
    INFO("numbers large, small and equal, d = " << d);
    const Matrix<double> x = gaussian(d, 100, 1), y = gaussian(d, 70, 2);
    const double value = distance(x, y);
    for (const double scale : {0x1p1000, 0x1p-900})
      CHECK(distance(Matrix<double>(scale * x), Matrix<double>(scale * y)) == scale * value);
    for (const double number : {0.0, 7.0, 1.7e308})
      CHECK(distance(Matrix<double>::Constant(d, 3, number).eval(),
                     Matrix<double>::Constant(d, 2, number).eval()) == 0);
    const Matrix<double> huge = Matrix<double>::Constant(d, 3, 1.7e308);
    CHECK(support::error_of<std::domain_error>([&] {
            (void)distance(huge, Matrix<double>(-huge));
          }) == name + ": distance is inf, but must be finite");
  }

  INFO("any scalar, storage order and stride");
  const Matrix<float> x = gaussian(3, 50, 1).template cast<float>();
  const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = x;
  const Matrix<double> y = gaussian(3, 80, 2);
  const double value = distance(x.template cast<double>(), y.leftCols(40));
  CHECK(distance(x, y.leftCols(40)) == value);
  CHECK(distance(rows, y.leftCols(40)) == value);

  INFO("samples of two dimensions, of none, no samples, and numbers that are not finite");
  const auto argument = [&](Index d, Index n, Index e, Index m) {
    return support::error_of<std::invalid_argument>([&] {
      (void)distance(Matrix<double>::Zero(d, n).eval(), Matrix<double>::Zero(e, m).eval());
    });
  };
  CHECK(argument(2, 5, 3, 5) == name + ": number of rows of y is 3, but must be 2");
  CHECK(argument(0, 5, 0, 5) == name + ": number of rows of x is 0, but must be at least 1");
  CHECK(argument(2, 0, 2, 5) == name + ": number of columns of x is 0, but must be at least 1");
  CHECK(argument(2, 5, 2, 0) == name + ": number of columns of y is 0, but must be at least 1");
  const auto domain = [&](const auto& a, const auto& b) {
    return support::error_of<std::domain_error>([&] { (void)distance(a, b); });
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const Matrix<double> zero = Matrix<double>::Zero(3, 70);
  const Matrix<float> single = Matrix<float>::Zero(3, 70);
  CHECK(domain(with_number(zero, 0, 0, nan), zero) ==
        name + ": x at row 0, column 0 is nan, but must be finite");
  CHECK(domain(zero, with_number(zero, 1, 33, nan)) ==
        name + ": y at row 1, column 33 is nan, but must be finite");
  CHECK(domain(zero, with_number(single, 2, 69, -infinity)) ==
        name + ": y at row 2, column 69 is -inf, but must be finite");
}

}  // namespace laws
