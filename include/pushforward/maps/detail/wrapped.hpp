#pragma once

#include "pushforward/maps/map.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// What is made of one map m and has its parameters: the base of Residual, Alongside and Pin.
template <class M>
class Wrapped {
  static_assert(explain_map<M>());

 public:
  using Scalar = typename M::Scalar;

  [[nodiscard]] const M& map() const { return map_; }
  [[nodiscard]] Index parameter_count() const requires TrainableMap<M> {
    return map_.parameter_count();
  }
  [[nodiscard]] Vector<Scalar> parameters() const requires TrainableMap<M> {
    return map_.parameters();
  }
  /// Throws std::invalid_argument unless theta has parameter_count() entries.
  void set_parameters(ConstVectorRef<Scalar> theta) requires TrainableMap<M> {
    map_.set_parameters(theta);
  }

 protected:
  explicit Wrapped(M map) : map_(std::move(map)) {}

  M map_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
