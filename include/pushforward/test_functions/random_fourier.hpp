#pragma once

#include "pushforward/test_functions/fourier.hpp"
#include "pushforward/test_functions/kernels.hpp"

#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Complex exponentials with M frequencies drawn from the spectral measure of a kernel: as
/// Fourier, and redrawn on demand.
template <Real S, SpectralMeasure Kernel = GaussianKernel>
class RandomFourier : public Fourier<S> {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = "RandomFourier";

  /// M = `count` frequencies on R^d. A frequency that is too large for a Scalar is drawn again.
  ///
  /// Throws std::invalid_argument unless count and dimension are at least 1, std::length_error if
  /// they are more than memory has addresses for, std::domain_error if 100 draws of a frequency are
  /// not finite, and what the kernel's check throws.
  RandomFourier(std::integral auto dimension, std::integral auto count, Kernel kernel, Key key)
      : Fourier<S>(checked(dimension, count)), kernel_(std::move(kernel)),
        drawn_(this->frequencies_.rows(), this->frequencies_.cols()) {
    kernel_.check();
    redraw(key);
  }

  [[nodiscard]] const Kernel& kernel() const { return kernel_; }
  [[nodiscard]] const Key& key() const { return key_; }
  [[nodiscard]] auto description() const {
    return describe("dimension", this->dimension(), "count", this->functions(), "kernel", kernel_,
                    "key", key_);
  }

  /// Takes new frequencies, a pure function of the key: frequency m is sample m of its stream.
  /// Throws std::domain_error as the constructor does, and is then unchanged. Allocates nothing.
  void redraw(Key key) {
    for (Index m = 0; m < drawn_.cols(); ++m) {
      RandomSequence<double> random(key, static_cast<std::uint64_t>(m));
      for (int turn = 0; turn == 0 || (turn < 100 && !fits(m)); ++turn)
        kernel_.draw(random, drawn_.col(m));
      for (Index k = 0; k < drawn_.rows(); ++k)
        if (const auto w = static_cast<Scalar>(drawn_(k, m)); !is_finite(w))
          detail::fail_finite("RandomFourier", "frequencies", k, m, w);
    }
    for (Index k = 0; k < drawn_.size(); ++k)
      this->frequencies_.data()[k] = static_cast<Scalar>(drawn_.data()[k]);
    key_ = key;
  }

 private:
  static Matrix<Scalar> checked(std::integral auto dimension, std::integral auto count) {
    check_count("RandomFourier", "dimension", dimension);
    check_count("RandomFourier", "count", count);
    const auto d = static_cast<Index>(dimension), m = static_cast<Index>(count);
    check_length<double>("RandomFourier", "dimension x count", d, m);
    return Matrix<Scalar>::Zero(d, m);
  }

  [[nodiscard]] bool fits(Index m) const {
    for (Index k = 0; k < drawn_.rows(); ++k)
      if (!is_finite(static_cast<Scalar>(drawn_(k, m)))) return false;
    return true;
  }

  Kernel kernel_;
  Key key_;
  Matrix<double> drawn_;  ///< room to draw in
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
