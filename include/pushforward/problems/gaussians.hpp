#pragma once

#include "pushforward/core/detail/reduction.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/mixture.hpp"

#include <cmath>
#include <numbers>
#include <vector>

/// \file
/// Mixtures of round Gaussians: density, score, characteristic function and Gaussian means are all
/// closed. The modes are known, and so how many of them a model has found.

namespace pushforward::inline PUSHFORWARD_ISA::problems {

/// The modes of a mixture of k round Gaussians N(c_j, s_j^2 I).
struct Modes {
  Matrix<double> centres;     ///< d x k
  Vector<double> deviations;  ///< k
};

/// The modes of a mixture of this file, or of any other whose covariances are multiples of I.
template <Real S>
[[nodiscard]] Modes modes(const Mixture<Gaussian<S>>& mixture) {
  const auto& components = mixture.components();
  Modes modes{Matrix<double>(mixture.dimension(), Index(components.size())),
              Vector<double>(Index(components.size()))};
  for (std::size_t j = 0; j < components.size(); ++j) {
    modes.centres.col(Index(j)) = components[j].mean().template cast<double>();
    modes.deviations[Index(j)] = static_cast<double>(components[j].factor()(0, 0));
  }
  return modes;
}

/// The mixture of equal weights that has these modes.
/// Throws std::invalid_argument and std::domain_error as Gaussian and Mixture do.
template <Real S>
[[nodiscard]] Mixture<Gaussian<S>> mixture(const Modes& modes) {
  const Index d = modes.centres.rows();
  check_size("mixture", "number of deviations", modes.deviations.size(), modes.centres.cols());
  std::vector<Gaussian<S>> components;
  for (Index j = 0; j < modes.centres.cols(); ++j)
    components.emplace_back(modes.centres.col(j).template cast<S>(),
                            Matrix<S>::Identity(d, d) * static_cast<S>(modes.deviations[j]));
  const std::vector<S> weights(components.size(), S(1));
  return {std::move(components), weights};
}

namespace detail {

/// Eight modes on a circle: radius (cos, sin)(2 pi j / 8).
[[nodiscard]] inline Modes circle(double radius, double deviation) {
  Modes modes{Matrix<double>(2, 8), Vector<double>::Constant(8, deviation)};
  for (Index j = 0; j < 8; ++j) {
    double s, c;
    sincos(std::numbers::pi / 4 * static_cast<double>(j), s, c);
    modes.centres.col(j) << radius * c, radius * s;
  }
  return modes;
}

/// Modes on the line.
[[nodiscard]] inline Modes pair(double c, double s, double e, double t) {
  return {Matrix<double>{{c, e}}, Vector<double>{{s, t}}};
}

/// Ten modes in d dimensions: c_j = 2 sqrt(d) g / |g|, s_j = .3 + .4 u, drawn from Key{10, d}.
[[nodiscard]] inline Modes ten(Index d) {
  const Key key{10, static_cast<std::uint32_t>(d)};
  Modes modes{Matrix<double>(d, 10), Vector<double>(10)};
  Block<double> u(kBlockSize, 1);
  uniforms<double>(key.part(0), 0, u);
  for (Index j = 0; j < 10; ++j) {
    Vector<double> g(d);
    normals_one<double>(key, static_cast<std::uint64_t>(j), g);
    const double scale =
        2 * std::sqrt(static_cast<double>(d)) / pushforward::detail::norm<double>(g);
    for (Index k = 0; k < d; ++k) modes.centres(k, j) = scale * g[k];
    modes.deviations[j] = 0.3 + 0.4 * u(j, 0);
  }
  return modes;
}

}  // namespace detail

/// Eight modes (cos, sin)(2 pi j / 8) of deviation .01: 76 deviations apart.
template <Real S>
[[nodiscard]] Mixture<Gaussian<S>> ring() {
  return mixture<S>(detail::circle(1, 0.01));
}

/// Eight modes 5 (cos, sin)(2 pi j / 8) of variance sqrt(.1), deviation .5623.
template <Real S>
[[nodiscard]] Mixture<Gaussian<S>> eight_gaussians() {
  return mixture<S>(detail::circle(5, std::sqrt(std::sqrt(0.1))));
}

/// 25 modes {-4, -2, 0, 2, 4}^2 of deviation .05.
template <Real S>
[[nodiscard]] Mixture<Gaussian<S>> grid() {
  Modes modes{Matrix<double>(2, 25), Vector<double>::Constant(25, 0.05)};
  for (Index j = 0; j < 25; ++j) {
    const Index row = j / 5, column = j % 5;
    modes.centres.col(j) << static_cast<double>(2 * row - 4), static_cast<double>(2 * column - 4);
  }
  return mixture<S>(modes);
}

/// On the line, N(-2, .5^2) and N(2, .5^2).
template <Real S>
[[nodiscard]] Mixture<Gaussian<S>> two_bumps() {
  return mixture<S>(detail::pair(-2, 0.5, 2, 0.5));
}

/// On the line, N(0, .1^2), the spike, and N(0, 3^2), the slab.
template <Real S>
[[nodiscard]] Mixture<Gaussian<S>> spike_and_slab() {
  return mixture<S>(detail::pair(0, 0.1, 0, 3));
}

/// Ten modes at random places of the sphere of radius 2 sqrt(d), of deviations .3 to .7; the same
/// ones at every call.
template <Real S>
[[nodiscard]] Mixture<Gaussian<S>> mixture8() {
  return mixture<S>(detail::ten(8));
}
template <Real S>
[[nodiscard]] Mixture<Gaussian<S>> mixture16() {
  return mixture<S>(detail::ten(16));
}
template <Real S>
[[nodiscard]] Mixture<Gaussian<S>> mixture64() {
  return mixture<S>(detail::ten(64));
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::problems
