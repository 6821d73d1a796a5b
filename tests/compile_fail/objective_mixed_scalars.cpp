// expect: PushforwardObjective: source and discrepancy must have the same Scalar
#include <pushforward/pushforward.hpp>

namespace pf = pushforward;

const pf::PushforwardObjective goal(pf::Gaussian<float>(1),
                                    pf::MeanDiscrepancy(pf::Fourier<double>::harmonics(3),
                                                        pf::Uniform<double>(0, 1)));
