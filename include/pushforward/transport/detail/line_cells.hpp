#pragma once

#include "pushforward/measures/draw.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// Quantiles of a law on the line at K levels in (0, 1): exactly where it knows them, else those of
/// `count` samples of stream `key`.
template <class Source>
[[nodiscard]] Vector<double> quantiles(const Source& source, const Vector<double>& levels,
                                       Index count, Key key, Team& team, DrawRoom<Source>& room) {
  using Scalar = typename Source::Scalar;
  Vector<double> t(levels.size());
  if constexpr (HasQuantile<Source>) {
    constexpr double least = std::numeric_limits<Scalar>::epsilon();
    Block<Scalar> x(kBlockSize, 1);
    for (Index k = 0; k < t.size(); k += kBlockSize) {
      const Index size = (std::min)(kBlockSize, t.size() - k);
      x.setConstant(Scalar(0.5));
      for (Index i = 0; i < size; ++i)
        x(i, 0) = static_cast<Scalar>((std::clamp)(levels[k + i], least, 1 - least));
      source.quantile(x, x);
      t.segment(k, size) = x.col(0).head(size).matrix().template cast<double>();
    }
  } else {
    Matrix<Scalar> drawn = draw(source, count, key, 0, team, room).matrix();
    Scalar* const x = drawn.data();
    std::sort(x, x + count);
    for (Index k = 0; k < t.size(); ++k) {
      const auto place = static_cast<Index>(levels[k] * static_cast<double>(count));
      t[k] = static_cast<double>(x[(std::clamp)(place, Index(0), count - 1)]);
    }
  }
  return t;
}

/// Potentials, K, of the power cells of K centres y on the line that have these masses, which sum
/// to 1: they are intervals in the order of the centres, which meet at the quantiles t_j at the
/// sums of their weights, where (t_j - y_j)^2 - v_j = (t_j - y_(j+1))^2 - v_(j+1). Centres of
/// weight 0 get potentials so low that their cells are empty, or far out of reach.
/// quantiles_at(levels) are those of the source.
template <class Quantiles>
[[nodiscard]] Vector<double> line_potentials(const Vector<double>& y, const Vector<double>& weight,
                                             Quantiles quantiles_at) {
  std::vector<Index> order;
  for (Index j = 0; j < y.size(); ++j)
    if (weight[j] > 0) order.push_back(j);
  std::sort(order.begin(), order.end(), [&](Index i, Index j) { return y[i] < y[j]; });
  const auto cells = static_cast<Index>(order.size());
  Vector<double> levels(cells + 1);  // the last two are for how far out of reach is
  double sum = 0;
  for (Index k = 0; k + 1 < cells; ++k)
    levels[k] = sum += weight[order[static_cast<std::size_t>(k)]];
  levels[cells - 1] = 0.001;
  levels[cells] = 0.999;
  const Vector<double> t = quantiles_at(levels);

  Vector<double> v = Vector<double>::Zero(y.size());
  double lowest = 0;
  for (std::size_t k = 1; k < order.size(); ++k) {
    const Index i = order[k - 1], j = order[k];
    v[j] = v[i] + (y[j] - y[i]) * (y[j] + y[i] - 2 * t[static_cast<Index>(k) - 1]);
    lowest = (std::min)(lowest, v[j]);
  }
  const double reach =
      (std::max)(t.maxCoeff(), y.maxCoeff()) - (std::min)(t.minCoeff(), y.minCoeff());
  for (Index j = 0; j < y.size(); ++j)
    if (!(weight[j] > 0)) v[j] = lowest - 64 * reach * reach;
  return v;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
