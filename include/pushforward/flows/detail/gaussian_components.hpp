#pragma once

#include "pushforward/core/detail/orthogonal_columns.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/mixture.hpp"

#include <concepts>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// p N(m, Q diag(v) Q'), a component of a target.
template <Real Scalar>
struct GaussianComponent {
  Scalar log_weight;         ///< log p
  Vector<Scalar> mean;       ///< m, d
  Matrix<Scalar> axes;       ///< Q, or empty: I
  Vector<Scalar> variances;  ///< v, or one number: all are the same
};

template <Real Scalar>
void add_component(const Gaussian<Scalar>& gaussian, Scalar weight,
                   std::vector<GaussianComponent<Scalar>>& components) {
  const Matrix<Scalar>& factor = gaussian.factor();
  GaussianComponent<Scalar> c{log(weight), gaussian.mean(), {}, {}};
  if (factor.isDiagonal(0)) {
    const Vector<Scalar> deviations = factor.diagonal();
    const bool round = (deviations.array() == deviations[0]).all();
    c.variances = deviations.head(round ? 1 : deviations.size()).cwiseAbs2();
  } else {
    const PrincipalAxes<double> principal(factor.template cast<double>());
    c.axes = principal.axes.template cast<Scalar>();
    c.variances = principal.variances.template cast<Scalar>();
  }
  components.push_back(std::move(c));
}

template <Real Scalar>
void add_components(const Gaussian<Scalar>& target,
                    std::vector<GaussianComponent<Scalar>>& components) {
  add_component(target, Scalar(1), components);
}

template <Real Scalar>
void add_components(const Mixture<Gaussian<Scalar>>& target,
                    std::vector<GaussianComponent<Scalar>>& components) {
  const auto& weights = target.weights();
  const Proportions<Scalar> p("Mixture", Eigen::Map<const Vector<Scalar>>(
                                             weights.data(), static_cast<Index>(weights.size())));
  for (std::size_t c = 0; c < weights.size(); ++c)
    add_component(target.components()[c], p.share()[static_cast<Index>(c)], components);
}

/// Atoms: Gaussians without variance.
template <Real Scalar>
void add_components(const Empirical<Scalar>& target,
                    std::vector<GaussianComponent<Scalar>>& components) {
  for (Index b = 0; b < target.data().blocks(); ++b) {
    const Lane<Scalar> weight = target.weight(b);
    for (Index i = 0; i < kBlockSize; ++i)
      if (weight[i] > 0)
        components.push_back({log(weight[i]),
                              target.data().block(b).row(i).matrix().transpose(),
                              {},
                              Vector<Scalar>::Zero(1)});
  }
}

/// A law that is a sum of those: Gaussian, a Mixture of them, or Empirical.
template <class T>
concept GaussianTarget = requires(const T& target,
                                  std::vector<GaussianComponent<typename T::Scalar>>& components) {
  add_components(target, components);
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
