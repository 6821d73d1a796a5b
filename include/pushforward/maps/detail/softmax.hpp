#pragma once

#include "pushforward/core/vector_math.hpp"

#include <algorithm>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// Rows p_i = softmax(z_i) = exp(z_i) / sum_m exp(z_im), both 64 x K, in units of the largest
/// exponential: none overflows. Also what makes log sum_m exp(z_im) = top_i - log(share_i): the
/// largest z_im, and its p_im.
template <Real Scalar>
void softmax(ConstBlockRef<Scalar> z, BlockRef<Scalar> p, Lane<Scalar>& top, Lane<Scalar>& share) {
  Lane<Scalar> sum = Lane<Scalar>::Zero(), e;
  top = z.col(0);
  for (Index m = 1; m < z.cols(); ++m)
    for (Index i = 0; i < kBlockSize; ++i) top.data()[i] = (std::max)(top.data()[i], z(i, m));
  for (Index m = 0; m < z.cols(); ++m) {
    e = z.col(m) - top;
    exp(e);
    p.col(m) = e;
    sum += e;
  }
  share = 1 / sum;
  for (Index m = 0; m < z.cols(); ++m) p.col(m) *= share;
}

/// z becomes softmax(z), K: of one sample, with the bits of a row.
template <Real Scalar>
void softmax_one(VectorRef<Scalar> z) {
  Scalar top = z[0], sum = 0;
  for (const Scalar number : z) top = (std::max)(top, number);
  Lane<Scalar> e = Lane<Scalar>::Zero();
  for (Index m = 0; m < z.size(); m += kBlockSize) {
    const Index size = (std::min)(kBlockSize, z.size() - m);
    e.head(size) = z.segment(m, size).array() - top;
    exp(e);
    z.segment(m, size) = e.head(size).matrix();
    for (Index i = 0; i < size; ++i) sum += e[i];
  }
  z *= 1 / sum;
}

/// Rows r_i = (diag p_i - p_i p_i') r_i, the derivative of softmax along r_i; returns <p_i, r_i>.
template <Real Scalar>
Lane<Scalar> multiply_by_softmax_slope(ConstBlockRef<Scalar> p, BlockRef<Scalar> r) {
  Lane<Scalar> mean = Lane<Scalar>::Zero();
  for (Index m = 0; m < r.cols(); ++m) mean += p.col(m) * r.col(m);
  for (Index m = 0; m < r.cols(); ++m) r.col(m) = p.col(m) * (r.col(m) - mean);
  return mean;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
