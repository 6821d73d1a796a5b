// expect: a transport cost: add public .static constexpr Index degree., at least 1
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Quartic {
  template <class Scalar>
  Scalar value(Scalar q) const {
    return q * q;
  }
  template <class Scalar>
  Scalar slope(Scalar q) const {
    return 4 * q;
  }
};

const pf::SinkhornDivergence distance(pf::Gaussian<double>(1), Quartic{},
                                      {.target = {.batch = 10}});
