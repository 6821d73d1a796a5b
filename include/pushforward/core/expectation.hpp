#pragma once

#include "pushforward/core/concepts.hpp"

/// \file
/// Means of test functions: over a batch, and under a measure.

namespace pushforward {

/// mean_k = sum_i weight_i f_k(y_i) over blocks from <= b < to of y, in parallel.
///
/// weight_of(b) gives the weights of block b, a Lane. `partials` is room for the sums of the runs,
/// kept by the caller so that nothing is allocated again. Cost O(K n).
template <class Family, class WeightOf>
void weighted_means(const Family& f, const Batch<typename Family::Scalar>& y, Index from, Index to,
                    WeightOf weight_of, Matrix<typename Family::Scalar>& partials,
                    VectorRef<typename Family::Scalar> mean, Pool& pool) {
  // Only ever grows, so that parts of a batch with more and fewer runs share it; columns that are
  // not used add zeros.
  set_size(partials, f.size(), (std::max)({run_count(to - from), partials.cols(), Index(1)}));
  partials.setZero();
  for_each_block(pool, to - from, [&](Index run, Index b) {
    f.add_sums(y.block(from + b), weight_of(from + b), partials.col(run));
  });
  sum_columns<typename Family::Scalar>(pool, partials, mean);
}

/// How a mean without a closed form is estimated: from that many samples of that stream.
struct SampleMean {
  Index count = Index(1) << 16;
  Key key{.stream = 2};
};

/// E f_k under m, k = 1 .. K.
///
/// In closed form where the family and the measure have one (`f.expectation(m)`), exactly for a
/// measure that is a list of samples (`m.mean(f)`), else the mean of f over samples of m.
/// Throws std::invalid_argument if the dimensions differ, with both, or there is no function.
template <class Family, class M>
[[nodiscard]] Vector<typename Family::Scalar> expectation(const Family& f, const M& m,
                                                          SampleMean sampling = {}) {
  using Scalar = typename Family::Scalar;
  static_assert(explain_test_functions<Family>() && explain_measure<M>());
  static_assert(std::same_as<Scalar, typename M::Scalar>,
                "expectation: test functions and measure must have the same Scalar");
  check_size("expectation", "dimension of the measure", m.dimension(), f.dimension());
  check_count("expectation", "number of test functions", static_cast<Index>(f.size()));
  if constexpr (requires { f.expectation(m); }) {
    return f.expectation(m);
  } else if constexpr (requires { m.mean(f); }) {
    return m.mean(f);
  } else {
    check_count("expectation", "count", sampling.count);
    Batch<Scalar> y(m.dimension(), sampling.count);
    for (Index b = 0; b < y.blocks(); ++b)
      m.sample(sampling.key, static_cast<std::uint64_t>(b * kBlockSize), y.block(b));
    Pool alone;
    Matrix<Scalar> partials;
    Vector<Scalar> mean(f.size());
    const Scalar weight = Scalar(1) / static_cast<Scalar>(sampling.count);
    weighted_means(
        f, y, 0, y.blocks(), [&](Index b) { return y.weight(b, 0, y.count(), weight); }, partials,
        mean, alone);
    return mean;
  }
}

}  // namespace pushforward
