#include "pushforward/test_functions/random_fourier.hpp"

#include "support/allocations.hpp"

#include "support/laws.hpp"

#include "pushforward/discrepancies/mean.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/mixture.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

constexpr Index kFrequencies = 40000;

/// k(0, x) as the mean of cos w.x over the frequencies: each term has variance at most 1, so that
/// five standard errors are 5 / sqrt(M) = 0.025. And the sine has mean 0.
template <class Kernel, class Value>
void is_the_kernel(const Kernel& kernel, Value value) {
  for (const Index d : {1, 2, 5}) {
    const pf::RandomFourier<double, Kernel> f(d, kFrequencies, kernel, pf::Key{3});
    for (const double r : {0.1, 0.5, 1.0, 2.5}) {
      const pf::Vector<double> x = r * support::random_vector(d, 1).normalized();
      const pf::Vector<double> angle = f.frequencies().transpose() * x;
      INFO("d = " << d << ", r = " << r);
      CHECK_THAT(angle.array().cos().mean(), WithinAbs(value(r), 0.025));
      CHECK_THAT(angle.array().sin().mean(), WithinAbs(0, 0.025));
    }
  }
}

double gaussian(double r, double s) { return std::exp(-r * r / (2 * s * s)); }

struct NoCheck {
  void draw(pf::RandomSequence<double>&, pf::VectorRef<double> w) const { w.setOnes(); }
};
struct MutableDraw : pf::GaussianKernel {
  void draw(pf::RandomSequence<double>&, pf::VectorRef<double>) {}
};
struct ByValue : pf::GaussianKernel {
  pf::Vector<double> draw(pf::RandomSequence<double>&, Index d) const {
    return pf::Vector<double>::Ones(d);
  }
};
struct ByReference : pf::GaussianKernel {
  void draw(pf::RandomSequence<double>&, pf::VectorRef<double>&) const {}
};
struct Comb {  // a user's kernel: frequencies 1, 2, 3 at random in each coordinate
  void check() const {}
  void draw(pf::RandomSequence<double>& random, pf::VectorRef<double> w) const {
    for (Index j = 0; j < w.size(); ++j) w[j] = 1 + std::floor(3 * random.uniform());
  }
};

}  // namespace

static_assert(pf::SpectralMeasure<pf::GaussianKernel> && pf::SpectralMeasure<pf::MaternKernel>);
static_assert(pf::SpectralMeasure<pf::RationalQuadraticKernel>);
static_assert(pf::SpectralMeasure<pf::MultiScaleKernel> && pf::SpectralMeasure<Comb>);
static_assert(!pf::SpectralMeasure<NoCheck> && !pf::SpectralMeasure<MutableDraw>);
static_assert(!pf::SpectralMeasure<ByReference>);
static_assert(
    !std::constructible_from<pf::RandomFourier<double>, double, int, pf::GaussianKernel, pf::Key>);
static_assert(!pf::SpectralMeasure<ByValue> && !pf::SpectralMeasure<double>);

TEMPLATE_TEST_CASE("RandomFourier is a family of test functions", "[test_functions][laws]", float,
                   double) {
  for (const Index d : {1, 3})
    laws::test_functions(pf::RandomFourier<TestType>(d, 33, {.width = 0.5}, pf::Key{1}));
  laws::test_functions(pf::RandomFourier<TestType, Comb>(2, 5, {}, pf::Key{1}));
}

TEST_CASE("The mean of cos w.(x - y) is the kernel", "[test_functions][statistics]") {
  is_the_kernel(pf::GaussianKernel{0.7}, [](double r) { return gaussian(r, 0.7); });
  is_the_kernel(pf::MaternKernel{0.5, 0.8}, [](double r) { return std::exp(-r / 0.8); });
  is_the_kernel(pf::MaternKernel{1.5, 0.8}, [](double r) {
    const double t = std::sqrt(3.0) * r / 0.8;
    return (1 + t) * std::exp(-t);
  });
  is_the_kernel(pf::RationalQuadraticKernel{0.6, 0.8},
                [](double r) { return std::pow(1 + r * r / (2 * 0.6 * 0.8 * 0.8), -0.6); });
  is_the_kernel(pf::MultiScaleKernel{{0.2, 1, 3}},
                [](double r) { return (gaussian(r, 0.2) + gaussian(r, 1) + gaussian(r, 3)) / 3; });
}

TEST_CASE("The bound on a kernel would see a width 5 % off", "[test_functions][statistics]") {
  const pf::RandomFourier<double> f(1, kFrequencies, {.width = 0.7}, pf::Key{3});
  CHECK(std::abs(f.frequencies().array().cos().mean() - gaussian(1, 0.735)) > 0.025);
}

TEST_CASE("Frequencies are a pure function of the key", "[test_functions]") {
  const auto drawn = [](std::uint64_t seed) {
    return pf::RandomFourier<double, pf::MaternKernel>(3, 50, {}, pf::Key{seed});
  };
  auto f = drawn(1);
  CHECK(laws::same_bits(f.frequencies(), drawn(1).frequencies()));
  CHECK_FALSE(laws::same_bits(f.frequencies(), drawn(2).frequencies()));
  f.redraw(pf::Key{2});
  CHECK(laws::same_bits(f.frequencies(), drawn(2).frequencies()));
  CHECK(f.size() == 100);
}

TEMPLATE_TEST_CASE("A redraw takes no memory", "[test_functions]", float, double) {
  pf::RandomFourier<TestType, pf::MaternKernel> f(3, 50, {}, pf::Key{1});
  const long before = support::allocations();
  for (std::uint64_t seed = 2; seed < 9; ++seed) f.redraw(pf::Key{seed});
  CHECK(support::allocations() == before);
}

TEMPLATE_TEST_CASE("A step that redraws takes no memory", "[test_functions]", float, double) {
  using S = TestType;
  using Family = pf::Concatenate<pf::RandomFourier<S, pf::MaternKernel>, pf::RandomFourier<S>>;
  const Family family({2, 20, {}, pf::Key{1}}, {2, 7, {}, pf::Key{1}});
  const pf::Mixture<pf::Gaussian<S>> two({pf::Gaussian<S>(2), pf::Gaussian<S>(2)}, {1, 2});
  const pf::Batch<S> y(support::random_matrix<S>(2, 300, 1));
  for (const Index target_batch : {0, 200}) {
    const pf::MeanDiscrepancy distance(
        family, two, pf::MeanOptions{.redraw_every = 1, .target = {.batch = target_batch}});
    typename std::remove_const_t<decltype(distance)>::Workspace work;
    pf::Batch<S> dy(2, 300);
    pf::Team team;  // of more, one may need its room for the first time later
    for (Index step = 0; step < 2; ++step)
      (void)distance.value_and_gradient(y, {step, team}, dy, work);
    const pf::Matrix<S> before_redraw = work.family->first().frequencies();
    const long before = support::allocations();
    for (Index step = 2; step < 9; ++step)
      (void)distance.value_and_gradient(y, {step, team}, dy, work);
    CHECK(support::allocations() == before);
    CHECK(work.family->first().frequencies() != before_redraw);
  }
}

TEMPLATE_TEST_CASE("Frequencies of rough kernels are finite", "[test_functions][hostile]", float,
                   double) {
  // P(|w| > r) falls as r^(-1/50): a sixth of the float frequencies is drawn again.
  const pf::RandomFourier<TestType, pf::MaternKernel> f(3, 2000, {.smoothness = 0.01}, pf::Key{3});
  CHECK(pf::all_finite(f.frequencies()));
  CHECK(f.frequencies().cwiseAbs().maxCoeff() > TestType(1e30));
}

namespace {

/// A user's kernel that gives finite frequencies a number of times.
struct Failing {
  int* left;
  void check() const {}
  void draw(pf::RandomSequence<double>& random, pf::VectorRef<double> w) const {
    w.setConstant((*left)-- > 0 ? random.uniform() : std::numeric_limits<double>::infinity());
  }
};

}  // namespace

TEST_CASE("A kernel without finite frequencies is refused, and nothing changes",
          "[test_functions][errors]") {
  int left = 5;
  pf::RandomFourier<double, Failing> f(2, 5, {&left}, pf::Key{1});
  const pf::Matrix<double> frequencies = f.frequencies();
  left = 3;
  CHECK(support::error_of<std::domain_error>([&] { f.redraw(pf::Key{2}); }) ==
        "RandomFourier: frequencies at row 0, column 3 is inf, but must be finite");
  CHECK(left == 3 - 3 - 100);
  CHECK(laws::same_bits(f.frequencies(), frequencies));
  CHECK(f.key() == pf::Key{1});
}

TEST_CASE("More frequencies begin with those of fewer, in float as in double", "[test_functions]") {
  const pf::RandomFourier<double> few(2, 5, {}, pf::Key{1}), many(2, 9, {}, pf::Key{1});
  const pf::RandomFourier<float> single(2, 5, {}, pf::Key{1});
  CHECK(laws::same_bits(many.frequencies().leftCols(5), few.frequencies()));
  CHECK(laws::same_bits(single.frequencies(), few.frequencies().cast<float>()));
}

TEST_CASE("RandomFourier refuses settings out of range", "[test_functions][errors]") {
  using support::error_of;
  const auto make = [](auto kernel, Index d = 1, Index count = 1) {
    return [=] { pf::RandomFourier<double, decltype(kernel)>(d, count, kernel, pf::Key{}); };
  };
  CHECK(error_of<std::invalid_argument>(make(pf::GaussianKernel{}, 0)) ==
        "RandomFourier: dimension is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>(make(pf::GaussianKernel{}, 1, 0)) ==
        "RandomFourier: count is 0, but must be at least 1");
  CHECK(error_of<std::domain_error>(make(pf::GaussianKernel{0})) ==
        "GaussianKernel: width is 0, but must be positive and finite");
  for (const double smoothness : {-1.0, 0.0099})
    CHECK(error_of<std::domain_error>(make(pf::MaternKernel{smoothness, 1})) ==
          "MaternKernel: smoothness is " + pf::to_text(smoothness) +
              ", but must be finite and at least 0.01");
  CHECK(error_of<std::domain_error>(make(pf::MaternKernel{1, std::nan("")})) ==
        "MaternKernel: length is nan, but must be positive and finite");
  CHECK(error_of<std::domain_error>(make(pf::RationalQuadraticKernel{0, 1})) ==
        "RationalQuadraticKernel: exponent is 0, but must be positive and finite");
  CHECK(error_of<std::domain_error>(make(pf::RationalQuadraticKernel{1, 0})) ==
        "RationalQuadraticKernel: length is 0, but must be positive and finite");
  CHECK(error_of<std::invalid_argument>(make(pf::MultiScaleKernel{{}})) ==
        "MultiScaleKernel: number of widths is 0, but must be at least 1");
  CHECK(error_of<std::domain_error>(make(pf::MultiScaleKernel{{1, -2}})) ==
        "MultiScaleKernel: widths[1] is -2, but must be positive and finite");
}
