#include "pushforward/discrepancies/riesz_kernels.hpp"

#include "pushforward/discrepancies/sum_kernels.hpp"

#include "support/error.hpp"
#include "support/kernels.hpp"

namespace pf = pushforward;

static_assert(pf::Kernel<pf::EnergyKernel> && pf::Kernel<pf::RieszKernel>);
static_assert(!pf::HasWidths<pf::EnergyKernel> && !pf::HasWidths<pf::RieszKernel>);
static_assert(pf::HasWidths<pf::SumKernel<pf::EnergyKernel, pf::GaussianKernel>>);
static_assert(pf::HasWidths<pf::SumKernel<pf::GaussianKernel, pf::ScaledKernel<pf::EnergyKernel>>>);
static_assert(!pf::HasWidths<pf::SumKernel<pf::EnergyKernel, pf::ScaledKernel<pf::RieszKernel>>>);
static_assert(pf::Described<pf::SumKernel<pf::ScaledKernel<pf::RieszKernel>, pf::EnergyKernel>>);

TEST_CASE("Energy, Riesz and logarithmic kernels have the values of their formulas",
          "[discrepancies]") {
  support::is_a_kernel(pf::EnergyKernel{}, [](double r) { return -r; });
  for (const double b : {0.5, 1.0, 1.7})
    support::is_a_kernel(pf::RieszKernel{b}, [b](double r) { return -std::pow(r, b); });
  support::is_a_kernel(pf::LogarithmicKernel{0.1},
                       [](double r) { return -std::log(r * r + 0.01) / 2; });
}

TEST_CASE("A sum of kernels is its parts, with their factors", "[discrepancies]") {
  const auto kernel = 0.5 * pf::LogarithmicKernel{0.1} +
                      3 * (pf::EnergyKernel{} + 2 * pf::MultiScaleKernel{{2, 3}});
  support::is_a_kernel(kernel, [](double r) {
    return -std::log(r * r + 0.01) / 4 - 3 * r + 3 * std::exp(-r * r / 8) +
           3 * std::exp(-r * r / 18);
  });
  CHECK_THAT(pf::detail::at_zero<double>(kernel), WithinRel(-std::log(0.01) / 4 + 6, 1e-14));
  auto wide = kernel;
  wide.stretch(2);
  CHECK(wide.first.kernel.softening == 0.2);
  CHECK(wide.second.kernel.second.kernel.widths == std::vector<double>{4, 6});
}

TEST_CASE("Kernels without bound are finite where samples meet", "[discrepancies]") {
  const auto check = [](const auto& kernel) {
    const auto radial = kernel.template radial<float>();
    for (const float squared : {0.0F, 1e-45F, 1e-38F, 1e-30F, 1e38F}) {
      const auto [value, slope] = radial(squared);
      INFO(kernel.kName << " at " << squared);
      CHECK(pf::is_finite(value));
      CHECK(pf::is_finite(slope));
      CHECK(pf::is_finite(slope * std::sqrt(squared)));
    }
  };
  check(pf::EnergyKernel{});
  check(pf::RieszKernel{0.1});
  check(pf::RieszKernel{1.9});
  check(pf::LogarithmicKernel{1e-30});
  for (const double b : {0.1, 1.0, 1.9}) CHECK(support::at(pf::RieszKernel{b}, 0.0F).value == 0);
  CHECK(support::at(pf::EnergyKernel{}, 0.0F).value == 0);
}

TEST_CASE("Settings of these kernels out of range are refused by name", "[discrepancies]") {
  const auto error = [](const auto& kernel) {
    return support::error_of<std::domain_error>([&] { kernel.check(); });
  };
  for (const double b : {0.0, 2.0, -1.0})
    CHECK(error(pf::RieszKernel{b}) ==
          "RieszKernel: exponent is " + pf::to_text(b) + ", but must be between 0 and 2");
  CHECK(error(pf::RieszKernel{pf::detail::kNaN<double>}) ==
        "RieszKernel: exponent is nan, but must be between 0 and 2");
  CHECK(error(pf::LogarithmicKernel{0}) ==
        "LogarithmicKernel: softening is 0, but must be positive and finite");
  CHECK(error(-2.0 * pf::EnergyKernel{}) ==
        "ScaledKernel: factor is -2, but must be positive and finite");
  CHECK(error(pf::EnergyKernel{} + pf::LaplaceKernel{0}) ==
        "LaplaceKernel: length is 0, but must be positive and finite");
}
