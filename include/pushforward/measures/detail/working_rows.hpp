#pragma once

#include "pushforward/core/detail/reduction.hpp"
#include "pushforward/measures/empirical.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// Rows of weight in working units: each coordinate with mean 0 and variance 1. A constant one is
/// 0, in a unit that is small beside the others, or beside its value.
template <Real S>
struct WorkingRows {
  Vector<double> shift, unit, weight;
  Matrix<double> rows;  ///< d x n, in working units

  explicit WorkingRows(const Empirical<S>& data) {
    const Index d = data.dimension();
    const bool weighted = data.weights().size() > 0;
    std::vector<Index> kept;
    for (Index i = 0; i < data.count(); ++i)
      if (!weighted || data.weights()[i] > 0) kept.push_back(i);
    const auto n = static_cast<Index>(kept.size());
    rows.resize(d, n);
    weight.setOnes(n);
    shift.resize(d);
    unit.resize(d);
    for (Index i = 0; i < n; ++i) {
      const Index from = kept[std::size_t(i)];
      const auto row = data.data().block(from / kBlockSize).row(from % kBlockSize);
      for (Index j = 0; j < d; ++j) rows(j, i) = double(row[j]);
      if (weighted) weight[i] = double(data.weights()[from]);
    }
    const Vector<double> share = Proportions<double>("fit_mixture", weight).share();
    Vector<double> row(n);
    double widest = 0;
    for (Index j = 0; j < d; ++j) {
      double scale = (std::numeric_limits<double>::min)();
      bool constant = true;
      for (Index i = 0; i < n; ++i) {
        row[i] = rows(j, i);
        scale = (std::max)(scale, std::abs(row[i]));
        constant = constant && row[i] == row[0];
      }
      for (double& x : row) x /= scale;
      const double mean = constant ? row[0] : dot<double>(share, row);
      for (double& x : row) x -= mean;
      const double variance = sum_of_products(n, share.data(), row.data(), row.data());
      shift[j] = scale * mean;
      unit[j] = constant ? 0 : scale * std::sqrt(variance);
      widest = (std::max)(widest, unit[j]);
      const double deviation = std::sqrt(variance);
      for (Index i = 0; i < n; ++i) rows(j, i) = unit[j] > 0 ? row[i] / deviation : 0;
    }
    for (Index j = 0; j < d; ++j)
      if (unit[j] == 0)
        unit[j] = (std::max)({widest, widest > 0 ? 0 : std::abs(shift[j]),
                              (std::numeric_limits<double>::min)() * 0x1p60});
  }

  /// Those whose number is in `which`.
  [[nodiscard]] Empirical<S> part(const std::vector<Index>& which) const {
    Matrix<S> x(rows.rows(), Index(which.size()));
    Vector<double> w(x.cols());
    for (Index i = 0; i < x.cols(); ++i) {
      x.col(i) = rows.col(which[std::size_t(i)]).template cast<S>();
      w[i] = weight[which[std::size_t(i)]];
    }
    return Empirical<S>(x, Proportions<double>("fit_mixture", w).share().template cast<S>());
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
