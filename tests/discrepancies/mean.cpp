#include "pushforward/discrepancies/mean.hpp"

#include "support/laws.hpp"

#include "pushforward/measures/draw.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/uniform.hpp"
#include "pushforward/test_functions/fourier.hpp"
#include "pushforward/test_functions/polynomial.hpp"
#include "pushforward/test_functions/random_fourier.hpp"

namespace pf = pushforward;
using pf::Index;
using Given = pf::GivenWeights<double>;
using Means = pf::Expectations<double>;
using Uniform = pf::Uniform<double>;

namespace {

template <class Estimator = pf::Plugin, class Tau = pf::UniformWeights>
auto harmonics_to_uniform(Index count) {
  return pf::MeanDiscrepancy<pf::Fourier<double>, Uniform, Tau, Estimator>(
      pf::Fourier<double>::harmonics(count), Uniform(0, 1));
}

template <class Policy, class Family>
pf::Vector<double> weights(const Policy& policy, const Family& f) {
  pf::Vector<double> tau(f.size());
  policy(f, tau);
  return tau;
}

pf::Fourier<double> waves(Index d, Index count = 4) {
  return pf::Fourier<double>(support::random_matrix(d, count, 9, 3));
}

/// sum_k tau_k cos w_k.(x - y): the kernel whose MMD is D2.
template <class X, class Y>
double kernel(const pf::Fourier<double>& f, const pf::Vector<double>& tau, const X& x, const Y& y) {
  double sum = 0;
  for (Index m = 0; m < f.functions(); ++m)
    sum += tau[2 * m] * std::cos(f.frequencies().col(m).dot(x - y));
  return sum;
}

template <class X, class Y>
double mean_kernel(const pf::Fourier<double>& f, const pf::Vector<double>& tau, const X& x,
                   const Y& y) {
  double sum = 0;
  for (Index i = 0; i < x.cols(); ++i)
    for (Index j = 0; j < y.cols(); ++j) sum += kernel(f, tau, x.col(i), y.col(j));
  return sum / double(x.cols() * y.cols());
}

template <class Tau>
double gap_to_mmd(Tau tau) {
  const auto f = pf::Fourier<double>::harmonics(6, 2.5);
  const pf::Matrix<double> x = support::random_matrix(1, 70, 1),
                           y = support::random_matrix(1, 40, 2);
  const pf::MeanDiscrepancy d(f, pf::Empirical<double>(y), tau);
  const double mmd = mean_kernel(f, d.weights(), x, x) + mean_kernel(f, d.weights(), y, y) -
                     2 * mean_kernel(f, d.weights(), x, y);
  return std::abs(pf::evaluate(d, x) / mmd - 1);
}

}  // namespace

TEST_CASE("A mean discrepancy is a discrepancy, whatever its family, weights and estimator",
          "[discrepancies][laws]") {
  laws::discrepancy(harmonics_to_uniform(5), 1, {.step = 0.05});
  laws::discrepancy(harmonics_to_uniform<pf::SplitHalves>(5), 2, {.step = 0.05});
  laws::discrepancy(harmonics_to_uniform<pf::SplitHalves, pf::InverseSquareWeights>(5), 2,
                    {.step = 0.05});
  const pf::Empirical<double> data(support::random_matrix(3, 50, 4));
  laws::discrepancy(pf::MeanDiscrepancy(waves(3), data));
  laws::discrepancy(pf::MeanDiscrepancy<pf::Fourier<double>, pf::Empirical<double>,
                                        pf::UniformWeights, pf::SplitHalves>(waves(3), data),
                    2);
  const pf::Polynomial<double> moments(3, 2);
  laws::discrepancy(pf::MeanDiscrepancy(moments, data, pf::InverseSquareWeights{}));
  laws::discrepancy(pf::MeanDiscrepancy(pf::Concatenate(waves(3), moments), data));
  laws::discrepancy(
      pf::MeanDiscrepancy(pf::Fourier<float>::harmonics(5), pf::Uniform<float>(0, 1)));
}

TEST_CASE("D is sum_k tau_k r_k^2, and of halves the product of their r_k", "[discrepancies]") {
  for (const Index n : {2, 3, 63, 64, 65, 130, 2500}) {
    const pf::Matrix<double> y = support::random_matrix(2, n, 1);
    const pf::Vector<double> t = support::random_vector(8, 2, 0.1),
                             tau = support::random_vector(8, 3).cwiseAbs();
    const auto f = waves(2);
    const auto r = [&](Index begin, Index end) {
      return pf::Vector<double>(
          pf::expectation(f, pf::Empirical<double>(y.middleCols(begin, end - begin))) - t);
    };
    const pf::MeanDiscrepancy whole(f, Means{t}, Given{tau});
    const pf::MeanDiscrepancy<pf::Fourier<double>, Means, Given, pf::SplitHalves> halves(f, {t},
                                                                                         {tau});
    CHECK_THAT(pf::evaluate(whole, y),
               WithinRel((tau.array() * r(0, n).array().square()).sum(), 1e-12));
    CHECK_THAT(pf::evaluate(halves, y),
               WithinAbs((tau.array() * r(0, n / 2).array() * r(n / 2, n).array()).sum(), 1e-14));
  }
}

TEST_CASE("D is a sum of squares, and its gradient that of the sum", "[discrepancies]") {
  for (const Index n : {1, 3, 64, 130}) {
    const pf::Batch<double> y(support::random_matrix(1, n, 1));
    const auto d = harmonics_to_uniform<pf::Plugin, pf::InverseSquareWeights>(4);
    decltype(d)::Workspace work;
    pf::Team team(2);
    const pf::Step step{0, team};
    pf::Batch<double> dy(1, n), column(1, n), sum(1, n);
    const double value = d.value_and_gradient(y, step, dy, work);
    pf::Vector<double> rho(d.residual_count());
    d.residuals(y, step, rho, work);
    CHECK_THAT(rho.squaredNorm(), WithinRel(value, 1e-13));
    for (Index b = 0; b < y.blocks(); ++b) {
      Index next = 0;
      d.residual_gradients(y, b, column.block(b), work,
                           [&](Index k, pf::ConstBlockRef<double> gradient) {
                             CHECK(k == next++);
                             sum.block(b) += 2 * rho[k] * gradient;
                           });
      CHECK(next == d.residual_count());
    }
    CHECK(laws::relative_gap(sum.matrix(), dy.matrix()) < 1e-13);
    const Index padding = y.blocks() * pf::kBlockSize - n;
    CHECK((sum.block(y.blocks() - 1).bottomRows(padding) == 0).all());
  }
}

namespace {

/// The same functions without gradients(), whose calls are counted.
struct Counted : pf::Fourier<double> {
  using pf::Fourier<double>::Fourier;
  static inline int sums = 0, pullbacks = 0;
  template <class Visit>
  void gradients(pf::ConstBlockRef<double>, const pf::Lane<double>&, pf::BlockRef<double>,
                 Visit&&) const = delete;
  void add_sums(pf::ConstBlockRef<double> y, const pf::Lane<double>& weight,
                pf::VectorRef<double> out) const {
    ++sums;
    pf::Fourier<double>::add_sums(y, weight, out);
  }
  void add_pullback(pf::ConstBlockRef<double> y, const pf::Lane<double>& weight,
                    pf::ConstVectorRef<double> v, pf::BlockRef<double> dy) const {
    ++pullbacks;
    pf::Fourier<double>::add_pullback(y, weight, v, dy);
  }
};

/// One sweep, counted.
struct Swept : pf::Fourier<double> {
  using pf::Fourier<double>::Fourier;
  static inline int sweeps = 0;
  template <class Visit>
  void gradients(pf::ConstBlockRef<double> y, const pf::Lane<double>& weight,
                 pf::BlockRef<double> dy, Visit&& visit) const {
    ++sweeps;
    pf::Fourier<double>::gradients(y, weight, dy, visit);
  }
  void add_pullback(pf::ConstBlockRef<double>, const pf::Lane<double>&, pf::ConstVectorRef<double>,
                    pf::BlockRef<double>) const {
    ++sweeps;
  }
};

/// d rho_k / dy of each residual over a batch of 130.
template <class Family>
std::vector<pf::Matrix<double>> residual_gradients(const Family& f) {
  const pf::Batch<double> y(support::random_matrix(2, 130, 1));
  const pf::MeanDiscrepancy d(f, Means{support::random_vector(8, 3, 0.1)},
                              Given{support::random_vector(8, 4).cwiseAbs()});
  typename decltype(d)::Workspace work;
  pf::Team alone;
  pf::Vector<double> rho(d.residual_count());
  d.residuals(y, {0, alone}, rho, work);
  std::vector<pf::Batch<double>> columns(8, pf::Batch<double>(2, 130));
  pf::Block<double> dy(pf::kBlockSize, 2);
  for (Index b = 0; b < y.blocks(); ++b)
    d.residual_gradients(y, b, dy, work, [&](Index k, pf::ConstBlockRef<double> gradient) {
      columns[std::size_t(k)].block(b) = gradient;
    });
  std::vector<pf::Matrix<double>> result;
  for (const auto& column : columns) result.push_back(column.matrix());
  return result;
}

}  // namespace

TEST_CASE("The gradients of all residuals are those of unit pullbacks, in O(K)",
          "[discrepancies]") {
  const pf::Matrix<double> frequencies = support::random_matrix(2, 4, 9, 3);
  const auto plain = residual_gradients(pf::Fourier<double>(frequencies));
  Counted::sums = Counted::pullbacks = Swept::sweeps = 0;
  const auto counted = residual_gradients(Counted(frequencies));
  CHECK(Counted::sums == 3);  // one for each of three blocks
  CHECK(Counted::pullbacks == 3 * 8);
  const auto swept = residual_gradients(Swept(frequencies));
  CHECK(Swept::sweeps == 3);
  for (std::size_t k = 0; k < 8; ++k) {
    CHECK(laws::relative_gap(counted[k], plain[k]) < 1e-15);
    CHECK(laws::same_bits(swept[k], plain[k]));
  }
}

TEST_CASE("D2^2 is MMD^2 of the kernel sum_k tau_k cos w_k.(x - y)", "[discrepancies][identity]") {
  CHECK(gap_to_mmd(pf::UniformWeights{}) < 1e-12);
  CHECK(gap_to_mmd(pf::InverseSquareWeights{}) < 1e-12);
  pf::Vector<double> tau(12);
  for (Index k = 0; k < 12; ++k) tau[k] = 1 + double(k / 2 * 5 % 3);
  CHECK(gap_to_mmd(Given{tau}) < 1e-12);

  const auto f = waves(3, 9);
  const pf::Matrix<double> x = support::random_matrix(3, 65, 1),
                           y = support::random_matrix(3, 30, 2);
  const pf::MeanDiscrepancy d(f, pf::Empirical<double>(y));
  CHECK_THAT(pf::evaluate(d, x),
             WithinRel(mean_kernel(f, d.weights(), x, x) + mean_kernel(f, d.weights(), y, y) -
                           2 * mean_kernel(f, d.weights(), x, y),
                       1e-12));
  CHECK(pf::evaluate(d, y) < 1e-30);
}

TEST_CASE("Permuting the samples, or doubling each, changes D by round-off alone",
          "[discrepancies][identity]") {
  const pf::Matrix<double> y = support::random_matrix(2, 65, 1);
  pf::Matrix<double> doubled(2, 130);
  doubled << y, y;
  const pf::MeanDiscrepancy d(waves(2), pf::Empirical<double>(support::random_matrix(2, 50, 4)));
  const double value = pf::evaluate(d, y);
  CHECK_THAT(pf::evaluate(d, y.rowwise().reverse()), WithinRel(value, 1e-12));
  CHECK_THAT(pf::evaluate(d, doubled), WithinRel(value, 1e-12));
}

TEST_CASE("The Gaussian MMD of N(0, 1) and N(1, 1) is 0.177267635", "[discrepancies][statistics]") {
  // MMD^2 = mean over w of |phi_1(w) - phi_2(w)|^2; a term is in [0, 4], so its variance is at most
  // 4 * 0.1773, and five standard errors of 200,000 are 0.0095.
  const pf::RandomFourier<double> f(1, 200000, {.width = 1}, pf::Key{1});
  const pf::Matrix<double> unit = pf::Matrix<double>::Ones(1, 1);
  const pf::Vector<double> one = pf::Vector<double>::Ones(1);
  const pf::Vector<double> gap = pf::expectation(f, pf::Gaussian<double>(0 * one, unit)) -
                                 pf::expectation(f, pf::Gaussian<double>(one, unit));
  const pf::Vector<double> tau = weights(pf::UniformWeights{}, f);
  CHECK_THAT(tau.dot(gap.cwiseAbs2()), WithinAbs(0.177267635, 0.0095));

  // E k(X, Y) is the Gaussian mean of X - Y ~ N(m, 2) at 0.
  const auto kernel_mean = [&](double m) {
    return pf::Gaussian<double>(m * one, std::sqrt(2.0) * unit).gaussian_mean(0 * one, 1);
  };
  CHECK_THAT(2 * kernel_mean(0) - 2 * kernel_mean(1), WithinAbs(0.177267635, 1e-9));
}

TEST_CASE("Weights are what their names say", "[discrepancies]") {
  const auto f = pf::Fourier<double>::harmonics(3);
  CHECK(weights(pf::UniformWeights{}, f) == pf::Vector<double>::Constant(6, 1.0 / 3));
  const pf::Vector<double> tau = weights(pf::InverseSquareWeights{}, f);
  CHECK_THAT(tau.sum(), WithinRel(2.0, 1e-15));
  for (Index k = 0; k < 6; ++k)
    CHECK_THAT(tau[k] * double(f.order(k) * f.order(k)), WithinRel(tau[0], 1e-15));
  CHECK_THAT(weights(pf::InverseSquareWeights{}, pf::Polynomial<double>(2, 3)).sum(),
             WithinRel(1.0, 1e-15));
}

TEST_CASE("D takes the family, target and weights it was given", "[discrepancies]") {
  const pf::Empirical<double> data(support::random_matrix(2, 50, 4));
  const pf::RandomFourier<double> f(2, 5, {}, pf::Key{1});
  const pf::MeanDiscrepancy d(f, data);
  CHECK(d.dimension() == 2);
  CHECK(d.residual_count() == 10);
  CHECK(laws::same_bits(d.target(), pf::expectation(f, data)));
  CHECK(laws::same_bits(d.weights(), weights(pf::UniformWeights{}, f)));
  CHECK(d.options().redraw_every == 0);
  CHECK(d.options().target.batch == 0);
}

namespace {

using Features = pf::RandomFourier<double, pf::MaternKernel>;

/// Weights that are another function of every family: of its first frequency.
struct OfFrequencies {
  void operator()(const Features& f, pf::VectorRef<double> tau) const {
    for (Index k = 0; k < tau.size(); ++k)
      tau[k] = 1 + f.frequencies()(0, k / 2) * f.frequencies()(0, k / 2);
  }
};

/// D and dD/dy at a step.
template <class D>
std::pair<double, pf::Matrix<double>> at(const D& d, const pf::Batch<double>& y, Index step,
                                         typename D::Workspace& work, int threads = 1) {
  pf::Team team(threads);
  pf::Batch<double> dy(y.dimension(), y.count());
  const double value = d.value_and_gradient(y, {step, team}, dy, work);
  return {value, dy.matrix()};
}
template <class D>
auto at(const D& d, const pf::Batch<double>& y, Index step) {
  typename D::Workspace work;
  return at(d, y, step, work);
}

}  // namespace

TEST_CASE("What is drawn at a step depends on the key and the step alone", "[discrepancies]") {
  const pf::Batch<double> y(support::random_matrix(2, 70, 1));
  const Index steps = 13;
  const auto check = [&](const auto& d) {
    std::vector<std::pair<double, pf::Matrix<double>>> expected;
    for (Index step = 0; step < steps; ++step) expected.push_back(at(d, y, step));
    typename std::remove_cvref_t<decltype(d)>::Workspace work;
    bool same = true;
    const auto visit = [&](Index step, int threads) {
      same = same && at(d, y, step, work, threads) == expected[std::size_t(step)];
    };
    for (Index step = 0; step < steps; ++step) visit(step, 1);
    for (Index step = steps; step-- > 0;) visit(step, 3);
    for (const Index step : {7, 7, 0, 12, 0, 3, 4, 4, 11, 2}) visit(step, 2);
    CHECK(same);
    return expected;
  };
  const pf::Gaussian<double> target(2);
  const Features f(2, 6, {}, pf::Key{1});
  const auto distinct = [&](pf::MeanOptions options) {
    const pf::MeanDiscrepancy d(f, target, OfFrequencies{}, options);
    const auto values = check(d);
    std::vector<Index> changes;
    for (Index step = 1; step < steps; ++step)
      if (values[std::size_t(step)].first != values[std::size_t(step - 1)].first)
        changes.push_back(step);
    return changes;
  };
  CHECK(distinct({}).empty());
  CHECK(distinct({.redraw_every = 4}) == std::vector<Index>{4, 8, 12});
  CHECK(distinct({.redraw_every = 1}).size() == 12);
  CHECK(distinct({.target = {.batch = 100}}).size() == 12);
  CHECK(distinct({.redraw_every = 5, .target = {.batch = 65}}).size() == 12);

  const auto of_key = [&](pf::Key key) {
    return at(pf::MeanDiscrepancy(f, target, {.redraw_every = 2, .key = key}), y, 3).first;
  };
  CHECK(of_key({.stream = 3}) == of_key(pf::MeanOptions{}.key));
  CHECK(of_key({5, 3}) != of_key({6, 3}));
}

TEST_CASE("Redrawn functions come with their target and their weights", "[discrepancies]") {
  const pf::Batch<double> y(support::random_matrix(2, 70, 1));
  const pf::Gaussian<double> target(2);
  const Features f(2, 6, {}, pf::Key{1});
  const pf::Key key{9, 3};
  const pf::MeanDiscrepancy d(f, target, OfFrequencies{}, {.redraw_every = 3, .key = key});
  CHECK(at(d, y, 2) == at(pf::MeanDiscrepancy(f, target, OfFrequencies{}), y, 0));
  Features redrawn = f;
  redrawn.redraw(key.part(2));
  CHECK(at(d, y, 7) == at(pf::MeanDiscrepancy(redrawn, target, OfFrequencies{}), y, 0));
}

TEST_CASE("A target batch is samples i m .. i m + m - 1 of the target", "[discrepancies]") {
  const pf::Batch<double> y(support::random_matrix(2, 70, 1));
  const auto f = waves(2);
  const pf::Key key{9, 3};
  const auto check = [&](const auto& target) {
    for (const Index m : {1, 64, 100}) {
      const pf::MeanDiscrepancy d(f, target, {.target = {.batch = m, .key = key}});
      for (const Index i : {0, 1, 5}) {
        const pf::Vector<double> t = pf::expectation(
            f, pf::Empirical<double>(pf::draw(target, m, key, std::uint64_t(i * m))));
        const auto [value, gradient] = at(pf::MeanDiscrepancy(f, Means{t}), y, 0);
        const auto [drawn, drawn_gradient] = at(d, y, i);
        CHECK_THAT(drawn, WithinRel(value, 1e-12));
        CHECK(laws::relative_gap(drawn_gradient, gradient) < 1e-12);
      }
    }
  };
  check(pf::Gaussian<double>(2));
  check(pf::Empirical<double>(support::random_matrix(2, 50, 4)));
}

namespace {

/// f = log y: not finite at 0.
struct Logarithm {
  using Scalar = double;
  Index dimension() const { return 1; }
  Index size() const { return 1; }
  void add_sums(pf::ConstBlockRef<double> y, const pf::Lane<double>& weight,
                pf::VectorRef<double> sums) const {
    sums[0] += pf::weighted_sum(weight, pf::Lane<double>(y.col(0).log()));
  }
  void add_pullback(pf::ConstBlockRef<double> y, const pf::Lane<double>& weight,
                    pf::ConstVectorRef<double> v, pf::BlockRef<double> dy) const {
    dy.col(0) += v[0] * weight / y.col(0);
  }
};

struct Ones {
  using Scalar = double;
  Index dimension() const { return 1; }
  void sample(pf::Key, std::uint64_t, pf::BlockRef<double> x) const { x.setOnes(); }
};

}  // namespace

TEST_CASE("Functions that are finite on the samples give a finite D", "[discrepancies]") {
  const auto check = [&]<class Estimator>(Estimator, Index n) {
    const pf::MeanDiscrepancy<Logarithm, Means, pf::UniformWeights, Estimator> d(
        Logarithm{}, Means{pf::Vector<double>::Zero(1)});
    const auto [value, gradient] =
        at(d, pf::Batch<double>(pf::Matrix<double>::Constant(1, n, 2)), 0);
    CHECK_THAT(value, WithinRel(std::log(2.0) * std::log(2.0), 1e-14));
    CHECK(laws::relative_gap(
              gradient, pf::Matrix<double>::Constant(1, n, std::log(2.0) / double(n))) < 1e-14);
  };
  for (const Index n : {1, 63, 64, 65, 130}) {
    check(pf::Plugin{}, n);
    if (n > 1) check(pf::SplitHalves{}, n + n % 2);
  }
  CHECK(pf::expectation(Logarithm{}, Ones{}, {.count = 65})[0] == 0);
  CHECK(pf::expectation(Logarithm{}, pf::Empirical<double>(pf::Matrix<double>::Ones(1, 5)))[0] ==
        0);
}

TEST_CASE("A workspace serves batches of any size", "[discrepancies]") {
  const auto d = harmonics_to_uniform<pf::SplitHalves>(5);
  decltype(d)::Workspace work;
  for (const Index n : {257, 130, 1000, 2, 257}) {
    const pf::Batch<double> y(support::random_matrix(1, n, 1));
    CHECK(at(d, y, 0, work, 3) == at(d, y, 0));
  }
}

namespace {

struct NoFunctions : pf::Fourier<double> {
  using pf::Fourier<double>::Fourier;
  Index size() const { return 0; }
};
struct Weight {  // a user's weights, all equal
  double tau;
  template <class Family>
  void operator()(const Family&, pf::VectorRef<double> out) const {
    out.setConstant(tau);
  }
};
struct NotANumber {  // a law with a characteristic function that is none
  using Scalar = double;
  Index dimension() const { return 2; }
  void sample(pf::Key, std::uint64_t, pf::BlockRef<double> x) const { x.setZero(); }
  std::complex<double> characteristic_function(pf::ConstVectorRef<double>) const {
    return std::numeric_limits<double>::quiet_NaN();
  }
};
/// A target that throws at some draws.
struct Failing {
  using Scalar = double;
  const bool* fails;
  Index dimension() const { return 2; }
  void sample(pf::Key key, std::uint64_t first, pf::BlockRef<double> x) const {
    if (*fails) throw std::runtime_error("no sample");
    pf::normals<double>(key, first, x);
  }
};

}  // namespace

TEST_CASE("A draw that throws is made again, whatever step comes next", "[discrepancies][errors]") {
  const pf::Batch<double> y(support::random_matrix(2, 70, 1));
  const Features f(2, 6, {}, pf::Key{1});
  bool fails = false;
  const pf::MeanDiscrepancy d(f, Failing{&fails}, {.redraw_every = 2, .target = {.batch = 10}});
  decltype(d)::Workspace work;
  for (const Index next : {0, 1, 2, 3, 4}) {
    CHECK(at(d, y, 1, work) == at(d, y, 1));
    fails = true;
    CHECK_THROWS_AS(at(d, y, 2, work), std::runtime_error);
    fails = false;
    CHECK(at(d, y, next, work) == at(d, y, next));
  }
}

TEST_CASE("D refuses what does not fit, with both sizes", "[discrepancies][errors]") {
  using support::error_of;
  const auto f = waves(2);
  const Means t{pf::Vector<double>::Zero(8)};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto value = [&](Index d, Index n) {
    return [=] { (void)pf::evaluate(pf::MeanDiscrepancy(f, t), pf::Batch<double>(d, n)); };
  };
  CHECK(error_of<std::invalid_argument>(value(3, 4)) ==
        "MeanDiscrepancy: dimension of the batch is 3, but must be 2");
  CHECK(error_of<std::invalid_argument>(value(2, 0)) ==
        "MeanDiscrepancy: number of samples is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([&] {
          const pf::MeanDiscrepancy<pf::Fourier<double>, Means, pf::UniformWeights, pf::SplitHalves>
              d(f, t);
          (void)pf::evaluate(d, pf::Batch<double>(2, 1));
        }) == "MeanDiscrepancy: number of samples is 1, but must be at least 2");
  CHECK(error_of<std::invalid_argument>([&] {
          pf::MeanDiscrepancy(f, Means{pf::Vector<double>(t.t.head(7))});
        }) == "MeanDiscrepancy: size of target is 7, but must be 8");
  CHECK(error_of<std::domain_error>([&] {
          pf::MeanDiscrepancy(f, Means{pf::Vector<double>(t.t / 0.0)});
        }) == "MeanDiscrepancy: target at row 0, column 0 is nan, but must be finite");
  CHECK(error_of<std::domain_error>([&] { pf::MeanDiscrepancy(f, NotANumber{}); }) ==
        "MeanDiscrepancy: target at row 0, column 0 is nan, but must be finite");
  CHECK(error_of<std::invalid_argument>([&] { pf::MeanDiscrepancy(f, Uniform(0, 1)); }) ==
        "MeanDiscrepancy: dimension of target is 1, but must be 2");
  CHECK(error_of<std::invalid_argument>([&] {
          pf::MeanDiscrepancy(NoFunctions(f.frequencies()), t);
        }) == "MeanDiscrepancy: number of test functions is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([&] {
          pf::MeanDiscrepancy(f, t, Given{pf::Vector<double>::Ones(4)});
        }) == "GivenWeights: size of tau is 4, but must be 8");
  CHECK(error_of<std::domain_error>([&] {
          pf::MeanDiscrepancy(f, t, Given{pf::Vector<double>::LinSpaced(8, 1, -6)});
        }) == "MeanDiscrepancy: weights[2] is -1, but must be finite and at least 0");
  for (const double tau : {nan, 1 / 0.0, -1e-300})
    CHECK_THAT(error_of<std::domain_error>([&] { pf::MeanDiscrepancy(f, t, Weight{tau}); }),
               StartsWith("MeanDiscrepancy: weights[0] is " + pf::to_text(tau)));
  CHECK(pf::evaluate(pf::MeanDiscrepancy(f, t, Weight{0}), pf::Batch<double>(2, 3)) == 0);
  CHECK(error_of<std::invalid_argument>([&] {
          pf::MeanDiscrepancy(f, t, pf::InverseSquareWeights{});
        }) == "Fourier::order: frequencies is arbitrary, but must be harmonics of a period");

  const auto options = [&](const auto& family, const auto& target, pf::MeanOptions chosen) {
    return error_of<std::invalid_argument>([&] { pf::MeanDiscrepancy(family, target, chosen); });
  };
  const Features features(2, 4, {}, pf::Key{1});
  const pf::Gaussian<double> normal(2);
  CHECK(options(features, normal, {.redraw_every = -1}) ==
        "MeanDiscrepancy: redraw_every is -1, but must be at least 0");
  CHECK(options(features, normal, {.target = {.batch = -1}}) ==
        "MeanDiscrepancy: target batch is -1, but must be at least 0");
  CHECK_THAT(options(f, normal, {.redraw_every = 1}),
             StartsWith("MeanDiscrepancy: redraw_every is 1, but must be 0 for a family without"));
  CHECK_THAT(options(features, t, {.redraw_every = 1}),
             StartsWith("MeanDiscrepancy: redraw_every is 1, but must be 0 for a family without"));
  CHECK(options(features, t, {.target = {.batch = 1}}) ==
        "MeanDiscrepancy: target batch is 1, but must be 0 for a target without a law");
}
