#pragma once

#include "pushforward/core/check.hpp"

#include <algorithm>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// Probabilities in proportion to weights, which need not sum to one.
template <Real Scalar>
class Proportions {
 public:
  Proportions() = default;

  /// Throws std::invalid_argument if there is no weight, std::domain_error unless the weights are
  /// finite, none is negative and one is positive; `function` is what the error names.
  Proportions(std::string_view function, ConstVectorRef<Scalar> weights)
      : share_(weights.size()), below_(weights.size()) {
    check_count(function, "number of weights", weights.size());
    Scalar largest = 0;
    for (Index i = 0; i < weights.size(); ++i) {
      check_domain(is_finite(weights[i]) && weights[i] >= 0, function,
                   "weights[" + to_text(i) + "]", weights[i], "finite and at least 0");
      largest = (std::max)(largest, weights[i]);
      if (weights[i] > 0) last_ = i;
    }
    check_domain(largest > 0, function, "largest weight", largest, "positive");
    for (Index i = 0; i < weights.size(); ++i) {
      below_[i] = total_;
      total_ += static_cast<double>(weights[i] / largest);
    }
    for (Index i = 0; i < weights.size(); ++i)
      share_[i] = static_cast<Scalar>(static_cast<double>(weights[i] / largest) / total_);
  }

  [[nodiscard]] Index size() const { return share_.size(); }
  [[nodiscard]] const Vector<Scalar>& share() const { return share_; }

  /// The i that u in (0, 1) falls to: each has an interval of length share_i, 0 of which are none.
  [[nodiscard]] Index choose(double u) const {
    const double* const second = below_.data() + 1;
    return std::upper_bound(second, below_.data() + last_ + 1, u * total_) - second;
  }

 private:
  Vector<Scalar> share_;
  Vector<double> below_;  ///< sum of the weights before i, in units of the largest
  double total_ = 0;
  Index last_ = 0;  ///< that has a weight
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
