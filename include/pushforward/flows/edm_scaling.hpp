#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/vector_math.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pushforward::inline PUSHFORWARD_ISA {

/// c_skip, c_out, c_in and c_noise at a level.
template <Real Scalar>
struct EdmPoint {
  Scalar skip, out, in, noise;
};

/// The scaling of a denoiser D(x, q) = c_skip x + c_out F(c_in x, c_noise) whose network F has
/// inputs and targets of variance 1 at every level q (Karras, Aittala, Aila & Laine 2022, table 1).
/// With r^2 = q^2 + s^2,
///   c_skip = s^2 / r^2,   c_out = q s / r,   c_in = 1 / r,   c_noise = log(q) / 4,
/// and q no less than the least normal number in the last: D(x, 0) = x.
struct EdmScaling {
  double data_deviation = 0.5;  ///< s, positive: of a coordinate of the data

  static constexpr std::string_view kName = "EdmScaling";
  [[nodiscard]] auto description() const { return describe("data_deviation", data_deviation); }
  /// Throws std::domain_error unless the deviation and its square are positive and finite.
  template <Real Scalar>
  void check() const {
    const auto s = static_cast<Scalar>(data_deviation);
    check_positive("EdmScaling", "data_deviation", s);
    check_positive("EdmScaling", "square of data_deviation", s * s);
  }

  template <Real Scalar>
  [[nodiscard]] EdmPoint<Scalar> at(Scalar q) const {
    const auto s = static_cast<Scalar>(data_deviation);
    const Scalar square = q * q + s * s, in = 1 / std::sqrt(square);
    return {s * s / square, q * s * in, in, log(bounded(q)) / 4};
  }
  /// The derivatives in q.
  template <Real Scalar>
  [[nodiscard]] EdmPoint<Scalar> slope(Scalar q) const {
    const auto s = static_cast<Scalar>(data_deviation);
    const Scalar square = q * q + s * s, in = 1 / std::sqrt(square), skip = s * s / square;
    return {-2 * q * in * (in * skip), s * in * skip, -q * in * (in * in),
            q < bounded(q) ? Scalar(0) : 1 / (4 * q)};
  }

 private:
  template <Real Scalar>
  static Scalar bounded(Scalar q) {
    return (std::max)(q, (std::numeric_limits<Scalar>::min)());
  }
};

namespace detail {

/// EdmPoints, or their derivatives, at 64 levels.
template <Real Scalar>
struct EdmLanes {
  Lane<Scalar> skip, out, in, noise;

  template <class Levels>
  EdmLanes(const EdmScaling& scaling, const Eigen::ArrayBase<Levels>& q, bool slope = false) {
    for (Index i = 0; i < kBlockSize; ++i) {
      const EdmPoint<Scalar> c = slope ? scaling.slope(Scalar(q[i])) : scaling.at(Scalar(q[i]));
      skip[i] = c.skip, out[i] = c.out, in[i] = c.in, noise[i] = c.noise;
    }
  }
};

}  // namespace detail

}  // namespace pushforward::inline PUSHFORWARD_ISA
