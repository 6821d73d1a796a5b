#pragma once

#include "support/catch.hpp"
#include "support/erased_models.hpp"
#include "support/error.hpp"
#include "support/gradient.hpp"

/// \file
/// What every map, family of test functions and discrepancy owes its users: a line for each type.
/// \code
///   laws::trainable_map(pf::Mlp<double>({2, 17, 3}, pf::Key{1}));
/// \endcode
/// The laws are asked of ErasedMap and its like, and compiled once, beside the tests.

namespace laws {

namespace pf = pushforward;
using pf::Index;
using support::ErasedDiscrepancy, support::ErasedMap, support::ErasedRoom,
    support::ErasedTestFunctions;

/// Where the laws look: samples uniform on (-scale, scale), differences that start at `step`.
struct At {
  double scale = 1;
  double step = 0.25;
};

/// True if a and b have the same size and the same bits; -0 is not 0, and a NaN is itself.
template <pf::Real S>
[[nodiscard]] bool have_same_bits(const pf::Matrix<S>& a, const pf::Matrix<S>& b);

template <class A, class B>
[[nodiscard]] bool same_bits(const Eigen::DenseBase<A>& a, const Eigen::DenseBase<B>& b) {
  return have_same_bits<typename A::Scalar>(a.derived().matrix(), b.derived().matrix());
}

/// |a - b| relative to |b|, or to 1 if b is smaller.
[[nodiscard]] double gap_between(const pf::Matrix<double>& a, const pf::Matrix<double>& b);

template <class A, class B>
[[nodiscard]] double relative_gap(const Eigen::DenseBase<A>& a, const Eigen::DenseBase<B>& b) {
  return gap_between(a.derived().matrix().template cast<double>(),
                     b.derived().matrix().template cast<double>());
}

/// What round-off may make of sums of some thousand terms.
template <pf::Real S>
inline constexpr double kRoundOff = 256 * double(std::numeric_limits<S>::epsilon());

template <pf::Map M, class S = typename M::Scalar>
[[nodiscard]] pf::Block<S> apply(const M& map, pf::ConstBlockRef<typename M::Scalar> x) {
  pf::Block<S> y(pf::kBlockSize, map.output_dimension());
  pf::ScratchOf<M> scratch;
  pf::apply(map, x, y, scratch);
  return y;
}

/// The middle columns of a block that is wider by two, all of it 7: what a call writes beside them
/// shows.
template <pf::Real S>
class Amid {
 public:
  explicit Amid(Index columns) : wide_(pf::kBlockSize, columns + 2) { wide_.setConstant(S(7)); }
  template <class X>
  explicit Amid(const Eigen::ArrayBase<X>& x) : Amid(x.cols()) {
    columns() = x;
  }
  [[nodiscard]] auto columns() { return wide_.middleCols(1, wide_.cols() - 2); }
  [[nodiscard]] bool intact() const {
    return (wide_.col(0) == S(7)).all() && (wide_.col(wide_.cols() - 1) == S(7)).all();
  }

 private:
  pf::Block<S> wide_;
};

/// dL/dtheta, P, and dL/dx, 64 x d.
template <pf::Real S>
struct Gradient {
  pf::Vector<S> dtheta;
  pf::Block<S> dx;

  /// dx starts as NaN, since backward sets it.
  template <class M>
  explicit Gradient(const M& map)
      : dtheta(pf::Vector<S>::Zero(map.parameter_count())),
        dx(pf::Block<S>::Constant(pf::kBlockSize, map.input_dimension(),
                                  std::numeric_limits<S>::quiet_NaN())) {}
};

/// Both gradients at x, given dL/dy.
template <pf::TrainableMap M, class S = typename M::Scalar>
[[nodiscard]] Gradient<S> gradient(const M& map, const pf::Block<S>& x, const pf::Block<S>& dy,
                                   typename M::Tape& tape) {
  Gradient<S> g(map);
  pf::Block<S> y(pf::kBlockSize, map.output_dimension());
  map.forward(x, y, tape);
  map.backward(tape, dy, g.dtheta, g.dx);
  return g;
}

/// Both gradients at x, given dL/dy and dL/dlog_det.
template <pf::TrainableInvertibleMap M, class S = typename M::Scalar>
[[nodiscard]] Gradient<S> gradient(const M& map, const pf::Block<S>& x, const pf::Block<S>& dy,
                                   const pf::Lane<S>& dlog_det, typename M::Tape& tape) {
  Gradient<S> g(map);
  pf::Block<S> y(pf::kBlockSize, map.output_dimension());
  pf::Lane<S> log_det;
  map.forward(x, y, log_det, tape);
  map.backward(tape, dy, dlog_det, g.dtheta, g.dx);
  return g;
}

/// A map is a function of each row by itself, and of nothing else.
template <pf::Real S>
void map(const ErasedMap<S>& map, At at);

template <pf::Map M>
void map(const M& map, At at = {}) {
  laws::map(ErasedMap<typename M::Scalar>(map), at);
}

/// A map whose two passes are apply and its transposed derivative.
template <pf::Real S>
void trainable_map(const ErasedMap<S>& map, At at);

template <pf::TrainableMap M>
void trainable_map(const M& map, At at = {}) {
  trainable_map(ErasedMap<typename M::Scalar>(map), at);
}

/// A tape, and a scratch, that another map of the type has used is as good as a new one.
template <pf::Real S>
void one_tape(const ErasedMap<S>& one, const ErasedMap<S>& other);

template <pf::TrainableMap M>
void one_tape(const M& one, const M& other) {
  one_tape(ErasedMap<typename M::Scalar>(one), ErasedMap<typename M::Scalar>(other));
}

/// A float map has the gradient of the same map in double, but for the rounding of its numbers.
void same_gradient(const ErasedMap<float>& single, ErasedMap<double> twin);

template <pf::TrainableMap F, pf::TrainableMap D>
void same_gradient(const F& single, const D& twin) {
  same_gradient(ErasedMap<float>(single), ErasedMap<double>(twin));
}

/// dT/dx at row i of x, by tangents if there are any, else by differences.
template <pf::Real S>
[[nodiscard]] pf::Matrix<double> jacobian(const ErasedMap<S>& map, const pf::Block<S>& x, Index i,
                                          At at);

template <pf::Map M>
[[nodiscard]] pf::Matrix<double> jacobian(const M& map, const pf::Block<typename M::Scalar>& x,
                                          Index i, At at = {}) {
  return jacobian(ErasedMap<typename M::Scalar>(map), x, i, at);
}

/// How well inverse and log_det are held to their definitions where nothing else is said.
template <pf::Real S>
inline constexpr double kInverse = std::same_as<S, double> ? 1e-9 : 1e-3;

/// inverse undoes apply on both sides, and log_det is log |det dT/dx|; both to `accuracy`.
template <pf::Real S>
void invertible_map(const ErasedMap<S>& map, At at, double accuracy);

template <pf::InvertibleMap M>
void invertible_map(const M& map, At at = {}, double accuracy = kInverse<typename M::Scalar>) {
  invertible_map(ErasedMap<typename M::Scalar>(map), at, accuracy);
}

/// An invertible map that is trained by its volume too.
template <pf::Real S>
void trainable_invertible_map(const ErasedMap<S>& map, At at, double accuracy);

template <pf::TrainableInvertibleMap M>
void trainable_invertible_map(const M& map, At at = {},
                              double accuracy = kInverse<typename M::Scalar>) {
  trainable_invertible_map(ErasedMap<typename M::Scalar>(map), at, accuracy);
}

template <pf::TestFunctions F, class S = typename F::Scalar>
[[nodiscard]] pf::Vector<S> sums(const F& f, const pf::Block<S>& y, const pf::Lane<S>& weight) {
  pf::Vector<S> result = pf::Vector<S>::Zero(f.size());
  f.add_sums(y, weight, result);
  return result;
}

template <pf::TestFunctions F, class S = typename F::Scalar>
[[nodiscard]] pf::Block<S> pullback(const F& f, const pf::Block<S>& y, const pf::Lane<S>& weight,
                                    const pf::Vector<S>& v) {
  pf::Block<S> dy = pf::Block<S>::Zero(pf::kBlockSize, f.dimension());
  f.add_pullback(y, weight, v, dy);
  return dy;
}

/// f_k(y_i), K x 64: the sums when row i alone has a weight.
template <pf::TestFunctions F, class S = typename F::Scalar>
[[nodiscard]] pf::Matrix<S> values(const F& f, const pf::Block<S>& y) {
  pf::Matrix<S> table(f.size(), pf::kBlockSize);
  for (Index i = 0; i < pf::kBlockSize; ++i)
    table.col(i) = sums(f, y, pf::Lane<S>(pf::Vector<S>::Unit(pf::kBlockSize, i)));
  return table;
}

/// A family is a sum over weighted rows, and its pullback the transposed derivative of that sum.
template <pf::Real S>
void test_functions(const ErasedTestFunctions<S>& f, At at);

template <pf::TestFunctions F>
void test_functions(const F& f, At at = {}) {
  test_functions(ErasedTestFunctions<typename F::Scalar>(f), at);
}

/// A discrepancy is a function of the samples alone, and its gradient is that of its value, for
/// batches of `fewest` samples and more, within a block and across blocks.
template <pf::Real S>
void discrepancy(const ErasedDiscrepancy<S>& d, Index fewest, At at);

template <pf::Discrepancy D>
void discrepancy(const D& d, Index fewest = 1, At at = {}) {
  discrepancy(ErasedDiscrepancy<typename D::Scalar>(d), fewest, at);
}

}  // namespace laws
