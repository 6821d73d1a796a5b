#pragma once

#include "pushforward/core/random.hpp"
#include "pushforward/discrepancies/discrepancy.hpp"
#include "pushforward/maps/map.hpp"
#include "pushforward/objectives/objective.hpp"
#include "pushforward/test_functions/test_functions.hpp"
#include "pushforward/testing/detail/differences.hpp"

#include <string>
#include <utility>

/// \file
/// Is a gradient right? It is held against differences of the function, at some random place.
/// \code
///   const pf::GradientGap g = pf::gradient_gap(MyMap());
///   if (!(g.gap < pf::kGradientGap)) ...            // wrong at entry g.at of the gradient in
///   g.where
/// \endcode
/// For Scalar double alone: in float, differences see no error below 1e-4. A float gradient is held
/// against that of the same object in double.

namespace pushforward::inline PUSHFORWARD_ISA {

/// What the gap of a right gradient stays below; a relative bug of 1e-4 gives a hundred times more.
inline constexpr double kGradientGap = 1e-10;

/// The largest |df/du - <gradient, u>| over some random unit directions u, relative to |gradient|
/// and |f|; NaN if anything is.
struct GradientGap {
  double gap = 0;
  Index at = -1;  ///< where the gradient is worst: its entry, if the gap is kGradientGap or more
  std::string where;  ///< what the gradient is in: "theta", "x" ...
};

/// Where gradient_gap looks.
struct GradientGapOptions {
  double scale = 1;    ///< samples are uniform on (-scale, scale)
  double step = 0.25;  ///< of the first difference; short where f has kinks
  Index count = 65;    ///< samples that a discrepancy is given
  Key key{};           ///< the stream of all random numbers
};

namespace detail {

/// Entries uniform on (-scale, scale).
[[nodiscard]] inline Vector<double> random_entries(Key key, Index size, double scale) {
  Block<double> u(kBlockSize, size / kBlockSize + 1);
  uniforms<double>(key, 0, u);
  return scale * (2 * u.reshaped().head(size).matrix().array() - 1).matrix();
}

[[nodiscard]] inline Block<double> random_block(Key key, Index dimension, double scale) {
  return random_entries(key, kBlockSize * dimension, scale).array().reshaped(kBlockSize, dimension);
}

/// The worse of two; NaN is the worst.
[[nodiscard]] inline GradientGap worse(const GradientGap& a, const GradientGap& b) {
  return std::isnan(a.gap) || a.gap >= b.gap ? a : b;
}

}  // namespace detail

/// Of any function f of a vector, at x, P, against its gradient there, P.
///
/// Cost: 49 values of f; and 24 for each halving of P in the search for the entry, if there is a
/// gap. A gap is looked for in the half of the direction that has more of it.
template <class F>
[[nodiscard]] GradientGap gradient_gap(const F& f, const Vector<double>& x,
                                       const Vector<double>& gradient, std::string where = "x",
                                       double step = 0.25, Key key = {}) {
  const auto difference = [&](const Vector<double>& u) {
    const auto along = [&](double t) { return double(f(Vector<double>(x + t * u))); };
    return std::abs(detail::derivative(along, step) - gradient.dot(u));
  };
  const double size = gradient.norm() + std::abs(double(f(x)));
  GradientGap worst{0, -1, std::move(where)};
  Vector<double> direction;
  for (std::uint32_t k = 1; k <= 4 && !std::isnan(worst.gap); ++k) {
    const Vector<double> u = detail::random_entries(key.part(k), x.size(), 1).normalized();
    const double gap = difference(u);
    if (gap == 0 || gap / size <= worst.gap) continue;
    worst.gap = gap / size;
    direction = u;
  }
  if (worst.gap < kGradientGap) return worst;
  worst.at = 0;
  for (Index count = x.size(); count > 1;) {
    const auto part = [&](Index first, Index entries) {
      Vector<double> u = Vector<double>::Zero(x.size());
      u.segment(first, entries) = direction.segment(first, entries);
      return difference(u);
    };
    const Index half = count / 2;
    const double left = part(worst.at, half), right = part(worst.at + half, count - half);
    const bool go_left = std::isnan(left) || left >= right;
    worst.at += go_left ? 0 : half;
    count = go_left ? half : count - half;
  }
  return worst;
}

/// Of a map: backward, as the gradient of <dy, T_theta(x)> in theta, and in x, whose entries are
/// counted column by column; and if it is trained by its volume, and that is not 0, of
/// <dlog_det, log |det dT/dx|>.
template <TrainableMap M>
[[nodiscard]] GradientGap gradient_gap(const M& map, GradientGapOptions options = {}) {
  static_assert(std::same_as<typename M::Scalar, double>,
                "gradient_gap: differences need Scalar double");
  const Index d = map.input_dimension(), e = map.output_dimension(), p = map.parameter_count();
  const Block<double> x = detail::random_block(options.key.part(5), d, options.scale);
  const Block<double> dy = detail::random_block(options.key.part(6), e, 1);
  typename M::Tape tape;
  Block<double> y(kBlockSize, e), dx(kBlockSize, d);
  Vector<double> dtheta = Vector<double>::Zero(p);
  const auto compare = [&](const char* theta_name, const char* x_name, auto loss) {
    const auto of_theta = [&](const Vector<double>& theta) {
      M moved = map;
      moved.set_parameters(theta);
      return loss(moved, x);
    };
    const auto of_x = [&](const Vector<double>& flat) {
      return loss(map, flat.array().reshaped(kBlockSize, d));
    };
    GradientGap gap =
        gradient_gap(of_x, x.reshaped(), dx.reshaped(), x_name, options.step, options.key);
    return p == 0 ? gap
                  : detail::worse(gap, gradient_gap(of_theta, map.parameters(), dtheta, theta_name,
                                                    options.step, options.key));
  };
  map.forward(x, y, tape);
  map.backward(tape, dy, dtheta, dx);
  ScratchOf<M> scratch;
  GradientGap gap = compare("theta", "x", [&](const M& at, const Block<double>& point) {
    apply(at, point, y, scratch);
    return (y * dy).sum();
  });
  if constexpr (TrainableInvertibleMap<M>) {
    if (d != e) return gap;
    const Lane<double> dlog_det = detail::random_block(options.key.part(7), 1, 1).col(0);
    Lane<double> log_det;
    dtheta.setZero();
    map.forward(x, y, log_det, tape);
    if ((log_det == -std::numeric_limits<double>::infinity()).any()) return gap;
    map.backward(tape, Block<double>::Zero(kBlockSize, e), dlog_det, dtheta, dx);
    gap = detail::worse(gap, compare("theta, of log_det", "x, of log_det",
                                     [&](const M& at, const Block<double>& point) {
                                       at.apply(point, y, log_det, scratch);
                                       return (log_det * dlog_det).sum();
                                     }));
  }
  return gap;
}

/// Of a family of test functions: add_pullback, as the gradient of sum_ik weight_i v_k f_k(y_i) in
/// y, whose entries are counted column by column.
template <TestFunctions F>
[[nodiscard]] GradientGap gradient_gap(const F& family, GradientGapOptions options = {}) {
  static_assert(std::same_as<typename F::Scalar, double>,
                "gradient_gap: differences need Scalar double");
  const Index d = family.dimension();
  const Block<double> y = detail::random_block(options.key.part(5), d, options.scale);
  const Vector<double> v = detail::random_entries(options.key.part(6), family.size(), 1);
  const Lane<double> weight = detail::random_block(options.key.part(7), 1, 1).col(0);
  Block<double> dy = Block<double>::Zero(kBlockSize, d);
  family.add_pullback(y, weight, v, dy);
  const auto loss = [&](const Vector<double>& flat) {
    Vector<double> sums = Vector<double>::Zero(family.size());
    family.add_sums(Block<double>(flat.array().reshaped(kBlockSize, d)), weight, sums);
    return v.dot(sums);
  };
  return gradient_gap(loss, y.reshaped(), dy.reshaped(), "y", options.step, options.key);
}

/// Of a discrepancy: its gradient in the samples y, d x count, whose entries are counted sample by
/// sample.
template <Discrepancy D>
[[nodiscard]] GradientGap gradient_gap(const D& discrepancy, GradientGapOptions options = {}) {
  static_assert(std::same_as<typename D::Scalar, double>,
                "gradient_gap: differences need Scalar double");
  const Index d = discrepancy.dimension(), n = options.count;
  const Vector<double> y = detail::random_entries(options.key.part(5), d * n, options.scale);
  Team team;
  typename D::Workspace work;
  Batch<double> dy(d, n);
  const auto loss = [&](const Vector<double>& flat) {
    return discrepancy.value_and_gradient(Batch<double>(flat.reshaped(d, n)), Step{0, team}, dy,
                                          work);
  };
  (void)loss(y);
  const Vector<double> gradient = dy.matrix().reshaped();
  return gradient_gap(loss, y, gradient, "y", options.step, options.key);
}

/// Of an objective at a map: its gradient in the map's parameters, at step 0.
template <class O, TrainableMap M>
requires Objective<O, M>
[[nodiscard]] GradientGap gradient_gap(const O& objective, const M& map,
                                       GradientGapOptions options = {}) {
  static_assert(std::same_as<typename O::Scalar, double>,
                "gradient_gap: differences need Scalar double");
  objective.check(map);
  Team team;
  typename O::template Workspace<M> work;
  Vector<double> dtheta(map.parameter_count());
  const auto loss = [&](const Vector<double>& theta) {
    M moved = map;
    moved.set_parameters(theta);
    return objective.value_and_gradient(moved, Step{0, team}, dtheta, work);
  };
  (void)loss(map.parameters());
  const Vector<double> gradient = dtheta;
  return gradient_gap(loss, map.parameters(), gradient, "theta", options.step, options.key);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
