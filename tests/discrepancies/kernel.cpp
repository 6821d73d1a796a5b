#include "pushforward/discrepancies/kernel.hpp"

#include "support/allocations.hpp"

#include "support/kernels.hpp"
#include "support/laws.hpp"

#include "pushforward/measures/empirical.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

using pf::Batch, pf::Matrix, pf::Vector;
using Table = pf::Empirical<double>;

Vector<double> shares(Index n) { return Vector<double>::Constant(n, 1 / double(n)); }

/// The double loops of the definition: MMD^2, and its gradient, d x n.
struct Definition {
  double value = 0;
  Matrix<double> gradient;

  template <class K>
  Definition(const K& k, const Matrix<double>& x, const Matrix<double>& y, Vector<double> w,
             pf::Pairs which)
      : gradient(Matrix<double>::Zero(x.rows(), x.cols())) {
    const Index n = x.cols(), h = n / 2;
    w /= w.sum();
    Vector<double> u = shares(n);
    if (which == pf::Pairs::across) u << shares(h) / 2, shares(n - h) / 2;
    for (Index i = 0; i < n; ++i) {
      for (Index j = 0; j < n; ++j) {
        double b = 1 / double(n);
        if (which == pf::Pairs::distinct) b = i == j ? 0 : 1 / double(n - 1);
        if (which == pf::Pairs::across) b = (i < h) == (j < h) ? 0 : 1 / double(j < h ? h : n - h);
        add(k, x, i, x.col(j), u[i] * b, u[i] * b);
      }
      for (Index j = 0; j < w.size(); ++j) add(k, x, i, y.col(j), -2 * u[i] * w[j], -u[i] * w[j]);
    }
    for (Index i = 0; i < w.size(); ++i)
      for (Index j = 0; j < w.size(); ++j)
        value += w[i] * w[j] * support::at(k, (y.col(i) - y.col(j)).squaredNorm()).value;
  }

 private:
  template <class K>
  void add(const K& k, const Matrix<double>& x, Index i, const Vector<double>& z, double weight,
           double force) {
    const auto [v, slope] = support::at(k, (x.col(i) - z).squaredNorm());
    value += weight * v;
    gradient.col(i) += 2 * force * slope * (x.col(i) - z);
  }
};

template <class Parts, class K>
void is_its_definition(const K& k, const Table& target) {
  const pf::KernelDiscrepancy d(k, target, {}, Parts{});
  const Matrix<double> y = target.data().matrix();
  const Vector<double> w = target.weights().size() > 0 ? target.weights() : shares(y.cols());
  typename decltype(d)::Workspace work;
  pf::Team team(2);
  for (const Index n : {2, 3, 64, 65, 100, 150, 257}) {
    INFO("n = " << n);
    const Matrix<double> x = support::random_matrix(target.dimension(), n, 5, 1.0);
    const Definition expected(k, x, y, w, Parts::pairs);
    Batch<double> dx(x.rows(), n);
    CHECK_THAT(d.value_and_gradient(Batch<double>(x), {0, team}, dx, work),
               WithinAbs(expected.value, 1e-13));
    CHECK((dx.matrix() - expected.gradient).norm() < 1e-12 * (1 + expected.gradient.norm()));
  }
}

/// D and its gradient of x, d x n.
template <class D, class S = typename D::Scalar>
std::pair<S, Matrix<S>> evaluate(const D& d, const Matrix<S>& x, Index step = 0, int threads = 1) {
  typename D::Workspace work;
  pf::Team team(threads);
  Batch<S> dx(x.rows(), x.cols());
  const S value = d.value_and_gradient(Batch<S>(x), {step, team}, dx, work);
  return {value, dx.matrix()};
}

const auto kCoulomb = 0.5 * pf::LogarithmicKernel{0.1} + pf::EnergyKernel{};

}  // namespace

static_assert(pf::Discrepancy<pf::KernelDiscrepancy<pf::EnergyKernel, Table>>);
static_assert(pf::Described<pf::KernelDiscrepancy<pf::MultiScaleKernel, Table, pf::SplitHalves>>);
static_assert(!pf::Estimator<pf::Unbiased> && pf::PairEstimator<pf::SplitHalves>);

TEST_CASE("MMD^2 and its gradient are their double loops, for every estimator",
          "[discrepancies][identity]") {
  const Matrix<double> y = support::random_matrix(3, 70, 1, 1.0);
  const Vector<double> w = support::random_vector(70, 2).cwiseAbs();
  for (const Table& target : {Table(y), Table(y, w)}) {
    is_its_definition<pf::Plugin>(pf::EnergyKernel{}, target);
    is_its_definition<pf::Unbiased>(kCoulomb, target);
    is_its_definition<pf::SplitHalves>(pf::MultiScaleKernel{}, target);
  }
  is_its_definition<pf::Unbiased>(pf::RieszKernel{1.5},
                                  Table(support::random_matrix(1, 9, 3, 1.0)));
  is_its_definition<pf::Plugin>(pf::LaplaceKernel{},
                                Table(support::random_matrix(9, 65, 3, 1.0), {}));
}

TEST_CASE("MMD^2 is a discrepancy", "[discrepancies][laws]") {
  const Table target(support::random_matrix(2, 40, 1));
  laws::discrepancy(pf::KernelDiscrepancy(pf::GaussianKernel{0.8}, target), 2);
  laws::discrepancy(pf::KernelDiscrepancy(kCoulomb, target, {}, pf::SplitHalves{}), 2,
                    {.step = 0.001});
  laws::discrepancy(pf::KernelDiscrepancy(pf::InverseMultiquadricKernel{}, target,
                                          {.target = {.batch = 30}}, pf::Plugin{}));
  laws::discrepancy(
      pf::KernelDiscrepancy(pf::Empirical<float>(support::random_matrix<float>(2, 40, 1))), 2);
}

TEST_CASE("MMD^2 has the same bits with every number of threads", "[discrepancies][bits]") {
  const Matrix<float> x = support::random_matrix<float>(3, 1000, 1);
  const pf::KernelDiscrepancy d(kCoulomb,
                                pf::Empirical<float>(support::random_matrix<float>(3, 300, 2)),
                                {.target = {.batch = 500}});
  const pf::KernelDiscrepancy halves(kCoulomb, d.target(), {}, pf::SplitHalves{});
  const auto alone = evaluate(d, x), alone_halves = evaluate(halves, x);
  for (const int threads : {2, 3, 7}) {
    const auto [value, gradient] = evaluate(d, x, 0, threads);
    CHECK(value == alone.first);
    CHECK(laws::same_bits(gradient, alone.second));
    CHECK(laws::same_bits(evaluate(halves, x, 0, threads).second, alone_halves.second));
  }
}

TEST_CASE("MMD^2 knows neither order, place nor direction of samples",
          "[discrepancies][identity]") {
  const Matrix<double> x = support::random_matrix(2, 90, 1), y = support::random_matrix(2, 70, 2);
  const auto value = [](const Matrix<double>& a, const Matrix<double>& b) {
    return pf::evaluate(pf::KernelDiscrepancy(kCoulomb, Table(b)), a);
  };
  const double d = value(x, y);
  CHECK_THAT(value(x.rowwise().reverse(), y.rowwise().reverse()), WithinRel(d, 1e-11));
  const Vector<double> shift = Vector<double>{{3, -2}};
  CHECK_THAT(value(x.colwise() + shift, y.colwise() + shift), WithinRel(d, 1e-11));
  const Matrix<double> turn{{0.6, -0.8}, {0.8, 0.6}};
  CHECK_THAT(value(turn * x, turn * y), WithinRel(d, 1e-11));

  INFO("two copies of some rows are rows of twice the weight");
  Matrix<double> longer(2, 90);
  longer << y, y.leftCols(20);
  Vector<double> weights = Vector<double>::Ones(70);
  weights.head(20).setConstant(2);
  const pf::KernelDiscrepancy twice(kCoulomb, Table(y, weights));
  CHECK_THAT(pf::evaluate(twice, x), WithinRel(value(x, longer), 1e-11));

  INFO("Plugin is 0 for the target's own samples, and at least 0");
  const pf::KernelDiscrepancy plugin(pf::EnergyKernel{}, Table(y), {}, pf::Plugin{});
  CHECK_THAT(pf::evaluate(plugin, y), WithinAbs(0, 1e-14));
  CHECK(evaluate(plugin, y).second.norm() < 1e-14);
  CHECK(pf::evaluate(plugin, x) > 0);
}

TEST_CASE("Fresh samples are those of the step, and their own term is unbiased",
          "[discrepancies]") {
  const pf::Gaussian<double> law(2);
  const pf::KernelOptions options{.target = {.batch = 100, .key = {4, 5}}};
  const Matrix<double> x = support::random_matrix(2, 80, 1);
  const pf::KernelDiscrepancy fresh(pf::EnergyKernel{}, law, options),
      without(pf::EnergyKernel{}, law, {.target = options.target, .constant = false});
  const pf::KernelDiscrepancy plugin(pf::EnergyKernel{}, law, options, pf::Plugin{});
  decltype(fresh)::Workspace work;
  pf::Team team(2);
  Batch<double> dx(2, 80);
  for (const Index step : {3, 0, 3}) {
    const Matrix<double> y = pf::draw(law, 100, {4, 5}, std::uint64_t(100 * step));
    const Definition all(pf::EnergyKernel{}, x, y, shares(100), pf::Pairs::distinct);
    const Definition biased(pf::EnergyKernel{}, x, y, shares(100), pf::Pairs::all);
    const Definition own(pf::EnergyKernel{}, y, y, shares(100), pf::Pairs::all);
    double yy = 0;  // of all pairs
    for (Index i = 0; i < 100; ++i)
      for (Index j = 0; j < 100; ++j) yy -= (y.col(i) - y.col(j)).norm() / 1e4;
    const double value = fresh.value_and_gradient(Batch<double>(x), {step, team}, dx, work);
    CHECK_THAT(value, WithinAbs(all.value + yy / 99, 1e-12));
    CHECK((dx.matrix() - all.gradient).norm() < 1e-13);
    CHECK_THAT(evaluate(plugin, x, step).first, WithinAbs(biased.value, 1e-12));
    CHECK_THAT(evaluate(without, x, step).first, WithinAbs(all.value - yy, 1e-12));
  }
}

TEST_CASE("Widths go from coarse to fine in equal ratios", "[discrepancies]") {
  const Matrix<double> x = support::random_matrix(2, 80, 1);
  const Table target(support::random_matrix(2, 70, 2));
  const auto kernel = pf::GaussianKernel{0.5} + pf::EnergyKernel{};
  const pf::KernelDiscrepancy annealed(kernel, target, {.coarse = 16, .anneal = 4});
  decltype(annealed)::Workspace work;
  pf::Team alone;
  Batch<double> dx(2, 80);
  for (const Index step : {0, 1, 2, 3, 4, 9, 1}) {
    auto wide = kernel;
    wide.stretch(step < 4 ? std::pow(16, 1 - double(step) / 4) : 1);
    const auto [value, gradient] = evaluate(pf::KernelDiscrepancy(wide, target), x);
    INFO("step " << step);
    CHECK_THAT(annealed.value_and_gradient(Batch<double>(x), {step, alone}, dx, work),
               WithinAbs(value, 1e-13));
    CHECK((dx.matrix() - gradient).norm() < 1e-13);
  }
  CHECK(annealed.kernel().first.width == 0.5);
}

TEST_CASE("Without a kernel, there are Gaussian ones of several widths by the median rule",
          "[discrepancies]") {
  const Matrix<double> y = support::random_matrix(2, 70, 2, 5);
  CHECK(pf::KernelDiscrepancy(Table(y)).kernel().widths == pf::median_widths<double>(y));
  const pf::Gaussian<double> law(2);
  CHECK(pf::KernelDiscrepancy(law, {.target = {.batch = 9}}).kernel().widths ==
        pf::median_widths<double>(pf::draw(law, 512, {.stream = 3})));

  INFO("constant data have a usable one");
  const pf::KernelDiscrepancy constant(Table(Matrix<double>::Constant(1, 5, 7.0)));
  const auto [value, gradient] =
      evaluate(constant, Matrix<double>(Matrix<double>::Constant(1, 4, 7.5)));
  CHECK(value > 0);
  CHECK(gradient.minCoeff() > 0);
}

TEST_CASE("MMD^2 is finite, or said not to be, wherever samples are", "[discrepancies][hostile]") {
  const pf::KernelDiscrepancy d(pf::EnergyKernel{},
                                pf::Empirical<float>(Matrix<float>::Constant(2, 5, 1.0F)));
  INFO("all samples at one place");
  const auto [value, gradient] = evaluate(d, Matrix<float>(Matrix<float>::Constant(2, 70, 1.0F)));
  CHECK(value == 0);
  CHECK(gradient.isZero(0));

  INFO("beyond the root of the largest number");
  const Matrix<float> far = Matrix<float>::Constant(2, 70, 1e20F);
  CHECK(!pf::is_finite(evaluate(d, far).first));
  CHECK(support::error_of<std::domain_error>([&] {
          (void)pf::evaluate(d, far);
        }).starts_with("evaluate: D is "));
  const pf::KernelDiscrepancy bounded(pf::MultiScaleKernel{}, d.target());
  CHECK_THAT(double(pf::evaluate(bounded, far)), WithinAbs(2, 1e-6));
  CHECK(evaluate(bounded, far).second.isZero(1e-6F));
  CHECK(support::error_of<std::domain_error>([&] {
          (void)pf::KernelDiscrepancy(pf::EnergyKernel{},
                                      pf::Empirical<float>(Matrix<float>{{-1e20F, 1e20F}}));
        }).starts_with("KernelDiscrepancy: E k(Y, Y') is "));
}

TEST_CASE("What MMD^2 cannot be of is refused by name", "[discrepancies][hostile]") {
  const Table target(support::random_matrix(2, 40, 1));
  const pf::Gaussian<double> law(2);
  const pf::KernelDiscrepancy d(pf::EnergyKernel{}, target);
  const auto refused = [](auto body) { return support::error_of<std::invalid_argument>(body); };
  CHECK(refused([&] { (void)pf::evaluate(d, Batch<double>(2, 1)); }) ==
        "KernelDiscrepancy: number of samples is 1, but must be at least 2");
  CHECK(refused([&] { (void)pf::evaluate(d, Batch<double>(2, 0)); }) ==
        "KernelDiscrepancy: number of samples is 0, but must be at least 2");
  CHECK(refused([&] { (void)pf::evaluate(d, Batch<double>(3, 9)); }) ==
        "KernelDiscrepancy: dimension of the batch is 3, but must be 2");
  CHECK(refused([&] { (void)pf::KernelDiscrepancy(pf::EnergyKernel{}, law); }) ==
        "KernelDiscrepancy: target batch is 0, but must be at least 1 for a target that is not a "
        "list of samples");
  CHECK(refused([&] {
          (void)pf::KernelDiscrepancy(pf::EnergyKernel{}, law, {.target = {.batch = 1}});
        }) ==
        "KernelDiscrepancy: target batch is 1, but must be at least 2 for an unbiased E k(Y, Y')");
  CHECK(refused([&] { (void)pf::KernelDiscrepancy(pf::EnergyKernel{}, target, {.anneal = -1}); }) ==
        "KernelDiscrepancy: anneal is -1, but must be at least 0");
  CHECK(refused([&] { (void)pf::KernelDiscrepancy(pf::GaussianKernel{}, law, {.anneal = 5}); }) ==
        "KernelDiscrepancy: anneal is 5, but must be 0 for a kernel without widths, or a "
        "target in closed form");
  CHECK(refused([&] { (void)pf::KernelDiscrepancy(pf::EnergyKernel{}, target, {.anneal = 5}); }) ==
        "KernelDiscrepancy: anneal is 5, but must be 0 for a kernel without widths, or a "
        "target in closed form");
  CHECK(refused([&] {
          (void)pf::KernelDiscrepancy(pf::GaussianKernel{}, target, {.coarse = 4});
        }) == "KernelDiscrepancy: coarse is 4, but must be 1 where anneal is 0");
  CHECK(support::error_of<std::domain_error>([&] {
          (void)pf::KernelDiscrepancy(pf::GaussianKernel{}, target, {.coarse = 0, .anneal = 5});
        }) == "KernelDiscrepancy: coarse is 0, but must be positive and finite");
  CHECK(support::error_of<std::domain_error>([&] {
          (void)pf::KernelDiscrepancy(pf::GaussianKernel{0}, target);
        }) == "GaussianKernel: width is 0, but must be positive and finite");
}

TEST_CASE("A step of MMD^2 allocates nothing once warm", "[discrepancies][memory]") {
  if (!support::kCountsAllocations) return;
  const pf::Empirical<float> target(support::random_matrix<float>(2, 100, 1));
  const Batch<float> x(support::random_matrix<float>(2, 130, 2));
  Batch<float> dx(2, 130);
  const auto check = [&](const auto& d, int threads) {
    pf::Team team(threads);
    typename std::remove_cvref_t<decltype(d)>::Workspace work;
    for (Index step = 0; step < 2; ++step) (void)d.value_and_gradient(x, {step, team}, dx, work);
    const long before = support::allocations();
    for (Index step = 2; step < 5; ++step) (void)d.value_and_gradient(x, {step, team}, dx, work);
    CHECK(support::allocations() == before);
  };
  check(pf::KernelDiscrepancy(target, {.target = {.batch = 70}, .coarse = 9, .anneal = 4}), 2);
  check(pf::KernelDiscrepancy(kCoulomb, target, {}, pf::SplitHalves{}), 2);
  check(pf::KernelDiscrepancy(pf::GaussianKernel{}, pf::Gaussian<float>(2)), 1);
}
