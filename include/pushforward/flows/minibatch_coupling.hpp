#pragma once

#include "pushforward/measures/measure.hpp"
#include "pushforward/transport/assignment.hpp"

#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How a MinibatchCoupling pairs.
struct MinibatchOptions {
  Index batch = 64;  ///< m, draws that are paired with each other; between 1 and kLargestAssignment

  static constexpr std::string_view kName = "MinibatchOptions";
  [[nodiscard]] auto description() const { return describe("batch", batch); }
};

/// The coupling on R^(2 d) of a source and a target whose samples are paired, m and m at a time, at
/// the least sum of |x0 - x1|^2 (Pooladian et al. 2023; Tong et al. 2024). Its marginals are the
/// source and the target; m = 1 is the independent coupling, and the larger m is, the nearer it is
/// to the optimal one. Paths between its pairs are straighter, and need fewer steps.
///
/// Sample i belongs to minibatch floor(i / m). A table of pairs made once is the `Empirical` of
/// some: \code
///   const pf::MinibatchCoupling coupling(pf::Gaussian<float>(2), data, {.batch = 1024});
///   const pf::Empirical<float> table(pf::draw(coupling, 128 * 1024, pf::Key{1}));
/// \endcode
/// Cost O(m^2) a sample at the worst, when samples are asked for in order: the scratch keeps the
/// minibatch that was paired last, and what was needed to pair it.
template <class Source, class Target>
class MinibatchCoupling {
  static_assert(explain_measure<Source>() && explain_measure<Target>());
  static_assert(std::same_as<typename Source::Scalar, typename Target::Scalar>,
                "MinibatchCoupling: source and target must have the same Scalar");

 public:
  using Scalar = typename Source::Scalar;
  static constexpr std::string_view kName = "MinibatchCoupling";

  /// Of one coupling: it remembers pairs, not for which source and target they were made.
  struct Scratch {
    ScratchOf<Source> source;
    ScratchOf<Target> target;
    Batch<Scalar> x0, x1;  ///< of the minibatch
    detail::ListedAssignment<double> assignment;
    std::vector<Index> partner;  ///< of row i of x0, in x1; empty if none is paired
    Key key;                     ///< of the minibatch
    std::uint64_t minibatch = 0;
  };

  /// Throws std::invalid_argument unless source and target have one dimension, and options.batch is
  /// between 1 and kLargestAssignment.
  MinibatchCoupling(Source source, Target target, MinibatchOptions options = {})
      : source_(std::move(source)), target_(std::move(target)), options_(options) {
    check_size("MinibatchCoupling", "dimension of the target", target_.dimension(),
               source_.dimension());
    check_argument(options.batch >= 1 && options.batch <= kLargestAssignment, "MinibatchCoupling",
                   "batch", options.batch, "between 1 and " + to_text(kLargestAssignment));
  }

  [[nodiscard]] auto description() const {
    return describe("source", source_, "target", target_, "options", options_);
  }
  [[nodiscard]] Index dimension() const { return 2 * source_.dimension(); }

  /// x0 is sample i of stream key.part(0) of the source; x1 one of stream key.part(1) of the
  /// target, of the same minibatch. Throws std::domain_error if a distance is not finite.
  void sample(Key key, std::uint64_t first, BlockRef<Scalar> x, Scratch& scratch) const {
    const auto m = static_cast<std::uint64_t>(options_.batch);
    const Index d = source_.dimension();
    for (Index row = 0; row < kBlockSize; ++row) {
      const std::uint64_t i = first + static_cast<std::uint64_t>(row), minibatch = i / m;
      if (scratch.partner.size() != m || scratch.minibatch != minibatch || scratch.key != key)
        pair(key, minibatch, scratch);
      const auto at = static_cast<Index>(i % m);
      const Index to = scratch.partner[static_cast<std::size_t>(at)];
      x.row(row).head(d) = scratch.x0.block(at / kBlockSize).row(at % kBlockSize);
      x.row(row).tail(d) = scratch.x1.block(to / kBlockSize).row(to % kBlockSize);
    }
  }

 private:
  void pair(Key key, std::uint64_t minibatch, Scratch& scratch) const {
    const Index m = options_.batch;
    const std::uint64_t first = minibatch * static_cast<std::uint64_t>(m);
    scratch.partner.clear();
    draw(source_, key.part(0), first, scratch.x0, scratch.source);
    draw(target_, key.part(1), first, scratch.x1, scratch.target);
    Matrix<double>& costs = scratch.assignment.costs.c;
    set_size(costs, m, m);
    for (Index i = 0; i < m; ++i) {
      const auto x0 = scratch.x0.block(i / kBlockSize).row(i % kBlockSize);
      costs.col(i).setZero();
      for (Index k = 0; k < x0.size(); ++k)
        for (Index j = 0; j < m; ++j) {
          const auto x1 = double(scratch.x1.block(j / kBlockSize)(j % kBlockSize, k));
          costs(j, i) += (double(x0[k]) - x1) * (double(x0[k]) - x1);
        }
    }
    check_finite("MinibatchCoupling::sample", "squared distance", costs);
    scratch.partner = scratch.assignment.solve();
    scratch.key = key;
    scratch.minibatch = minibatch;
  }

  template <class M>
  void draw(const M& measure, Key key, std::uint64_t first, Batch<Scalar>& samples,
            ScratchOf<M>& scratch) const {
    samples.resize(measure.dimension(), options_.batch);
    for (Index b = 0; b < samples.blocks(); ++b)
      pushforward::sample(measure, key, first + static_cast<std::uint64_t>(b * kBlockSize),
                          samples.block(b), scratch);
  }

  Source source_;
  Target target_;
  MinibatchOptions options_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
