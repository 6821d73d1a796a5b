#pragma once

#include "support/laws.hpp"

#include "pushforward/transport/entropic.hpp"

/// \file
/// A Sinkhorn divergence at a sample.

namespace support {

struct Called {
  double value;
  pushforward::Matrix<double> gradient;
  pushforward::SinkhornStatus status;
};

template <class D>
Called call(const D& d, const pushforward::Matrix<typename D::Scalar>& y,
            pushforward::Index step = 0) {
  using S = typename D::Scalar;
  typename D::Workspace work;
  pushforward::Team alone;
  const pushforward::Batch<S> batch(y);
  pushforward::Batch<S> dy(y.rows(), y.cols());
  const S value = d.value_and_gradient(batch, {step, alone}, dy, work);
  return {double(value), dy.matrix().template cast<double>(), work.status};
}

template <class D>
double value(const D& d, const pushforward::Matrix<double>& y) {
  return call(d, y).value;
}

}  // namespace support
