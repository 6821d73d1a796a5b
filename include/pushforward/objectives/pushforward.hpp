#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/discrepancies/discrepancy.hpp"
#include "pushforward/measures/measure.hpp"
#include "pushforward/objectives/objective.hpp"
#include "pushforward/objectives/passes.hpp"

#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How a PushforwardObjective draws.
struct PushforwardOptions {
  Index batch = 1024;  ///< samples of the source a step, at least 1
  Key key{};           ///< the stream they come from; step s takes samples s n .. s n + n - 1

  static constexpr std::string_view kName = "PushforwardOptions";
  [[nodiscard]] auto description() const { return describe("batch", batch, "key", key); }
};

/// theta -> D(T_theta # mu0): the discrepancy between the target and what the map makes of a batch
/// x_1 .. x_n of the source mu0.
///
/// Each step draws a new batch; a QuasiRandom source with `batch` nodes gives the same nodes at
/// every step, and so a deterministic loss. The blocks of the batch are worked on in parallel; the
/// gradient dL/dtheta = sum_i (dT_theta(x_i)/dtheta)' dD/dy_i is summed in a fixed tree.
template <class Source, class Target>
class PushforwardObjective {
  static_assert(explain_measure<Source>() && explain_discrepancy<Target>());
  static_assert(std::same_as<typename Source::Scalar, typename Target::Scalar>,
                "PushforwardObjective: source and discrepancy must have the same Scalar");

 public:
  using Scalar = typename Source::Scalar;

  template <class Map>
  struct Workspace {
    Passes<Map> passes;
    std::vector<ScratchOf<Source>> source;  ///< one for each worker
    typename Target::Workspace discrepancy;
  };

  /// Throws std::invalid_argument unless options.batch >= 1, and a multiple of the source's nodes
  /// where it has a number of them: else each step would see others.
  PushforwardObjective(Source source, Target discrepancy, PushforwardOptions options = {})
      : source_(std::move(source)), discrepancy_(std::move(discrepancy)), options_(options) {
    check_count("PushforwardObjective", "batch", options.batch);
    check_nodes("PushforwardObjective", "source", source_, options.batch);
  }

  static constexpr std::string_view kName = "PushforwardObjective";
  [[nodiscard]] auto description() const {
    return describe("source", source_, "discrepancy", discrepancy_, "options", options_);
  }
  [[nodiscard]] const Source& source() const { return source_; }
  [[nodiscard]] const Target& discrepancy() const { return discrepancy_; }
  [[nodiscard]] const PushforwardOptions& options() const { return options_; }

  /// Throws std::invalid_argument unless the map leads from the source to the discrepancy.
  template <class Map>
  void check(const Map& map) const {
    check_size("PushforwardObjective", "input dimension of the map", map.input_dimension(),
               source_.dimension());
    check_size("PushforwardObjective", "output dimension of the map", map.output_dimension(),
               discrepancy_.dimension());
  }

  template <class Map>
  Scalar value_and_gradient(const Map& map, const Step& step, VectorRef<Scalar> dtheta,
                            Workspace<Map>& work) const {
    forward(map, step, work);
    Passes<Map>& passes = work.passes;
    const Scalar value =
        discrepancy_.value_and_gradient(passes.y(), step, passes.dy(), work.discrepancy);
    passes.backward(map, step, dtheta);
    return value;
  }

  [[nodiscard]] Index residual_count() const requires LeastSquaresDiscrepancy<Target> {
    return discrepancy_.residual_count();
  }

  template <class Map>
  void residuals(const Map& map, const Step& step, VectorRef<Scalar> rho,
                 Workspace<Map>& work) const requires LeastSquaresDiscrepancy<Target> {
    forward(map, step, work);
    discrepancy_.residuals(work.passes.y(), step, rho, work.discrepancy);
  }

  /// J', P x R, after the residuals: column k is sum_i (dT(x_i)/dtheta)' d rho_k/dy_i.
  template <class Map>
  void jacobian(const Map& map, const Step& step, VectorRef<Scalar> rho, Matrix<Scalar>& jacobian,
                Workspace<Map>& work) const requires LeastSquaresDiscrepancy<Target> {
    residuals(map, step, rho, work);
    work.passes.jacobian(map, step, residual_count(), jacobian,
                         [&](Index b, BlockRef<Scalar> dy, const auto& visit) {
                           discrepancy_.residual_gradients(work.passes.y(), b, dy, work.discrepancy,
                                                           visit);
                         });
  }

 private:
  template <class Map>
  void forward(const Map& map, const Step& step, Workspace<Map>& work) const {
    const Index n = options_.batch;
    const std::uint64_t start =
        static_cast<std::uint64_t>(step.index) * static_cast<std::uint64_t>(n);
    work.source.resize(static_cast<std::size_t>(step.team.threads()));
    work.passes.forward(map, n, step, [&](Index worker, Index b, BlockRef<Scalar> x) {
      pushforward::sample(source_, options_.key, start + static_cast<std::uint64_t>(b * kBlockSize),
                          x, work.source[static_cast<std::size_t>(worker)]);
    });
  }

  Source source_;
  Target discrepancy_;
  PushforwardOptions options_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
