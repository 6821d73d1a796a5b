// expect: a transport cost: add public .template <Real Scalar> Scalar slope.Scalar q
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Quartic {
  static constexpr pf::Index degree = 4;
  template <class Scalar>
  Scalar value(Scalar q) const {
    return q * q;
  }
};

const pf::SinkhornDivergence distance(pf::Gaussian<double>(1), Quartic{},
                                      {.target = {.batch = 10}});
