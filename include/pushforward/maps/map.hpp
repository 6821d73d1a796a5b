#pragma once

#include "pushforward/core/concepts.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/scratch.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

namespace requirement {

template <class T>
concept map_dimensions = requires(const T& t) {
  { t.input_dimension() } -> std::same_as<Index>;
  { t.output_dimension() } -> std::same_as<Index>;
};

template <class T>
concept apply_alone = requires(const T& t, ConstBlockRef<typename T::Scalar> x,
                               BlockRef<typename T::Scalar> y) {
  { t.apply(x, std::move(y)) } -> std::same_as<void>;
};

template <class T>
concept apply_with_scratch = std::default_initializable<typename T::Scratch> &&
    requires(const T& t, ConstBlockRef<typename T::Scalar> x, BlockRef<typename T::Scalar> y,
             typename T::Scratch& scratch) {
  { t.apply(x, std::move(y), scratch) } -> std::same_as<void>;
};

template <class T>
concept apply = apply_alone<T> || apply_with_scratch<T>;

template <class T>
concept parameters = requires(const T& t, T& target, ConstVectorRef<typename T::Scalar> theta) {
  requires std::same_as<std::remove_cvref_t<decltype(t.parameters())>, Vector<typename T::Scalar>>;
  { t.parameter_count() } -> std::same_as<Index>;
  { target.set_parameters(theta) } -> std::same_as<void>;
};

template <class T>
concept tape = std::default_initializable<typename T::Tape>;

template <class T>
concept forward = requires(const T& t, ConstBlockRef<typename T::Scalar> x,
                           BlockRef<typename T::Scalar> y, typename T::Tape& tape) {
  { t.forward(x, std::move(y), tape) } -> std::same_as<void>;
};

template <class T>
concept backward = requires(const T& t, typename T::Tape& tape,
                            ConstBlockRef<typename T::Scalar> dy,
                            VectorRef<typename T::Scalar> dtheta, BlockRef<typename T::Scalar> dx) {
  { t.backward(tape, dy, std::move(dtheta), std::move(dx)) } -> std::same_as<void>;
};

template <class T>
concept apply_log_det = requires(const T& t, ConstBlockRef<typename T::Scalar> x,
                                 BlockRef<typename T::Scalar> y, Lane<typename T::Scalar>& log_det,
                                 ScratchOf<T>& scratch) {
  { t.apply(x, std::move(y), log_det, scratch) } -> std::same_as<void>;
};

template <class T>
concept inverse = requires(const T& t, ConstBlockRef<typename T::Scalar> y,
                           BlockRef<typename T::Scalar> x, ScratchOf<T>& scratch) {
  { t.inverse(y, std::move(x), scratch) } -> std::same_as<void>;
};

template <class T>
concept forward_log_det = requires(const T& t, ConstBlockRef<typename T::Scalar> x,
                                   BlockRef<typename T::Scalar> y,
                                   Lane<typename T::Scalar>& log_det, typename T::Tape& tape) {
  { t.forward(x, std::move(y), log_det, tape) } -> std::same_as<void>;
};

template <class T>
concept backward_log_det = requires(const T& t, typename T::Tape& tape,
                                    ConstBlockRef<typename T::Scalar> dy,
                                    const Lane<typename T::Scalar>& dlog_det,
                                    VectorRef<typename T::Scalar> dtheta,
                                    BlockRef<typename T::Scalar> dx) {
  { t.backward(tape, dy, dlog_det, std::move(dtheta), std::move(dx)) } -> std::same_as<void>;
};

}  // namespace requirement

/// A deterministic function T: R^d -> R^e. `t.apply(x, y)` sets rows of y, 64 x e, to T of the rows
/// of x, 64 x d. Const, no allocation, no lock; x and y do not overlap. A map that needs room names
/// it, `using Scratch = ...`, and takes it last: `t.apply(x, y, scratch)`.
template <class T>
concept Map = requirement::scalar<T> && requirement::map_dimensions<T> && requirement::apply<T>;

/// t.apply, with the scratch that t needs, if any.
template <Map M>
void apply(const M& t, ConstBlockRef<typename M::Scalar> x, BlockRef<typename M::Scalar> y,
           ScratchOf<M>& scratch) {
  if constexpr (requirement::apply_with_scratch<M>)
    t.apply(x, y, scratch);
  else
    t.apply(x, y);
}

namespace detail {

template <class M>
struct TapeType {
  using type = NoScratch;
};

template <class M>
requires requires { typename M::Tape; }
struct TapeType<M> {
  using type = typename M::Tape;
};

}  // namespace detail

/// What a forward pass of M leaves: M::Tape if it names one. So that a map made of others can be
/// asked whether it is trainable.
template <class M>
using TapeOf = typename detail::TapeType<M>::type;

/// A map T_theta with P = parameter_count() parameters in one flat vector, and its two passes.
///
/// `forward(x, y, tape)` is apply that leaves in `tape` what `backward` needs. Given
/// dy = dL/dy, 64 x e, `backward(tape, dy, dtheta, dx)` adds dL/dtheta to dtheta, P, and sets dx,
/// 64 x d, to dL/dx; it may be called again with the same tape. No allocation once the tape has
/// been used. \code
///   struct Scale {                               // a user's map: T(x) = a x
///     using Scalar = double;
///     struct Tape { pf::Lane<double> x; };
///     double a = 1;
///     pf::Index input_dimension() const { return 1; }
///     pf::Index output_dimension() const { return 1; }
///     pf::Index parameter_count() const { return 1; }
///     pf::Vector<double> parameters() const { return pf::Vector<double>::Constant(1, a); }
///     void set_parameters(pf::ConstVectorRef<double> theta) { a = theta[0]; }
///     void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y) const { y = a * x; }
///     void forward(pf::ConstBlockRef<double> x, pf::BlockRef<double> y, Tape& tape) const {
///       tape.x = x.col(0);
///       apply(x, y);
///     }
///     void backward(Tape& tape, pf::ConstBlockRef<double> dy, pf::VectorRef<double> dtheta,
///                   pf::BlockRef<double> dx) const {
///       dtheta[0] += pf::weighted_sum(tape.x, pf::Lane<double>(dy.col(0)));
///       dx = a * dy;
///     }
///   };
/// \endcode
template <class T>
concept TrainableMap = Map<T> && requirement::parameters<T> && requirement::tape<T> &&
    requirement::forward<T> && requirement::backward<T>;

/// The derivative of a trainable map at the x that `tape` has seen: `t.tangent(tape, dx, dy)` sets
/// rows of dy, 64 x e, to J dx, with J = dT/dx and dx 64 x d.
template <class T>
concept HasTangent = TrainableMap<T> &&
    requires(const T& t, typename T::Tape& tape, ConstBlockRef<typename T::Scalar> dx,
             BlockRef<typename T::Scalar> dy) {
  { t.tangent(tape, dx, std::move(dy)) } -> std::same_as<void>;
};

/// As backward, without dtheta: `t.cotangent(tape, dy, dx)` sets dx, 64 x d, to J' dy.
template <class T>
concept HasCotangent = TrainableMap<T> &&
    requires(const T& t, typename T::Tape& tape, ConstBlockRef<typename T::Scalar> dy,
             BlockRef<typename T::Scalar> dx) {
  { t.cotangent(tape, dy, std::move(dx)) } -> std::same_as<void>;
};

/// A trainable map with second derivatives, as a penalty on the gradient in x needs them. With
/// s = sum_i <dy_i, J(x_i) dx_i> over the rows, `t.tangent_backward(tape, dx, dy, dtheta, ddx)`
/// adds ds/dtheta to dtheta, P, and sets ddx, 64 x d, to ds/dx; dx, 64 x d, and dy, 64 x e, are
/// held fixed.
template <class T>
concept HasTangentBackward = HasTangent<T> && HasCotangent<T> &&
    requires(const T& t, typename T::Tape& tape, ConstBlockRef<typename T::Scalar> dx,
             ConstBlockRef<typename T::Scalar> dy, VectorRef<typename T::Scalar> dtheta,
             BlockRef<typename T::Scalar> ddx) {
  { t.tangent_backward(tape, dx, dy, std::move(dtheta), std::move(ddx)) } -> std::same_as<void>;
};

/// A map of one sample: `t.apply_one(x, y, scratch)` sets y, e, to T(x), x d, with the bits of a
/// row of apply. For a caller who wants one sample now; the scratch is NoScratch for a map that
/// names none.
template <class T>
concept HasApplyOne = Map<T> && requires(const T& t, ConstVectorRef<typename T::Scalar> x,
                                         VectorRef<typename T::Scalar> y, ScratchOf<T>& scratch) {
  { t.apply_one(x, std::move(y), scratch) } -> std::same_as<void>;
};

/// A bijection of R^d that knows its volume: `t.apply(x, y, log_det, scratch)` also sets
/// log_det_i = log |det dT/dx (x_i)|, -infinity where T is singular, and `t.inverse(y, x, scratch)`
/// undoes apply. The scratch is NoScratch for a map that names none. \code
///   struct Exp {                                 // a user's invertible map: T(x) = exp(x)
///     using Scalar = double;
///     pf::Index input_dimension() const { return 1; }
///     pf::Index output_dimension() const { return 1; }
///     void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y) const {
///       pf::Lane<double> lane = x.col(0);
///       pf::exp(lane);
///       y.col(0) = lane;
///     }
///     void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y, pf::Lane<double>& log_det,
///                pf::NoScratch&) const {
///       apply(x, y);
///       log_det = x.col(0);
///     }
///     void inverse(pf::ConstBlockRef<double> y, pf::BlockRef<double> x, pf::NoScratch&) const {
///       pf::Lane<double> lane = y.col(0);
///       pf::log(lane);
///       x.col(0) = lane;
///     }
///   };
/// \endcode
template <class T>
concept InvertibleMap = Map<T> && requirement::apply_log_det<T> && requirement::inverse<T>;

/// An invertible map that is trained by its volume too. `forward(x, y, log_det, tape)` is apply
/// that leaves a tape; `backward(tape, dy, dlog_det, dtheta, dx)` takes the gradients of the loss
/// in y, 64 x d, and in log_det, 64, adds dL/dtheta to dtheta, P, and sets dx, 64 x d, to dL/dx.
/// Affine (maps/affine.hpp) is one of a page.
template <class T>
concept TrainableInvertibleMap = InvertibleMap<T> && TrainableMap<T> &&
    requirement::forward_log_det<T> && requirement::backward_log_det<T>;

template <class T>
consteval bool explain_map() {
  static_assert(requirement::scalar<T>, "a map: add public `using Scalar = double;` (or float)");
  static_assert(
      requirement::map_dimensions<T>,
      "a map: add public `Index input_dimension() const` and `Index output_dimension() const`");
  static_assert(
      requirement::apply<T>,
      "a map: add public `void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y) const`");
  return Map<T>;
}

template <class T>
consteval bool explain_trainable_map() {
  static_assert(explain_map<T>());
  static_assert(
      requirement::parameters<T>,
      "a trainable map: add public `Index parameter_count() const`, `Vector<Scalar> parameters() "
      "const` and `void set_parameters(ConstVectorRef<Scalar> theta)`");
  static_assert(requirement::tape<T>,
                "a trainable map: add a public, default-constructible `struct Tape`");
  static_assert(
      requirement::forward<T>,
      "a trainable map: add public `void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, "
      "Tape& tape) const`");
  static_assert(requirement::backward<T>,
                "a trainable map: add public `void backward(Tape& tape, ConstBlockRef<Scalar> dy, "
                "VectorRef<Scalar> dtheta, BlockRef<Scalar> dx) const`");
  return TrainableMap<T>;
}

template <class T>
consteval bool explain_invertible_map() {
  static_assert(explain_map<T>());
  static_assert(
      requirement::apply_log_det<T>,
      "an invertible map: add public `void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, "
      "Lane<Scalar>& log_det, Scratch& scratch) const` (NoScratch if it names none)");
  static_assert(
      requirement::inverse<T>,
      "an invertible map: add public `void inverse(ConstBlockRef<Scalar> y, BlockRef<Scalar> x, "
      "Scratch& scratch) const` (NoScratch if it names none)");
  return InvertibleMap<T>;
}

template <class T>
consteval bool explain_trainable_invertible_map() {
  static_assert(explain_invertible_map<T>() && explain_trainable_map<T>());
  static_assert(requirement::forward_log_det<T>,
                "a trainable invertible map: add public `void forward(ConstBlockRef<Scalar> x, "
                "BlockRef<Scalar> y, Lane<Scalar>& log_det, Tape& tape) const`");
  static_assert(requirement::backward_log_det<T>,
                "a trainable invertible map: add public `void backward(Tape& tape, "
                "ConstBlockRef<Scalar> dy, const Lane<Scalar>& dlog_det, VectorRef<Scalar> dtheta, "
                "BlockRef<Scalar> dx) const`");
  return TrainableInvertibleMap<T>;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
