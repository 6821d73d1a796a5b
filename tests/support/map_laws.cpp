#include "support/laws.hpp"

#include <Eigen/LU>

#include <stdexcept>
#include <string>

namespace laws {

/// One sample has the bits of a row, also where it stands amid others.
template <pf::Real S>
void one_is_a_row(const ErasedMap<S>& map, const pf::Block<S>& x) {
  const Index d = map.input_dimension(), e = map.output_dimension();
  const pf::Block<S> y = apply(map, x);
  ErasedRoom scratch;
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
template <pf::Real S>
void map(const ErasedMap<S>& map, At at) {
  using Block = pf::Block<S>;
  const Index d = map.input_dimension(), e = map.output_dimension();
  CHECK(d >= 1);
  CHECK(e >= 1);
  const Block x = support::random_block<S>(d, 1, at.scale), y = apply(map, x);

  INFO("a map is repeatable, and a copy is the same map");
  CHECK(pf::all_finite(y));
  CHECK(same_bits(apply(map, x), y));
  CHECK(same_bits(apply(ErasedMap(map), x), y));

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
  ErasedRoom scratch;
  pf::apply(map, wide_x.columns(), wide_y.columns(), scratch);
  CHECK(same_bits(wide_y.columns(), y));
  CHECK(wide_y.intact());

  if (map.has().one) one_is_a_row(map, x);
}

/// backward is the gradient in theta and in x, that of log |det| too, by differences.
template <pf::Real S>
void backward_is_the_gradient(const ErasedMap<S>& map, At at) {
  const pf::GradientGap g = pf::gradient_gap(map, {.scale = at.scale, .step = at.step});
  INFO("worst at " << g.at << " of " << g.where);
  CHECK(g.gap < support::kGradientGap);
}

/// tangent is the derivative along dx, by differences, and the transpose of cotangent.
template <pf::Real S>
void tangent_is_the_derivative(const ErasedMap<S>& map, At at) {
  using Block = pf::Block<S>;
  const Index d = map.input_dimension(), e = map.output_dimension();
  const Block x = support::random_block<S>(d, 1, at.scale), dx = support::random_block<S>(d, 5),
              dy = support::random_block<S>(e, 6);
  ErasedRoom tape;
  Block y(pf::kBlockSize, e), along(pf::kBlockSize, e);
  map.forward(x, y, tape);
  map.tangent(tape, dx, along);
  CHECK(pf::all_finite(along));

  INFO("backward does not see that tangent was there, nor tangent backward");
  Gradient<S> g(map);
  map.backward(tape, dy, g.dtheta, g.dx);
  ErasedRoom fresh;
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
template <pf::Real S>
void tangent_backward_is_the_gradient(const ErasedMap<S>& map, At at) {
  using Block = pf::Block<S>;
  const Index d = map.input_dimension(), e = map.output_dimension();
  const Block x = support::random_block<S>(d, 1, at.scale), dx = support::random_block<S>(d, 7),
              dy = support::random_block<S>(e, 8);
  ErasedRoom tape;
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
  ErasedRoom fresh;
  const Gradient<S> expected = gradient(map, x, dy, fresh);
  CHECK(same_bits(h.dtheta, expected.dtheta));
  CHECK(same_bits(h.dx, expected.dx));

  if constexpr (std::is_same_v<S, double>) {
    const auto s = [&](const ErasedMap<S>& at_theta, const Block& at_x) {
      ErasedRoom room;
      Block along(pf::kBlockSize, e);
      at_theta.forward(at_x, along, room);
      at_theta.tangent(room, dx, along);
      return 1 + (along * dy).sum();  // 1, so that the gap is relative to something where s is 0
    };
    const auto of_theta = [&](const pf::Vector<double>& theta) {
      ErasedMap moved = map;
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
template <pf::Real S>
void trainable_map(const ErasedMap<S>& map, At at) {
  using Block = pf::Block<S>;
  laws::map(map, at);
  const Index d = map.input_dimension(), e = map.output_dimension(), p = map.parameter_count();
  const Block x = support::random_block<S>(d, 1, at.scale);
  const Block dy = support::random_block<S>(e, 2), other = support::random_block<S>(e, 3);

  INFO("forward is apply to the bit");
  ErasedRoom tape;
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

  if (map.has().cotangent) {
    INFO("cotangent is the dx of backward to the bit");
    map.forward(x, wide_y.columns(), tape);
    Amid<S> dx(d);
    map.cotangent(tape, wide_dy.columns(), dx.columns());
    CHECK(same_bits(dx.columns(), g.dx));
    CHECK(dx.intact());
  }
  if (map.has().tangent) tangent_is_the_derivative(map, at);
  if (map.has().tangent_backward) tangent_backward_is_the_gradient(map, at);

  INFO("parameters are a value of P numbers; a copy has its own");
  CHECK(map.parameters().size() == p);
  ErasedMap copy = map;
  const pf::Vector<S> theta = support::random_vector<S>(p, 4);
  copy.set_parameters(theta);
  CHECK(same_bits(copy.parameters(), theta));
  if (map.has().one) one_is_a_row(copy, x);
  CHECK(same_bits(apply(map, x), apply(ErasedMap(map), x)));
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
template <pf::Real S>
void one_tape(const ErasedMap<S>& one, const ErasedMap<S>& other) {
  ErasedRoom used;
  ErasedRoom scratch;
  for (const ErasedMap<S>* map : {&one, &other, &one}) {
    const pf::Block<S> x = support::random_block<S>(map->input_dimension(), 1),
                       dy = support::random_block<S>(map->output_dimension(), 2);
    ErasedRoom fresh;
    const Gradient<S> g = gradient(*map, x, dy, used), h = gradient(*map, x, dy, fresh);
    CHECK(same_bits(g.dtheta, h.dtheta));
    CHECK(same_bits(g.dx, h.dx));
    pf::Block<S> y(pf::kBlockSize, map->output_dimension());
    pf::apply(*map, x, y, scratch);
    CHECK(same_bits(y, apply(*map, x)));
    if (map->has().one) {
      pf::Vector<S> row(map->output_dimension());
      map->apply_one(pf::Vector<S>(x.row(5)), row, scratch);
      CHECK(same_bits(row.transpose(), y.row(5)));
    }
  }
}

/// A float map has the gradient of the same map in double, but for the rounding of its numbers.
void same_gradient(const ErasedMap<float>& single, ErasedMap<double> twin) {
  twin.set_parameters(single.parameters().cast<double>());
  const auto wide = [](const pf::Block<float>& x) { return x.cast<double>().eval(); };
  const pf::Block<float> x = support::random_block<float>(single.input_dimension(), 1),
                         dy = support::random_block<float>(single.output_dimension(), 2);
  ErasedRoom tape, twin_tape;
  const double flops = double(pf::kBlockSize) * double(single.parameter_count() + 1);
  const double bound = 32 * 0x1p-24 * std::sqrt(flops);
  const auto compare = [&](const Gradient<float>& g, const Gradient<double>& h) {
    CHECK(relative_gap(g.dtheta, h.dtheta) < bound);
    CHECK(relative_gap(g.dx, h.dx) < bound);
  };
  compare(gradient(single, x, dy, tape), gradient(twin, wide(x), wide(dy), twin_tape));
  if (!single.has().invertible || single.input_dimension() != single.output_dimension()) return;
  const pf::Lane<float> dlog_det = support::random_block<float>(1, 3).col(0);
  compare(gradient(single, x, dy, dlog_det, tape),
          gradient(twin, wide(x), wide(dy), pf::Lane<double>(dlog_det.cast<double>()), twin_tape));
}

/// dT/dx at row i of x, by tangents if there are any, else by differences.
template <pf::Real S>
[[nodiscard]] pf::Matrix<double> jacobian(const ErasedMap<S>& map, const pf::Block<S>& x, Index i,
                                          At at) {
  const Index d = map.input_dimension();
  pf::Matrix<double> jacobian(d, d);
  for (Index k = 0; k < d; ++k) {
    if (map.has().tangent) {
      ErasedRoom tape;
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
template <pf::Real S>
void invertible_map(const ErasedMap<S>& map, At at, double accuracy) {
  using Block = pf::Block<S>;
  using Lane = pf::Lane<S>;
  laws::map(map, at);
  const Index d = map.input_dimension();
  REQUIRE(map.output_dimension() == d);
  const Block x = support::random_block<S>(d, 1, at.scale), y = apply(map, x);
  ErasedRoom scratch;

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
template <pf::Real S>
void trainable_invertible_map(const ErasedMap<S>& map, At at, double accuracy) {
  using Block = pf::Block<S>;
  using Lane = pf::Lane<S>;
  trainable_map(map, at);
  invertible_map(map, at, accuracy);
  const Index d = map.input_dimension();
  const Block x = support::random_block<S>(d, 1, at.scale), dy = support::random_block<S>(d, 2);
  const Lane dlog_det = support::random_block<S>(1, 3).col(0), none = Lane::Zero();

  INFO("forward with log_det is apply with log_det to the bit");
  ErasedRoom tape;
  ErasedRoom scratch;
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

template void map(const ErasedMap<float>&, At);
template void map(const ErasedMap<double>&, At);
template void trainable_map(const ErasedMap<float>&, At);
template void trainable_map(const ErasedMap<double>&, At);
template void one_tape(const ErasedMap<float>&, const ErasedMap<float>&);
template void one_tape(const ErasedMap<double>&, const ErasedMap<double>&);
template pf::Matrix<double> jacobian(const ErasedMap<float>&, const pf::Block<float>&, Index, At);
template pf::Matrix<double> jacobian(const ErasedMap<double>&, const pf::Block<double>&, Index, At);
template void invertible_map(const ErasedMap<float>&, At, double);
template void invertible_map(const ErasedMap<double>&, At, double);
template void trainable_invertible_map(const ErasedMap<float>&, At, double);
template void trainable_invertible_map(const ErasedMap<double>&, At, double);

}  // namespace laws
