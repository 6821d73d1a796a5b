#pragma once

#include "pushforward/maps/affine.hpp"
#include "pushforward/transport/gelbrich.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

/// The affine map that costs what gelbrich_bound() says: the optimal one between Gaussian laws, and
/// of any two samples the gradient of a convex potential that takes the mean and covariance of x to
/// those of y (Olkin & Pukelsheim, Linear Algebra and its Applications 48, 1982),
///
/// \f$ T(x) = m_2 + A (x - m_1), \qquad A = L_1'^{-1} (L_1' S_2 L_1)^{1/2} L_1^{-1}
///     = A', \quad A S_1 A = S_2. \f$
///
/// It is the baseline of a map between them, and what one can start from: \code
///   const pf::Affine<double> best = pf::gelbrich_map(x, y);
/// \endcode
/// A is singular where S_2 is. Arguments, scalars and cost are those of gelbrich_bound(), and the
/// map has the scalar of x. Throws as it does, and std::domain_error if the covariance of x is
/// singular to rounding.
template <class X, class Y>
[[nodiscard]] Affine<typename X::Scalar> gelbrich_map(const AnyMatrix<X>& x,
                                                      const AnyMatrix<Y>& y) {
  using Scalar = typename X::Scalar;
  const detail::TwoSamples samples("gelbrich_map", x, y);
  const detail::MeanAndFactor<double> from(samples.x()), to(samples.y());
  const Index d = from.mean.size();
  Vector<double> variances(d);  // s, along the principal axes of x: L_1'^-1 = L_1 diag(1 / s)
  Matrix<double> product(d, d), a = Matrix<double>::Zero(d, d);
  for (Index k = 0; k < d; ++k) {
    variances[k] = detail::dot<double>(from.factor.col(k), from.factor.col(k));
    detail::multiply_transposed<double>(from.factor, to.factor.col(k), product.col(k));
  }
  const double largest = variances.maxCoeff(),
               flat = largest > 0 ? variances.minCoeff() / largest : 0;
  check_domain(flat > 1e-14, "gelbrich_map", "least variance of x along an axis over the largest",
               flat, "more than 1e-14");
  const auto add = [d](double factor, ConstVectorRef<double> term, VectorRef<double> sum) {
    for (Index i = 0; i < d; ++i) sum[i] += factor * term[i];
  };
  detail::make_columns_orthogonal(product);  // U diag(r), r the roots of those of L_1' S_2 L_1
  for (Index j = 0; j < d; ++j) {
    const double r = detail::norm<double>(product.col(j));
    Vector<double> g = Vector<double>::Zero(d);  // L_1'^-1 u_j
    for (Index k = 0; r > 0 && k < d; ++k)
      add(product(k, j) / r / variances[k], from.factor.col(k), g);
    for (Index k = 0; k < d; ++k) g[k] *= std::sqrt(r);
    for (Index k = 0; k < d; ++k) add(g[k], g, a.col(k));
  }
  Vector<double> shift = to.mean;
  for (Index k = 0; k < d; ++k) add(-from.mean[k], a.col(k), shift);
  for (Index k = 0; k < d; ++k) shift[k] = samples.unscaled(shift[k]);
  return Affine<Scalar>(a.template cast<Scalar>(), shift.template cast<Scalar>());
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
