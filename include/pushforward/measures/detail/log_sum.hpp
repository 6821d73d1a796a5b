#pragma once

#include "pushforward/core/vector_math.hpp"

#include <limits>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// log sum_c exp(t_c) in each lane, term after term, in units of the largest so far. Other sums
/// over exp(t_c) are kept in the same unit: s = s * fade + term * value after each add.
template <Real Scalar>
struct LogSum {
  Lane<Scalar> largest = Lane<Scalar>::Constant(std::numeric_limits<Scalar>::lowest());
  Lane<Scalar> sum = Lane<Scalar>::Zero();
  Lane<Scalar> fade, term;  ///< by what sums so far fade, and exp(t_c), in the new unit

  void add(const Lane<Scalar>& t) {
    const Lane<Scalar> one = Lane<Scalar>::Ones();
    Lane<Scalar> smaller = -(t - largest).abs();
    exp(smaller);
    const auto grows = (t > largest).eval();
    fade = grows.select(smaller, one);
    term = grows.select(one, smaller);
    sum = sum * fade + term;
    largest = grows.select(t, largest);
  }

  [[nodiscard]] Lane<Scalar> value() const {
    Lane<Scalar> log_sum = sum;
    log(log_sum);
    return log_sum + largest;
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
