#pragma once

#include "pushforward/core/check.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How a sample spreads over known modes.
struct Coverage {
  Index modes = 0;            ///< that have a sample of high quality
  Index of = 0;               ///< k, the number of modes
  double high_quality = 0;    ///< share of samples within so many deviations of a mode
  std::vector<Index> counts;  ///< k: samples of high quality of each mode
};

struct CoverageOptions {
  double within = 3;  ///< deviations of its nearest mode that a sample of high quality is within
};

/// Modes hit and share of samples of high quality: those within 3 deviations of the mode that is
/// nearest in deviations (Srivastava et al., "VEEGAN", NeurIPS 2017). The truth, round Gaussians in
/// the plane, has 1 - exp(-9/2) = 98.9 %. \code
///   const auto modes = pf::problems::modes(pf::problems::ring<float>());
///   const auto [hit, of, high_quality, counts] =
///       pf::coverage(samples, modes.centres, modes.deviations);
/// \endcode
/// samples d x n, centres d x k, deviations k. Throws std::invalid_argument if d, n or k is 0 or
/// sizes do not fit, std::domain_error if a number is NaN or infinite (naming row and column) or a
/// deviation or `within` is not positive. Cost O(n k d).
template <class X, class C, class D>
[[nodiscard]] Coverage coverage(const AnyMatrix<X>& samples, const AnyMatrix<C>& centres,
                                const AnyMatrix<D>& deviations,
                                const CoverageOptions& options = {}) {
  constexpr std::string_view name = "coverage";
  const Eigen::Ref<const Matrix<double>> x = samples.template cast<double>(),
                                         c = centres.template cast<double>();
  check_count(name, "number of rows of samples", x.rows());
  check_count(name, "number of columns of samples", x.cols());
  check_count(name, "number of columns of centres", c.cols());
  check_size(name, "number of rows of centres", c.rows(), x.rows());
  check_size(name, "size of deviations", deviations.size(), c.cols());
  check_finite(name, "samples", x);
  check_finite(name, "centres", c);
  check_positive(name, "within", options.within);
  Vector<double> radius(c.cols());
  for (Index j = 0; j < c.cols(); ++j) {
    const auto deviation = static_cast<double>(deviations.derived().coeff(j));
    check_positive(name, "deviations[" + to_text(j) + "]", deviation);
    radius[j] = options.within * deviation;
  }

  Coverage result{.of = c.cols(), .counts = std::vector<Index>(static_cast<std::size_t>(c.cols()))};
  Index good = 0;
  for (Index i = 0; i < x.cols(); ++i) {
    double least = 1;
    Index nearest = -1;
    for (Index j = 0; j < c.cols(); ++j) {
      double squares = 0;  // in units of the radius
      for (Index k = 0; k < x.rows(); ++k) {
        const double z = (x(k, i) - c(k, j)) / radius[j];
        squares += z * z;
      }
      if (squares > least || (squares == least && nearest >= 0)) continue;
      least = squares;
      nearest = j;
    }
    if (nearest < 0) continue;
    ++good;
    ++result.counts[static_cast<std::size_t>(nearest)];
  }
  result.modes = result.of - std::count(result.counts.begin(), result.counts.end(), Index(0));
  result.high_quality = static_cast<double>(good) / static_cast<double>(x.cols());
  return result;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
