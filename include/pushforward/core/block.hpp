#pragma once

#include "pushforward/core/instruction_set.hpp"

// g++ takes the vector intrinsics that Eigen calls for uses of variables that are not set.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <Eigen/Core>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include <concepts>

/// \file
/// The one data structure: sixty-four samples, coordinate by coordinate.
///
/// Each Eigen expression is a type of its own, and one whose scalar is known is compiled by every
/// program that includes it: what is written for doubles, and is not hot, has loops instead.

namespace pushforward::inline PUSHFORWARD_ISA {

using Index = Eigen::Index;

/// What a number may be: `float` or `double`.
template <class T>
concept Real = std::same_as<T, float> || std::same_as<T, double>;

/// Samples in a block. Every map, test function and measure is written for one block.
inline constexpr Index kBlockSize = 64;

/// A block of samples, 64 x d: row = sample, column = coordinate; each column is contiguous.
///
/// Each row is computed as a scalar program of its own, so that a sample has the same bits in
/// whatever row, block, batch or thread it is computed.
template <Real Scalar>
using Block = Eigen::Array<Scalar, kBlockSize, Eigen::Dynamic>;

/// One number for each sample of a block, 64 x 1: a column of a block.
template <Real Scalar>
using Lane = Eigen::Array<Scalar, kBlockSize, 1>;

/// A block to write to, wherever it is stored: a parameter type, passed by value.
template <Real Scalar>
using BlockRef = Eigen::Ref<Block<Scalar>>;

/// A block to read from, wherever it is stored: a parameter type.
template <Real Scalar>
using ConstBlockRef = const Eigen::Ref<const Block<Scalar>>&;

template <Real Scalar>
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

/// A vector, or a segment of one, to write to: a parameter type, passed by value.
template <Real Scalar>
using VectorRef = Eigen::Ref<Vector<Scalar>>;

/// A vector, or a segment of one, to read from: a parameter type.
template <Real Scalar>
using ConstVectorRef = const Eigen::Ref<const Vector<Scalar>>&;

template <Real Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

/// Gives x a size, and if it is a new one, entries that are not set to anything. As x.resize(),
/// after which, in Eigen 3.4, x must not even be destroyed if memory ran out; here x is unchanged.
template <class Derived>
void set_size(Eigen::PlainObjectBase<Derived>& x, Index rows, Index columns = 1) {
  if (x.rows() == rows && x.cols() == columns) return;
  Derived sized(rows, columns);
  x.swap(sized);
}

/// Any matrix to read from, in whatever storage order and stride: a parameter type.
template <class Derived>
using AnyMatrix = Eigen::MatrixBase<Derived>;

}  // namespace pushforward::inline PUSHFORWARD_ISA
