#pragma once

#include "pushforward/test_functions/fourier.hpp"

#include <cmath>
#include <vector>

namespace pushforward {

/// The law of a frequency w whose mean over exp(i w.(x - y)) is a kernel k(x, y) (Bochner): what
/// `draw` returns for sample m of a stream. D2^2 with frequencies from it is MMD^2 of the kernel
/// (Rahimi & Recht 2007). Width s and length l are in units of x.
struct GaussianKernel {
  double width = 1;  ///< k = exp(-|x - y|^2 / (2 s^2)):  w = g / s, g ~ N(0, I)
  void draw(RandomSequence<double>& random, VectorRef<double> w) const {
    for (Index j = 0; j < w.size(); ++j) w[j] = random.normal() / width;
  }
  void check() const { check_positive("GaussianKernel", "width", width); }
};

/// k = Matern of smoothness nu and length l, exp(-|x - y| / l) at nu = 1/2 (Laplace):
/// w = g / (l sqrt(G / nu)), G ~ Gamma(nu, 1): a Student t with 2 nu degrees of freedom.
struct MaternKernel {
  double smoothness = 0.5;
  double length = 1;
  void draw(RandomSequence<double>& random, VectorRef<double> w) const {
    const double spread = length * std::sqrt(random.gamma(smoothness) / smoothness);
    for (Index j = 0; j < w.size(); ++j) w[j] = random.normal() / spread;
  }
  void check() const {
    check_positive("MaternKernel", "smoothness", smoothness);
    check_positive("MaternKernel", "length", length);
  }
};

/// k = (1 + |x - y|^2 / (2 a l^2))^-a:  w = sqrt(2 G) g, G ~ Gamma(shape a, rate 2 a l^2).
struct RationalQuadraticKernel {
  double exponent = 1;
  double length = 1;
  void draw(RandomSequence<double>& random, VectorRef<double> w) const {
    const double scale = std::sqrt(random.gamma(exponent) / exponent) / length;
    for (Index j = 0; j < w.size(); ++j) w[j] = scale * random.normal();
  }
  void check() const {
    check_positive("RationalQuadraticKernel", "exponent", exponent);
    check_positive("RationalQuadraticKernel", "length", length);
  }
};

/// k = mean over the widths of exp(-|x - y|^2 / (2 s^2)): each frequency takes one of the widths.
struct MultiScaleKernel {
  std::vector<double> widths{0.25, 0.5, 1, 2, 4};
  void draw(RandomSequence<double>& random, VectorRef<double> w) const {
    const auto count = static_cast<double>(widths.size());
    const auto chosen = static_cast<std::size_t>(random.uniform() * count);
    GaussianKernel{widths[(std::min)(chosen, widths.size() - 1)]}.draw(random, w);
  }
  void check() const {
    check_count("MultiScaleKernel", "number of widths", widths.size());
    for (std::size_t c = 0; c < widths.size(); ++c)
      check_positive("MultiScaleKernel", "widths[" + to_text(c) + "]", widths[c]);
  }
};

/// A kernel by its spectral measure: `check()` throws on settings out of range, `draw(random, w)`
/// sets w, d, to one frequency in radians per unit of x.
template <class T>
concept SpectralMeasure = requires(const T& t, RandomSequence<double>& random,
                                   VectorRef<double> w) {
  { t.check() } -> std::same_as<void>;
  { t.draw(random, w) } -> std::same_as<void>;
};

/// Complex exponentials with M frequencies drawn from the spectral measure of a kernel: as
/// Fourier, and redrawn on demand.
template <Real S, SpectralMeasure Kernel = GaussianKernel>
class RandomFourier : public Fourier<S> {
 public:
  using Scalar = S;

  /// M = `count` frequencies on R^d. Throws std::invalid_argument unless count and dimension are at
  /// least 1, std::length_error if they are more than memory has addresses for, and what the
  /// kernel's check throws.
  RandomFourier(Index dimension, Index count, Kernel kernel, Key key)
      : Fourier<S>(drawn(dimension, count, kernel, key)), kernel_(std::move(kernel)) {}

  [[nodiscard]] const Kernel& kernel() const { return kernel_; }

  /// Takes new frequencies, a pure function of the key. Throws std::domain_error if one is not
  /// finite.
  void redraw(Key key) {
    this->frequencies_ = drawn(this->dimension(), this->functions(), kernel_, key);
  }

 private:
  static Matrix<Scalar> drawn(Index dimension, Index count, const Kernel& kernel, Key key) {
    check_count("RandomFourier", "dimension", dimension);
    check_count("RandomFourier", "count", count);
    check_length<Scalar>("RandomFourier", "dimension x count", dimension, count);
    kernel.check();
    Matrix<Scalar> frequencies(dimension, count);
    Vector<double> w(dimension);
    for (Index m = 0; m < count; ++m) {
      RandomSequence<double> random(key, static_cast<std::uint64_t>(m));
      kernel.draw(random, w);
      frequencies.col(m) = w.cast<Scalar>();
    }
    check_finite("RandomFourier", "frequencies", frequencies);
    return frequencies;
  }

  Kernel kernel_;
};

}  // namespace pushforward
