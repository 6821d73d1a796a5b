#pragma once

#include "pushforward/core/detail/standard.hpp"
#include "pushforward/measures/draw.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/transport/detail/line_cells.hpp"
#include "pushforward/transport/entropic.hpp"
#include "pushforward/transport/power_cells.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How the potentials of a semi-discrete transport are found. The unit of epsilon and rate is the
/// square of a cell's width, E|Y - Y'|^2 / K^(2/d) of a target of K centres.
struct SemiDiscreteOptions {
  Index start = 4096;       ///< samples of the source that the entropic start is solved for
  double epsilon = 0.3;     ///< of the start
  Index steps = 2000;       ///< of stochastic ascent
  Index batch = 1024;       ///< samples of the source in a step
  double rate = 1;          ///< of the first step, for a cell with a mass too small by 1/K
  Index check = 131072;     ///< fresh samples that the masses are measured by
  double tolerance = 0.02;  ///< of the residual, beyond what is chance
  Key key{};                ///< of the samples

  static constexpr std::string_view kName = "SemiDiscreteOptions";
  [[nodiscard]] auto description() const {
    return describe("start", start, "epsilon", epsilon, "steps", steps, "batch", batch, "rate",
                    rate, "check", check, "tolerance", tolerance, "key", key);
  }
  /// Throws std::invalid_argument unless start, batch and check are at least 1 and steps at least
  /// 0, std::domain_error unless epsilon and rate are positive and finite and tolerance is at least
  /// 0.
  void check_ranges(std::string_view function) const {
    check_count(function, "start", start);
    check_argument(steps >= 0, function, "steps", steps, "at least 0");
    check_count(function, "batch", batch);
    check_count(function, "check", check);
    check_positive(function, "epsilon", epsilon);
    check_positive(function, "rate", rate);
    check_domain(is_finite(tolerance) && tolerance >= 0, function, "tolerance", tolerance,
                 "at least 0 and finite");
  }
};

/// The optimal map from a law to a weighted sample, and how well it meets the weights.
template <Real S>
struct SemiDiscrete {
  PowerCells<S> map;
  Vector<double> mass;     ///< K: what share of the check went to each centre
  double residual = 1;     ///< sum_j |mass_j - weight_j| / 2: the share that should be elsewhere
  double chance = 0;       ///< about what it would be for cells with the right masses: the check is
                           ///< a sample, of n; sum_j (2 w_j (1 - w_j) / (pi n))^(1/2) / 2
  bool converged = false;  ///< residual^2 <= tolerance^2 + chance^2
};

namespace detail {

/// The first of equal columns takes the weights of all of them.
template <Real S>
void give_to_first(const Matrix<S>& columns, Vector<double>& weight) {
  for (Index j = 1; j < columns.cols(); ++j)
    for (Index i = 0; i < j; ++i)
      if (columns.col(i) == columns.col(j)) {
        weight[i] += std::exchange(weight[j], 0.0);
        break;
      }
}

/// Potentials of power cells, K, in units where epsilon is 1: g_j + log w_j of the entropic plan
/// between equally likely x and weighted centres. Lower ones where there is no weight; all 0 where
/// the plan has costs beyond all numbers.
template <Real S>
[[nodiscard]] Vector<double> entropic_potentials(const Batch<S>& x, const Batch<S>& centres,
                                                 const Vector<double>& weight,
                                                 const Standard& units, Team& team) {
  const Index count = centres.count();
  const auto equal = [&](Index b) {
    return x.weight(b, 0, x.count(), 1 / static_cast<S>(x.count()));
  };
  const auto given = [&](Index b) {
    const Index first = b * kBlockSize, size = (std::min)(kBlockSize, count - first);
    Lane<S> w = Lane<S>::Zero();
    for (Index i = 0; i < size; ++i) w[i] = static_cast<S>(weight[first + i]);
    return w;
  };
  WeightedSamples<S> from, to;
  from.set(x, equal, units, team);
  to.set(centres, given, units, team);
  EntropicPotentials<S> plan;
  const auto status = plan.solve(SquaredDistance{}, from, to, {.at_most = 300}, team);
  Vector<double> v = Vector<double>::Zero(count);
  if (!is_finite(status.residual)) return v;
  double lowest = 0;
  for (Index j = 0; j < count; ++j)
    if (weight[j] > 0) {
      const auto g = static_cast<double>(plan.g()(j % kBlockSize, j / kBlockSize));
      v[j] = g + log(weight[j]);
      lowest = (std::min)(lowest, v[j]);
    }
  for (Index j = 0; j < count; ++j)
    if (!(weight[j] > 0)) v[j] = lowest - 1;
  return v;
}

/// mass_j = the share of samples x in cell j. Whole numbers are added, so that the order
/// does not matter.
template <Real S>
void measure_masses(const PowerCells<S>& cells, const Batch<S>& x, Team& team,
                    std::vector<std::vector<Index>>& counts, Vector<double>& mass) {
  counts.resize(static_cast<std::size_t>(team.threads()));
  for (auto& count : counts) count.assign(static_cast<std::size_t>(cells.count()), 0);
  for_each_block(team, x.blocks(), [&](Index worker, Index b) {
    typename PowerCells<S>::Cells cell;
    Lane<S> least;
    cells.locate(x.block(b), cell, least);
    const Index rows = (std::min)(kBlockSize, x.count() - b * kBlockSize);
    for (Index i = 0; i < rows; ++i)
      ++counts[static_cast<std::size_t>(worker)][static_cast<std::size_t>(cell[i])];
  });
  for (Index j = 0; j < mass.size(); ++j) {
    Index sum = 0;
    for (const auto& count : counts) sum += count[static_cast<std::size_t>(j)];
    mass[j] = static_cast<double>(sum) / static_cast<double>(x.count());
  }
}

}  // namespace detail

/// The optimal map from a law to weighted centres y_j, sum_j w_j delta_(y_j): PowerCells with
/// potentials that maximise the dual
///
///   E min_j (|X - y_j|^2 - v_j) + sum_j w_j v_j,   whose gradient is w_j - P(X in cell j).
///
/// On the line the cells are intervals that end at quantiles of the source, and so are the
/// potentials known: exactly if the source knows its quantiles, else from start + steps x batch
/// samples. (In float the rounding of squared distances moves an end by 1e-7 of them, divided by
/// how far apart its centres are: a thousand centres need double.) Elsewhere, first by Sinkhorn's
/// algorithm for some samples of the source; then by stochastic ascent on fresh ones, with steps
/// rate / sqrt(t) and the mean over the second half of them (Genevay, Cuturi, Peyre & Bach, NeurIPS
/// 2016), which forgets those samples and the entropy. Masses are then right to about the noise of
/// steps x batch samples: in the plane the residual beyond chance is .006 for 200 centres and .017
/// for 1000, with 8000 steps .003 and .009; `mass` is what fresh ones measure. (Newton's method,
/// Kitagawa, Merigot & Thibert 2019, would need the masses of the faces between cells, which
/// samples do not give.)
///
/// All that is drawn is a function of options.key. The bits do not depend on the team.
/// Throws std::invalid_argument if source and target have two dimensions or a number of options is
/// out of range, std::domain_error if one of them is or the target's spread squared is infinite.
/// Cost O(K d) a sample: of steps x batch, of check, and of start a few hundred times; on the line
/// of check alone, and a sort of 2^20 samples where the source does not know its quantiles.
///
/// \tparam Source  a Measure on R^d
template <class Source>
[[nodiscard]] SemiDiscrete<typename Source::Scalar>
semi_discrete(const Source& source, const Empirical<typename Source::Scalar>& target,
              const SemiDiscreteOptions& options, Team& team) {
  static_assert(explain_measure<Source>());
  using Scalar = typename Source::Scalar;
  constexpr std::string_view name = "semi_discrete";
  options.check_ranges(name);
  check_size(name, "dimension of the target", target.dimension(), source.dimension());
  const Batch<Scalar>& centres = target.data();
  const Index count = centres.count();
  const auto weight_of = [&](Index b) { return target.weight(b); };
  detail::Standard units(centres, weight_of);
  const auto cells = static_cast<double>(count);
  const double width = units.length * exp(-log(cells) / static_cast<double>(source.dimension())),
               unit = width * width;
  const double spread = units.length * units.length;
  check_domain(is_finite(static_cast<Scalar>(spread)), name, "squared spread of the target", spread,
               "finite");

  DrawRoom<Source> room;
  Vector<double> weight(count);
  for (Index j = 0; j < count; ++j)
    weight[j] = static_cast<double>(weight_of(j / kBlockSize)[j % kBlockSize]);
  detail::give_to_first(centres.matrix(), weight);
  SemiDiscrete<Scalar> result{{centres.matrix(), Vector<Scalar>::Zero(count)}, weight};
  std::vector<std::vector<Index>> counts;
  const auto measure = [&] {
    const auto& x = draw(source, options.check, options.key.part(2), 0, team, room);
    detail::measure_masses(result.map, x, team, counts, result.mass);
    result.residual = result.chance = 0;
    for (Index j = 0; j < count; ++j) {
      result.residual += std::abs(result.mass[j] - weight[j]) / 2;
      result.chance += std::sqrt((std::max)(weight[j] * (1 - weight[j]), 0.0) /
                                 (2 * std::numbers::pi * static_cast<double>(options.check)));
    }
    result.converged = result.residual * result.residual <=
                       options.tolerance * options.tolerance + result.chance * result.chance;
  };
  if (source.dimension() == 1) {
    constexpr Index kLineSamples = Index(1) << 20;
    const Vector<double> y = centres.matrix().row(0).transpose().template cast<double>();
    const auto quantiles_at = [&](const Vector<double>& levels) {
      return detail::quantiles(source, levels, kLineSamples, options.key.part(1), team, room);
    };
    result.map.set_potentials(
        detail::line_potentials(y, weight, quantiles_at).template cast<Scalar>());
    measure();
    return result;
  }
  units.length = width * std::sqrt(options.epsilon);
  const auto& start = draw(source, options.start, options.key.part(0), 0, team, room);
  Vector<double> v = unit * options.epsilon *
                     detail::entropic_potentials<Scalar>(start, centres, weight, units, team);

  result.map.set_potentials(v.template cast<Scalar>());
  Vector<double> mean = Vector<double>::Zero(count);
  const Index later = options.steps / 2;  // from there on the potentials are averaged
  for (Index t = 0; t < options.steps; ++t) {
    const auto first = static_cast<std::uint64_t>(t) * static_cast<std::uint64_t>(options.batch);
    const auto& x = draw(source, options.batch, options.key.part(1), first, team, room);
    detail::measure_masses(result.map, x, team, counts, result.mass);
    const double step = options.rate * unit * cells / std::sqrt(static_cast<double>(1 + t));
    for (Index j = 0; j < count; ++j) {
      v[j] += step * (weight[j] - result.mass[j]);
      if (t >= later) mean[j] += v[j] / static_cast<double>(options.steps - later);
    }
    result.map.set_potentials(v.template cast<Scalar>());
  }
  if (options.steps > 0) result.map.set_potentials(mean.template cast<Scalar>());
  measure();
  return result;
}

/// On one thread.
template <class Source>
[[nodiscard]] SemiDiscrete<typename Source::Scalar>
semi_discrete(const Source& source, const Empirical<typename Source::Scalar>& target,
              const SemiDiscreteOptions& options = {}) {
  Team alone;
  return semi_discrete(source, target, options, alone);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
