#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/core/lane.hpp"
#include "pushforward/flows/bootstrap.hpp"
#include "pushforward/measures/measure.hpp"
#include "pushforward/objectives/objective.hpp"
#include "pushforward/objectives/passes.hpp"

#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// l(e) = e^2, l'(e) = 2 e.
struct SquaredError {
  static constexpr std::string_view kName = "SquaredError";
  template <Real Scalar>
  void operator()(Lane<Scalar>& e, Lane<Scalar>& slope) const {
    slope = 2 * e;
    e = e.square();
  }
};

/// l(e) = |e|, l'(e) = sign e, 0 at 0.
struct AbsoluteError {
  static constexpr std::string_view kName = "AbsoluteError";
  template <Real Scalar>
  void operator()(Lane<Scalar>& e, Lane<Scalar>& slope) const {
    slope = (e > 0).template cast<Scalar>() - (e < 0).template cast<Scalar>();
    e = e.abs();
  }
};

/// l(e) = e^2 / (2 w) where |e| <= w, else |e| - w / 2; l'(e) = e / w cut to [-1, 1] (Huber 1964).
struct HuberError {
  double width = 1;  ///< w, positive, in units of y

  static constexpr std::string_view kName = "HuberError";
  [[nodiscard]] auto description() const { return describe("width", width); }

  /// Throws std::domain_error unless the width is positive and finite.
  template <Real Scalar>
  void check() const {
    check_positive("HuberError", "width", static_cast<Scalar>(width));
  }

  template <Real Scalar>
  void operator()(Lane<Scalar>& e, Lane<Scalar>& slope) const {
    const auto w = static_cast<Scalar>(width);
    slope = (e / w).max(Scalar(-1)).min(Scalar(1));
    e = slope * (e - slope * (w / 2));
  }
};

/// What a coordinate's error e costs: `loss(e, slope)` sets slope to l'(e), then e to l(e), in each
/// lane. \code
///   struct LogCosh {                             // a user's loss: l(e) = log cosh e, l' = tanh e
///     template <pf::Real S> void operator()(pf::Lane<S>& e, pf::Lane<S>& slope) const {
///       slope = e;
///       pf::tanh(slope);
///       pf::Lane<S> rest = -2 * e.abs();
///       pf::softplus(rest);
///       e = e.abs() + rest - std::numbers::ln2_v<S>;
///     }
///   };
/// \endcode
template <class T, class Scalar>
concept ErrorLoss = requires(const T& t, Lane<Scalar>& e, Lane<Scalar>& slope) {
  { t(e, slope) } -> std::same_as<void>;
};

/// How a RegressionObjective draws.
struct RegressionOptions {
  Index batch = 256;  ///< pairs a step, at least 1
  Key key{};          ///< the stream they come from; step s takes pairs s n .. s n + n - 1

  static constexpr std::string_view kName = "RegressionOptions";
  [[nodiscard]] auto description() const { return describe("batch", batch, "key", key); }
};

namespace detail {

template <class Pairs>
consteval bool explain_pairs() {
  if constexpr (requirement::is_bootstrap<Pairs>)
    return true;
  else
    return explain_measure<Pairs>();
}

/// The room of a worker: a block of pairs, or what a bootstrap needs.
template <class Pairs, class Map>
struct RegressionRoom {
  Block<typename Pairs::Scalar> pairs;
  ScratchOf<Pairs> scratch;
};
template <class Pairs, class Map>
requires requirement::is_bootstrap<Pairs>
struct RegressionRoom<Pairs, Map> : Pairs::template Room<Map> {
};

}  // namespace detail

/// theta -> E sum_j l(T_theta(x)_j - y_j) over pairs (x, y): a measure on R^(d + e), as a coupling,
/// a table of data, a flow's (x_t, t | velocity); or a Bootstrap, whose y the map itself makes, and
/// the gradient does not see.
///
/// On a batch of n pairs: L = (1 / n) sum_ij l(T(x_i)_j - y_ij). Forward and backward of a block
/// follow each other.
///
/// \tparam Pairs  a Measure, d + e coordinates: x, then y; or a Bootstrap
/// \tparam Loss   SquaredError (L2), AbsoluteError (L1), HuberError, or your own
template <class Pairs, class Loss = SquaredError>
class RegressionObjective {
  static_assert(detail::explain_pairs<Pairs>());
  static_assert(ErrorLoss<Loss, typename Pairs::Scalar>,
                "a loss: add public `void operator()(Lane<Scalar>& e, Lane<Scalar>& slope) const`");

 public:
  using Scalar = typename Pairs::Scalar;

  template <class Map>
  struct Workspace {
    Passes<Map> passes;
    std::vector<detail::RegressionRoom<Pairs, Map>> rooms;  ///< one for each worker
    Batch<Scalar> y;
  };

  /// Throws std::invalid_argument unless options.batch >= 1, and what the loss's `check<Scalar>()`
  /// throws, if it has one.
  RegressionObjective(Pairs pairs, Loss loss = {}, RegressionOptions options = {})
      : pairs_(std::move(pairs)), loss_(std::move(loss)), options_(options) {
    check_count("RegressionObjective", "batch", options.batch);
    check_settings<Scalar>(loss_);
  }

  static constexpr std::string_view kName = "RegressionObjective";
  [[nodiscard]] auto description() const {
    return describe("pairs", pairs_, "loss", loss_, "options", options_);
  }
  [[nodiscard]] const Pairs& pairs() const { return pairs_; }
  [[nodiscard]] const RegressionOptions& options() const { return options_; }

  /// Throws std::invalid_argument unless pairs have d + e coordinates for a map from R^d to R^e, or
  /// what the bootstrap's check throws.
  template <class Map>
  void check(const Map& map) const {
    if constexpr (requirement::is_bootstrap<Pairs>) {
      static_assert(explain_bootstrap<Pairs, Map>());
      pairs_.check(map);
    } else {
      check_size("RegressionObjective", "dimension of the pairs", pairs_.dimension(),
                 map.input_dimension() + map.output_dimension());
    }
  }

  template <class Map>
  Scalar value_and_gradient(const Map& map, const Step& step, VectorRef<Scalar> dtheta,
                            Workspace<Map>& work) const {
    const Index n = options_.batch, d = map.input_dimension(), e = map.output_dimension();
    const auto start = static_cast<std::uint64_t>(step.index) * static_cast<std::uint64_t>(n);
    work.y.resize(e, n);
    work.rooms.resize(static_cast<std::size_t>(step.team.threads()));
    const auto draw = [&](Index worker, Index b, BlockRef<Scalar> x) {
      auto& room = work.rooms[static_cast<std::size_t>(worker)];
      const auto first = start + static_cast<std::uint64_t>(b * kBlockSize);
      if constexpr (requirement::is_bootstrap<Pairs>) {
        pairs_.draw(options_.key, first, x, room);
      } else {
        set_size(room.pairs, kBlockSize, d + e);
        pushforward::sample(pairs_, options_.key, first, room.pairs, room.scratch);
        x = room.pairs.leftCols(d);
        work.y.block(b) = room.pairs.rightCols(e);
      }
    };
    const auto loss = [&](Index worker, Index b, typename Map::Tape& tape, ConstBlockRef<Scalar> y,
                          BlockRef<Scalar> dy) {
      if constexpr (requirement::is_bootstrap<Pairs>)
        pairs_.target(map, tape, work.passes.x().block(b), work.y.block(b),
                      work.rooms[static_cast<std::size_t>(worker)]);
      const Lane<Scalar> weight = work.y.weight(b, 0, n, 1 / static_cast<Scalar>(n));
      if (b + 1 == work.y.blocks()) work.y.pad();
      Scalar share = 0;
      for (Index j = 0; j < e; ++j) {
        Lane<Scalar> error = y.col(j) - work.y.block(b).col(j), slope;
        loss_(error, slope);
        share += weighted_sum(weight, error);
        dy.col(j) = weight * slope;
      }
      return share;
    };
    return work.passes.through(map, n, step, dtheta, draw, loss);
  }

 private:
  Pairs pairs_;
  Loss loss_;
  RegressionOptions options_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
