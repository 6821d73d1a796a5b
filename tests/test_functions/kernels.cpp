#include "pushforward/test_functions/kernels.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/kernels.hpp"

#include "pushforward/test_functions/median_distance.hpp"
#include "pushforward/test_functions/random_fourier.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

struct NoCheck {
  template <pf::Real S>
  [[nodiscard]] auto radial() const {
    return [](S) -> pf::Radial<S> { return {1, 0}; };
  }
};
struct OfTheDistance : pf::GaussianKernel {  // a pair, no Radial
  template <pf::Real S>
  [[nodiscard]] auto radial() const {
    return [](S squared) { return std::pair(squared, squared); };
  }
};
struct DoubleAlone {
  void check() const {}
  template <pf::Real S>
  [[nodiscard]] auto radial() const {
    return [](S) -> pf::Radial<double> { return {1, 0}; };
  }
};

/// k(0, x) is the mean of cos w.x over the spectral measure (identity a2): five standard errors.
template <class K>
void has_its_spectral_measure(const K& kernel) {
  constexpr Index count = 40000;
  const auto radial = kernel.template radial<double>();
  for (const Index d : {1, 3}) {
    const pf::RandomFourier<double, K> f(d, count, kernel, pf::Key{5});
    for (const double r : {0.2, 0.7, 2.0}) {
      const pf::Vector<double> x = r * support::random_vector(d, 1).normalized();
      INFO(K::kName << ", d = " << d << ", r = " << r);
      CHECK_THAT((f.frequencies().transpose() * x).array().cos().mean(),
                 WithinAbs(radial(r * r).value, 0.025));
    }
  }
}

}  // namespace

static_assert(pf::Kernel<pf::GaussianKernel> && pf::Kernel<pf::MultiScaleKernel>);
static_assert(!pf::Kernel<pf::MaternKernel> && pf::SpectralMeasure<pf::MaternKernel>);
static_assert(!pf::Kernel<NoCheck> && !pf::Kernel<OfTheDistance> && !pf::Kernel<DoubleAlone>);
static_assert(pf::SpectralMeasure<pf::LaplaceKernel> && pf::SpectralMeasure<pf::Matern32Kernel> &&
              pf::SpectralMeasure<pf::InverseMultiquadricKernel>);

TEST_CASE("Kernels have the values of their formulas, and their slopes", "[test_functions]") {
  using std::exp, std::pow, std::sqrt;
  support::is_a_kernel(pf::GaussianKernel{0.7}, [](double r) { return exp(-r * r / 0.98); });
  support::is_a_kernel(pf::LaplaceKernel{0.7}, [](double r) { return exp(-r / 0.7); });
  support::is_a_kernel(pf::Matern32Kernel{0.7},
                       [](double r) { return (1 + sqrt(3) * r / 0.7) * exp(-sqrt(3) * r / 0.7); });
  support::is_a_kernel(pf::RationalQuadraticKernel{1.3, 0.7},
                       [](double r) { return pow(1 + r * r / (2.6 * 0.49), -1.3); });
  support::is_a_kernel(pf::InverseMultiquadricKernel{0.7},
                       [](double r) { return 1 / sqrt(1 + r * r / 0.49); });
  support::is_a_kernel(pf::MultiScaleKernel{{0.5, 2}},
                       [](double r) { return (exp(-r * r / 0.5) + exp(-r * r / 8)) / 2; });
}

TEST_CASE("Kernels are the characteristic functions of what they draw",
          "[test_functions][identity]") {
  has_its_spectral_measure(pf::GaussianKernel{0.8});
  has_its_spectral_measure(pf::LaplaceKernel{0.8});
  has_its_spectral_measure(pf::Matern32Kernel{0.8});
  has_its_spectral_measure(pf::RationalQuadraticKernel{1.5, 0.8});
  has_its_spectral_measure(pf::InverseMultiquadricKernel{0.8});
}

TEST_CASE("Bounded kernels are finite however far, however narrow", "[test_functions]") {
  const auto check = [](const auto& kernel) {
    const auto single = kernel.template radial<float>();
    for (const float squared : {0.0F, 1e-45F, 1e-30F, 1.0F, 3e38F, pf::detail::kInfinity<float>}) {
      const auto [value, slope] = single(squared);
      INFO(kernel.kName << " at " << squared);
      CHECK(pf::is_finite(value));
      CHECK(pf::is_finite(slope));
      CHECK(value >= 0);
      CHECK(value <= 1.000001F);
      CHECK(slope <= 0);
    }
    CHECK(single(0.0F).value == Approx(1).margin(1e-6));
    CHECK(single(pf::detail::kInfinity<float>).value < 1e-18F);
  };
  for (const double scale : {1.0, 1e-30}) {
    check(pf::GaussianKernel{scale});
    check(pf::LaplaceKernel{scale});
    check(pf::Matern32Kernel{scale});
    check(pf::RationalQuadraticKernel{2, scale});
    check(pf::InverseMultiquadricKernel{scale});
  }
}

TEST_CASE("A rational quadratic kernel of a large exponent nears the Gaussian one",
          "[test_functions][identity]") {
  const auto check = [](double a, auto one, double relative) {
    using S = decltype(one);
    for (const double r : {1e-3, 0.3, 1.0, 3.0}) {
      const double x = r * r / 2, top = 1 / 0.49;
      const double k = std::exp(-a * std::log1p(x / (a * 0.49)));
      const auto [value, slope] = support::at(pf::RationalQuadraticKernel{a, 0.7}, S(r * r));
      INFO("a = " << a << ", r = " << r);
      CHECK_THAT(value, WithinRel(k, relative));
      CHECK_THAT(slope, WithinRel(-top * k / (1 + x / (a * 0.49)), relative));
    }
  };
  for (const double a : {0.1, 1.0, 30.0, 1e4, 1e8, 1e20}) {
    check(a, 1.0, 1e-14);
    check(a, 1.0F, 4e-6);
  }
  for (const double a : {1e24, 1e40, 1e300}) {
    CHECK_THAT(support::at(pf::RationalQuadraticKernel{a}, 1.0).value,
               WithinRel(std::exp(-0.5), 1e-14));
    CHECK_THAT(support::at(pf::RationalQuadraticKernel{a}, 1.0F).value,
               WithinRel(std::exp(-0.5), 1e-6));
  }
}

TEST_CASE("A kernel is stretched by its widths", "[test_functions]") {
  const auto check = [](auto kernel) {
    const auto narrow = support::at(kernel, 0.09);
    kernel.stretch(4);
    CHECK_THAT(support::at(kernel, 16 * 0.09).value, WithinRel(narrow.value, 1e-14));
  };
  check(pf::GaussianKernel{0.7});
  check(pf::LaplaceKernel{0.7});
  check(pf::Matern32Kernel{0.7});
  check(pf::RationalQuadraticKernel{1.3, 0.7});
  check(pf::InverseMultiquadricKernel{0.7});
  check(pf::MultiScaleKernel{});
}

TEST_CASE("Settings of kernels out of range are refused by name", "[test_functions]") {
  const auto error = [](const auto& kernel) {
    return support::error_of<std::domain_error>([&] { kernel.check(); });
  };
  CHECK(error(pf::LaplaceKernel{0}) ==
        "LaplaceKernel: length is 0, but must be positive and finite");
  CHECK(error(pf::Matern32Kernel{-1}) ==
        "Matern32Kernel: length is -1, but must be positive and finite");
  CHECK(error(pf::InverseMultiquadricKernel{pf::detail::kNaN<double>}) ==
        "InverseMultiquadricKernel: length is nan, but must be positive and finite");
}

TEST_CASE("Median widths lie round the median, and of constant data are usable",
          "[test_functions]") {
  const pf::Matrix<double> data = support::random_matrix(2, 100, 1, 5);
  const double median = pf::median_distance<double>(data);
  CHECK(pf::median_widths<double>(data) ==
        std::vector<double>{median / 4, median / 2, median, 2 * median, 4 * median});
  const pf::Matrix<double> constant = pf::Matrix<double>::Constant(2, 9, 3);
  CHECK(pf::median_widths<double>(constant) == std::vector<double>{0.25, 0.5, 1, 2, 4});
  pf::Matrix<double> mostly = constant;
  mostly(0, 4) = 3.5;
  CHECK(pf::median_widths<double>(mostly)[2] == 0.5);
  CHECK(support::error_of<std::domain_error>([] {
          (void)pf::median_widths<double>(pf::Matrix<double>{{-1e308, 1e308}});
        }) == "median_widths: width is inf, but must be positive and finite");
}
