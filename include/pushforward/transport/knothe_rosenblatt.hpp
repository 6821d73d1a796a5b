#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/transport/sorted_pairing.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How finely conditional laws are cut.
struct KnotheRosenblattOptions {
  Index bins = 0;  ///< along each coordinate but the last; 0: the d-th root of the smaller sample

  static constexpr std::string_view kName = "KnotheRosenblattOptions";
  [[nodiscard]] auto description() const { return describe("bins", bins); }
};

namespace detail {

/// Matches two samples coordinate by coordinate: both are put in order along the first, cut into
/// bins of equal mass, and bins of one rank matched by the coordinates that are left.
template <Real S>
class NestedBins {
 public:
  using Places = std::span<Index>;

  /// x, d x n, and y, d x m; partner, n, is set to the columns of y that those of x go to.
  NestedBins(const Matrix<S>& x, const Matrix<S>& y, Index bins, std::vector<Index>& partner)
      : x_(x), y_(y), bins_(bins), partner_(partner) {
    std::vector<Index> from = all(x.cols()), to = all(y.cols());
    match(from, to, 0);
  }

 private:
  static std::vector<Index> all(Index n) {
    std::vector<Index> places(static_cast<std::size_t>(n));
    for (Index i = 0; i < n; ++i) places[static_cast<std::size_t>(i)] = i;
    return places;
  }

  static Index size(Places places) { return static_cast<Index>(places.size()); }

  /// Of the samples at these places, both in order from coordinate k on.
  void match(Places from, Places to, Index k) {
    sort(x_, k, from);
    sort(y_, k, to);
    const Index n = size(from), m = size(to);
    if (k + 1 == x_.rows()) {
      for (Index i = 0; i < n; ++i)
        partner_[static_cast<std::size_t>(from[static_cast<std::size_t>(i)])] =
            to[static_cast<std::size_t>(quantile_at(i, n, m))];
      return;
    }
    const Index bins = (std::min)({bins_, n, m});
    const auto bin = [bins](Places places, Index b) {
      const Index first = size(places) * b / bins, end = size(places) * (b + 1) / bins;
      return places.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(end - first));
    };
    for (Index b = 0; b < bins; ++b) match(bin(from, b), bin(to, b), k + 1);
  }

  void sort(const Matrix<S>& samples, Index k, Places places) {
    const std::size_t n = places.size();
    if (order_.size() < n) {
      order_.resize(n);
      numbers_.resize(n);
      sorted_.resize(n);
      before_.resize(n);
    }
    std::copy(places.begin(), places.end(), before_.begin());
    for (std::size_t i = 0; i < n; ++i) numbers_[i] = samples(k, places[i]);
    sort_(size(places), numbers_.data(), order_.data(), sorted_.data());
    for (std::size_t i = 0; i < n; ++i) places[i] = before_[order_[i]];
  }

  const Matrix<S>&x_, &y_;
  Index bins_;
  std::vector<Index>& partner_;
  Sorter<S> sort_;
  std::vector<typename Sorter<S>::Place> order_;
  std::vector<S> numbers_, sorted_;
  std::vector<Index> before_;
};

}  // namespace detail

/// The triangular rearrangement of Knothe and Rosenblatt by ranks: x_1 goes to the quantile of its
/// rank, x_2 to the conditional quantile given x_1, x_3 given x_1 and x_2 ...
///
/// Conditional laws are those in a bin: both samples are cut into bins of equal mass along the
/// first coordinate, those along the second, and so on; in the last coordinate the samples of a bin
/// are matched in order. With m = n every y is taken once, so that the image is the target itself;
/// what the bins blur is the map: y_k is off the conditional quantile by as much as the width of a
/// bin, of which there are n^(1/d) along a coordinate. So it is for few coordinates: two or three.
///
/// x is d x n and y d x m, one sample a column, of one scalar. With m other than n, the last
/// coordinate goes to the quantile of its rank in the bin. The map depends on the order of the
/// coordinates, and is optimal only on the line; it is monotone in each coordinate given those
/// before. Throws std::invalid_argument if d, n or m is 0, the rows differ or bins is negative,
/// std::domain_error if a number is NaN or infinite (naming row and column) or the cost is too
/// large for a double. Cost O((n + m) d).
template <class X, class Y>
requires std::same_as<typename X::Scalar, typename Y::Scalar>
[[nodiscard]] Pairing<typename X::Scalar>
knothe_rosenblatt(const AnyMatrix<X>& x, const AnyMatrix<Y>& y,
                  const KnotheRosenblattOptions& options = {}) {
  using Scalar = typename X::Scalar;
  constexpr std::string_view name = "knothe_rosenblatt";
  check_argument(options.bins >= 0, name, "bins", options.bins, "at least 0");
  static_cast<void>(detail::TwoSamples(name, x, y));
  const Matrix<Scalar> from = x, to = y;
  Index bins = options.bins;
  if (bins == 0) {
    const auto power = [&](Index b) {  // b^d, in double: it may be large
      double product = 1;
      for (Index k = 0; k < from.rows(); ++k) product *= static_cast<double>(b);
      return product;
    };
    bins = 1;
    const auto smaller = static_cast<double>((std::min)(from.cols(), to.cols()));
    while (power(bins + 1) <= smaller) ++bins;
  }
  std::vector<Index> partner(static_cast<std::size_t>(from.cols()));
  const detail::NestedBins<Scalar> nested(from, to, bins, partner);
  Matrix<Scalar> target(from.rows(), from.cols());
  for (Index i = 0; i < from.cols(); ++i)
    target.col(i) = to.col(partner[static_cast<std::size_t>(i)]);
  return detail::pairing<Scalar>(name, from, std::move(target));
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
