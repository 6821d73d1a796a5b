// expect: a maximum: add public .template <Real Scalar> void check.. const
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Unchecked {
  template <pf::Real Scalar>
  Scalar operator()(pf::ConstVectorRef<Scalar> u, pf::VectorRef<Scalar> du) const {
    return pf::HardMaximum{}(u, du);
  }
};

const pf::SupremumDiscrepancy distance(pf::Fourier<double>::harmonics(3), pf::Uniform<double>(0, 1),
                                       Unchecked{});
