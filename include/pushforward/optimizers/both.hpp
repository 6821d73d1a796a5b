#pragma once

#include "pushforward/optimizers/optimizer.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Two players: the first `split` parameters are moved by one optimizer, the rest by another, each
/// at its own rate times `rate`. The first may move less often, at every `every`-th step alone: as
/// a generator whose critic takes so many steps for one of its own. \code
///   pf::Both{pf::Adam{.rate = 1e-3}, pf::Sgd{.rate = 1e-2}, players.split(), 5}
/// \endcode
template <class A, class B>
struct Both {
  A first;
  B second;
  Index split;      ///< at least 0, at most P
  Index every = 1;  ///< steps of the second for one of the first, at least 1
  double rate = 1;  ///< of both

  template <Real Scalar>
  struct State {
    typename A::template State<Scalar> first;
    typename B::template State<Scalar> second;
    Index t = 0;  ///< steps of the second

    static constexpr std::string_view kName = "Both::State";
    [[nodiscard]] auto description() const {
      return describe("first", first, "second", second, "t", t);
    }
  };

  static constexpr std::string_view kName = "Both";
  [[nodiscard]] auto description() const {
    return describe("first", first, "second", second, "split", split, "every", every, "rate", rate);
  }

  /// Throws std::invalid_argument unless 0 <= split <= P and every >= 1, and what the optimizers
  /// throw.
  template <Real Scalar>
  [[nodiscard]] State<Scalar> start(Index parameters) const {
    static_assert(Optimizer<A, Scalar> && Optimizer<B, Scalar>,
                  "Both: each player needs a first-order optimizer, such as Adam; no solver");
    check_argument(split >= 0 && split <= parameters, "Both", "split", split,
                   "between 0 and the number of parameters, " + to_text(parameters));
    check_argument(is_finite(rate) && rate >= 0, "Both", "rate", rate, "finite and at least 0");
    check_count("Both", "every", every);
    return {first.template start<Scalar>(split), second.template start<Scalar>(parameters - split),
            0};
  }

  template <Real Scalar>
  void step(State<Scalar>& state, VectorRef<Scalar> theta, ConstVectorRef<Scalar> g,
            double current_rate) const {
    const Index rest = theta.size() - split;
    if (++state.t % every == 0)
      first.template step<Scalar>(state.first, theta.head(split), g.head(split),
                                  first.rate * current_rate);
    second.template step<Scalar>(state.second, theta.tail(rest), g.tail(rest),
                                 second.rate * current_rate);
  }
};

template <class A, class B>
Both(A, B, Index, Index = 1, double = 1) -> Both<A, B>;

}  // namespace pushforward::inline PUSHFORWARD_ISA
