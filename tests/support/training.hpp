#pragma once

#include "pushforward/measures.hpp"
#include "pushforward/objectives.hpp"

#include <cstring>
#include <functional>
#include <limits>

/// \file
/// Small training problems, and an objective that fails when it is told to.

namespace support {

using pushforward::Index;

/// Equal-weight nodes x, d x n, one a column: sample i is node i mod n.
template <class S>
struct Nodes {
  using Scalar = S;
  pushforward::Matrix<S> x;
  Index dimension() const { return x.rows(); }
  void sample(pushforward::Key, std::uint64_t first, pushforward::BlockRef<S> out) const {
    for (Index i = 0; i < pushforward::kBlockSize; ++i)
      out.row(i) = x.col(static_cast<Index>((first + static_cast<std::uint64_t>(i)) %
                                            static_cast<std::uint64_t>(x.cols())))
                       .transpose()
                       .array();
  }
};

/// n quantiles of N(0, 1), scaled to variance 1: mean 0 and variance 1 to the last bits.
template <class S>
Nodes<S> standard_nodes(Index n) {
  pushforward::Batch<double> z(1, n);
  const pushforward::QuasiRandom nodes(pushforward::Gaussian<double>(1), n);
  for (Index b = 0; b < z.blocks(); ++b)
    nodes.sample({}, static_cast<std::uint64_t>(b * pushforward::kBlockSize), z.block(b));
  const pushforward::Matrix<double> x = z.matrix();
  return {(x / std::sqrt(x.squaredNorm() / static_cast<double>(n))).template cast<S>()};
}

/// `inner`, but at steps where fails(step) either the loss or entry `entry` of the gradient is
/// `value`.
template <class Inner>
struct Faulty {
  using Scalar = typename Inner::Scalar;
  template <class Map>
  using Workspace = typename Inner::template Workspace<Map>;

  Inner inner;
  std::function<bool(Index)> fails;
  Scalar value = std::numeric_limits<Scalar>::quiet_NaN();
  Index entry = -1;  ///< -1: the loss

  template <class Map>
  void check(const Map& map) const {
    inner.check(map);
  }
  template <class Map>
  Scalar value_and_gradient(const Map& map, const pushforward::Step& step,
                            pushforward::VectorRef<Scalar> dtheta, Workspace<Map>& work) const {
    const Scalar loss = inner.value_and_gradient(map, step, dtheta, work);
    if (!fails(step.index)) return loss;
    if (entry < 0) return value;
    dtheta[entry] = value;
    return loss;
  }
  Index residual_count() const { return inner.residual_count(); }
  template <class Map>
  void residuals(const Map& map, const pushforward::Step& step, pushforward::VectorRef<Scalar> rho,
                 Workspace<Map>& work) const {
    inner.residuals(map, step, rho, work);
    if (fails(step.index)) rho[0] = value;
  }
  template <class Map>
  void jacobian(const Map& map, const pushforward::Step& step, pushforward::VectorRef<Scalar> rho,
                pushforward::Matrix<Scalar>& jacobian, Workspace<Map>& work) const {
    inner.jacobian(map, step, rho, jacobian, work);
    if (fails(step.index)) rho[0] = value;
  }
};

/// FNV-1a of the bits of numbers, 64 bits.
class Digest {
 public:
  template <class Scalar>
  void add(const Scalar* numbers, Index count) {
    for (Index i = 0; i < count; ++i) {
      unsigned char bytes[sizeof(Scalar)];
      std::memcpy(bytes, numbers + i, sizeof(Scalar));
      for (const unsigned char byte : bytes) value_ = (value_ ^ byte) * 0x100000001b3U;
    }
  }
  template <class Numbers>
  void add(const Numbers& numbers) {
    add(numbers.data(), static_cast<Index>(numbers.size()));
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325U;
};

}  // namespace support
