#pragma once

#include "pushforward/objectives/objective.hpp"

#include <utility>
#include <vector>

namespace pushforward {

/// How a PushforwardObjective draws.
struct PushforwardOptions {
  Index batch = 1024;  ///< samples of the source a step, at least 1
  Key key{};           ///< the stream they come from; step s takes samples s n .. s n + n - 1
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

  /// Tapes, batches and partial gradients of a step.
  template <class Map>
  struct Workspace {
    Batch<Scalar> x, y, dy;
    std::vector<typename Map::Tape> tapes;  ///< one for each block
    std::vector<Block<Scalar>> dx;          ///< one for each run; its content is not used
    Matrix<Scalar> partials;                ///< P x runs
    Matrix<Scalar> units;                   ///< R x runs, for the Jacobian
    typename Target::Workspace discrepancy;
  };

  /// Throws std::invalid_argument unless options.batch >= 1.
  PushforwardObjective(Source source, Target discrepancy, PushforwardOptions options = {})
      : source_(std::move(source)), discrepancy_(std::move(discrepancy)), options_(options) {
    check_count("PushforwardObjective", "batch", options.batch);
  }

  [[nodiscard]] const Source& source() const { return source_; }
  [[nodiscard]] const Target& discrepancy() const { return discrepancy_; }
  [[nodiscard]] Target& discrepancy() { return discrepancy_; }
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
  Scalar value_and_gradient(const Map& map, Index step, VectorRef<Scalar> dtheta,
                            Workspace<Map>& work, Pool& pool) const {
    forward(map, step, work, pool);
    const Scalar value = discrepancy_.value_and_gradient(work.y, work.dy, work.discrepancy, pool);
    set_size(work.partials, map.parameter_count(), run_count(work.y.blocks()));
    for_each_block(pool, work.y.blocks(), [&](Index run, Index b) {
      if (b == run_begin(run, work.y.blocks())) work.partials.col(run).setZero();
      map.backward(work.tapes[std::size_t(b)], work.dy.block(b), work.partials.col(run),
                   work.dx[std::size_t(run)]);
    });
    sum_columns<Scalar>(pool, work.partials, dtheta);
    return value;
  }

  [[nodiscard]] Index residual_count() const requires LeastSquaresDiscrepancy<Target> {
    return discrepancy_.residual_count();
  }

  template <class Map>
  void residuals(const Map& map, Index step, VectorRef<Scalar> rho, Workspace<Map>& work,
                 Pool& pool) const requires LeastSquaresDiscrepancy<Target> {
    forward(map, step, work, pool);
    discrepancy_.residuals(work.y, rho, work.discrepancy, pool);
  }

  /// Column k of J', P x R: one backward pass for each residual, sum_i (dT(x_i)/dtheta)' d
  /// rho_k/dy_i.
  template <class Map>
  void jacobian(const Map& map, Index step, VectorRef<Scalar> rho, Matrix<Scalar>& jacobian,
                Workspace<Map>& work, Pool& pool) const requires LeastSquaresDiscrepancy<Target> {
    residuals(map, step, rho, work, pool);
    const Index p = map.parameter_count(), r = residual_count(), runs = run_count(work.y.blocks());
    set_size(work.units, r, runs);
    set_size(work.partials, p * r, runs);
    for_each_block(pool, work.y.blocks(), [&](Index run, Index b) {
      if (b == run_begin(run, work.y.blocks())) work.partials.col(run).setZero();
      for (Index k = 0; k < r; ++k) {
        discrepancy_.residual_gradient(k, work.y, b, work.dy.block(b), work.units.col(run));
        map.backward(work.tapes[std::size_t(b)], work.dy.block(b),
                     work.partials.col(run).segment(k * p, p), work.dx[std::size_t(run)]);
      }
    });
    set_size(jacobian, p, r);
    sum_columns<Scalar>(pool, work.partials, jacobian.reshaped());
  }

 private:
  template <class Map>
  void forward(const Map& map, Index step, Workspace<Map>& work, Pool& pool) const {
    const Index n = options_.batch;
    work.x.resize(source_.dimension(), n);
    work.y.resize(discrepancy_.dimension(), n);
    work.dy.resize(discrepancy_.dimension(), n);
    work.tapes.resize(std::size_t(work.x.blocks()));
    work.dx.resize(std::size_t(run_count(work.x.blocks())));
    for (Block<Scalar>& dx : work.dx) set_size(dx, kBlockSize, source_.dimension());
    const std::uint64_t start = static_cast<std::uint64_t>(step) * static_cast<std::uint64_t>(n);
    for_each_block(pool, work.x.blocks(), [&](Index, Index b) {
      source_.sample(options_.key, start + static_cast<std::uint64_t>(b * kBlockSize),
                     work.x.block(b));
      map.forward(work.x.block(b), work.y.block(b), work.tapes[std::size_t(b)]);
    });
  }

  Source source_;
  Target discrepancy_;
  PushforwardOptions options_;
};

}  // namespace pushforward
