#include "support/catch.hpp"

#include <pushforward/pushforward.hpp>

namespace pf = pushforward;
using pf::Index;

namespace {

/// Value and gradient of a loss of 1024 samples in the plane, other ones each time, against 1024.
template <class D>
void measure(const char* name, const D& distance) {
  pf::Team alone;
  typename D::Workspace work;
  const pf::Gaussian<float> law(2);
  pf::Batch<float> y(2, 1024), dy(2, 1024);
  Index step = 0;
  BENCHMARK(std::string(name)) {
    ++step;
    for (Index b = 0; b < y.blocks(); ++b)
      law.sample({1}, std::uint64_t(1024 * step + 64 * b), y.block(b));
    return distance.value_and_gradient(y, {step, alone}, dy, work);
  };
}

}  // namespace

/// Drawing the samples is in the time.
TEST_CASE("1024 against 1024 samples in the plane, 16 directions, float", "[benchmark]") {
  const pf::Gaussian<float> law(2);
  const pf::SlicedOptions options{.directions = 16, .target = {.batch = 1024}};
  const pf::SlicedOptions none{.directions = 1, .target = {.batch = 1024}};
  measure("1 direction, energy", pf::SlicedDiscrepancy(law, pf::EnergyLine{}, none));
  measure("energy", pf::SlicedDiscrepancy(law, pf::EnergyLine{}, options));
  measure("energy, unbiased", pf::SlicedDiscrepancy(law, pf::EnergyLine{true}, options));
  measure("W_2^2", pf::SlicedDiscrepancy(law, pf::WassersteinLine{2}, options));
  measure("W_1", pf::SlicedDiscrepancy(law, pf::WassersteinLine{1}, options));
  measure("largest W_2^2", pf::MaxSlicedDiscrepancy(law, pf::WassersteinLine{2}, options));
}
