#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/measures/detail/expectation_maximisation.hpp"
#include "pushforward/measures/detail/working_rows.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/mixture.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How fit_mixture goes about it.
struct MixtureOptions {
  Index components = 1;   ///< how many, or the least number that is tried
  Index at_most = 0;      ///< the largest number that is tried; 0 for `components` and no other
  bool diagonal = false;  ///< covariances are diagonal
  /// The least variance of a coordinate in a component, given the coordinates before it, relative
  /// to the variance of that coordinate in the data.
  double floor = 1e-6;
  /// Share of the rows, drawn from the key, that choose the number of components: that with the
  /// largest likelihood of these rows when it is fitted to the others. 0, or less than one row: the
  /// number with the lowest bic.
  double held_out = 0;
  /// Starts; that with the largest likelihood after ten steps is kept. They see some 16,384 rows.
  Index restarts = 4;
  Index steps = 200;        ///< at most
  double tolerance = 1e-5;  ///< the last step raises the mean log-likelihood of a row by less
  Key key{};

  static constexpr std::string_view kName = "MixtureOptions";
  [[nodiscard]] auto description() const {
    return describe("components", components, "at_most", at_most, "diagonal", diagonal, "floor",
                    floor, "held_out", held_out, "restarts", restarts, "steps", steps, "tolerance",
                    tolerance, "key", key);
  }
  /// Throws std::invalid_argument unless components, restarts and steps are at least 1 and at_most
  /// is 0 or at least components; std::domain_error unless floor is positive and finite, held_out
  /// in [0, 1), and tolerance at least 0 and finite.
  void check(std::string_view function) const {
    check_count(function, "components", components);
    check_count(function, "restarts", restarts);
    check_count(function, "steps", steps);
    check_argument(at_most == 0 || at_most >= components, function, "at_most", at_most,
                   "0 or at least " + to_text(components));
    check_positive(function, "floor", floor);
    check_domain(held_out >= 0 && held_out < 1, function, "held_out", held_out,
                 "at least 0 and less than 1");
    check_domain(is_finite(tolerance) && tolerance >= 0, function, "tolerance", tolerance,
                 "at least 0 and finite");
  }
};

/// What fit_mixture found.
template <Real S>
struct FittedMixture {
  Mixture<Gaussian<S>> mixture;  ///< the heaviest component first
  double log_likelihood;         ///< sum_i w_i log p(x_i)
  double bic;        ///< P log(sum_i w_i) - 2 log_likelihood, P the number of parameters
  Index components;  ///< of the mixture
  Index iterations;
  bool converged;  ///< the last step was within the tolerance
};

namespace detail {

/// Each of `which` goes to the first part with this probability, to the second otherwise.
[[nodiscard]] inline std::pair<std::vector<Index>, std::vector<Index>>
split(const std::vector<Index>& which, double probability, Key key) {
  RandomSequence<double> random(key, 0);
  std::pair<std::vector<Index>, std::vector<Index>> parts;
  for (const Index i : which)
    (random.uniform() < probability ? parts.first : parts.second).push_back(i);
  return parts;
}

/// Expectation-maximisation from the best of some starts, in working units.
template <Real S>
struct MixtureRun {
  std::vector<WeightedGaussian> components;
  double log_likelihood = -kInfinity<double>;  ///< mean of a row
  Index iterations = 0;
  bool converged = false;

  /// Of x; the starts are judged by `some` of it.
  MixtureRun(ExpectationMaximisation<S>& em, const Empirical<S>& x, const Empirical<S>& some,
             Index count, const MixtureOptions& options) {
    const Index trial = (std::min)(Index(10), options.steps);
    const Index starts = count == 1 ? 1 : options.restarts;
    for (Index r = 0; r < starts; ++r) {
      em.start(some, count, options.key.part(static_cast<std::uint32_t>(r)));
      if (starts == 1) break;
      for (iterations = 0; iterations < trial; ++iterations) em.step(some);
      const double reached = em.log_likelihood(some);
      if (r > 0 && !(reached > log_likelihood)) continue;
      log_likelihood = reached;
      components = em.components();
    }
    if (starts > 1) em.set_components(components);
    for (double before = -kInfinity<double>; iterations < options.steps && !converged;
         ++iterations) {
      log_likelihood = em.step(x);
      converged = log_likelihood - before < options.tolerance;
      before = log_likelihood;
    }
    log_likelihood = em.log_likelihood(x);
    components = em.components();
  }
};

/// A component in data units; what rounding makes of numbers at the edges of S is put back.
template <Real S>
[[nodiscard]] Gaussian<S> in_data_units(const WeightedGaussian& component,
                                        const WorkingRows<S>& rows) {
  using Limits = std::numeric_limits<S>;
  const Index d = rows.shift.size();
  const auto number = [](double x, S low) {
    return static_cast<S>((std::clamp)(x, double(low), double((Limits::max)())));
  };
  Vector<S> mean(d);
  Matrix<S> factor = Matrix<S>::Zero(d, d);
  for (Index j = 0; j < d; ++j) {
    mean[j] = number(rows.shift[j] + rows.unit[j] * component.mean[j], Limits::lowest());
    for (Index k = 0; k <= j; ++k)
      factor(j, k) =
          number(rows.unit[j] * component.factor(j, k), k < j ? Limits::lowest() : (Limits::min)());
  }
  return Gaussian<S>(std::move(mean), std::move(factor));
}

}  // namespace detail

/// The mixture of Gaussians under which weighted rows are most likely, as far as
/// expectation-maximisation comes from k-means++ starts (detail/expectation_maximisation.hpp): a
/// row of weight 2 counts as two. It works in units of each coordinate's deviation.
///
/// There are fewer components than asked for where there are no more different rows, or where some
/// come to nothing. The bits do not depend on the team.
/// Throws as MixtureOptions::check() does, std::domain_error unless the sum of the weights is
/// finite. Cost: C d^2 multiply-adds a row and step, and memory for the rows twice. \code
///   const auto fit = pf::fit_mixture(data, {.components = 1, .at_most = 8, .key = pf::Key{1}});
///   const pf::Sampler sampler(map, fit.mixture);   // it begins where the data are
/// \endcode
template <Real S>
[[nodiscard]] FittedMixture<S> fit_mixture(const Empirical<S>& data, const MixtureOptions& options,
                                           Team& team) {
  options.check("fit_mixture");
  const detail::WorkingRows<S> rows(data);
  const double total = detail::sum<double>(rows.weight);
  check_domain(is_finite(total), "fit_mixture", "sum of weights", total, "finite");
  const Index d = data.dimension();
  Index most = (std::max)(options.components, options.at_most);
  detail::ExpectationMaximisation<S> em(options.diagonal, options.floor, team);

  std::vector<Index> all(static_cast<std::size_t>(rows.weight.size()));
  std::iota(all.begin(), all.end(), Index(0));
  const auto [held, fitted] = detail::split(all, options.held_out, options.key.part(~0U));
  const auto run = [&](const std::vector<Index>& which, const Empirical<S>& x, Index count) {
    const double share = 16384 / double(which.size());
    if (share >= 1) return detail::MixtureRun<S>(em, x, x, count, options);
    const auto some = detail::split(which, share, options.key.part(~1U)).first;
    return detail::MixtureRun<S>(em, x, rows.part(some), count, options);
  };

  const auto bic = [&](const detail::MixtureRun<S>& found) {
    const Index count = Index(found.components.size());
    const Index parameters = count - 1 + count * (d + (options.diagonal ? d : d * (d + 1) / 2));
    double log_likelihood = found.log_likelihood;
    for (Index j = 0; j < d; ++j) log_likelihood -= log(rows.unit[j]);
    return std::pair(total * log_likelihood,
                     double(parameters) * log(total) - 2 * total * log_likelihood);
  };
  std::optional<detail::MixtureRun<S>> best;
  const Empirical<S> x = rows.part(all);
  Index chosen = options.components;
  if (chosen < most && !held.empty() && !fitted.empty()) {
    const Empirical<S> seen = rows.part(fitted), unseen = rows.part(held);
    double reached = -detail::kInfinity<double>;
    for (Index count = options.components; count <= most; ++count) {
      (void)run(fitted, seen, count);
      const double log_likelihood = em.log_likelihood(unseen);
      if (log_likelihood > reached) chosen = count, reached = log_likelihood;
    }
    most = chosen;
  }
  for (Index count = chosen; count <= most; ++count) {
    detail::MixtureRun<S> next = run(all, x, count);
    if (!best || bic(next).second < bic(*best).second) best = std::move(next);
  }

  std::stable_sort(best->components.begin(), best->components.end(),
                   [](const auto& a, const auto& b) { return a.weight > b.weight; });
  std::vector<Gaussian<S>> components;
  std::vector<S> weights;
  for (const detail::WeightedGaussian& component : best->components) {
    components.push_back(detail::in_data_units(component, rows));
    weights.push_back(static_cast<S>(component.weight));
  }
  const auto [log_likelihood, criterion] = bic(*best);
  return {Mixture<Gaussian<S>>(std::move(components), weights),
          log_likelihood,
          criterion,
          Index(weights.size()),
          best->iterations,
          best->converged};
}

/// Of `data`, d x n, one sample a column, all of weight 1; std::invalid_argument and
/// std::domain_error as Empirical throws them.
template <class Derived>
[[nodiscard]] auto fit_mixture(const AnyMatrix<Derived>& data, const MixtureOptions& options,
                               Team& team) {
  return fit_mixture(Empirical<typename Derived::Scalar>(data), options, team);
}

/// On one thread.
template <class Data>
[[nodiscard]] auto fit_mixture(const Data& data, const MixtureOptions& options = {}) {
  Team alone;
  return fit_mixture(data, options, alone);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
