#pragma once

#include "pushforward/core/check.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/vector_math.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

/// \file
/// Paths from noise x0 to data x1: x_t = a(t) x0 + b(t) x1.

namespace pushforward::inline PUSHFORWARD_ISA {

/// a(t), b(t) and their derivatives.
template <Real Scalar>
struct PathPoint {
  Scalar a, b, da, db;
};

/// The straight line: a = 1 - t, b = t. Noise at t = 0, data at t = 1 (Lipman, Chen, Ben-Hamu,
/// Nickel & Le 2023; Liu, Gong & Liu 2023).
struct LinearPath {
  static constexpr std::string_view kName = "LinearPath";
  static constexpr double kLast = 1;
  template <Real Scalar>
  [[nodiscard]] PathPoint<Scalar> at(Scalar t) const {
    return {1 - t, t, -1, 1};
  }
};

/// a^2 + b^2 = 1: b = exp(-A), A the integral of beta / 2 from t to 1, and beta the rate of noise,
/// which falls linearly from beta_max at t = 0 to beta_min at t = 1 (Song, Sohl-Dickstein, Kingma,
/// Kumar, Ermon & Poole 2021, with 1 - t for their t). Data at t = 1, and all but noise at t = 0,
/// where b = exp(-(beta_min + beta_max) / 4): .0066.
///
/// At t = 1, a falls as sqrt(1 - t) and a' is not bounded; there both are at the least that keeps
/// a a' = -b b'.
struct VariancePreserving {
  double beta_min = 0.1;  ///< positive
  double beta_max = 20;   ///< positive

  static constexpr std::string_view kName = "VariancePreserving";
  static constexpr double kLast = 1;
  [[nodiscard]] auto description() const {
    return describe("beta_min", beta_min, "beta_max", beta_max);
  }
  /// Throws std::domain_error unless both rates are positive and finite.
  template <Real Scalar>
  void check() const {
    check_positive("VariancePreserving", "beta_min", static_cast<Scalar>(beta_min));
    check_positive("VariancePreserving", "beta_max", static_cast<Scalar>(beta_max));
  }

  /// a^2 = 1 - exp(-2 A) = 2 h / (1 + h), h = tanh(A), which has all its digits where A is small.
  template <Real Scalar>
  [[nodiscard]] PathPoint<Scalar> at(Scalar t) const {
    const auto low = static_cast<Scalar>(beta_min), high = static_cast<Scalar>(beta_max);
    const Scalar s = 1 - t, beta = low + s * (high - low);
    const Scalar integral = s * (low + beta) / 4, h = tanh(integral);
    const Scalar a = std::sqrt((std::max)(2 * h / (1 + h), (std::numeric_limits<Scalar>::min)()));
    const Scalar b = exp(-integral), db = b * beta / 2;
    return {a, b, -b * db / a, db};
  }
};

/// a = q, b = 1: data and noise of level q, which stands for t and runs down from a level at which
/// the data do not show to 0 (Karras, Aittala, Aila & Laine 2022).
struct VarianceExploding {
  static constexpr std::string_view kName = "VarianceExploding";
  static constexpr double kLast = std::numeric_limits<double>::infinity();
  template <Real Scalar>
  [[nodiscard]] PathPoint<Scalar> at(Scalar q) const {
    return {q, 1, 1, 0};
  }
};

namespace requirement {

template <class T>
concept path_end = std::same_as<decltype(T::kLast), const double>;

template <class T>
concept path_point = requires(const T& path) {
  { path.at(float()) } -> std::same_as<PathPoint<float>>;
  { path.at(double()) } -> std::same_as<PathPoint<double>>;
};

}  // namespace requirement

/// A path x_t = a(t) x0 + b(t) x1 for 0 <= t <= kLast: `path.at(t)` gives a, b, a' and b', finite
/// and with a b' != a' b in between. It takes no libm, so that pairs have the same bits everywhere.
/// If it has settings, `check<Scalar>()` throws unless they are in range. \code
///   struct SphericalPath {                       // a user's: a quarter of a circle
///     static constexpr std::string_view kName = "SphericalPath";
///     static constexpr double kLast = 1;
///     template <class Scalar>
///     pf::PathPoint<Scalar> at(Scalar t) const {
///       const Scalar quarter = std::numbers::pi_v<Scalar> / 2;
///       Scalar s, c;
///       pf::sincos(quarter * t, s, c);
///       return {c, s, -quarter * s, quarter * c};
///     }
///   };
/// \endcode
template <class T>
concept Path = requirement::path_end<T> && requirement::path_point<T>;

template <class T>
consteval bool explain_path() {
  static_assert(requirement::path_end<T>,
                "a path: add public `static constexpr double kLast = 1;`, where t ends");
  static_assert(requirement::path_point<T>,
                "a path: add public `template <Real Scalar> PathPoint<Scalar> at(Scalar t) const`");
  return Path<T>;
}

/// What is asked about a point of the path: c0 x0 + c1 x1.
template <Real Scalar>
struct Combination {
  Scalar c0, c1;
};

/// The velocity a' x0 + b' x1.
struct PredictVelocity {
  static constexpr std::string_view kName = "PredictVelocity";
  template <Real Scalar>
  [[nodiscard]] Combination<Scalar> of(const PathPoint<Scalar>& at) const {
    return {at.da, at.db};
  }
};

/// The data x1: what a denoiser gives.
struct PredictData {
  static constexpr std::string_view kName = "PredictData";
  template <Real Scalar>
  [[nodiscard]] Combination<Scalar> of(const PathPoint<Scalar>&) const {
    return {0, 1};
  }
};

/// The noise x0.
struct PredictNoise {
  static constexpr std::string_view kName = "PredictNoise";
  template <Real Scalar>
  [[nodiscard]] Combination<Scalar> of(const PathPoint<Scalar>&) const {
    return {1, 0};
  }
};

/// -x0 / a, whose mean given x_t is the score grad log p_t if x0 ~ N(0, I) is independent of x1
/// (Vincent 2011).
struct PredictScore {
  static constexpr std::string_view kName = "PredictScore";
  template <Real Scalar>
  [[nodiscard]] Combination<Scalar> of(const PathPoint<Scalar>& at) const {
    return {-1 / at.a, 0};
  }
};

/// What is predicted of the ends of a path, given x_t: `prediction.of(path.at(t))` gives c0 and c1
/// of c0 x0 + c1 x1.
template <class T>
concept Prediction = requires(const T& t, PathPoint<float> one, PathPoint<double> two) {
  { t.of(one) } -> std::same_as<Combination<float>>;
  { t.of(two) } -> std::same_as<Combination<double>>;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
