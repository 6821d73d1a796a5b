// expect: weights: add public .void operator
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

struct Ones {  // as it was before they were written in place
  template <class Family>
  pf::Vector<double> operator()(const Family& f) const {
    return pf::Vector<double>::Ones(f.size());
  }
};

const pf::MeanDiscrepancy distance(pf::Fourier<double>::harmonics(3), pf::Uniform<double>(0, 1),
                                   Ones{});
