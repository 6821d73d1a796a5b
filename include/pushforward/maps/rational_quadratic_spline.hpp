#pragma once

#include "pushforward/core/detail/elementary.hpp"
#include "pushforward/core/vector_math.hpp"
#include "pushforward/maps/map.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// An increasing map of the line, a monotone rational-quadratic spline (Gregory & Delbourgo 1982;
/// Durkan, Bekasov, Murray & Papamakarios 2019): through knots (x_k, y_k) with slopes d_k > 0,
/// k = 0 .. K. With w, h the width and height of the bin, s = h / w, r = (x - x_k) / w and
/// u = r (1 - r),
///   T(x) = y_k + h (s r^2 + d_k u) / (s + (d_k + d_(k+1) - 2 s) u),
/// and beyond the knots T goes on with the slope of the last one. T is continuously differentiable;
/// it and its inverse are closed.
///
/// Any vector is one of parameters: [x_0 y_0 log w log h log d], 3 K + 3 numbers.
template <Real S>
class RationalQuadraticSpline {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = "RationalQuadraticSpline";
  struct Tape {
    Lane<Scalar> x;
    Matrix<Scalar> sums;  ///< (K + 1) x 5: dL/d(x_k, y_k), and along log w_k, log h_k, log d_k
  };

  /// Throws std::invalid_argument unless theta has 3 K + 3 entries for some K >= 1,
  /// std::domain_error if one is not finite.
  explicit RationalQuadraticSpline(Vector<Scalar> theta) : theta_(std::move(theta)) {
    check_argument(theta_.size() >= 6 && theta_.size() % 3 == 0, "RationalQuadraticSpline",
                   "size of theta", theta_.size(), "3 K + 3 for K bins, K at least 1");
    check_finite("RationalQuadraticSpline", "theta", theta_);
    update();
  }

  /// Through K + 1 given knots. Throws std::invalid_argument unless there are at least two, and as
  /// many x, y and slopes; std::domain_error unless x and y increase by finite steps and the slopes
  /// are positive and finite.
  RationalQuadraticSpline(const Vector<Scalar>& x, const Vector<Scalar>& y,
                          const Vector<Scalar>& slopes) {
    const Index bins = x.size() - 1;
    check_argument(bins >= 1, "RationalQuadraticSpline", "number of knots", x.size(), "at least 2");
    check_size("RationalQuadraticSpline", "size of y", y.size(), x.size());
    check_size("RationalQuadraticSpline", "size of slopes", slopes.size(), x.size());
    check_finite("RationalQuadraticSpline", "x", x);
    check_finite("RationalQuadraticSpline", "y", y);
    theta_.resize(3 * bins + 3);
    theta_[0] = x[0];
    theta_[1] = y[0];
    const auto positive = [](const char* name, Index k, Scalar value) {
      check_positive("RationalQuadraticSpline", name + ("[" + to_text(k) + "]"), value);
      return log(value);
    };
    for (Index k = 0; k < bins; ++k) {
      theta_[2 + k] = positive("width", k, x[k + 1] - x[k]);
      theta_[2 + bins + k] = positive("height", k, y[k + 1] - y[k]);
    }
    for (Index k = 0; k <= bins; ++k) theta_[2 + 2 * bins + k] = positive("slopes", k, slopes[k]);
    update();
  }

  /// Through K + 1 given knots, with slopes that follow them: the harmonic mean of the two chords'
  /// slopes, weighted by the widths as Fritsch & Butland (1984) do; that of the chord at the ends.
  RationalQuadraticSpline(const Vector<Scalar>& x, const Vector<Scalar>& y)
      : RationalQuadraticSpline(x, y, chord_slopes(x, y)) {}

  /// That takes the standard Gaussian to the law of `samples`, in any order: K + 1 knots at equal
  /// probabilities p_k = (k + 1/2) / (K + 1), x_k = Phi^-1(p_k) and y_k the samples' quantile,
  /// which is interpolated. Where samples are equal, a bin is as high as 1e-6 of their range at
  /// least. Throws std::invalid_argument unless there is a sample and bins is at least 1,
  /// std::domain_error unless samples and their range are finite. Cost: n log n.
  [[nodiscard]] static RationalQuadraticSpline of(ConstVectorRef<Scalar> samples, Index bins) {
    check_count("RationalQuadraticSpline::of", "number of samples", samples.size());
    check_count("RationalQuadraticSpline::of", "bins", bins);
    check_finite("RationalQuadraticSpline::of", "samples", samples);
    std::vector<Scalar> sorted(samples.begin(), samples.end());
    std::sort(sorted.begin(), sorted.end());
    const Scalar range = sorted.back() - sorted.front();
    check_domain(is_finite(range), "RationalQuadraticSpline::of", "range of the samples", range,
                 "finite");
    const Scalar size = (std::max)({range, std::abs(sorted.back()), Scalar(1e-30)});
    const Scalar least =
        (std::max)(Scalar(1e-6) * range, 4 * std::numeric_limits<Scalar>::epsilon() * size);
    const auto last = static_cast<double>(sorted.size() - 1);
    Vector<Scalar> x(bins + 1), y(bins + 1);
    for (Index k = 0; k <= bins; ++k) {
      const double p = (double(k) + 0.5) / double(bins + 1);
      const double place = (std::clamp)(p * (last + 1) - 0.5, 0.0, last);
      const auto below = static_cast<std::size_t>(place);
      const Scalar next = sorted[(std::min)(below + 1, sorted.size() - 1)];
      x[k] = static_cast<Scalar>(normal_quantile(p));
      y[k] = sorted[below] + static_cast<Scalar>(place - double(below)) * (next - sorted[below]);
      if (k > 0) y[k] = (std::max)(y[k], y[k - 1] + least);
    }
    return RationalQuadraticSpline(x, y);
  }

  [[nodiscard]] auto description() const { return describe("theta", theta_); }
  [[nodiscard]] Index bins() const { return x_.size() - 1; }
  /// K + 1 each.
  [[nodiscard]] const Vector<Scalar>& x() const { return x_; }
  [[nodiscard]] const Vector<Scalar>& y() const { return y_; }
  [[nodiscard]] const Vector<Scalar>& slopes() const { return slopes_; }
  [[nodiscard]] Index input_dimension() const { return 1; }
  [[nodiscard]] Index output_dimension() const { return 1; }
  [[nodiscard]] Index parameter_count() const { return theta_.size(); }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return theta_; }

  /// Throws std::invalid_argument unless theta has parameter_count() entries.
  void set_parameters(ConstVectorRef<Scalar> theta) {
    check_size("RationalQuadraticSpline::set_parameters", "size of theta", theta.size(),
               theta_.size());
    theta_ = theta;
    update();
  }

  /// Cost: log K comparisons and some ten operations a sample.
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y) const {
    for (Index i = 0; i < kBlockSize; ++i) y(i, 0) = at(x(i, 0)).y;
  }
  void apply_one(ConstVectorRef<Scalar> x, VectorRef<Scalar> y, NoScratch&) const {
    y[0] = at(x[0]).y;
  }
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det, NoScratch&) const {
    for (Index i = 0; i < kBlockSize; ++i) {
      const Place place = at(x(i, 0));
      y(i, 0) = place.y;
      log_det[i] = place.slope;
    }
    log(log_det);
  }
  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Tape& tape) const {
    tape.x = x.col(0);
    set_size(tape.sums, bins() + 1, 5);
    apply(x, y);
  }
  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det,
               Tape& tape) const {
    NoScratch none;
    forward(x, y, tape);
    apply(x, y, log_det, none);
  }

  /// dy = T'(x) dx.
  void tangent(Tape& tape, ConstBlockRef<Scalar> dx, BlockRef<Scalar> dy) const {
    for (Index i = 0; i < kBlockSize; ++i) dy(i, 0) = at(tape.x[i]).slope * dx(i, 0);
  }
  void cotangent(Tape& tape, ConstBlockRef<Scalar> dy, BlockRef<Scalar> dx) const {
    backward(tape, dy, nullptr, nullptr, dx);
  }
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dx) const {
    backward(tape, dy, nullptr, dtheta.data(), dx);
  }
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, const Lane<Scalar>& dlog_det,
                VectorRef<Scalar> dtheta, BlockRef<Scalar> dx) const {
    backward(tape, dy, dlog_det.data(), dtheta.data(), dx);
  }

  /// r is the root in [0, 1) of a quadratic equation: with v = (y - y_k) / h and
  /// b = d_k / s - v ((d_k + d_(k+1)) / s - 2),
  ///   (1 - b) r^2 + b r - v = 0.
  void inverse(ConstBlockRef<Scalar> y, BlockRef<Scalar> x, NoScratch&) const {
    for (Index i = 0; i < kBlockSize; ++i) {
      const Index k = bin(y_, y(i, 0));
      if (k < 0 || k == bins()) {
        const Index end = (std::max)(k, Index(0));
        x(i, 0) = x_[end] + (y(i, 0) - y_[end]) / slopes_[end];
        continue;
      }
      const Scalar w = x_[k + 1] - x_[k], h = y_[k + 1] - y_[k], s = h / w;
      const Scalar v = (y(i, 0) - y_[k]) / h, d = slopes_[k] / s, next = slopes_[k + 1] / s;
      const Scalar b = d - v * (d + next - 2), a = 1 - b;
      x(i, 0) = x_[k] + w * (2 * v / (b + std::sqrt((std::max)(b * b + 4 * a * v, Scalar(0)))));
    }
  }

 private:
  /// T and T' at x, in bin k, at r of it; k = -1 below the knots and K above.
  struct Place {
    Index k;
    Scalar r, y, slope;
  };

  /// The k with knots[k] <= at < knots[k + 1]; NaN is above.
  [[nodiscard]] Index bin(const Vector<Scalar>& knots, Scalar at) const {
    return std::upper_bound(knots.begin(), knots.end(), at) - knots.begin() - 1;
  }

  [[nodiscard]] Place at(Scalar x) const {
    const Index k = bin(x_, x);
    if (k < 0 || k == bins()) {
      const Index end = (std::max)(k, Index(0));
      return {k, 0, y_[end] + slopes_[end] * (x - x_[end]), slopes_[end]};
    }
    const Scalar w = x_[k + 1] - x_[k], h = y_[k + 1] - y_[k], s = h / w;
    const Scalar r = (x - x_[k]) / w, u = r * (1 - r), d = slopes_[k], next = slopes_[k + 1];
    const Scalar below = s + (d + next - 2 * s) * u, ratio = s / below;
    return {k, r, y_[k] + h * ((s * r * r + d * u) / below),
            ratio * ratio * (next * r * r + 2 * s * u + d * (1 - r) * (1 - r))};
  }

  /// With g = (s r^2 + d_k u) / below, T = y_k + h g, and l = log T'
  ///   = 2 log s + log above - 2 log below, above = d_(k+1) r^2 + 2 s u + d_k (1 - r)^2,
  /// r falls with x_k and log w, s with log w, and grows with log h. `dlog_det` and `dtheta` may be
  /// null.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, const Scalar* dlog_det, Scalar* dtheta,
                BlockRef<Scalar> dx) const {
    tape.sums.setZero();
    for (Index i = 0; i < kBlockSize; ++i) {
      const Place place = at(tape.x[i]);
      const Scalar a = dy(i, 0), b = dlog_det != nullptr ? dlog_det[i] : Scalar(0);
      const Index k = place.k;
      dx(i, 0) = a * place.slope;
      if (k < 0 || k == bins()) {
        const Index end = (std::max)(k, Index(0));
        tape.sums(end, 0) -= a * place.slope;
        tape.sums(end, 1) += a;
        tape.sums(end, 4) += a * slopes_[end] * (tape.x[i] - x_[end]) + b;
        continue;
      }
      const Scalar w = x_[k + 1] - x_[k], h = y_[k + 1] - y_[k], s = h / w;
      const Scalar r = place.r, u = r * (1 - r), d = slopes_[k], next = slopes_[k + 1];
      const Scalar below = s + (d + next - 2 * s) * u, g = (s * r * r + d * u) / below;
      const Scalar above = next * r * r + 2 * s * u + d * (1 - r) * (1 - r);
      const Scalar g_s = (r * r - g * (1 - 2 * u)) / below;
      const Scalar l_s = 2 / s + 2 * u / above - 2 * (1 - 2 * u) / below;
      const Scalar l_r = 2 * (next * r + s * (1 - 2 * r) - d * (1 - r)) / above -
                         2 * (d + next - 2 * s) * (1 - 2 * r) / below;
      const Scalar along_x = a * place.slope + b * l_r / w;
      const Scalar along_s = s * (a * h * g_s + b * l_s);
      if (dlog_det != nullptr) dx(i, 0) = along_x;
      tape.sums(k, 0) -= along_x;
      tape.sums(k, 1) += a;
      tape.sums(k, 2) -= along_x * w * r + along_s;
      tape.sums(k, 3) += a * h * g + along_s;
      tape.sums(k, 4) +=
          d * (a * h * (u - g * u) / below + b * ((1 - r) * (1 - r) / above - 2 * u / below));
      tape.sums(k + 1, 4) += next * (-a * h * g * u / below + b * (r * r / above - 2 * u / below));
    }
    if (dtheta == nullptr) return;
    const Index count = bins();
    Scalar x_above = 0, y_above = 0;  // a width moves all knots above it
    for (Index k = count; k >= 0; --k) {
      if (k < count) {
        dtheta[2 + k] += tape.sums(k, 2) + x_above * (x_[k + 1] - x_[k]);
        dtheta[2 + count + k] += tape.sums(k, 3) + y_above * (y_[k + 1] - y_[k]);
      }
      dtheta[2 + 2 * count + k] += tape.sums(k, 4);
      x_above += tape.sums(k, 0);
      y_above += tape.sums(k, 1);
    }
    dtheta[0] += x_above;
    dtheta[1] += y_above;
  }

  void update() {
    const Index count = theta_.size() / 3 - 1;
    for (Vector<Scalar>* knots : {&x_, &y_, &slopes_}) set_size(*knots, count + 1);
    x_[0] = theta_[0];
    y_[0] = theta_[1];
    for (Index k = 0; k < count; ++k) {
      x_[k + 1] = x_[k] + exp(theta_[2 + k]);
      y_[k + 1] = y_[k] + exp(theta_[2 + count + k]);
    }
    for (Index k = 0; k <= count; ++k) slopes_[k] = exp(theta_[2 + 2 * count + k]);
  }

  [[nodiscard]] static Vector<Scalar> chord_slopes(const Vector<Scalar>& x,
                                                   const Vector<Scalar>& y) {
    const Index bins = x.size() - 1;
    if (bins < 1 || y.size() != x.size()) return Vector<Scalar>::Ones(x.size());  // refused later
    const auto width = [&](Index k) { return x[k + 1] - x[k]; };
    const auto chord = [&](Index k) { return (y[k + 1] - y[k]) / width(k); };
    Vector<Scalar> slopes(bins + 1);
    slopes[0] = chord(0);
    slopes[bins] = chord(bins - 1);
    for (Index k = 1; k < bins; ++k) {
      const Scalar left = 2 * width(k) + width(k - 1), right = width(k) + 2 * width(k - 1);
      slopes[k] = (left + right) / (left / chord(k - 1) + right / chord(k));
    }
    return slopes;
  }

  Vector<Scalar> theta_;
  Vector<Scalar> x_, y_, slopes_;  ///< the knots that theta says
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
