#pragma once

#include "pushforward/core/expectation.hpp"

#include <algorithm>
#include <cmath>

namespace pushforward {

/// The measure of a data set: sum_i w_i delta_(x_i), with equal weights unless they are given.
template <Real S>
class Empirical {
 public:
  using Scalar = S;

  /// `data`, d x n: one sample a column. Throws std::invalid_argument if it is empty,
  /// std::domain_error naming row and column if an entry is not finite.
  template <class Derived>
  explicit Empirical(const Eigen::MatrixBase<Derived>& data) : data_(checked(data)) {}

  /// `data`, d x n, with n weights that need not sum to one.
  ///
  /// Throws as above; std::invalid_argument if the number of weights is not n; std::domain_error
  /// unless the weights are finite, none is negative and one is positive.
  template <class Derived>
  Empirical(const Eigen::MatrixBase<Derived>& data, const Vector<Scalar>& weights)
      : data_(checked(data)), weights_(weights) {
    check_size("Empirical", "size of weights", weights.size(), data.cols());
    check_finite("Empirical", "weights", weights);
    for (Index i = 0; i < weights.size(); ++i)
      check_domain(weights[i] >= 0, "Empirical", "weights[" + to_text(i) + "]", weights[i],
                   "at least 0");
    check_domain(weights.maxCoeff() > 0, "Empirical", "largest weight", weights.maxCoeff(),
                 "positive");
    weights_ /= weights_.maxCoeff();
    weights_ /= weights_.sum();
    cumulative_ = weights_.template cast<double>();
    for (Index i = 1; i < cumulative_.size(); ++i) cumulative_[i] += cumulative_[i - 1];
  }

  [[nodiscard]] Index dimension() const { return data_.dimension(); }
  [[nodiscard]] Index count() const { return data_.count(); }
  [[nodiscard]] const Batch<Scalar>& data() const { return data_; }

  /// Draws with replacement: sample i is the data point that uniform i of the stream chooses.
  void sample(Key key, std::uint64_t first, BlockRef<Scalar> x) const {
    Eigen::Array<double, kBlockSize, 1> u;
    uniforms<double>(key, first, u);
    for (Index i = 0; i < kBlockSize; ++i) {
      const Index chosen = choose(u[i]);
      x.row(i) = data_.block(chosen / kBlockSize).row(chosen % kBlockSize);
    }
  }

  /// sum_i w_i f_k(x_i), k = 1 .. K. Cost O(K n).
  template <class Family>
  [[nodiscard]] Vector<Scalar> mean(const Family& f) const {
    Pool alone;
    Matrix<Scalar> partials;
    Vector<Scalar> result(f.size());
    mean(f, partials, result, alone);
    return result;
  }

  /// The same in parallel, with room for the partial sums kept by the caller.
  template <class Family>
  void mean(const Family& f, Matrix<Scalar>& partials, VectorRef<Scalar> result, Pool& pool) const {
    const auto weight_of = [&](Index b) {
      Lane<Scalar> weight = data_.weight(b, 0, count(), Scalar(1) / static_cast<Scalar>(count()));
      if (weights_.size() > 0) {
        const Index first = b * kBlockSize, size = (std::min)(kBlockSize, count() - first);
        weight.head(size) = weights_.segment(first, size).array();
      }
      return weight;
    };
    weighted_means(f, data_, 0, data_.blocks(), weight_of, partials, result, pool);
  }

 private:
  template <class Derived>
  static Batch<Scalar> checked(const Eigen::MatrixBase<Derived>& data) {
    check_count("Empirical", "size of data", data.size());
    check_finite("Empirical", "data", data.template cast<Scalar>());
    return Batch<Scalar>(data);
  }

  [[nodiscard]] Index choose(double u) const {
    if (weights_.size() == 0)
      return (std::min)(static_cast<Index>(u * static_cast<double>(count())), count() - 1);
    const double* begin = cumulative_.data();
    const double* end = begin + count();
    const double at = u * cumulative_[count() - 1];
    return (std::min)(Index(std::upper_bound(begin, end, at) - begin), count() - 1);
  }

  Batch<Scalar> data_;
  Vector<Scalar> weights_;
  Vector<double> cumulative_;
};

}  // namespace pushforward
