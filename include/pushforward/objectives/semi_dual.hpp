#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/lane.hpp"
#include "pushforward/maps/brenier_map.hpp"
#include "pushforward/measures/measure.hpp"
#include "pushforward/objectives/block_sum.hpp"
#include "pushforward/objectives/objective.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How SemiDualObjective draws.
struct SemiDualOptions {
  Index batch = 256;  ///< n, samples a step of source and of target, at least 1
  /// Of the source's stream; the target's is that of key.part(1). Step k takes their samples
  /// k n .. k n + n - 1.
  Key key{};

  static constexpr std::string_view kName = "SemiDualOptions";
  [[nodiscard]] auto description() const { return describe("batch", batch, "key", key); }
};

/// phi -> E phi(X) + E phi*(Y), X ~ mu0, Y ~ mu1, of a convex potential phi whose gradient is the
/// map T: the semi-dual problem of optimal transport for the cost |x - y|^2. If mu0 has a density,
/// and both have second moments, its solution has T # mu0 = mu1 and is the optimal map (Brenier
/// 1991; Villani, "Topics in Optimal Transportation", 2003, ch. 2; learned so by Taghvaei & Jalali
/// 2019, with a second network for the inverse by Makkuva et al. 2020). Pairs are not needed, and
/// the loss is convex in phi, though not in theta.
///
/// With z_i = T^-1(y_i), by the map's own inverse, and phi*(y) = z.y - phi(z), on a batch
///
///   L = (1 / n) sum_i phi(x_i) + z_i.y_i - phi(z_i),
///   dL/dtheta = (1 / n) sum_i dphi(x_i)/dtheta - dphi(z_i)/dtheta:
///
/// what z does to L is of second order, as z maximises z.y - phi(z). For every phi
///
///   E|X|^2 + E|Y|^2 - 2 (E phi(X) + E phi*(Y)) <= W_2^2(mu0, mu1),
///
/// with equality at the solution: a floor for what any coupling costs, but for the noise of a
/// batch.
///
/// Where T has no inverse at some y, L is NaN, whereupon a run goes back a step. Cost of a sample:
/// two forward passes, two gradients of the potential, and an inverse, which is most of it. The map
/// is a BrenierMap, as ConvexGradient. \code
///   pf::ConvexGradient<double> map(2, 64, pf::Key{1});
///   const pf::SemiDualObjective objective(pf::Gaussian<double>(2), target);
///   const auto result = pf::fit(map, objective, pf::Adam{.rate = 1e-2}, {.seconds = 5});
/// \endcode
template <class Source, class Target>
class SemiDualObjective {
  static_assert(explain_measure<Source>() && explain_measure<Target>());
  static_assert(std::same_as<typename Source::Scalar, typename Target::Scalar>,
                "SemiDualObjective: source and target must have one Scalar");

 public:
  using Scalar = typename Source::Scalar;

  template <class Map>
  struct Workspace {
    static_assert(explain_brenier_map<Map>());
    /// The room of a worker.
    struct Room {
      typename Map::Tape tape;
      ScratchOf<Map> inverse;
      ScratchOf<Source> source;
      ScratchOf<Target> target;
      Block<Scalar> z, image;
    };
    Batch<Scalar> x, y;
    BlockSum<Scalar, Room> sum;
  };

  /// Throws std::invalid_argument unless options.batch >= 1, and a multiple of the nodes of source
  /// and target where they have a number of them, and both have one dimension.
  SemiDualObjective(Source source, Target target, SemiDualOptions options = {})
      : source_(std::move(source)), target_(std::move(target)), options_(options) {
    check_count("SemiDualObjective", "batch", options.batch);
    check_size("SemiDualObjective", "dimension of the target", target_.dimension(),
               source_.dimension());
    check_nodes("SemiDualObjective", "source", source_, options.batch);
    check_nodes("SemiDualObjective", "target", target_, options.batch);
  }

  static constexpr std::string_view kName = "SemiDualObjective";
  [[nodiscard]] auto description() const {
    return describe("source", source_, "target", target_, "options", options_);
  }
  [[nodiscard]] const Source& source() const { return source_; }
  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] const SemiDualOptions& options() const { return options_; }

  /// Throws std::invalid_argument unless the map is one of R^d.
  template <class Map>
  void check(const Map& map) const {
    check_size("SemiDualObjective", "input dimension of the map", map.input_dimension(),
               source_.dimension());
    check_size("SemiDualObjective", "output dimension of the map", map.output_dimension(),
               source_.dimension());
  }

  template <class Map>
  Scalar value_and_gradient(const Map& map, const Step& step, VectorRef<Scalar> dtheta,
                            Workspace<Map>& work) const {
    const Index n = options_.batch, d = source_.dimension(), p = dtheta.size();
    const auto start = static_cast<std::uint64_t>(step.index) * static_cast<std::uint64_t>(n);
    work.x.resize(d, n);
    work.y.resize(d, n);
    return work.sum(
        step, work.x.blocks(), dtheta, [&](Index, auto& room, Index b, VectorRef<Scalar> partial) {
          const auto first = start + static_cast<std::uint64_t>(b * kBlockSize);
          pushforward::sample(source_, options_.key, first, work.x.block(b), room.source);
          pushforward::sample(target_, options_.key.part(1), first, work.y.block(b), room.target);
          if (b + 1 == work.x.blocks()) {
            work.x.pad();
            work.y.pad();
          }
          set_size(room.z, kBlockSize, d);
          set_size(room.image, kBlockSize, d);
          const Lane<Scalar> weight = work.x.weight(b, 0, n, 1 / static_cast<Scalar>(n));
          Lane<Scalar> phi;
          map.forward(work.x.block(b), room.image, room.tape);
          map.potential(room.tape, phi);
          map.backward_potential(room.tape, weight, partial.head(p));
          partial[p] += weighted_sum(weight, phi);

          map.inverse(work.y.block(b), room.z, room.inverse);
          map.forward(room.z, room.image, room.tape);
          map.potential(room.tape, phi);
          map.backward_potential(room.tape, -weight, partial.head(p));
          Lane<Scalar> conjugate = -phi;
          for (Index j = 0; j < d; ++j) conjugate += room.z.col(j) * work.y.block(b).col(j);
          partial[p] += weighted_sum(weight, conjugate);
        });
  }

 private:
  Source source_;
  Target target_;
  SemiDualOptions options_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
