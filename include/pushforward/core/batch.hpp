#pragma once

#include "pushforward/core/check.hpp"

#include <algorithm>

/// \file
/// A batch is a list of blocks and the true number of samples. Two rules, stated here once:
/// in a matrix of the public surface a sample is a **column** (d x n); in a file it is a row.

namespace pushforward::inline PUSHFORWARD_ISA {

/// n samples of dimension d, cut into ceil(n / 64) blocks in one piece of memory.
///
/// Sample i is row i % 64 of block i / 64. Rows past n in the last block are padding: copies of
/// sample n - 1, so that whatever a function does there is finite where it is finite on the
/// samples.
template <Real S>
class Batch {
 public:
  using Scalar = S;

  Batch() = default;

  /// n = `count` samples of dimension d = `dimension`, all zero.
  /// Throws std::invalid_argument unless dimension >= 1 and count >= 0, std::length_error if that
  /// is more than memory has addresses for.
  Batch(Index dimension, Index count) { resize(dimension, count); }

  /// Copies a d x n matrix of any storage order and stride.
  template <class Derived>
  explicit Batch(const Eigen::MatrixBase<Derived>& samples)
      : Batch(samples.rows(), samples.cols()) {
    const auto& values = samples.derived().eval();
    for (Index i = 0; i < count_; ++i) {
      auto block = this->block(i / kBlockSize);
      for (Index j = 0; j < dimension_; ++j)
        block(i % kBlockSize, j) = static_cast<Scalar>(values.coeff(j, i));
    }
    pad();
  }

  /// Copies sample n - 1 to the padding rows: due once blocks have been written to.
  void pad() {
    if (count_ % kBlockSize == 0) return;
    auto last = block(blocks() - 1);
    const Index filled = count_ % kBlockSize;
    for (Index j = 0; j < dimension_; ++j)
      for (Index i = filled; i < kBlockSize; ++i) last(i, j) = last(filled - 1, j);
  }

  /// Takes a new size. Keeps the values, and allocates nothing, when it is the size it has;
  /// else every value is zero. Throws as the constructor does, and is then unchanged.
  void resize(Index dimension, Index count) {
    check_count("Batch", "dimension", dimension);
    check_argument(count >= 0, "Batch", "count", count, "at least 0");
    if (dimension == dimension_ && count == count_) return;
    check_length<Scalar>("Batch", "dimension x count", dimension, count);
    const Index blocks = (count + kBlockSize - 1) / kBlockSize;
    check_length<Scalar>("Batch", "dimension x count", dimension, blocks * kBlockSize);
    set_size(storage_, kBlockSize, blocks * dimension);
    storage_.setZero();
    dimension_ = dimension;
    count_ = count;
  }

  [[nodiscard]] Index dimension() const noexcept { return dimension_; }
  [[nodiscard]] Index count() const noexcept { return count_; }
  [[nodiscard]] Index blocks() const noexcept { return (count_ + kBlockSize - 1) / kBlockSize; }

  /// Block b, 64 x d, to read or to write.
  [[nodiscard]] auto block(Index b) { return storage_.middleCols(b * dimension_, dimension_); }
  [[nodiscard]] auto block(Index b) const {
    return storage_.middleCols(b * dimension_, dimension_);
  }

  /// 64 x 1: `value` on the rows of block b that hold samples `begin` <= i < `end`, else 0.
  [[nodiscard]] Lane<Scalar> weight(Index b, Index begin, Index end, Scalar value) const {
    const auto row = [&](Index i) {
      return (std::clamp)(i - b * kBlockSize, Index(0), kBlockSize);
    };
    Lane<Scalar> lane = Lane<Scalar>::Zero();
    for (Index i = row(begin); i < row(end); ++i) lane[i] = value;
    return lane;
  }

  /// The samples as the columns of a d x n matrix.
  [[nodiscard]] Matrix<Scalar> matrix() const {
    Matrix<Scalar> samples(dimension_, count_);
    for (Index i = 0; i < count_; ++i) {
      const auto block = this->block(i / kBlockSize);
      for (Index j = 0; j < dimension_; ++j) samples(j, i) = block(i % kBlockSize, j);
    }
    return samples;
  }

 private:
  Block<Scalar> storage_;
  Index dimension_ = 0;
  Index count_ = 0;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
