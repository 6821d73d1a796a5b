#pragma once

#include "pushforward/maps/map.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

namespace requirement {

template <class T>
concept potential = requires(const T& t, const typename T::Tape& tape,
                             Lane<typename T::Scalar>& phi) {
  { t.potential(tape, phi) } -> std::same_as<void>;
};

template <class T>
concept backward_potential = requires(const T& t, typename T::Tape& tape,
                                      const Lane<typename T::Scalar>& dphi,
                                      VectorRef<typename T::Scalar> dtheta) {
  { t.backward_potential(tape, dphi, std::move(dtheta)) } -> std::same_as<void>;
};

}  // namespace requirement

/// A trainable map T = grad phi of R^d that knows its convex potential phi, as an optimal map for
/// the cost |x - y|^2 has one (Brenier 1991).
///
/// After forward(x, y, tape), `potential(tape, phi)` sets phi_i, 64, to phi(x_i), and
/// `backward_potential(tape, dphi, dtheta)` adds sum_i dphi_i dphi(x_i)/dtheta to dtheta, P;
/// it may be called again with the same tape. `inverse(y, x, scratch)` undoes apply, in rows of NaN
/// where it cannot. No allocation once tape and scratch have been used. \code
///   struct Shift {                               // a user's: phi(x) = x^2 / 2 + b x
///     using Scalar = double;
///     struct Tape { pf::Lane<double> x; };
///     double b = 0;
///     pf::Index input_dimension() const { return 1; }
///     pf::Index output_dimension() const { return 1; }
///     pf::Index parameter_count() const { return 1; }
///     pf::Vector<double> parameters() const { return pf::Vector<double>::Constant(1, b); }
///     void set_parameters(pf::ConstVectorRef<double> theta) { b = theta[0]; }
///     void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y) const { y = x + b; }
///     void forward(pf::ConstBlockRef<double> x, pf::BlockRef<double> y, Tape& tape) const {
///       tape.x = x.col(0);
///       apply(x, y);
///     }
///     void backward(Tape&, pf::ConstBlockRef<double> dy, pf::VectorRef<double> dtheta,
///                   pf::BlockRef<double> dx) const {
///       const pf::Lane<double> one = pf::Lane<double>::Ones();
///       dtheta[0] += pf::weighted_sum(one, pf::Lane<double>(dy.col(0)));
///       dx = dy;
///     }
///     void inverse(pf::ConstBlockRef<double> y, pf::BlockRef<double> x, pf::NoScratch&) const {
///       x = y - b;
///     }
///     void potential(const Tape& tape, pf::Lane<double>& phi) const {
///       phi = tape.x * (tape.x / 2 + b);
///     }
///     void backward_potential(Tape& tape, const pf::Lane<double>& dphi,
///                             pf::VectorRef<double> dtheta) const {
///       dtheta[0] += pf::weighted_sum(dphi, tape.x);
///     }
///   };
/// \endcode
template <class T>
concept BrenierMap = TrainableMap<T> && requirement::inverse<T> && requirement::potential<T> &&
    requirement::backward_potential<T>;

template <class T>
consteval bool explain_brenier_map() {
  static_assert(explain_trainable_map<T>());
  static_assert(
      requirement::inverse<T>,
      "the gradient of a convex potential: add public `void inverse(ConstBlockRef<Scalar> y, "
      "BlockRef<Scalar> x, Scratch& scratch) const` (NoScratch if it names none)");
  static_assert(requirement::potential<T>,
                "the gradient of a convex potential: add public `void potential(const Tape& tape, "
                "Lane<Scalar>& phi) const`");
  static_assert(requirement::backward_potential<T>,
                "the gradient of a convex potential: add public `void backward_potential(Tape& "
                "tape, const Lane<Scalar>& dphi, VectorRef<Scalar> dtheta) const`");
  return BrenierMap<T>;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
