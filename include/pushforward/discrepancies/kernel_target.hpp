#pragma once

#include "pushforward/core/vector_math.hpp"
#include "pushforward/discrepancies/detail/pairs.hpp"
#include "pushforward/discrepancies/estimator.hpp"
#include "pushforward/discrepancies/gaussian_embedding.hpp"
#include "pushforward/discrepancies/mean_embedding.hpp"
#include "pushforward/discrepancies/target_sample.hpp"
#include "pushforward/discrepancies/uniform_embedding.hpp"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// What a KernelDiscrepancy is held against, and how.
struct KernelOptions {
  TargetOptions target{};  ///< which samples of the target; none where E k(x, Y) is known
  bool constant = true;    ///< whether D has the term E k(Y, Y'), on which no gradient depends
  double coarse = 1;       ///< what the kernel's widths are multiplied by at step 0; by less later,
  Index anneal = 0;  ///< in equal ratios, until from this step on they are those given; 0: never

  static constexpr std::string_view kName = "KernelOptions";
  [[nodiscard]] auto description() const {
    return describe("target", target, "constant", constant, "coarse", coarse, "anneal", anneal);
  }
};

/// The target's side of MMD^2, - 2 E k(X, Y) + E k(Y, Y'): by its samples, or in closed form.
template <class K, class Target>
class KernelTarget {
  using Embedding = detail::EmbeddingOf<K, Target>;
  static constexpr bool kKnown = HasMeanEmbedding<K, Target>;

 public:
  using Scalar = typename Target::Scalar;

  struct Workspace {
    std::optional<K> kernel;  ///< with the widths of the step
    typename TargetSample<Target>::Workspace samples;
    Index step = -1;      ///< what `constant` is for
    double constant = 0;  ///< E k(Y, Y')
    Vector<double> sums;
    std::vector<typename Embedding::Scratch> scratch;  ///< one for each worker
  };

  /// `function` is what an error names. Throws as the constructor of KernelDiscrepancy does.
  KernelTarget(std::string_view function, K kernel, Target target, KernelOptions options,
               Pairs pairs)
      : kernel_(std::move(kernel)), options_(options), pairs_(pairs),
        sample_(function, std::move(target), options.target, kKnown) {
    kernel_.check();
    check_positive(function, "coarse", options.coarse);
    check_argument(options.anneal >= 0, function, "anneal", options.anneal, "at least 0");
    check_argument(options.anneal > 0 || options.coarse == 1, function, "coarse", options.coarse,
                   "1 where anneal is 0");
    check_argument(options.anneal == 0 || (HasWidths<K> && !known()), function, "anneal",
                   options.anneal, "0 for a kernel without widths, or a target in closed form");
    check_argument(options.target.batch != 1 || pairs == Pairs::all || !options.constant, function,
                   "target batch", options.target.batch, "at least 2 for an unbiased E k(Y, Y')");
    if constexpr (kKnown)
      if (known()) embedding_.emplace(kernel_, sample_.target());
    if (!options.constant) return;
    if constexpr (kKnown)
      if (known()) constant_ = embedding_->self();
    if (finite()) {
      Team alone;
      Workspace work;
      constant_ = self(kernel_, {0, alone}, work);
    }
    check_domain(is_finite(constant_), function, "E k(Y, Y')", constant_, "finite");
  }

  [[nodiscard]] const K& kernel() const { return kernel_; }
  [[nodiscard]] const Target& target() const { return sample_.target(); }
  [[nodiscard]] const KernelOptions& options() const { return options_; }

  /// The kernel of a step; makes ready for what follows.
  const K& prepare(const Step& step, Workspace& work) const {
    if (!work.kernel) work.kernel = kernel_;
    if constexpr (HasWidths<K>)
      if (options_.anneal > 0) {
        *work.kernel = kernel_;
        work.kernel->stretch(stretch(step.index));
      }
    const auto threads = static_cast<std::size_t>(step.team.threads());
    if constexpr (kKnown)
      while (work.scratch.size() < threads) grow(work.scratch.emplace_back());
    if (!known()) static_cast<void>(sample_.samples(step, work.samples));
    if (work.step != step.index && options_.constant) {
      const bool settled = known() || (finite() && step.index >= options_.anneal);
      work.constant = settled ? constant_ : self(*work.kernel, step, work);
      work.step = step.index;
    }
    return *work.kernel;
  }

  /// E k(Y, Y'), or 0 if it is to be left out.
  [[nodiscard]] double constant(const Workspace& work) const { return work.constant; }

  /// - sum_i u_i E k(x_i, Y) over the 64 rows of x, 64 x d; takes the gradients of E k(x_i, Y),
  /// without u, from the rows of dx.
  [[nodiscard]] double subtract(const Step& step, ConstBlockRef<Scalar> x, const Lane<Scalar>& u,
                                BlockRef<Scalar> dx, Index worker, Workspace& work) const {
    if constexpr (kKnown)
      if (known()) {
        Lane<Scalar> potential = Lane<Scalar>::Zero();
        embedding_->subtract(x, potential, dx, work.scratch[static_cast<std::size_t>(worker)]);
        return static_cast<double>(weighted_sum(u, potential));
      }
    const Batch<Scalar>& y = sample_.samples(step, work.samples);
    double sum = 0;
    for (Index c = 0; c < y.blocks(); ++c)
      sum += detail::block_sum<detail::Field::force, K, Scalar>(
          *work.kernel, x, u, y.block(c), -sample_.weight(c, y), detail::rows_of(c, 0, y.count()),
          dx.data());
    return sum;
  }

  /// potential_i -= E k(x_i, Y) for the rows of x, 64 x d.
  void subtract(const Step& step, const Block<Scalar>& x, Lane<Scalar>& potential,
                Workspace& work) const {
    if constexpr (kKnown)
      if (known()) {
        Block<Scalar> dx = x;
        return embedding_->subtract(x, potential, dx, work.scratch.front());
      }
    const Batch<Scalar>& y = sample_.samples(step, work.samples);
    for (Index c = 0; c < y.blocks(); ++c) {
      const Lane<Scalar> w = -sample_.weight(c, y);
      detail::add_field<detail::Field::value>(*work.kernel, x.cols(), x.data(), y.block(c).data(),
                                              w.data(), detail::rows_of(c, 0, y.count()),
                                              potential.data());
    }
  }

 private:
  /// A worker's room grows with all others: it may come to no block in the first steps.
  void grow(typename Embedding::Scratch& scratch) const requires kKnown {
    if (!known()) return;
    Lane<Scalar> potential = Lane<Scalar>::Zero();
    Block<Scalar> x = Block<Scalar>::Zero(kBlockSize, target().dimension()), dx = x;
    embedding_->subtract(x, potential, dx, scratch);
  }

  /// Whether it is data; whether its mean embedding is used.
  [[nodiscard]] bool finite() const { return FiniteMeasure<Target> && options_.target.batch == 0; }
  [[nodiscard]] bool known() const { return kKnown && options_.target.batch == 0; }

  /// coarse^(1 - i / anneal) before step `anneal`.
  [[nodiscard]] double stretch(Index i) const {
    if (i >= options_.anneal) return 1;
    const double rest = 1 - static_cast<double>(i) / static_cast<double>(options_.anneal);
    return exp(rest * log(options_.coarse));
  }

  /// E k(Y, Y') of the samples of a step: of all pairs of data, whose law it is, and of distinct
  /// ones of fresh samples for an unbiased estimate.
  double self(const K& kernel, const Step& step, Workspace& work) const {
    const Batch<Scalar>& y = sample_.samples(step, work.samples);
    const auto w = [&](Index c) { return sample_.weight(c, y); };
    const double all = detail::pair_sum(step.team, kernel, y, w, y, w, true, work.sums);
    if (finite() || pairs_ == Pairs::all) return all;
    const double m = static_cast<double>(y.count());
    return (m * all - detail::at_zero<Scalar>(kernel)) / (m - 1);
  }

  K kernel_;
  KernelOptions options_;
  Pairs pairs_;
  TargetSample<Target> sample_;
  std::optional<Embedding> embedding_;
  double constant_ = 0;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
