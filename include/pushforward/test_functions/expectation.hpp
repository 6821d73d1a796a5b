#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/step.hpp"
#include "pushforward/measures/draw.hpp"
#include "pushforward/test_functions/test_functions.hpp"

/// \file
/// Means of test functions: over a batch, and under a measure.

namespace pushforward::inline PUSHFORWARD_ISA {

/// mean_k = sum_i weight_i f_k(y_i) over blocks from <= b < to of y, in parallel. weight_of(b)
/// gives the weights of block b, a Lane. Cost O(K n).
template <TestFunctions Family, class WeightOf>
void weighted_means(const Family& f, const Batch<typename Family::Scalar>& y, Index from, Index to,
                    WeightOf weight_of, Team& team, TreeSum<typename Family::Scalar>& room,
                    VectorRef<typename Family::Scalar> mean) {
  using Scalar = typename Family::Scalar;
  tree_sum<Scalar>(team, to - from, room, mean, [&](Index, Index b, VectorRef<Scalar> partial) {
    f.add_sums(y.block(from + b), weight_of(from + b), partial);
  });
}

/// How a mean without a closed form is estimated: from samples first .. first + count - 1 of a
/// stream.
struct SampleMean {
  Index count = Index(1) << 16;  ///< at least 1
  Key key{.stream = 2};
  std::uint64_t first = 0;
};

/// Room to work in, kept from call to call so that nothing is allocated again.
template <class M>
struct ExpectationRoom {
  DrawRoom<M> draw;
  TreeSum<typename M::Scalar> sums;
};

/// The mean of f over samples of m, into `mean`, K. Throws std::invalid_argument unless
/// sampling.count >= 1. Cost O(K count).
template <TestFunctions Family, Measure M>
void sample_mean(const Family& f, const M& m, const SampleMean& sampling, Team& team,
                 ExpectationRoom<M>& room, VectorRef<typename Family::Scalar> mean) {
  using Scalar = typename Family::Scalar;
  check_count("expectation", "count", sampling.count);
  const Batch<Scalar>& y = draw(m, sampling.count, sampling.key, sampling.first, team, room.draw);
  const Scalar weight = Scalar(1) / static_cast<Scalar>(sampling.count);
  weighted_means(
      f, y, 0, y.blocks(), [&](Index b) { return y.weight(b, 0, sampling.count, weight); }, team,
      room.sums, mean);
}

/// E f_k under m, into `mean`, K.
///
/// In closed form where the family and the measure have one (`f.expectation(m, mean)`), exactly for
/// a measure that is a list of weighted samples, else the mean of f over samples of m.
template <TestFunctions Family, Measure M>
void expectation(const Family& f, const M& m, const SampleMean& sampling, Team& team,
                 ExpectationRoom<M>& room, VectorRef<typename Family::Scalar> mean) {
  if constexpr (requires { f.expectation(m, mean); })
    f.expectation(m, mean);
  else if constexpr (TwoFamilies<Family>) {
    expectation(f.first(), m, sampling, team, room, mean.head(f.first().size()));
    expectation(f.second(), m, sampling, team, room, mean.tail(f.second().size()));
  } else if constexpr (FiniteMeasure<M>)
    weighted_means(
        f, m.data(), 0, m.data().blocks(), [&](Index b) { return m.weight(b); }, team, room.sums,
        mean);
  else
    sample_mean(f, m, sampling, team, room, mean);
}

/// E f_k under m, k = 1 .. K, as above.
/// Throws std::invalid_argument if the dimensions differ, with both, if there is no function, or
/// unless sampling.count >= 1.
template <class Family, class M>
[[nodiscard]] Vector<typename Family::Scalar> expectation(const Family& f, const M& m,
                                                          const SampleMean& sampling = {}) {
  static_assert(explain_test_functions<Family>() && explain_measure<M>());
  static_assert(std::same_as<typename Family::Scalar, typename M::Scalar>,
                "expectation: test functions and measure must have the same Scalar");
  check_size("expectation", "dimension of the measure", m.dimension(), f.dimension());
  check_count("expectation", "number of test functions", f.size());
  check_count("expectation", "count", sampling.count);
  Team alone;
  ExpectationRoom<M> room;
  Vector<typename Family::Scalar> mean(f.size());
  expectation(f, m, sampling, alone, room, mean);
  return mean;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
