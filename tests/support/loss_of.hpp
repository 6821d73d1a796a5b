#pragma once

#include "support/allocations.hpp"

#include "pushforward/objectives/objective.hpp"

#include <utility>

namespace support {

namespace pf = pushforward;

/// The loss of a map at a step, and its gradient, P, of a workspace that is new.
template <class O, class M, class S = typename M::Scalar>
[[nodiscard]] std::pair<S, pf::Vector<S>> loss_of(const O& objective, const M& map,
                                                  pf::Index step = 0, int threads = 1) {
  typename O::template Workspace<M> work;
  pf::Team team(threads);
  pf::Vector<S> gradient(map.parameter_count());
  const S value = objective.value_and_gradient(map, pf::Step{step, team}, gradient, work);
  return {value, gradient};
}

/// The allocations of a second step on two threads, in the workspace of the first.
template <class O, class M, class S = typename M::Scalar>
[[nodiscard]] long allocations_once_warm(const O& objective, const M& map) {
  typename O::template Workspace<M> work;
  pf::Team team(2);
  pf::Vector<S> gradient(map.parameter_count());
  (void)objective.value_and_gradient(map, {0, team}, gradient, work);
  const long before = allocations();
  (void)objective.value_and_gradient(map, {1, team}, gradient, work);
  return allocations() - before;
}

}  // namespace support
