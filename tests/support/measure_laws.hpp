#pragma once

#include "support/catch.hpp"
#include "support/erased_measure.hpp"
#include "support/statistics.hpp"

/// \file
/// What every measure owes its users: plain blocks, not sections, so that one test case may hold
/// many measures to them.

namespace laws {

namespace pf = pushforward;
using pf::Index;
using support::ErasedMeasure, support::ErasedRoom;

/// A measure is a function of the key and of the place in the stream, and of nothing else.
template <pf::Real S>
void measure(const ErasedMeasure<S>& m);

template <pf::Measure M>
void measure(const M& m) {
  measure(ErasedMeasure<typename M::Scalar>(m));
}

/// Streams and seeds are told apart; for measures that draw at random.
template <pf::Real S>
void streams(const ErasedMeasure<S>& m);

template <pf::Measure M>
void streams(const M& m) {
  streams(ErasedMeasure<typename M::Scalar>(m));
}

/// In one dimension: the density integrates to one over [low, high].
void density(const ErasedMeasure<double>& m, double low, double high);

template <pf::HasDensity M>
void density(const M& m, double low, double high) {
  density(ErasedMeasure<double>(m), low, high);
}

/// The score is the gradient of the log-density where the measure has samples, and both are
/// functions of each row by itself.
void score(const ErasedMeasure<double>& m);

template <pf::HasScore M>
requires pf::HasDensity<M>
void score(const M& m) { score(ErasedMeasure<double>(m)); }

/// E exp(i w.Y) and E exp(-|Y - c|^2 / (2 s^2)) are the means over samples, with error 1e-6.
template <pf::HasCharacteristicFunction M>
requires pf::HasGaussianMean<M>
void closed_forms(const M& m) {
  using namespace pushforward;
  using Scalar = typename M::Scalar;
  const Index d = m.dimension(), n = 1 << 16;
  const Matrix<double> y = support::draw(m, n, {77, 1}).template cast<double>();
  const double bound = support::mean_bound(n, -1, 1);
  for (const double scale : {0.0, 0.3, 1.0, 4.0}) {
    const Vector<double> w = scale * Vector<double>::LinSpaced(d, 1, -0.5);
    const std::complex<Scalar> value = m.characteristic_function(w.cast<Scalar>());
    const auto angle = (w.transpose() * y).array().eval();
    CHECK_THAT(static_cast<double>(value.real()), WithinAbs(angle.cos().mean(), bound));
    CHECK_THAT(static_cast<double>(value.imag()), WithinAbs(angle.sin().mean(), bound));
  }
  for (const double s : {0.1, 1.0, 5.0}) {
    const Vector<double> c = Vector<double>::LinSpaced(d, 0.7, -0.2);
    const double mean =
        ((y.colwise() - c).colwise().squaredNorm().array() / (-2 * s * s)).exp().mean();
    CHECK_THAT(static_cast<double>(m.gaussian_mean(c.cast<Scalar>(), static_cast<Scalar>(s))),
               WithinAbs(mean, bound / 2));
  }
}

}  // namespace laws
