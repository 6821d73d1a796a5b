#pragma once

#include "pushforward/core/concepts.hpp"
#include "pushforward/core/stack_block.hpp"

#include <cmath>
#include <vector>

namespace pushforward {

/// The mixture sum_c p_c m_c of measures of one type; p need not sum to one, and a component of
/// weight zero is left out. \code
///   pf::Mixture<pf::Gaussian<double>> two({left, right}, {1, 1});
/// \endcode
template <class Component>
class Mixture {
  static_assert(explain_measure<Component>());

 public:
  using Scalar = typename Component::Scalar;

  /// Throws std::invalid_argument if there is no component, the number of weights or a dimension
  /// differs, or a dimension exceeds kMaxStackDimension; std::domain_error unless the weights are
  /// finite, none is negative and one is positive.
  Mixture(std::vector<Component> components, const std::vector<Scalar>& weights) {
    check_count("Mixture", "number of components", components.size());
    check_size("Mixture", "number of weights", Index(weights.size()), Index(components.size()));
    const Index d = components.front().dimension();
    StackBlock<Scalar>::check_dimension("Mixture", d);
    Scalar sum = 0;
    for (std::size_t c = 0; c < weights.size(); ++c) {
      check_size("Mixture", "dimension of component " + to_text(c), components[c].dimension(), d);
      check_domain(is_finite(weights[c]) && weights[c] >= 0, "Mixture",
                   "weights[" + to_text(c) + "]", weights[c], "finite and at least 0");
      sum += weights[c];
    }
    check_domain(is_finite(sum) && sum > 0, "Mixture", "sum of weights", sum,
                 "finite and positive");
    for (std::size_t c = 0; c < weights.size(); ++c) {
      if (weights[c] == 0) continue;
      components_.push_back(std::move(components[c]));
      weights_.push_back(weights[c] / sum);
    }
  }

  [[nodiscard]] Index dimension() const { return components_.front().dimension(); }

  /// Sample i is sample i of the component that the first uniform of the stream chooses.
  void sample(Key key, std::uint64_t first, BlockRef<Scalar> x) const {
    Eigen::Array<Scalar, kBlockSize, 1> choice;
    uniforms<Scalar>(key, first, choice);
    StackBlock<Scalar> stack;
    auto draw = stack.columns(dimension());
    Scalar below = 0;
    for (std::size_t c = 0; c < components_.size(); ++c) {
      const bool last = c + 1 == components_.size();
      const Scalar above = below + weights_[c];
      components_[c].sample(key.part(static_cast<std::uint32_t>(c)), first, draw);
      for (Index i = 0; i < kBlockSize; ++i)
        if (choice(i, 0) >= below && (last || choice(i, 0) < above)) x.row(i) = draw.row(i);
      below = above;
    }
  }

  /// log sum_c p_c exp(log_density_c), with the largest term taken out.
  void log_density(ConstBlockRef<Scalar> x,
                   Lane<Scalar>& out) const requires HasDensity<Component> {
    Lane<Scalar> share;
    log_density_and_share(x, 0, out, share);
  }

  /// sum_c q_c score_c, with q_c = p_c exp(log_density_c - log_density) the share of component c.
  void score(ConstBlockRef<Scalar> x, BlockRef<Scalar> dx) const requires HasDensity<Component> {
    StackBlock<Scalar> stack;
    auto part = stack.columns(dimension());
    dx.setZero();
    for (std::size_t c = 0; c < components_.size(); ++c) {
      Lane<Scalar> density, share;
      log_density_and_share(x, c, density, share);
      components_[c].score(x, part);
      dx += part.colwise() * share;
    }
  }

  /// sum_c p_c E_c exp(i w.Y).
  [[nodiscard]] std::complex<Scalar> characteristic_function(
      ConstVectorRef<Scalar> w) const requires HasCharacteristicFunction<Component> {
    std::complex<Scalar> sum = 0;
    for (std::size_t c = 0; c < components_.size(); ++c)
      sum += weights_[c] * components_[c].characteristic_function(w);
    return sum;
  }

  /// sum_c p_c E_c exp(-|Y - at|^2 / (2 s^2)).
  [[nodiscard]] Scalar gaussian_mean(ConstVectorRef<Scalar> at,
                                     Scalar s) const requires HasGaussianMean<Component> {
    Scalar sum = 0;
    for (std::size_t c = 0; c < components_.size(); ++c)
      sum += weights_[c] * components_[c].gaussian_mean(at, s);
    return sum;
  }

 private:
  void log_density_and_share(ConstBlockRef<Scalar> x, std::size_t which, Lane<Scalar>& density,
                             Lane<Scalar>& share) const {
    const auto term = [&](std::size_t c) {
      Lane<Scalar> log_density;
      components_[c].log_density(x, log_density);
      return Lane<Scalar>(log_density + std::log(weights_[c]));
    };
    Lane<Scalar> largest = term(0);
    for (std::size_t c = 1; c < components_.size(); ++c) largest = largest.max(term(c));
    largest = largest.max((std::numeric_limits<Scalar>::lowest)());
    const auto relative = [&](std::size_t c) {
      Lane<Scalar> value = term(c) - largest;
      exp(value);  // 0 at -infinity, which Eigen's is not
      return value;
    };
    Lane<Scalar> sum = Lane<Scalar>::Zero();
    for (std::size_t c = 0; c < components_.size(); ++c) sum += relative(c);
    density = sum;
    log(density);
    density += largest;
    share = (sum > 0).select(relative(which) / sum, Scalar(0));
  }

  std::vector<Component> components_;
  std::vector<Scalar> weights_;
};

}  // namespace pushforward
