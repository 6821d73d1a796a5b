#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/measures/detail/proportions.hpp"
#include "pushforward/measures/measure.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The measure of a data set: sum_i w_i delta_(x_i), with equal weights unless they are given.
template <Real S>
class Empirical {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = "Empirical";

  /// `data`, d x n: one sample a column. A table with a sample a row is `from_rows(table)`.
  ///
  /// Throws std::invalid_argument if it is empty, or has more than 16 rows and more than 4 times as
  /// many rows as columns: then it is taken for a table the wrong way round, unless weights say
  /// that it is not: `Empirical<double>(data, {})`. Throws std::domain_error naming row and column
  /// if an entry is not finite.
  template <class Derived>
  explicit Empirical(const AnyMatrix<Derived>& data) : data_(checked(data)) {
    const Index d = dimension(), n = count();
    if (d > 16 && d / 4 > n)
      throw std::invalid_argument(error_text(
          "Empirical", "data", to_text(d) + " x " + to_text(n),
          "d x n, where a sample is a column: from_rows(data), or Empirical(data, {}) if there "
          "are " +
              to_text(n) + " samples of dimension " + to_text(d)));
  }

  /// `data`, d x n, with n weights that need not sum to one, or none for equal ones.
  ///
  /// Throws std::invalid_argument if data is empty or the number of weights neither n nor 0;
  /// std::domain_error as above, and unless the weights are finite, none is negative and one is
  /// positive.
  template <class Derived>
  Empirical(const AnyMatrix<Derived>& data, const Vector<Scalar>& weights)
      : data_(checked(data)), weights_(weights) {
    if (weights.size() == 0) return;
    check_size("Empirical", "size of weights", weights.size(), count());
    proportions_ = detail::Proportions<Scalar>("Empirical", weights);
  }

  [[nodiscard]] auto description() const {
    return describe("data", data_.matrix(), "weights", weights_);
  }
  [[nodiscard]] Index dimension() const { return data_.dimension(); }
  [[nodiscard]] Index count() const { return data_.count(); }
  [[nodiscard]] const Batch<Scalar>& data() const { return data_; }
  /// As they were given.
  [[nodiscard]] const Vector<Scalar>& weights() const { return weights_; }

  /// Draws with replacement: sample i is the data point that uniform i of the stream chooses.
  void sample(Key key, std::uint64_t first, BlockRef<Scalar> x) const {
    Eigen::Array<double, kBlockSize, 1> u;
    uniforms<double>(key, first, u);
    for (Index i = 0; i < kBlockSize; ++i) {
      const Index chosen = choose(u[i]);
      x.row(i) = data_.block(chosen / kBlockSize).row(chosen % kBlockSize);
    }
  }

  /// w_i on the rows of block b, 0 on its padding.
  [[nodiscard]] Lane<Scalar> weight(Index b) const {
    Lane<Scalar> lane = data_.weight(b, 0, count(), Scalar(1) / static_cast<Scalar>(count()));
    if (weights_.size() > 0) {
      const Index first = b * kBlockSize, size = (std::min)(kBlockSize, count() - first);
      lane.head(size) = proportions_.share().segment(first, size).array();
    }
    return lane;
  }

 private:
  template <class Derived>
  static Batch<Scalar> checked(const AnyMatrix<Derived>& data) {
    check_count("Empirical", "size of data", data.size());
    check_finite("Empirical", "data", data.template cast<Scalar>());
    return Batch<Scalar>(data);
  }

  [[nodiscard]] Index choose(double u) const {
    if (weights_.size() > 0) return proportions_.choose(u);
    return (std::min)(static_cast<Index>(u * static_cast<double>(count())), count() - 1);
  }

  Batch<Scalar> data_;
  Vector<Scalar> weights_;
  detail::Proportions<Scalar> proportions_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
