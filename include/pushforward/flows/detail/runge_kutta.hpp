#pragma once

#include "pushforward/core/vector_math.hpp"
#include "pushforward/flows/integrators.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

/// \file
/// Steps of a block of states, 64 x m, each row with a time of its own. rate(x, t, k) sets k,
/// 64 x m, to dx/dt.

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// Room of a method with s stages, for states of 64 x m or more, of which m columns count.
template <Real S, std::size_t s>
struct Stages {
  std::array<Block<S>, s> k;
  Block<S> point;
  Block<S> parts;     ///< 64 x s: h w_i
  Index columns = 0;  ///< m

  void resize(Index width) {
    for (Block<S>& stage : k) set_size(stage, kBlockSize, width);
    set_size(point, kBlockSize, width);
    set_size(parts, kBlockSize, static_cast<Index>(s));
  }
};

/// y = x + sum_(i < count) (h w_i) k_i, y may be x. With all terms, those that are 0 too, so that a
/// stage that is not finite shows.
template <Real S, std::size_t s>
void add_stages(const Block<S>& x, const Lane<S>& h, const double* w, std::size_t count,
                Stages<S, s>& stages, Block<S>& y) {
  Block<S>& parts = stages.parts;
  for (std::size_t i = 0; i < count; ++i) parts.col(Index(i)) = static_cast<S>(w[i]) * h;
  for (Index j = 0; j < stages.columns; ++j) {
    Lane<S> move = parts.col(0) * stages.k[0].col(j);
    for (std::size_t i = 1; i < count; ++i) move += parts.col(Index(i)) * stages.k[i].col(j);
    y.col(j) = x.col(j) + move;
  }
}

/// k_i, first <= i < s, of the step of x from t to `to`; `point` becomes that of the last stage.
template <class Method, Real S, class Rate, std::size_t s>
void evaluate_stages(const Block<S>& x, const Lane<S>& t, const Lane<S>& to, Rate& rate,
                     std::size_t first, Stages<S, s>& stages) {
  const Lane<S> h = to - t;
  for (std::size_t i = first; i < s; ++i) {
    if (i == 0) {
      rate(x, t, stages.k[0]);
      continue;
    }
    const double c = Method::tableau.c[i];
    const Lane<S> at = c == 1 ? to : Lane<S>(t + static_cast<S>(c) * h);
    add_stages(x, h, Method::tableau.a[i].data(), i, stages, stages.point);
    rate(stages.point, at, stages.k[i]);
  }
}

/// x goes from t to `to` by one step of a method.
template <class Method, Real S, class Rate, std::size_t s>
void step(Block<S>& x, const Lane<S>& t, const Lane<S>& to, Rate& rate, Stages<S, s>& stages) {
  evaluate_stages<Method>(x, t, to, rate, 0, stages);
  add_stages(x, Lane<S>(to - t), Method::tableau.b.data(), s, stages, x);
}

/// r^2 of DormandPrince: the error of the step from x to y over what it may be, a mean square over
/// the first d columns. Not finite where y is not, or a stage is not.
template <AdaptiveIntegrator Method, Real S, std::size_t s>
Lane<S> squared_error(const Method& method, Index d, const Block<S>& x, const Block<S>& y,
                      const Lane<S>& h, const std::array<Block<S>, s>& k) {
  const S absolute = static_cast<S>(method.absolute), relative = static_cast<S>(method.relative);
  Lane<S> squares = Lane<S>::Zero();
  for (Index j = 0; j < d; ++j) {
    Lane<S> error = static_cast<S>(Method::error[0]) * k[0].col(j);
    for (std::size_t i = 1; i < s; ++i) error += static_cast<S>(Method::error[i]) * k[i].col(j);
    for (Index i = 0; i < kBlockSize; ++i) {
      const S size = (std::max)(std::abs(x(i, j)), std::abs(y(i, j)));
      const S ratio = h[i] * error[i] / (absolute + relative * size);
      squares[i] += is_finite(y(i, j)) ? ratio * ratio : kInfinity<S>;
    }
  }
  return squares / static_cast<S>(d);
}

/// x goes from the time `from` to `to` by steps of each row's own choice, the first of length
/// `first`. A row that has arrived, or given up, stands still.
template <AdaptiveIntegrator Method, Real S, class Rate, std::size_t s>
void adapt(const Method& method, Index d, Block<S>& x, S from, S to, S first, Rate& rate,
           Stages<S, s>& stages, FlowReport& report) {
  const S shortest = std::numeric_limits<S>::epsilon() * (std::max)(std::abs(from), std::abs(to));
  Lane<S> t = Lane<S>::Constant(from), length = Lane<S>::Constant(first), next;
  rate(x, t, stages.k[0]);
  const Index m = stages.columns;
  Index active = kBlockSize;
  for (Index trial = 0; trial < method.at_most && active > 0; ++trial) {
    for (Index i = 0; i < kBlockSize; ++i) {
      const S rest = std::abs(to - t[i]);
      next[i] = length[i] < rest ? t[i] + std::copysign(length[i], to - from) : to;
      length[i] = (std::min)(length[i], rest);
    }
    evaluate_stages<Method>(x, t, next, rate, 1, stages);
    const Block<S>& y = stages.point;  // of the last stage: the state after the step
    const Lane<S> error = squared_error(method, d, x, y, Lane<S>(next - t), stages.k);
    active = 0;
    for (Index i = 0; i < kBlockSize; ++i) {
      if (length[i] == 0) continue;
      const bool finite = is_finite(error[i]), accepted = finite && error[i] <= 1;
      if (accepted) {
        x.row(i).head(m) = y.row(i).head(m);
        stages.k[0].row(i).head(m) = stages.k[s - 1].row(i).head(m);
        t[i] = next[i];
      }
      S factor = finite ? S(5) : S(0.2);
      if (finite && error[i] > 0)
        factor = (std::clamp)(S(0.9) * exp(log(error[i]) / S(-10)), S(0.2), S(5));
      length[i] *= factor;
      if (t[i] == to || (!accepted && length[i] <= shortest)) length[i] = 0;
      if (length[i] > 0) ++active;
      report.status[static_cast<std::size_t>(i)] = t[i] == to ? FlowStatus::finished
                                                   : finite   ? FlowStatus::out_of_steps
                                                              : FlowStatus::not_finite;
    }
  }
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
