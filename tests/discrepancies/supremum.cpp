#include "pushforward/discrepancies/supremum.hpp"

#include "support/is_nan.hpp"
#include "support/laws.hpp"

#include "pushforward/discrepancies/mean.hpp"
#include "pushforward/io/fingerprint.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/uniform.hpp"
#include "pushforward/test_functions/fourier.hpp"
#include "pushforward/test_functions/polynomial.hpp"
#include "pushforward/test_functions/random_fourier.hpp"

namespace pf = pushforward;
using pf::Index;
using Data = pf::Empirical<double>;
using Matrix = pf::Matrix<double>;
using Vector = pf::Vector<double>;

namespace {

pf::Fourier<double> waves(Index d, Index count = 4) {
  return pf::Fourier<double>(support::random_matrix(d, count, 9, 3));
}

template <class D>
double value(const D& d, const Matrix& y, Matrix* gradient = nullptr, Index step = 0) {
  typename D::Workspace work;
  pf::Team alone;
  pf::Batch<double> dy(y.rows(), y.cols());
  const double result = d.value_and_gradient(pf::Batch<double>(y), {step, alone}, dy, work);
  if (gradient != nullptr) *gradient = dy.matrix();
  return result;
}

/// |phi_P - phi_Q| at each frequency, by the definition.
Vector gaps(const pf::Fourier<double>& f, const Matrix& x, const Matrix& y) {
  Vector u(f.functions());
  for (Index m = 0; m < u.size(); ++m) {
    const auto phi = [&](const Matrix& p) {
      std::complex<double> sum = 0;
      for (Index i = 0; i < p.cols(); ++i)
        sum += std::polar(1.0, f.frequencies().col(m).dot(p.col(i)));
      return sum / double(p.cols());
    };
    u[m] = std::abs(phi(x) - phi(y));
  }
  return u;
}

}  // namespace

TEST_CASE("A supremum is a discrepancy", "[discrepancies][laws]") {
  const Data data(support::random_matrix(2, 50, 4));
  laws::discrepancy(pf::SupremumDiscrepancy(waves(2), data), 1, {.step = 0.02});
  laws::discrepancy(pf::SupremumDiscrepancy(waves(2), data, pf::SoftMaximum{.temperature = 0.1}));
  laws::discrepancy(pf::SupremumDiscrepancy(pf::Concatenate(waves(2), pf::Polynomial<double>(2, 2)),
                                            data, pf::PowerMean{.exponent = 5}));
  laws::discrepancy(pf::SupremumDiscrepancy(pf::RandomFourier<float>(2, 20, {}, pf::Key{1}),
                                            pf::Gaussian<float>(2),
                                            {.redraw_every = 1, .target = {.batch = 30}}));
}

TEST_CASE("D_inf is the largest distance of characteristic functions",
          "[discrepancies][identity]") {
  const auto f = waves(2, 9);
  const Matrix x = support::random_matrix(2, 67, 1), y = support::random_matrix(2, 50, 2);
  const Vector u = gaps(f, x, y);
  Matrix gradient;
  CHECK_THAT(value(pf::SupremumDiscrepancy(f, Data(y)), x, &gradient),
             WithinRel(u.maxCoeff(), 1e-12));

  // alone, the largest function has the same gradient
  Index largest = 0;
  u.maxCoeff(&largest);
  const pf::Fourier<double> one(Matrix(f.frequencies().col(largest)));
  Matrix of_one;
  CHECK_THAT(value(pf::SupremumDiscrepancy(one, Data(y)), x, &of_one),
             WithinRel(u.maxCoeff(), 1e-12));
  CHECK(laws::relative_gap(1e3 * gradient, 1e3 * of_one) < 1e-12);

  // real functions are functions of their own
  const pf::Polynomial<double> moments(2, 2);
  const Vector r = pf::expectation(moments, Data(x)) - pf::expectation(moments, Data(y));
  CHECK_THAT(value(pf::SupremumDiscrepancy(moments, Data(y)), x),
             WithinRel(r.cwiseAbs().maxCoeff(), 1e-12));
  CHECK_THAT(value(pf::SupremumDiscrepancy(pf::Concatenate(moments, f), Data(y)), x),
             WithinRel((std::max)(r.cwiseAbs().maxCoeff(), u.maxCoeff()), 1e-12));
  CHECK_THAT(
      value(pf::SupremumDiscrepancy(f, pf::Expectations<double>{pf::expectation(f, Data(y))}), x),
      WithinRel(u.maxCoeff(), 1e-12));
}

TEST_CASE("Smooth maxima lie between the mean and the maximum", "[discrepancies][identity]") {
  const auto f = waves(2, 9);
  const Matrix x = support::random_matrix(2, 67, 1), y = support::random_matrix(2, 50, 2);
  const Vector u = gaps(f, x, y);
  const auto at = [&](auto maximum) {
    return value(pf::SupremumDiscrepancy(f, Data(y), maximum), x);
  };
  CHECK_THAT(at(pf::PowerMean{1}), WithinRel(u.mean(), 1e-12));
  CHECK_THAT(at(pf::PowerMean{400}), WithinRel(u.maxCoeff(), 1e-2));
  CHECK_THAT(at(pf::SoftMaximum{1e4}), WithinRel(u.mean(), 1e-5));
  CHECK_THAT(at(pf::SoftMaximum{1e-3}), WithinAbs(u.maxCoeff(), 1e-3 * std::log(9.0) + 1e-12));
  CHECK_THAT(at(pf::SoftMaximum{0.05}),
             WithinRel(0.05 * std::log((u / 0.05).array().exp().mean()), 1e-12));
  const double mean = pf::evaluate(pf::MeanDiscrepancy(f, Data(y)), x);
  CHECK_THAT(at(pf::PowerMean{2}), WithinRel(std::sqrt(mean), 1e-12));

  // D2^2 <= D_inf^2, with equality where the gap is the same everywhere
  for (std::uint64_t seed = 3; seed < 20; ++seed) {
    const Matrix p = support::random_matrix(2, 7, seed);
    CHECK(pf::evaluate(pf::MeanDiscrepancy(f, Data(y)), p) <=
          std::pow(value(pf::SupremumDiscrepancy(f, Data(y)), p), 2));
  }
  const auto harmonics = pf::Fourier<double>::harmonics(10);
  const pf::Uniform<double> unit(0, 1);
  const Matrix atom = Matrix::Constant(1, 1, 0.3);
  CHECK_THAT(value(pf::SupremumDiscrepancy(harmonics, unit), atom), WithinRel(1.0, 1e-12));
  CHECK_THAT(pf::evaluate(pf::MeanDiscrepancy(harmonics, unit), atom), WithinRel(1.0, 1e-12));
}

TEST_CASE("A power mean is homogeneous, however large its exponent", "[discrepancies][identity]") {
  const auto check = [](auto scalar, double tolerance) {
    using S = decltype(scalar);
    for (const Index exponent : {1, 2, 7, 1000, 10'000'000})
      for (const Index count : {1, 3}) {  // D = sum u dD/du
        pf::Vector<S> u(count), du(count);
        for (Index m = 0; m < count; ++m) u[m] = S(0.3) * S(m + 1);
        const S d = pf::PowerMean{exponent}.template operator()<S>(u, du);
        CHECK_THAT(double(u.dot(du)), WithinRel(double(d), tolerance));
        if (count == 1) CHECK_THAT(double(du[0]), WithinRel(1.0, tolerance));
      }
    // and of many that are equal, each has an equal share
    pf::Vector<S> u = pf::Vector<S>::Constant(3, S(0.7)), du(3);
    (void)pf::PowerMean{10'000'000}.template operator()<S>(u, du);
    CHECK_THAT(double(du[1]), WithinRel(1.0 / 3, tolerance));
  };
  check(float{}, 1e-6);
  check(double{}, 1e-14);
}

TEST_CASE("A supremum describes itself", "[discrepancies]") {
  const auto prints = [](auto maximum, pf::MeanOptions options) {
    const pf::SupremumDiscrepancy d(pf::RandomFourier<double>(2, 3, {}, pf::Key{1}),
                                    pf::Gaussian<double>(2), maximum, options);
    CHECK(d.maximum().kName == maximum.kName);
    CHECK(d.target().dimension() == 2);
    std::vector<pf::Fingerprint> list;
    pf::add_fingerprints(list, "d", d);
    return list;
  };
  const auto one = prints(pf::PowerMean{}, {});
  CHECK(pf::first_difference(one, prints(pf::PowerMean{8}, {})).empty());
  CHECK(pf::first_difference(one, prints(pf::PowerMean{6}, {})) == "d.maximum.exponent");
  CHECK(pf::first_difference(one, prints(pf::HardMaximum{}, {})) == "d.maximum");
  CHECK(pf::first_difference(one, prints(pf::PowerMean{}, {.redraw_every = 2})) ==
        "d.options.redraw_every");
}

TEST_CASE("At ties the first function is the largest", "[discrepancies]") {
  Vector u(4), du(4);
  u << 1, 3, 3, 2;
  CHECK(pf::HardMaximum{}.operator()<double>(u, du) == 3);
  CHECK(du == Vector(Vector::Unit(4, 1)));
  CHECK(pf::SoftMaximum{1e-9}.operator()<double>(u, du) > 2.99);
  CHECK_THAT(du[2], WithinRel(0.5, 1e-12));
  u.setZero();
  for (const double zero :
       {pf::HardMaximum{}.operator()<double>(u, du), pf::SoftMaximum{}.operator()<double>(u, du),
        pf::PowerMean{}.operator()<double>(u, du)}) {
    CHECK(zero == 0);
    CHECK(pf::all_finite(du));
  }
}

TEST_CASE("At a gap of 0 the gradient is 0, and what is not finite is said",
          "[discrepancies][hostile]") {
  const Matrix x = support::random_matrix(2, 67, 1);
  Matrix gradient;
  const auto check = [&](auto maximum) {
    const pf::SupremumDiscrepancy d(waves(2), Data(x), maximum);
    const pf::SupremumDiscrepancy moments(pf::Polynomial<double>(2, 2), Data(x), maximum);
    CHECK(value(d, x, &gradient) < 1e-15);
    CHECK(gradient.norm() < 1);
    CHECK(pf::all_finite(gradient));
    for (const double bad :
         {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      Matrix y = x;
      y(1, 66) = bad;
      CHECK(support::is_nan(value(d, y)));
      CHECK_FALSE(pf::is_finite(value(moments, y)));  // those of x_1 alone are what they were
    }
    CHECK(std::isfinite(value(d, Matrix(1e200 * x))));
    CHECK(std::isfinite(value(d, Matrix::Zero(2, 3))));
  };
  check(pf::HardMaximum{});
  check(pf::SoftMaximum{});
  check(pf::PowerMean{});
}

TEST_CASE("A supremum refuses what does not fit", "[discrepancies][errors]") {
  const Data data(support::random_matrix(2, 5, 1));
  const auto argument = [&](auto&& body) { return support::error_of<std::invalid_argument>(body); };
  CHECK(argument([&] { (void)pf::SupremumDiscrepancy(waves(3), data); }) ==
        "SupremumDiscrepancy: dimension of target is 2, but must be 3");
  CHECK(
      argument([&] { (void)pf::SupremumDiscrepancy(waves(2), data, {.redraw_every = 1}); }) ==
      "SupremumDiscrepancy: redraw_every is 1, but must be 0 for a family without redraw(key), or "
      "a target without a law");
  CHECK(argument([&] { (void)pf::SupremumDiscrepancy(waves(2), data, pf::PowerMean{0}); }) ==
        "PowerMean: exponent is 0, but must be at least 1");
  CHECK(support::error_of<std::domain_error>([&] {
          (void)pf::SupremumDiscrepancy(waves(2), data, pf::SoftMaximum{0});
        }) == "SoftMaximum: temperature is 0, but must be positive and finite");
  const pf::Empirical<float> in_float(support::random_matrix<float>(2, 5, 1));
  const pf::RandomFourier<float> functions(2, 3, {}, pf::Key{1});
  for (const double temperature : {1e-50, 1e50})
    CHECK(support::error_of<std::domain_error>([&] {
            (void)pf::SupremumDiscrepancy(functions, in_float, pf::SoftMaximum{temperature});
          }).find("SoftMaximum: temperature is ") == 0);
  const pf::SupremumDiscrepancy d(waves(2), data);
  CHECK(argument([&] { (void)value(d, Matrix::Zero(3, 5)); }) ==
        "SupremumDiscrepancy: dimension of the batch is 3, but must be 2");
  CHECK(argument([&] { (void)value(d, Matrix(2, 0)); }) ==
        "SupremumDiscrepancy: number of samples is 0, but must be at least 1");
}
