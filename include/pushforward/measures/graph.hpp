#pragma once

#include "pushforward/maps/map.hpp"
#include "pushforward/measures/measure.hpp"

#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The law of (x, T(x)), x ~ mu, on R^(d + e): what a regression learns a map from that is known,
/// as a teacher. \code
///   const pf::RegressionObjective pupil(pf::Graph(teacher, pf::Gaussian<float>(2)));
/// \endcode
/// T is evaluated at every step; a table of draws made once, whatever T costs, is
/// `Empirical<float>(draw(graph, 100000, key))`.
///
/// \tparam T  a Map, R^d -> R^e
/// \tparam M  a Measure on R^d, mu
template <class T, class M>
class Graph {
  static_assert(explain_map<T>() && explain_measure<M>());
  static_assert(std::same_as<typename T::Scalar, typename M::Scalar>,
                "Graph: map and measure must have the same Scalar");

 public:
  using Scalar = typename T::Scalar;
  static constexpr std::string_view kName = "Graph";

  struct Scratch {
    ScratchOf<T> map;
    ScratchOf<M> measure;
  };

  /// Throws std::invalid_argument unless the map takes what the measure gives.
  Graph(T map, M measure) : map_(std::move(map)), measure_(std::move(measure)) {
    check_size("Graph", "input dimension of the map", map_.input_dimension(), measure_.dimension());
  }

  [[nodiscard]] auto description() const { return describe("map", map_, "measure", measure_); }
  [[nodiscard]] const T& map() const { return map_; }
  [[nodiscard]] const M& measure() const { return measure_; }
  [[nodiscard]] Index dimension() const { return measure_.dimension() + map_.output_dimension(); }
  [[nodiscard]] Index nodes() const requires HasNodes<M> { return measure_.nodes(); }

  /// Sample first + i of stream `key` of mu, and what T makes of it.
  void sample(Key key, std::uint64_t first, BlockRef<Scalar> pairs, Scratch& scratch) const {
    const auto x = pairs.leftCols(measure_.dimension());
    pushforward::sample(measure_, key, first, x, scratch.measure);
    apply(map_, x, pairs.rightCols(map_.output_dimension()), scratch.map);
  }

 private:
  T map_;
  M measure_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
