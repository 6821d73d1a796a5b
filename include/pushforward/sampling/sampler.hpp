#pragma once

#include "pushforward/core/concepts.hpp"
#include "pushforward/core/stack_block.hpp"

#include <utility>

namespace pushforward {

/// A map with its source: draws from T # mu0. Sample i is a pure function of (key, i).
///
/// Const and safe to use from many threads; the same bits alone or in a batch. Cost: one pass of
/// the map for each block of 64 samples that is touched.
template <class M, class Source>
class Sampler {
  static_assert(explain_map<M>() && explain_measure<Source>());
  static_assert(std::same_as<typename M::Scalar, typename Source::Scalar>,
                "Sampler: map and source must have the same Scalar");

 public:
  using Scalar = typename M::Scalar;
  /// d x n, one sample a column, of any column stride.
  using View = Eigen::Ref<Matrix<Scalar>>;

  /// The default stream is another than that of a PushforwardObjective, so that samples are not
  /// those the map was trained on. Throws std::invalid_argument unless the map takes what the
  /// source gives, and both dimensions are at most kMaxStackDimension.
  Sampler(M map, Source source, Key key = {.stream = 1})
      : map_(std::move(map)), source_(std::move(source)), key_(key) {
    check_size("Sampler", "input dimension of the map", map_.input_dimension(),
               source_.dimension());
    StackBlock<Scalar>::check_dimension("Sampler", source_.dimension());
    StackBlock<Scalar>::check_dimension("Sampler", map_.output_dimension());
  }

  [[nodiscard]] const M& map() const { return map_; }
  [[nodiscard]] const Source& source() const { return source_; }
  [[nodiscard]] Index dimension() const { return map_.output_dimension(); }

  /// Samples first .. first + count - 1, d x count. Throws std::invalid_argument if count < 0,
  /// std::length_error if that is more than memory has addresses for.
  [[nodiscard]] Matrix<Scalar> sample(Index count, std::uint64_t first = 0) const {
    check_argument(count >= 0, "Sampler::sample", "count", count, "at least 0");
    check_length<Scalar>("Sampler::sample", "dimension x count", dimension(), count);
    Matrix<Scalar> samples(dimension(), count);
    fill(samples, first);
    return samples;
  }

  /// Samples first .. first + n - 1 into a d x n view. Allocates nothing.
  /// Throws std::invalid_argument if the view has other than d rows.
  void sample_into(View samples, std::uint64_t first = 0) const {
    check_size("Sampler::sample_into", "rows of samples", samples.rows(), dimension());
    fill(samples, first);
  }

  /// Sample i, d.
  [[nodiscard]] Vector<Scalar> operator[](std::uint64_t i) const { return sample(1, i); }

 private:
  void fill(View samples, std::uint64_t first) const {
    StackBlock<Scalar> input, output;
    auto x = input.columns(source_.dimension());
    auto y = output.columns(dimension());
    for (Index done = 0; done < samples.cols(); done += kBlockSize) {
      source_.sample(key_, first + static_cast<std::uint64_t>(done), x);
      map_.apply(x, y);
      const Index count = (std::min)(kBlockSize, samples.cols() - done);
      for (Index i = 0; i < count; ++i)
        for (Index j = 0; j < dimension(); ++j) samples(j, done + i) = y(i, j);
    }
  }

  M map_;
  Source source_;
  Key key_;
};

}  // namespace pushforward
