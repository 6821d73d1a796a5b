#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/detail/two_samples.hpp"
#include "pushforward/core/team.hpp"
#include "pushforward/core/vector_math.hpp"
#include "pushforward/metrics/detail/relabellings.hpp"
#include "pushforward/metrics/detail/squared_distances.hpp"
#include "pushforward/test_functions/median_distance.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Whether two samples can be of one law.
struct TwoSampleTest {
  double statistic = 0;  ///< the distance of the two samples
  double p_value = 1;    ///< chance of so large a distance, or a larger one, if the law is one
  Index permutations = 0;
  double width = 0;  ///< of the kernel of mmd_test, in the unit of the data
};

struct EnergyTestOptions {
  Index permutations = 999;  ///< at least 1; the least p-value is 1 / (permutations + 1)
  Key key{.stream = 5};      ///< the same key, the same permutations
};

struct MmdTestOptions {
  double width = 0;          ///< of the kernel, positive; 0: the median rule
  Index permutations = 999;  ///< as above
  Key key{.stream = 5};
};

namespace detail {

/// x and y side by side, d x (n + m).
[[nodiscard]] inline Matrix<double> pooled(const TwoSamples& samples) {
  Matrix<double> both(samples.x().rows(), samples.x().cols() + samples.y().cols());
  double* const end = std::copy_n(samples.x().data(), samples.x().size(), both.data());
  std::copy_n(samples.y().data(), samples.y().size(), end);
  return both;
}

/// p = (b + 1) / (permutations + 1), with b the number of random relabellings for which the
/// distance is as large as it is, or larger (Phipson & Smyth, Stat. Appl. Genet. Mol. Biol. 9,
/// 2010). `distances(labels)` is that of 64 relabellings at a time, a Lane.
template <class Distances>
[[nodiscard]] TwoSampleTest permutation_test(std::string_view function, const TwoSamples& samples,
                                             Index permutations, Key key, Distances distances,
                                             Team& team) {
  check_count(function, "permutations", permutations);
  std::vector<Relabellings> relabellings(static_cast<std::size_t>(team.threads()),
                                         Relabellings(samples.x().cols(), samples.y().cols(), key));
  Block<double> values(kBlockSize, permutations / kBlockSize + 1);
  team.for_each(values.cols(), [&](Index worker, Index c) {
    values.col(c) = distances(relabellings[static_cast<std::size_t>(worker)].draw(c * kBlockSize));
  });
  TwoSampleTest test{.statistic = values(0, 0), .permutations = permutations};
  const double bound = test.statistic * (1 - 1e-12);  // equal but for the order of the sums
  const Index as_large =                              // the given labels among them
      std::count_if(values.data(), values.data() + permutations + 1,
                    [&](double value) { return value >= bound; });
  test.p_value = static_cast<double>(as_large) / static_cast<double>(permutations + 1);
  return test;
}

/// sum_{j < i} a_i a_j k(|z_i - z_j|^2) for the labels a of 64 relabellings, 64 x n; z, n samples.
/// The pairs are made again for every 64 relabellings, and take less time than these.
template <Real S, class Kernel>
[[nodiscard]] Lane<S> sum_over_pairs(const Batch<S>& z, const Block<S>& labels, Kernel kernel) {
  Lane<S> k, along, total = Lane<S>::Zero();
  std::vector<S> point(static_cast<std::size_t>(z.dimension()));
  for (Index i = 0; i < z.count(); ++i) {
    const auto own = z.block(i / kBlockSize);
    for (Index j = 0; j < z.dimension(); ++j)
      point[static_cast<std::size_t>(j)] = own(i % kBlockSize, j);
    along.setZero();
    for (Index first = 0; first < i; first += kBlockSize) {
      const auto block = z.block(first / kBlockSize);
      squared_distances(block, point.data(), k);
      in_each_lane(k, kernel);
      for (Index r = 0; r < (std::min)(kBlockSize, i - first); ++r)
        along += k[r] * labels.col(first + r);
    }
    total += labels.col(i) * along;
  }
  return total;
}

/// The samples z, d x n, in lexicographic order: whichever of them are x and which y.
template <Real S>
[[nodiscard]] Matrix<S> in_order(const Matrix<S>& z) {
  std::vector<Index> order(static_cast<std::size_t>(z.cols()));
  std::iota(order.begin(), order.end(), Index(0));
  std::sort(order.begin(), order.end(), [&](Index i, Index j) {
    const S *const a = &z(0, i), *const b = &z(0, j);
    return std::lexicographical_compare(a, a + z.rows(), b, b + z.rows());
  });
  Matrix<S> sorted(z.rows(), z.cols());
  for (Index i = 0; i < z.cols(); ++i) sorted.col(i) = z.col(order[static_cast<std::size_t>(i)]);
  return sorted;
}

/// The median distance of samples z, d x n; 1/2, also a number in the unit of the data, if no two
/// differ.
template <Real S>
[[nodiscard]] S median_width(const Matrix<S>& z) {
  return median_distance<S>(2 * in_order(z)) / 2;
}

}  // namespace detail

/// Energy test: whether two samples can be of one law, by their energy distance (Szekely & Rizzo,
/// InterStat, 2004; the V-statistic, as energy_distance() gives it).
///
/// Whatever the law, p is at most a with chance a or less. x is d x n and y d x m, one sample per
/// column, float or double; the arithmetic is in double. Throws std::invalid_argument if d, n, m or
/// the permutations are 0 or the rows differ, std::domain_error if a number is NaN or infinite
/// (naming row and column) or the distance is too large for a double. With N = n + m and P
/// permutations: cost O(P N^2 + P N^2 d / 64), in one dimension O(P N + N log N); memory O(P), and
/// O(64 N) a thread; the bits do not depend on the team.
template <class X, class Y>
[[nodiscard]] TwoSampleTest energy_test(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                                        const EnergyTestOptions& options, Team& team) {
  const detail::TwoSamples samples("energy_test", x, y);
  const Matrix<double> both = detail::pooled(samples);
  const double nm = static_cast<double>(x.cols()) * static_cast<double>(y.cols());
  const double unit = 2 / nm / nm;
  const auto test = [&](auto distances) {
    TwoSampleTest result = detail::permutation_test("energy_test", samples, options.permutations,
                                                    options.key, distances, team);
    result.statistic = samples.unscaled(result.statistic);
    return result;
  };
  if (both.rows() > 1) {
    const Batch<double> z(both);
    return test([&](const Block<double>& labels) -> Lane<double> {
      const auto root = [](double square) { return detail::square_root(square); };
      Lane<double> sums = detail::sum_over_pairs(z, labels, root);
      for (double& sum : sums) sum = (std::max)(-unit * sum, 0.0);
      return sums;
    });
  }
  std::vector<Index> order(static_cast<std::size_t>(both.cols()));
  std::iota(order.begin(), order.end(), Index(0));
  std::stable_sort(order.begin(), order.end(), [&](Index i, Index j) { return both(i) < both(j); });
  return test([&](const Block<double>& labels) -> Lane<double> {  // 2 times integral (F - G)^2
    Lane<double> gap = Lane<double>::Zero(), total = gap;
    for (std::size_t k = 1; k < order.size(); ++k) {
      const double width = both(order[k]) - both(order[k - 1]);
      const double* const label = &labels(0, order[k - 1]);
      for (Index r = 0; r < kBlockSize; ++r) {
        gap[r] += label[r];
        total[r] += width * (gap[r] * gap[r]);
      }
    }
    for (double& sum : total) sum *= unit;
    return total;
  });
}

/// On one thread.
template <class X, class Y>
[[nodiscard]] TwoSampleTest energy_test(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                                        const EnergyTestOptions& options = {}) {
  Team alone;
  return energy_test(x, y, options, alone);
}

/// MMD test: whether two samples can be of one law, by their squared maximum mean discrepancy for
/// the kernel exp(-|x - y|^2 / (2 s^2)) (Gretton, Borgwardt, Rasch, Scholkopf & Smola, JMLR 13,
/// 2012; the V-statistic). The width s is the median_distance() of the pooled samples, unless it is
/// given; the result tells it. Of more than 512 it is that of 512 evenly chosen ones in
/// lexicographic order, so that it does not depend on which are x, and p is as exact as of a given
/// width.
///
/// Throws std::domain_error if the width is negative or not finite, and as energy_test; cost and
/// memory as there, without the short way in one dimension.
template <class X, class Y>
[[nodiscard]] TwoSampleTest mmd_test(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                                     const MmdTestOptions& options, Team& team) {
  check_domain(is_finite(options.width) && options.width >= 0, "mmd_test", "width", options.width,
               "finite and at least 0");
  const detail::TwoSamples samples("mmd_test", x, y);
  Matrix<double> both = detail::pooled(samples);
  const double wanted =
      options.width > 0 ? samples.scaled(options.width) : detail::median_width(both);
  const double width = (std::max)(wanted, 1e-150);  // the samples are of size 1
  const double n = static_cast<double>(x.cols()), m = static_cast<double>(y.cols());
  const double unit = 2 / (n * m) / (n * m), diagonal = 1 / n + 1 / m;
  for (Index k = 0; k < both.size(); ++k) both.data()[k] /= width;
  const Batch<double> z(both);
  TwoSampleTest test = detail::permutation_test(
      "mmd_test", samples, options.permutations, options.key,
      [&](const Block<double>& labels) -> Lane<double> {
        const auto bump = [](double square) { return exp(-square / 2); };
        Lane<double> sums = detail::sum_over_pairs(z, labels, bump);
        for (double& sum : sums) sum = (std::max)(diagonal + unit * sum, 0.0);
        return sums;
      },
      team);
  test.width = options.width > 0 ? options.width : samples.unscaled(width);
  return test;
}

/// On one thread.
template <class X, class Y>
[[nodiscard]] TwoSampleTest mmd_test(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                                     const MmdTestOptions& options = {}) {
  Team alone;
  return mmd_test(x, y, options, alone);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
