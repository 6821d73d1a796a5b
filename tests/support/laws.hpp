#pragma once

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/gradient.hpp"

#include "pushforward/core/team.hpp"
#include "pushforward/discrepancies/discrepancy.hpp"
#include "pushforward/maps/map.hpp"
#include "pushforward/test_functions/gradients.hpp"
#include "pushforward/test_functions/test_functions.hpp"

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

/// One sample has the bits of a row, also where it stands amid others.
template <pf::HasApplyOne M, class S = typename M::Scalar>
void one_is_a_row(const M& map, const pf::Block<S>& x) {
  const Index d = map.input_dimension(), e = map.output_dimension();
  const pf::Block<S> y = apply(map, x);
  pf::ScratchOf<M> scratch;
  for (const Index i : {0, 29, 63}) {
    pf::Vector<S> in = pf::Vector<S>::Constant(d + 1, S(7)),
                  out = pf::Vector<S>::Constant(e + 2, S(7));
    in.tail(d) = x.row(i).matrix().transpose();
    map.apply_one(in.tail(d), out.segment(1, e), scratch);
    CHECK(same_bits(out.segment(1, e).transpose(), y.row(i)));
    CHECK(out[0] == S(7));
    CHECK(out[e + 1] == S(7));
  }
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
  Amid<S> wide_x(x), wide_y(e);
  pf::ScratchOf<M> scratch;
  pf::apply(map, wide_x.columns(), wide_y.columns(), scratch);
  CHECK(same_bits(wide_y.columns(), y));
  CHECK(wide_y.intact());

  if constexpr (pf::HasApplyOne<M>) one_is_a_row(map, x);
}

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

/// backward is the gradient in theta and in x, that of log |det| too, by differences.
template <pf::TrainableMap M>
void backward_is_the_gradient(const M& map, At at = {}) {
  const pf::GradientGap g = pf::gradient_gap(map, {.scale = at.scale, .step = at.step});
  INFO("worst at " << g.at << " of " << g.where);
  CHECK(g.gap < support::kGradientGap);
}

/// tangent is the derivative along dx, by differences, and the transpose of cotangent.
template <pf::HasTangent M>
void tangent_is_the_derivative(const M& map, At at = {}) {
  using S = typename M::Scalar;
  using Block = pf::Block<S>;
  const Index d = map.input_dimension(), e = map.output_dimension();
  const Block x = support::random_block<S>(d, 1, at.scale), dx = support::random_block<S>(d, 5),
              dy = support::random_block<S>(e, 6);
  typename M::Tape tape;
  Block y(pf::kBlockSize, e), along(pf::kBlockSize, e);
  map.forward(x, y, tape);
  map.tangent(tape, dx, along);
  CHECK(pf::all_finite(along));

  INFO("backward does not see that tangent was there, nor tangent backward");
  Gradient<S> g(map);
  map.backward(tape, dy, g.dtheta, g.dx);
  typename M::Tape fresh;
  const Gradient<S> h = gradient(map, x, dy, fresh);
  CHECK(same_bits(g.dtheta, h.dtheta));
  CHECK(same_bits(g.dx, h.dx));
  Amid<S> wide_dx(dx), wide(e);
  map.tangent(tape, wide_dx.columns(), wide.columns());
  CHECK(same_bits(wide.columns(), along));
  CHECK(wide.intact());

  INFO("<J dx, dy> = <dx, J' dy>, row by row");
  const pf::Lane<double> one = (along * dy).template cast<double>().rowwise().sum(),
                         other = (dx * g.dx).template cast<double>().rowwise().sum();
  const double size = (dx * g.dx).abs().template cast<double>().rowwise().sum().maxCoeff();
  CHECK((one - other).abs().maxCoeff() <= kRoundOff<S> * (std::max)(size, 1.0));

  if constexpr (std::is_same_v<S, double>) {
    INFO("tangent is the derivative");
    const auto moved = [&](double t) { return (apply(map, Block(x + t * dx)) * dy).sum(); };
    const double slope = (along * dy).sum();
    CHECK_THAT(pf::detail::derivative(moved, at.step),
               WithinAbs(slope, 1e-10 * ((along * dy).matrix().norm() + std::abs(moved(0)) + 1)));
  }
}

/// tangent_backward is the gradient of <dy, J dx> in theta and in x, by differences, and changes
/// nothing that other passes see.
template <pf::HasTangentBackward M>
void tangent_backward_is_the_gradient(const M& map, At at = {}) {
  using S = typename M::Scalar;
  using Block = pf::Block<S>;
  const Index d = map.input_dimension(), e = map.output_dimension();
  const Block x = support::random_block<S>(d, 1, at.scale), dx = support::random_block<S>(d, 7),
              dy = support::random_block<S>(e, 8);
  typename M::Tape tape;
  Block y(pf::kBlockSize, e);
  map.forward(x, y, tape);
  Gradient<S> g(map), again(map);
  Amid<S> wide_dx(dx), wide_dy(dy), wide(d);
  map.tangent_backward(tape, dx, dy, g.dtheta, g.dx);
  CHECK(pf::all_finite(g.dtheta));
  CHECK(pf::all_finite(g.dx));
  map.tangent_backward(tape, wide_dx.columns(), wide_dy.columns(), again.dtheta, wide.columns());
  CHECK(same_bits(again.dtheta, g.dtheta));
  CHECK(same_bits(wide.columns(), g.dx));
  CHECK(wide.intact());
  map.tangent_backward(tape, dx, dy, again.dtheta, again.dx);
  CHECK(relative_gap(again.dtheta, 2 * g.dtheta) < kRoundOff<S>);

  INFO("backward does not see that tangent_backward was there");
  Gradient<S> h(map);
  map.backward(tape, dy, h.dtheta, h.dx);
  typename M::Tape fresh;
  const Gradient<S> expected = gradient(map, x, dy, fresh);
  CHECK(same_bits(h.dtheta, expected.dtheta));
  CHECK(same_bits(h.dx, expected.dx));

  if constexpr (std::is_same_v<S, double>) {
    const auto s = [&](const M& at_theta, const Block& at_x) {
      typename M::Tape room;
      Block along(pf::kBlockSize, e);
      at_theta.forward(at_x, along, room);
      at_theta.tangent(room, dx, along);
      return 1 + (along * dy).sum();  // 1, so that the gap is relative to something where s is 0
    };
    const auto of_theta = [&](const pf::Vector<double>& theta) {
      M moved = map;
      moved.set_parameters(theta);
      return s(moved, x);
    };
    const auto of_x = [&](const pf::Vector<double>& entries) {
      return s(map, entries.reshaped(pf::kBlockSize, d).array());
    };
    if (map.parameter_count() > 0) {
      INFO("in theta");
      CHECK(support::gradient_gap(of_theta, map.parameters(), g.dtheta, at.step) <
            support::kGradientGap);
    }
    INFO("in x");
    CHECK(support::gradient_gap(of_x, x.matrix().reshaped(), g.dx.matrix().reshaped(), at.step) <
          support::kGradientGap);
  }
}

/// A map whose two passes are apply and its transposed derivative.
template <pf::TrainableMap M>
void trainable_map(const M& map, At at = {}) {
  using S = typename M::Scalar;
  using Block = pf::Block<S>;
  laws::map(map, at);
  const Index d = map.input_dimension(), e = map.output_dimension(), p = map.parameter_count();
  const Block x = support::random_block<S>(d, 1, at.scale);
  const Block dy = support::random_block<S>(e, 2), other = support::random_block<S>(e, 3);

  INFO("forward is apply to the bit");
  typename M::Tape tape;
  Amid<S> wide_x(x), wide_y(e);
  map.forward(wide_x.columns(), wide_y.columns(), tape);
  CHECK(same_bits(wide_y.columns(), apply(map, x)));
  CHECK(wide_y.intact());

  INFO("backward sets dx and adds to dtheta; again, it gives the same bits");
  const Gradient<S> g = gradient(map, x, dy, tape);
  CHECK(pf::all_finite(g.dtheta));
  CHECK(pf::all_finite(g.dx));
  pf::Vector<S> again = pf::Vector<S>::Zero(p);
  Amid<S> wide_dx(d), wide_dy(dy);
  map.backward(tape, wide_dy.columns(), again, wide_dx.columns());
  CHECK(same_bits(again, g.dtheta));
  CHECK(same_bits(wide_dx.columns(), g.dx));
  CHECK(wide_dx.intact());
  map.backward(tape, dy, again, wide_dx.columns());
  CHECK(relative_gap(again, 2 * g.dtheta) < kRoundOff<S>);

  INFO("backward is linear in dy");
  const Gradient<S> h = gradient(map, x, other, tape);
  const Gradient<S> both = gradient(map, x, Block(2 * dy - 3 * other), tape);
  CHECK(relative_gap(both.dtheta, 2 * g.dtheta - 3 * h.dtheta) < kRoundOff<S>);
  CHECK(relative_gap(both.dx, 2 * g.dx - 3 * h.dx) < kRoundOff<S>);

  if constexpr (pf::HasCotangent<M>) {
    INFO("cotangent is the dx of backward to the bit");
    map.forward(x, wide_y.columns(), tape);
    Amid<S> dx(d);
    map.cotangent(tape, wide_dy.columns(), dx.columns());
    CHECK(same_bits(dx.columns(), g.dx));
    CHECK(dx.intact());
  }
  if constexpr (pf::HasTangent<M>) tangent_is_the_derivative(map, at);
  if constexpr (pf::HasTangentBackward<M>) tangent_backward_is_the_gradient(map, at);

  INFO("parameters are a value of P numbers; a copy has its own");
  CHECK(map.parameters().size() == p);
  M copy = map;
  const pf::Vector<S> theta = support::random_vector<S>(p, 4);
  copy.set_parameters(theta);
  CHECK(same_bits(copy.parameters(), theta));
  if constexpr (pf::HasApplyOne<M>) one_is_a_row(copy, x);
  CHECK(same_bits(apply(map, x), apply(M(map), x)));
  copy.set_parameters(map.parameters());
  CHECK(same_bits(apply(copy, x), apply(map, x)));

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

/// A tape, and a scratch, that another map of the type has used is as good as a new one.
template <pf::TrainableMap M>
void one_tape(const M& one, const M& other) {
  using S = typename M::Scalar;
  typename M::Tape used;
  pf::ScratchOf<M> scratch;
  for (const M* map : {&one, &other, &one}) {
    const pf::Block<S> x = support::random_block<S>(map->input_dimension(), 1),
                       dy = support::random_block<S>(map->output_dimension(), 2);
    typename M::Tape fresh;
    const Gradient<S> g = gradient(*map, x, dy, used), h = gradient(*map, x, dy, fresh);
    CHECK(same_bits(g.dtheta, h.dtheta));
    CHECK(same_bits(g.dx, h.dx));
    pf::Block<S> y(pf::kBlockSize, map->output_dimension());
    pf::apply(*map, x, y, scratch);
    CHECK(same_bits(y, apply(*map, x)));
    if constexpr (pf::HasApplyOne<M>) {
      pf::Vector<S> row(map->output_dimension());
      map->apply_one(pf::Vector<S>(x.row(5)), row, scratch);
      CHECK(same_bits(row.transpose(), y.row(5)));
    }
  }
}

/// A float map has the gradient of the same map in double, but for the rounding of its numbers.
template <pf::TrainableMap F, pf::TrainableMap D>
void same_gradient(const F& single, D twin) {
  twin.set_parameters(single.parameters().template cast<double>());
  const auto wide = [](const pf::Block<float>& x) { return x.template cast<double>().eval(); };
  const pf::Block<float> x = support::random_block<float>(single.input_dimension(), 1),
                         dy = support::random_block<float>(single.output_dimension(), 2);
  typename F::Tape tape;
  typename D::Tape twin_tape;
  const double flops = double(pf::kBlockSize) * double(single.parameter_count() + 1);
  const double bound = 32 * 0x1p-24 * std::sqrt(flops);
  const auto compare = [&](const Gradient<float>& g, const Gradient<double>& h) {
    CHECK(relative_gap(g.dtheta, h.dtheta) < bound);
    CHECK(relative_gap(g.dx, h.dx) < bound);
  };
  compare(gradient(single, x, dy, tape), gradient(twin, wide(x), wide(dy), twin_tape));
  if constexpr (pf::TrainableInvertibleMap<F>) {
    if (single.input_dimension() != single.output_dimension()) return;
    const pf::Lane<float> dlog_det = support::random_block<float>(1, 3).col(0);
    compare(gradient(single, x, dy, dlog_det, tape),
            gradient(twin, wide(x), wide(dy), pf::Lane<double>(dlog_det.template cast<double>()),
                     twin_tape));
  }
}

/// dT/dx at row i of x, by tangents if there are any, else by differences.
template <pf::Map M, class S = typename M::Scalar>
[[nodiscard]] pf::Matrix<double> jacobian(const M& map, const pf::Block<S>& x, Index i, At at) {
  const Index d = map.input_dimension();
  pf::Matrix<double> jacobian(d, d);
  for (Index k = 0; k < d; ++k) {
    if constexpr (pf::HasTangent<M>) {
      typename M::Tape tape;
      pf::Block<S> y(pf::kBlockSize, d), unit = pf::Block<S>::Zero(pf::kBlockSize, d);
      unit.col(k).setOnes();
      map.forward(x, y, tape);
      map.tangent(tape, unit, y);
      jacobian.col(k) = y.row(i).matrix().transpose().template cast<double>();
    } else {
      for (Index j = 0; j < d; ++j) {
        const auto along = [&](double t) {
          pf::Block<S> moved = x;
          moved(i, k) += S(t);
          return double(apply(map, moved)(i, j));
        };
        jacobian(j, k) = pf::detail::derivative(along, at.step);
      }
    }
  }
  return jacobian;
}

/// inverse undoes apply on both sides, and log_det is log |det dT/dx|; both to `accuracy`.
template <pf::InvertibleMap M>
void invertible_map(const M& map, At at = {},
                    double accuracy = std::is_same_v<typename M::Scalar, double> ? 1e-9 : 1e-3) {
  using S = typename M::Scalar;
  using Block = pf::Block<S>;
  using Lane = pf::Lane<S>;
  laws::map(map, at);
  const Index d = map.input_dimension();
  REQUIRE(map.output_dimension() == d);
  const Block x = support::random_block<S>(d, 1, at.scale), y = apply(map, x);
  pf::ScratchOf<M> scratch;

  INFO("inverse undoes apply, and apply inverse");
  Block back(pf::kBlockSize, d);
  map.inverse(y, back, scratch);
  CHECK(relative_gap(back, x) < accuracy);
  Amid<S> wide_x(x), wide(d);
  map.inverse(wide_x.columns(), wide.columns(), scratch);
  CHECK(wide.intact());
  CHECK(relative_gap(apply(map, wide.columns()), x) < accuracy);

  INFO("with log_det, apply gives the same bits");
  Lane log_det = Lane::Constant(S(7)), reversed;
  Amid<S> wide_y(d);
  map.apply(wide_x.columns(), wide_y.columns(), log_det, scratch);
  CHECK(same_bits(wide_y.columns(), y));
  CHECK(wide_y.intact());
  map.apply(Block(x.colwise().reverse()), back, reversed, scratch);
  CHECK(same_bits(reversed.reverse(), log_det));

  INFO("log_det is that of the Jacobian");
  for (const Index i : {0, 29, 63}) {
    const pf::Matrix<double> j = jacobian(map, x, i, at);
    const double expected =
        j.fullPivLu().matrixLU().diagonal().array().abs().log().sum();  // no overflow
    CHECK_THAT(double(log_det[i]), WithinAbs(expected, accuracy * (1 + std::abs(expected))));
  }
}

/// An invertible map that is trained by its volume too.
template <pf::TrainableInvertibleMap M>
void trainable_invertible_map(const M& map, At at = {},
                              double accuracy = std::is_same_v<typename M::Scalar, double> ? 1e-9
                                                                                           : 1e-3) {
  using S = typename M::Scalar;
  using Block = pf::Block<S>;
  using Lane = pf::Lane<S>;
  trainable_map(map, at);
  invertible_map(map, at, accuracy);
  const Index d = map.input_dimension();
  const Block x = support::random_block<S>(d, 1, at.scale), dy = support::random_block<S>(d, 2);
  const Lane dlog_det = support::random_block<S>(1, 3).col(0), none = Lane::Zero();

  INFO("forward with log_det is apply with log_det to the bit");
  typename M::Tape tape;
  pf::ScratchOf<M> scratch;
  Block y(pf::kBlockSize, d), z(pf::kBlockSize, d);
  Lane of_y = Lane::Constant(S(7)), of_z = Lane::Constant(S(8));
  map.forward(x, y, of_y, tape);
  map.apply(x, z, of_z, scratch);
  CHECK(same_bits(y, z));
  CHECK(same_bits(of_y, of_z));

  INFO("backward without a gradient in log_det is backward; with one, it adds to it");
  const Gradient<S> g = gradient(map, x, dy, tape), zero = gradient(map, x, dy, none, tape),
                    h = gradient(map, x, Block(0 * dy), dlog_det, tape),
                    both = gradient(map, x, dy, dlog_det, tape);
  CHECK(relative_gap(zero.dtheta, g.dtheta) == 0);
  CHECK(relative_gap(zero.dx, g.dx) == 0);
  CHECK(relative_gap(both.dtheta, g.dtheta + h.dtheta) < kRoundOff<S>);
  CHECK(relative_gap(both.dx, g.dx + h.dx) < kRoundOff<S>);
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

  INFO("gradients gives each function's own, in order, whatever was in dy");
  const pf::Vector<S> units = pf::unit_vectors<S>(size);
  Block one = Block::Constant(pf::kBlockSize, d, std::numeric_limits<S>::quiet_NaN());
  Index next = 0;
  pf::gradients(f, y, weight, units, one, [&](Index k, pf::BlockRef<S> gradient) {
    REQUIRE(k == next++);
    CHECK(relative_gap(gradient,
                       pullback(f, y, weight, pf::Vector<S>(pf::Vector<S>::Unit(size, k)))) <
          kRoundOff<S>);
    gradient.setConstant(std::numeric_limits<S>::quiet_NaN());  // as a visitor may
  });
  CHECK(next == size);

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
  pf::Team alone, team(3);
  for (const Index n : {130, 1, 2, 3, 63, 64, 65, 2}) {
    if (n < fewest) continue;
    INFO("n = " << n);
    const pf::Matrix<S> y = support::random_matrix<S>(dimension, n, 1, at.scale);
    pf::Batch<S> dy(dimension, n), fresh_dy(dimension, n);
    for (Index b = 0; b < dy.blocks(); ++b)
      dy.block(b).setConstant(std::numeric_limits<S>::quiet_NaN());
    const S value = d.value_and_gradient(pf::Batch<S>(y), pf::Step{3, alone}, dy, used);

    INFO("dy is set, and is zero on padding rows");
    CHECK(pf::all_finite(dy.matrix()));
    const Index full = n % pf::kBlockSize == 0 ? pf::kBlockSize : n % pf::kBlockSize;
    CHECK((dy.block(dy.blocks() - 1).bottomRows(pf::kBlockSize - full) == 0).all());

    INFO("neither the workspace nor the threads change a bit");
    typename D::Workspace fresh;
    const S again = D(d).value_and_gradient(pf::Batch<S>(y), pf::Step{3, team}, fresh_dy, fresh);
    CHECK(again == value);
    CHECK(same_bits(fresh_dy.matrix(), dy.matrix()));

    if constexpr (std::is_same_v<S, double>) {
      INFO("dy is the gradient");
      const auto loss = [&](const pf::Vector<double>& flat) {
        const pf::Matrix<double> samples = flat.reshaped(dimension, n);
        return d.value_and_gradient(pf::Batch<double>(samples), {3, alone}, fresh_dy, fresh);
      };
      CHECK(support::gradient_gap(loss, y.reshaped(), dy.matrix().reshaped(), at.step) <
            support::kGradientGap);
    }
  }
}

}  // namespace laws
