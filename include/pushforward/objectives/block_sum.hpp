#pragma once

#include "pushforward/core/step.hpp"

#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The sum of a loss over blocks, and of its gradient, on a team: in the tree that makes it the
/// same for every number of threads, with a Room for each worker. Nothing is allocated once warm.
template <Real Scalar, class Room>
class BlockSum {
 public:
  /// add(worker, room, b, partial) adds block b's share to partial = [dL/dtheta L], P + 1. Returns
  /// L, and sets dtheta, P. What add needs of a room, it must need for block 0: a room is used for
  /// that once when it is made.
  template <class Add>
  Scalar operator()(const Step& step, Index blocks, VectorRef<Scalar> dtheta, Add add) {
    const Index p = dtheta.size();
    set_size(total_, p + 1);
    while (rooms_.size() < static_cast<std::size_t>(step.team.threads())) {
      rooms_.emplace_back();  // of a worker, who may come late: used once, for all of it
      total_.setZero();
      add(static_cast<Index>(rooms_.size()) - 1, rooms_.back(), Index(0), total_);
    }
    tree_sum<Scalar>(step.team, blocks, sums_, total_,
                     [&](Index worker, Index b, VectorRef<Scalar> partial) {
                       add(worker, rooms_[static_cast<std::size_t>(worker)], b, partial);
                     });
    dtheta = total_.head(p);
    return total_[p];
  }

 private:
  std::vector<Room> rooms_;
  TreeSum<Scalar> sums_;
  Vector<Scalar> total_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
