// expect: a maximum: add public .template <Real Scalar> Scalar operator
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct First {
  template <pf::Real Scalar>
  void check() const {}
  double operator()(pf::ConstVectorRef<double> u) const { return u[0]; }
};

const pf::SupremumDiscrepancy distance(pf::Fourier<double>::harmonics(3), pf::Uniform<double>(0, 1),
                                       First{});
