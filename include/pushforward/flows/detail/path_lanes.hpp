#pragma once

#include "pushforward/flows/path.hpp"

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// a, b and the c0 and c1 of a prediction, at the 64 times of a column.
template <Real Scalar>
struct PathLanes {
  Lane<Scalar> a, b, c0, c1;

  template <Path P, Prediction What, class Times>
  PathLanes(P path, What prediction, const Eigen::ArrayBase<Times>& t) {
    for (Index i = 0; i < kBlockSize; ++i) {
      const PathPoint<Scalar> point = path.at(Scalar(t[i]));
      const Combination<Scalar> c = prediction.of(point);
      a[i] = point.a, b[i] = point.b, c0[i] = c.c0, c1[i] = c.c1;
    }
  }
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
