#pragma once

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/gradient.hpp"

#include "pushforward/core/concepts.hpp"

#include <Eigen/LU>

#include <stdexcept>
#include <string>
#include <utility>

/// \file
/// What every map, family of test functions and discrepancy owes its users: a line for each type.
/// \code
///   laws::trainable_map(pf::Mlp<double>({2, 17, 3}, pf::Key{1}));
/// \endcode

namespace laws {

namespace pf = pushforward;
using pf::Index;

/// Where the laws look: samples uniform on (-scale, scale), differences that start at `step`.
struct At {
  double scale = 1;
  double step = 0.25;
};

/// True if a and b have the same size and the same bits; -0 is not 0, and a NaN is itself.
template <class A, class B>
[[nodiscard]] bool same_bits(const Eigen::DenseBase<A>& a, const Eigen::DenseBase<B>& b) {
  using Bits = std::conditional_t<sizeof(typename A::Scalar) == 4, std::uint32_t, std::uint64_t>;
  const auto x = a.derived().eval();
  const auto y = b.derived().eval();
  if (x.rows() != y.rows() || x.cols() != y.cols()) return false;
  for (Index j = 0; j < x.cols(); ++j)
    for (Index i = 0; i < x.rows(); ++i)
      if (std::bit_cast<Bits>(x(i, j)) != std::bit_cast<Bits>(y(i, j))) return false;
  return true;
}

/// |a - b| relative to |b|, or to 1 if b is smaller.
template <class A, class B>
[[nodiscard]] double relative_gap(const Eigen::DenseBase<A>& a, const Eigen::DenseBase<B>& b) {
  const pf::Matrix<double> x = a.derived().matrix().template cast<double>();
  const pf::Matrix<double> y = b.derived().matrix().template cast<double>();
  return (x - y).norm() / (std::max)(y.norm(), 1.0);
}

/// What round-off may make of sums of some thousand terms.
template <pf::Real S>
inline constexpr double kRoundOff = 256 * double(std::numeric_limits<S>::epsilon());

template <class M, class X>
[[nodiscard]] pf::Block<typename M::Scalar> apply(const M& map, const X& x) {
  pf::Block<typename M::Scalar> y(pf::kBlockSize, map.output_dimension());
  map.apply(x, y);
  return y;
}

/// A map is a function of each row by itself, and of nothing else.
template <pf::Map M>
void map(const M& map, At at = {}) {
  using S = typename M::Scalar;
  using Block = pf::Block<S>;
  const Index d = map.input_dimension(), e = map.output_dimension();
  CHECK(d >= 1);
  CHECK(e >= 1);
  const Block x = support::random_block<S>(d, 1, at.scale), y = apply(map, x);

  INFO("a map is repeatable, and a copy is the same map");
  CHECK(pf::all_finite(y));
  CHECK(same_bits(apply(map, x), y));
  CHECK(same_bits(apply(M(map), x), y));

  INFO("a row does not know where it stands");
  CHECK(same_bits(apply(map, Block(x.colwise().reverse())), y.colwise().reverse()));
  Block shifted(x.rows(), d);
  shifted << x.bottomRows(17), x.topRows(47);
  CHECK(same_bits(apply(map, shifted).topRows(17), y.bottomRows(17)));

  INFO("a row does not know the others");
  for (const S other : {S(0), S(1e6), std::numeric_limits<S>::quiet_NaN()}) {
    Block alone = Block::Constant(x.rows(), d, other);
    alone.row(29) = x.row(29);
    CHECK(same_bits(apply(map, alone).row(29), y.row(29)));
  }

  INFO("columns of larger blocks are read and written in place");
  Block wide_x = Block::Constant(x.rows(), d + 2, S(7)), wide_y(x.rows(), e + 2);
  wide_x.middleCols(1, d) = x;
  wide_y.setConstant(S(7));
  map.apply(wide_x.middleCols(1, d), wide_y.middleCols(1, e));
  CHECK(same_bits(wide_y.middleCols(1, e), y));
  CHECK((wide_y.col(0) == S(7)).all());
  CHECK((wide_y.col(e + 1) == S(7)).all());
}

/// dL/dtheta, P, and dL/dx, 64 x d.
template <pf::Real S>
struct Gradient {
  pf::Vector<S> dtheta;
  pf::Block<S> dx;
};

/// Both gradients at x, given dL/dy; dx starts as NaN, since backward sets it.
template <pf::TrainableMap M, class S = typename M::Scalar>
[[nodiscard]] Gradient<S> gradient(const M& map, const pf::Block<S>& x, const pf::Block<S>& dy,
                                   typename M::Tape& tape) {
  Gradient<S> g{pf::Vector<S>::Zero(map.parameter_count()),
                pf::Block<S>::Constant(pf::kBlockSize, map.input_dimension(),
                                       std::numeric_limits<S>::quiet_NaN())};
  pf::Block<S> y(pf::kBlockSize, map.output_dimension());
  map.forward(x, y, tape);
  map.backward(tape, dy, g.dtheta, g.dx);
  return g;
}

/// backward is the gradient of <dy, T_theta(x)> in theta and in x, by differences.
template <pf::TrainableMap M>
void backward_is_the_gradient(const M& map, At at = {}) {
  const Index d = map.input_dimension();
  const pf::Block<double> x = support::random_block(d, 1, at.scale),
                          dy = support::random_block(map.output_dimension(), 2);
  typename M::Tape tape;
  const Gradient<double> g = gradient(map, x, dy, tape);
  const auto loss_of_theta = [&](const pf::Vector<double>& theta) {
    M moved = map;
    moved.set_parameters(theta);
    return (apply(moved, x) * dy).sum();
  };
  const auto loss_of_x = [&](const pf::Vector<double>& flat) {
    return (apply(map, pf::Block<double>(flat.array().reshaped(pf::kBlockSize, d))) * dy).sum();
  };
  if (map.parameter_count() > 0)
    CHECK(support::gradient_gap(loss_of_theta, map.parameters(), g.dtheta, at.step) <
          support::kGradientGap);
  CHECK(support::gradient_gap(loss_of_x, x.reshaped().matrix(), g.dx.reshaped().matrix(), at.step) <
        support::kGradientGap);
}

/// A map whose two passes are apply and its transposed derivative.
template <pf::TrainableMap M>
void trainable_map(const M& map, At at = {}) {
  using S = typename M::Scalar;
  using Block = pf::Block<S>;
  laws::map(map, at);
  const Index e = map.output_dimension(), p = map.parameter_count();
  const Block x = support::random_block<S>(map.input_dimension(), 1, at.scale);
  const Block dy = support::random_block<S>(e, 2), other = support::random_block<S>(e, 3);

  INFO("forward is apply to the bit");
  typename M::Tape tape;
  Block y(pf::kBlockSize, e);
  map.forward(x, y, tape);
  CHECK(same_bits(y, apply(map, x)));

  INFO("backward sets dx and adds to dtheta; again, it gives the same bits");
  const Gradient<S> g = gradient(map, x, dy, tape);
  CHECK(pf::all_finite(g.dtheta));
  CHECK(pf::all_finite(g.dx));
  Gradient<S> again{pf::Vector<S>::Zero(p), Block::Constant(x.rows(), x.cols(), S(7))};
  map.backward(tape, dy, again.dtheta, again.dx);
  CHECK(same_bits(again.dtheta, g.dtheta));
  CHECK(same_bits(again.dx, g.dx));
  map.backward(tape, dy, again.dtheta, again.dx);
  CHECK(relative_gap(again.dtheta, 2 * g.dtheta) < kRoundOff<S>);

  INFO("backward is linear in dy");
  const Gradient<S> h = gradient(map, x, other, tape);
  const Gradient<S> both = gradient(map, x, Block(2 * dy - 3 * other), tape);
  CHECK(relative_gap(both.dtheta, 2 * g.dtheta - 3 * h.dtheta) < kRoundOff<S>);
  CHECK(relative_gap(both.dx, 2 * g.dx - 3 * h.dx) < kRoundOff<S>);

  INFO("parameters are a value of P numbers; a copy has its own");
  CHECK(map.parameters().size() == p);
  M copy = map;
  const pf::Vector<S> theta = support::random_vector<S>(p, 4);
  copy.set_parameters(theta);
  CHECK(same_bits(copy.parameters(), theta));
  CHECK(same_bits(apply(map, x), y));
  copy.set_parameters(map.parameters());
  CHECK(same_bits(apply(copy, x), y));

  INFO("theta of another size is refused with both sizes, and changes nothing");
  const auto set_one_too_many = [&] { copy.set_parameters(pf::Vector<S>::Zero(p + 1)); };
  CHECK_THAT(support::error_of<std::invalid_argument>(set_one_too_many),
             ContainsSubstring("size of theta is " + std::to_string(p + 1) + ", but must be " +
                               std::to_string(p)));
  CHECK(same_bits(copy.parameters(), map.parameters()));

  if constexpr (std::is_same_v<S, double>) {
    INFO("backward is the gradient in theta and x");
    backward_is_the_gradient(map, at);
  }
}

/// A tape that another map of the type has used is as good as a new one.
template <pf::TrainableMap M>
void one_tape(const M& one, const M& other) {
  using S = typename M::Scalar;
  typename M::Tape used;
  for (const M* map : {&one, &other, &one}) {
    const pf::Block<S> x = support::random_block<S>(map->input_dimension(), 1),
                       dy = support::random_block<S>(map->output_dimension(), 2);
    typename M::Tape fresh;
    const Gradient<S> g = gradient(*map, x, dy, used), h = gradient(*map, x, dy, fresh);
    CHECK(same_bits(g.dtheta, h.dtheta));
    CHECK(same_bits(g.dx, h.dx));
  }
}

/// A float map has the gradient of the same map in double, but for the rounding of its numbers.
template <pf::TrainableMap F, pf::TrainableMap D>
void same_gradient(const F& single, D twin) {
  twin.set_parameters(single.parameters().template cast<double>());
  const pf::Block<float> x = support::random_block<float>(single.input_dimension(), 1),
                         dy = support::random_block<float>(single.output_dimension(), 2);
  typename F::Tape tape;
  typename D::Tape twin_tape;
  const Gradient<float> g = gradient(single, x, dy, tape);
  const Gradient<double> h = gradient(twin, x.template cast<double>().eval(),
                                      dy.template cast<double>().eval(), twin_tape);
  const double flops = double(pf::kBlockSize) * double(single.parameter_count() + 1);
  const double bound = 32 * 0x1p-24 * std::sqrt(flops);
  CHECK(relative_gap(g.dtheta, h.dtheta) < bound);
  CHECK(relative_gap(g.dx, h.dx) < bound);
}

/// inverse undoes apply on both sides, and log_det_jacobian is log |det dT/dx|, by differences.
template <pf::InvertibleMap M>
void invertible_map(const M& map, At at = {}) {
  using S = typename M::Scalar;
  laws::map(map, at);
  const Index d = map.input_dimension();
  REQUIRE(map.output_dimension() == d);
  const pf::Block<S> x = support::random_block<S>(d, 1, at.scale), y = apply(map, x);
  pf::Block<S> back(pf::kBlockSize, d);
  map.inverse(y, back);
  CHECK(relative_gap(back, x) < 1e-11);
  map.inverse(x, back);
  CHECK(relative_gap(apply(map, back), x) < 1e-11);
  pf::Lane<S> log_det;
  map.log_det_jacobian(x, log_det);
  for (const Index i : {0, 29, 63}) {
    pf::Matrix<double> jacobian(d, d);
    for (Index j = 0; j < d; ++j)
      for (Index k = 0; k < d; ++k) {
        const auto along = [&](double t) {
          pf::Block<S> moved = x;
          moved(i, k) += S(t);
          return double(apply(map, moved)(i, j));
        };
        jacobian(j, k) = support::derivative(along, at.step);
      }
    CHECK_THAT(double(log_det[i]), WithinAbs(std::log(std::abs(jacobian.determinant())), 1e-9));
  }
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
template <pf::TestFunctions F>
void test_functions(const F& f, At at = {}) {
  using S = typename F::Scalar;
  using Block = pf::Block<S>;
  using Lane = pf::Lane<S>;
  const Index d = f.dimension(), size = f.size();
  CHECK(d >= 1);
  CHECK(size >= 1);
  const Block y = support::random_block<S>(d, 1, at.scale);
  const pf::Vector<S> v = support::random_vector<S>(size, 2);
  Lane weight = support::random_block<S>(1, 3).col(0);
  weight.segment(10, 20).setZero();
  const pf::Vector<S> s = sums(f, y, weight);
  const Block dy = pullback(f, y, weight, v);

  INFO("a family is repeatable, and a copy is the same family");
  CHECK(pf::all_finite(s));
  CHECK(same_bits(sums(F(f), y, weight), s));
  CHECK(same_bits(pullback(F(f), y, weight, v), dy));

  INFO("add_sums adds the weighted sum of the values of the rows");
  CHECK(relative_gap(s, values(f, y) * weight.matrix()) < kRoundOff<S>);
  pf::Vector<S> twice = s;
  f.add_sums(y, weight, twice);
  CHECK(relative_gap(twice, 2 * s) < kRoundOff<S>);

  INFO("a row without weight does not count");
  Block elsewhere = y;
  elsewhere.middleRows(10, 20) += S(0.5);
  CHECK(sums(f, elsewhere, weight) == s);
  CHECK((pullback(f, elsewhere, weight, v) == dy).all());
  CHECK((dy.middleRows(10, 20) == 0).all());

  INFO("add_pullback adds, by rows that do not know where they stand, and is linear in v");
  Block dy_twice = dy;
  f.add_pullback(y, weight, v, dy_twice);
  CHECK(relative_gap(dy_twice, 2 * dy) < kRoundOff<S>);
  const Block upside_down = y.colwise().reverse();
  CHECK(same_bits(pullback(f, upside_down, Lane(weight.reverse()), v), dy.colwise().reverse()));
  const pf::Vector<S> other = support::random_vector<S>(size, 4);
  CHECK(relative_gap(pullback(f, y, weight, pf::Vector<S>(2 * v - 3 * other)),
                     2 * dy - 3 * pullback(f, y, weight, other)) < kRoundOff<S>);

  if constexpr (std::is_same_v<S, double>) {
    INFO("add_pullback is the transposed derivative of add_sums");
    const auto loss = [&](const pf::Vector<double>& flat) {
      return v.dot(sums(f, Block(flat.array().reshaped(pf::kBlockSize, d)), weight));
    };
    CHECK(support::gradient_gap(loss, y.reshaped().matrix(), dy.reshaped().matrix(), at.step) <
          support::kGradientGap);
  }
}

/// A discrepancy is a function of the samples alone, and its gradient is that of its value, for
/// batches of `fewest` samples and more, within a block and across blocks.
template <pf::Discrepancy D>
void discrepancy(const D& d, Index fewest = 1, At at = {}) {
  using S = typename D::Scalar;
  const Index dimension = d.dimension();
  CHECK(dimension >= 1);
  typename D::Workspace used;
  pf::Batch<S> dy;
  pf::Pool alone, team(3);
  for (const Index n : {130, 1, 2, 3, 63, 64, 65, 2}) {
    if (n < fewest) continue;
    INFO("n = " << n);
    const pf::Matrix<S> y = support::random_matrix<S>(dimension, n, 1, at.scale);
    const S value = d.value_and_gradient(pf::Batch<S>(y), dy, used, alone);

    INFO("dy has the size of y, and is zero on padding rows");
    REQUIRE(dy.dimension() == dimension);
    REQUIRE(dy.count() == n);
    const Index full = n % pf::kBlockSize == 0 ? pf::kBlockSize : n % pf::kBlockSize;
    CHECK((dy.block(dy.blocks() - 1).bottomRows(pf::kBlockSize - full) == 0).all());

    INFO("neither the workspace nor the threads change a bit");
    typename D::Workspace fresh;
    pf::Batch<S> fresh_dy;
    const S again = D(d).value_and_gradient(pf::Batch<S>(y), fresh_dy, fresh, team);
    CHECK(again == value);
    CHECK(same_bits(fresh_dy.matrix(), dy.matrix()));

    if constexpr (std::is_same_v<S, double>) {
      INFO("dy is the gradient");
      const auto loss = [&](const pf::Vector<double>& flat) {
        const pf::Matrix<double> samples = flat.reshaped(dimension, n);
        return d.value_and_gradient(pf::Batch<double>(samples), fresh_dy, fresh, alone);
      };
      CHECK(support::gradient_gap(loss, y.reshaped(), dy.matrix().reshaped(), at.step) <
            support::kGradientGap);
    }
  }
}

}  // namespace laws
