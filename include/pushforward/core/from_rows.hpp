#pragma once

#include "pushforward/core/check.hpp"

#include <algorithm>
#include <span>

/// \file
/// In this library a sample is a column of a d x n matrix. Tables, and most other libraries, have a
/// sample in a row, which in memory is the sample's d numbers one after the other.

namespace pushforward::inline PUSHFORWARD_ISA {

/// Samples in the rows of a matrix, n x d, as columns, d x n: `Empirical(from_rows(table))`.
template <class Derived>
requires Real<typename Derived::Scalar>
[[nodiscard]] Matrix<typename Derived::Scalar> from_rows(const AnyMatrix<Derived>& rows) {
  return rows.transpose();
}

namespace detail {

template <Real Scalar>
[[nodiscard]] Matrix<Scalar> from_rows(std::span<const Scalar> numbers, Index d) {
  check_count("from_rows", "d", d);
  const auto size = static_cast<Index>(numbers.size());
  check_argument(size % d == 0, "from_rows", "size of numbers", size,
                 "a multiple of " + to_text(d) + ", the size of a sample");
  Matrix<Scalar> samples(d, size / d);
  std::copy(numbers.begin(), numbers.end(), samples.data());
  return samples;
}

}  // namespace detail

/// Samples of d numbers each, one after the other in a std::vector or any other array, as columns,
/// d x n. Throws std::invalid_argument unless d is at least 1 and the numbers make whole samples.
[[nodiscard]] inline Matrix<double> from_rows(std::span<const double> numbers, Index d) {
  return detail::from_rows(numbers, d);
}
[[nodiscard]] inline Matrix<float> from_rows(std::span<const float> numbers, Index d) {
  return detail::from_rows(numbers, d);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
