#pragma once

#include "pushforward/measures/image.hpp"

#include <algorithm>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// A map with its source: draws from T # mu0. Sample i is a pure function of (key, i).
///
/// A Measure too, so that a trained sampler can be a source, a teacher or a target, with a density
/// if the map is invertible and the source has one. Const and safe to use from many threads; the
/// same bits alone or in a batch. Cost: one pass of the map for each block of 64 samples that is
/// touched; for a single sample one of the map's apply_one, if any.
template <class M, class Source>
class Sampler {
  static_assert(explain_map<M>() && explain_measure<Source>());
  static_assert(std::same_as<typename M::Scalar, typename Source::Scalar>,
                "Sampler: map and source must have the same Scalar");

 public:
  using Scalar = typename M::Scalar;
  using Law = Image<M, Source>;
  static constexpr std::string_view kName = "Sampler";
  /// d x n, one sample a column, of any column stride.
  using View = Eigen::Ref<Matrix<Scalar>>;

  /// Room to work in, one for each thread: empty at first, and nothing is allocated once it has
  /// been used for a single sample, or for more, and is used for such again.
  struct Scratch {
    typename Law::Scratch law;
    Block<Scalar> y;
    Vector<Scalar> one;
  };

  /// The default stream is another than that of a PushforwardObjective, so that samples are not
  /// those the map was trained on. Throws std::invalid_argument unless the map takes what the
  /// source gives.
  Sampler(M map, Source source, Key key = {.stream = 1})
      : law_("Sampler", std::move(map), std::move(source)), key_(key) {}

  /// T#mu0
  [[nodiscard]] const Law& law() const { return law_; }
  [[nodiscard]] const M& map() const { return law_.map(); }
  [[nodiscard]] const Source& source() const { return law_.measure(); }
  [[nodiscard]] const Key& key() const { return key_; }
  [[nodiscard]] auto description() const {
    return describe("map", map(), "source", source(), "key", key_);
  }
  [[nodiscard]] Index dimension() const { return law_.dimension(); }
  [[nodiscard]] Index nodes() const requires HasNodes<Source> { return law_.nodes(); }

  /// Samples first .. first + count - 1, d x count. Throws std::invalid_argument if count < 0,
  /// std::length_error if that is more than memory has addresses for.
  [[nodiscard]] Matrix<Scalar> sample(Index count, std::uint64_t first = 0) const {
    check_argument(count >= 0, "Sampler::sample", "count", count, "at least 0");
    check_length<Scalar>("Sampler::sample", "dimension x count", dimension(), count);
    Matrix<Scalar> samples(dimension(), count);
    Scratch scratch;
    fill(samples, first, scratch);
    return samples;
  }

  /// Samples first .. first + n - 1 into a d x n view, with room kept by the caller: allocates
  /// nothing once warm. Throws std::invalid_argument if the view has other than d rows.
  void sample_into(View samples, std::uint64_t first, Scratch& scratch) const {
    check_size("Sampler::sample_into", "rows of samples", samples.rows(), dimension());
    fill(samples, first, scratch);
  }

  /// The same, with room of its own.
  void sample_into(View samples, std::uint64_t first = 0) const {
    Scratch scratch;
    sample_into(samples, first, scratch);
  }

  /// Sample i, d.
  [[nodiscard]] Vector<Scalar> operator[](std::uint64_t i) const { return sample(1, i); }

  /// As a Measure: T of sample first + i of stream `key` of the source.
  void sample(Key key, std::uint64_t first, BlockRef<Scalar> y, Scratch& scratch) const {
    law_.sample(key, first, y, scratch.law);
  }

  /// log p of the rows of y, 64 x d, under T#mu0; see Image.
  void log_density(ConstBlockRef<Scalar> y, Lane<Scalar>& out,
                   Scratch& scratch) const requires HasDensity<Law> {
    law_.log_density(y, out, scratch.law);
  }

 private:
  void fill(View samples, std::uint64_t first, Scratch& scratch) const {
    if constexpr (HasApplyOne<M>)
      if (samples.cols() == 1) {
        set_size(scratch.one, source().dimension());
        if constexpr (HasSampleOne<Source>) {
          source().sample_one(key_, first, scratch.one);
        } else {
          Block<Scalar>& x = scratch.law.x;
          set_size(x, kBlockSize, source().dimension());
          pushforward::sample(source(), key_, first, x, scratch.law.measure);
          scratch.one = x.row(0);
        }
        return map().apply_one(scratch.one, samples.col(0), scratch.law.map);
      }
    set_size(scratch.y, kBlockSize, dimension());
    for (Index done = 0; done < samples.cols(); done += kBlockSize) {
      sample(key_, first + static_cast<std::uint64_t>(done), scratch.y, scratch);
      const Index count = (std::min)(kBlockSize, samples.cols() - done);
      for (Index i = 0; i < count; ++i)
        for (Index j = 0; j < dimension(); ++j) samples(j, done + i) = scratch.y(i, j);
    }
  }

  Law law_;
  Key key_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
