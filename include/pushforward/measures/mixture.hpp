#pragma once

#include "pushforward/measures/detail/log_sum.hpp"
#include "pushforward/measures/detail/proportions.hpp"
#include "pushforward/measures/measure.hpp"

#include <array>
#include <cmath>
#include <string_view>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The mixture sum_c p_c m_c of measures of one type; p need not sum to one, and a component of
/// weight zero is left out. \code
///   pf::Mixture<pf::Gaussian<double>> two({left, right}, {1, 1});
/// \endcode
template <class Component>
class Mixture {
  static_assert(explain_measure<Component>());

 public:
  using Scalar = typename Component::Scalar;
  static constexpr std::string_view kName = "Mixture";

  /// Room for what one component gives, and for each of them to work in.
  struct Scratch {
    Block<Scalar> part;
    std::vector<ScratchOf<Component>> components;
  };

  /// Throws std::invalid_argument if there is no component, the number of weights or a dimension
  /// differs; std::domain_error unless the weights are finite, none is negative and one is
  /// positive.
  Mixture(std::vector<Component> components, const std::vector<Scalar>& weights) {
    check_count("Mixture", "number of components", components.size());
    check_size("Mixture", "number of weights", Index(weights.size()), Index(components.size()));
    const Eigen::Map<const Vector<Scalar>> given(weights.data(), Index(weights.size()));
    const detail::Proportions<Scalar> check("Mixture", given);
    const Index d = components.front().dimension();
    for (std::size_t c = 0; c < weights.size(); ++c) {
      check_size("Mixture", "dimension of component " + to_text(c), components[c].dimension(), d);
      if (weights[c] == 0) continue;
      components_.push_back(std::move(components[c]));
      weights_.push_back(weights[c]);
    }
    const Eigen::Map<const Vector<Scalar>> kept(weights_.data(), Index(weights_.size()));
    proportions_ = detail::Proportions<Scalar>("Mixture", kept);
  }

  [[nodiscard]] auto description() const {
    return describe("components", components_, "weights", weights_);
  }
  [[nodiscard]] Index dimension() const { return components_.front().dimension(); }
  /// Those of positive weight, and their weights as they were given.
  [[nodiscard]] const std::vector<Component>& components() const { return components_; }
  [[nodiscard]] const std::vector<Scalar>& weights() const { return weights_; }

  /// Sample i is sample i of the component that the first uniform of the stream chooses; each
  /// component has a stream of its own.
  void sample(Key key, std::uint64_t first, BlockRef<Scalar> x, Scratch& scratch) const {
    Eigen::Array<double, kBlockSize, 1> u;
    uniforms<double>(key, first, u);
    std::array<std::size_t, kBlockSize> chosen;
    for (std::size_t i = 0; i < kBlockSize; ++i)
      chosen[i] = static_cast<std::size_t>(proportions_.choose(u[Index(i)]));
    grow(scratch);
    for (std::size_t c = 0; c < components_.size(); ++c) {
      if (std::find(chosen.begin(), chosen.end(), c) == chosen.end()) continue;
      pushforward::sample(components_[c], key.part(static_cast<std::uint32_t>(c)), first,
                          scratch.part, scratch.components[c]);
      for (Index j = 0; j < x.cols(); ++j)
        for (Index i = 0; i < kBlockSize; ++i)
          if (chosen[static_cast<std::size_t>(i)] == c) x(i, j) = scratch.part(i, j);
    }
  }

  /// log sum_c p_c exp(log_density_c), with the largest term taken out.
  void log_density(ConstBlockRef<Scalar> x, Lane<Scalar>& out,
                   Scratch& scratch) const requires HasDensity<Component> {
    out = log_sum(x, scratch, [](std::size_t, const detail::LogSum<Scalar>&) {}).value();
  }

  /// sum_c q_c score_c, with q_c = p_c exp(log_density_c - log_density) the share of component c;
  /// 0 where the density is.
  void score(ConstBlockRef<Scalar> x, BlockRef<Scalar> dx,
             Scratch& scratch) const requires HasDensity<Component> && HasScore<Component> {
    dx.setZero();
    grow(scratch);
    const auto visit = [&](std::size_t c, const detail::LogSum<Scalar>& at) {
      pushforward::score(components_[c], x, scratch.part, scratch.components[c]);
      for (Index j = 0; j < dimension(); ++j)
        dx.col(j) =
            dx.col(j) * at.fade + (at.term > 0).select(at.term * scratch.part.col(j), Scalar(0));
    };
    const Lane<Scalar> sum = log_sum(x, scratch, visit).sum;
    for (Index j = 0; j < dimension(); ++j)
      dx.col(j) = (sum > 0).select(dx.col(j) / sum, Scalar(0));
  }

  /// sum_c p_c E_c exp(i w.Y).
  [[nodiscard]] std::complex<Scalar> characteristic_function(
      ConstVectorRef<Scalar> w) const requires HasCharacteristicFunction<Component> {
    Scalar real = 0, imaginary = 0;
    for (std::size_t c = 0; c < components_.size(); ++c) {
      const std::complex<Scalar> value = components_[c].characteristic_function(w);
      real += share(c) * value.real();
      imaginary += share(c) * value.imag();
    }
    return {real, imaginary};
  }

  /// sum_c p_c E_c exp(-|Y - at|^2 / (2 s^2)).
  [[nodiscard]] Scalar gaussian_mean(ConstVectorRef<Scalar> at,
                                     Scalar s) const requires HasGaussianMean<Component> {
    Scalar sum = 0;
    for (std::size_t c = 0; c < components_.size(); ++c)
      sum += share(c) * components_[c].gaussian_mean(at, s);
    return sum;
  }

 private:
  void grow(Scratch& scratch) const {
    set_size(scratch.part, kBlockSize, dimension());
    scratch.components.resize(components_.size());
  }

  [[nodiscard]] Scalar share(std::size_t c) const { return proportions_.share()[Index(c)]; }

  /// The sum of exp(t_c), t_c = log p_c + log_density_c, in one sweep; visit(c, sum) after each.
  template <class Visit>
  detail::LogSum<Scalar> log_sum(ConstBlockRef<Scalar> x, Scratch& scratch, Visit visit) const {
    detail::LogSum<Scalar> sum;
    Lane<Scalar> t;
    grow(scratch);
    for (std::size_t c = 0; c < components_.size(); ++c) {
      pushforward::log_density(components_[c], x, t, scratch.components[c]);
      t += log(share(c));
      sum.add(t);
      visit(c, sum);
    }
    return sum;
  }

  std::vector<Component> components_;
  std::vector<Scalar> weights_;
  detail::Proportions<Scalar> proportions_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
