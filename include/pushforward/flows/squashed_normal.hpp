#pragma once

#include "pushforward/measures/measure.hpp"

/// \file
/// Laws of times and of noise levels, beside Uniform.

namespace pushforward::inline PUSHFORWARD_ISA {

namespace detail {

struct ExpOf {
  static constexpr std::string_view kName = "LogNormal";
  template <Real Scalar>
  void operator()(Lane<Scalar>& x) const {
    exp(x);
  }
};

struct LogisticOf {
  static constexpr std::string_view kName = "LogitNormal";
  template <Real Scalar>
  void operator()(Lane<Scalar>& x) const {
    logistic(x);
  }
};

}  // namespace detail

/// The law of f(mean + deviation Z) on the line, Z ~ N(0, 1): LogNormal or LogitNormal.
template <Real S, class F>
class SquashedNormal {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = F::kName;

  /// Throws std::domain_error unless the mean is finite and the deviation positive and finite.
  SquashedNormal(Scalar mean, Scalar deviation) : mean_(mean), deviation_(deviation) {
    check_domain(is_finite(mean), kName, "mean", mean, "finite");
    check_positive(kName, "deviation", deviation);
  }

  [[nodiscard]] auto description() const {
    return describe("mean", mean_, "deviation", deviation_);
  }
  [[nodiscard]] Index dimension() const { return 1; }

  void sample(Key key, std::uint64_t first, BlockRef<Scalar> x) const {
    normals<Scalar>(key, first, x);
    squash(x);
  }

  /// f(mean + deviation Phi^-1(u)).
  void quantile(ConstBlockRef<Scalar> u, BlockRef<Scalar> x) const {
    Lane<Scalar> lane = u.col(0);
    normal_quantile(lane);
    x.col(0) = lane;
    squash(x);
  }

 private:
  void squash(BlockRef<Scalar> x) const {
    Lane<Scalar> lane = mean_ + deviation_ * x.col(0);
    F{}(lane);
    x.col(0) = lane;
  }

  Scalar mean_, deviation_;
};

/// q = exp(mean + deviation Z): noise levels, -1.2 and 1.2 for data of deviation .5 in Karras et
/// al. 2022.
template <Real Scalar>
using LogNormal = SquashedNormal<Scalar, detail::ExpOf>;

/// t = 1 / (1 + exp(-mean - deviation Z)): more times from the middle of (0, 1) (Esser et al. 2024,
/// 0 and 1).
template <Real Scalar>
using LogitNormal = SquashedNormal<Scalar, detail::LogisticOf>;

}  // namespace pushforward::inline PUSHFORWARD_ISA
