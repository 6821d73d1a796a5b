// expect: an estimator: add public .static constexpr Index parts., which is 1 or 2
#include <pushforward/discrepancies/mean.hpp>
#include <pushforward/measures/uniform.hpp>
#include <pushforward/test_functions/fourier.hpp>

namespace pf = pushforward;

void f() {
  (void)pf::MeanDiscrepancy(pf::Fourier<double>::harmonics(2), pf::Uniform<double>(0, 1),
                            pf::UniformWeights{}, {}, pf::Unbiased{});
}
