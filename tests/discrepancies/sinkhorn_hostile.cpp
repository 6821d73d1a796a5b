#include "pushforward/discrepancies/sinkhorn.hpp"

#include "discrepancies/sinkhorn_call.hpp"

#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "support/is_nan.hpp"

#include <cmath>

namespace pf = pushforward;
using pf::Index;
using support::call, support::value;
using Data = pf::Empirical<double>;
using Matrix = pf::Matrix<double>;

TEST_CASE("In float the unit does not matter while S can be represented",
          "[discrepancies][hostile]") {
  const pf::Matrix<float> x = support::random_matrix<float>(2, 70, 1),
                          y = support::random_matrix<float>(2, 50, 2);
  const auto at = [&](float unit) {
    return call(pf::SinkhornDivergence(pf::Empirical<float>(unit * y)), unit * x);
  };
  const auto one = at(1);
  for (const float unit : {1e-30F, 1e-15F, 1e15F, 1e20F}) {
    const auto called = at(unit);
    CHECK(called.status.iterations == one.status.iterations);
    const double scale = double(unit), s = one.value * scale * scale;
    if (s > 1e-37 && s < 1e38) CHECK_THAT(called.value, WithinRel(s, 1e-4));
    if (s < 1e38)
      CHECK(laws::relative_gap(called.gradient / unit, one.gradient) < 1e-4);
    else
      CHECK(called.value == std::numeric_limits<double>::infinity());
  }
}

TEST_CASE("Samples however far never give NaN", "[discrepancies][hostile]") {
  const auto check = [](auto scalar) {
    using S = decltype(scalar);
    const pf::Matrix<S> t = support::random_matrix<S>(2, 70, 1);
    const pf::SinkhornDivergence d{pf::Empirical<S>(t)};
    pf::Matrix<S> y = support::random_matrix<S>(2, 65, 2);
    for (const double far : {1e3, 1e6, 1e12}) {
      pf::Matrix<S> away = y;
      away.array() += S(far);
      const auto called = call(d, away);
      CHECK_THAT(called.value, WithinRel(2 * far * far, 0.01));
      CHECK_THAT(called.gradient(0, 0) * 65, WithinRel(2 * far, 0.01));
    }
    y(1, 64) = std::numeric_limits<S>::max() / 2;
    const auto beyond = call(d, y);
    CHECK(beyond.value == std::numeric_limits<double>::infinity());
    CHECK(beyond.gradient.norm() == 0);
    CHECK_FALSE(beyond.status.converged);
    y(1, 64) = -std::numeric_limits<S>::infinity();
    CHECK(call(d, y).value == std::numeric_limits<double>::infinity());
    y(1, 64) = std::numeric_limits<S>::quiet_NaN();
    CHECK(support::is_nan(call(d, y).value));
    CHECK(call(d, y).gradient.norm() == 0);

    // one sample, one point, duplicates, a constant coordinate, subnormals
    for (const S at : {S(0), S(-0.0), S(0.1), std::numeric_limits<S>::denorm_min(), S(1e30)}) {
      const pf::Matrix<S> point = pf::Matrix<S>::Constant(2, 70, at);
      const pf::SinkhornDivergence constant{pf::Empirical<S>(point)};
      for (const Index n : {1, 66}) {
        const auto same = call(constant, point.leftCols(n));
        CHECK(std::abs(same.value) < 1e-5);
        CHECK(same.gradient.norm() < 1e-5);
        CHECK(pf::all_finite(call(d, point.leftCols(n)).gradient));
      }
      pf::Matrix<S> flat = t;
      flat.row(1).setConstant(at);
      CHECK(std::isfinite(call(pf::SinkhornDivergence{pf::Empirical<S>(flat)}, flat).value));
    }
    const pf::Matrix<S> one = pf::Matrix<S>::Constant(1, 1, S(3));
    const pf::SinkhornDivergence to_one{pf::Empirical<S>(one)};
    const auto called = call(to_one, pf::Matrix<S>::Constant(1, 1, S(5)));
    CHECK_THAT(called.value, WithinRel(4.0, 1e-6));
    CHECK_THAT(called.gradient(0, 0), WithinRel(4.0, 1e-6));
  };
  check(float{});
  check(double{});
}

TEST_CASE("In float samples may be far from zero, and a point of no weight from all",
          "[discrepancies]") {
  const auto quarters = [](std::uint64_t seed) {
    return pf::Matrix<float>((8 * support::random_matrix<float>(2, 40, seed)).array().round() / 4);
  };
  const pf::Matrix<float> x = quarters(1), y = quarters(2);
  const auto of = [&](float centre) {
    const pf::Matrix<float> target = y.array() + centre, points = x.array() + centre;
    return call(pf::SinkhornDivergence(pf::Empirical<float>(target)), points).value;
  };
  CHECK_THAT(of(0x1p21F), WithinRel(of(0), 1e-4));

  pf::Matrix<float> more(2, 41);
  more << y, pf::Vector<float>::Constant(2, 1e30F);
  pf::Vector<float> weights = pf::Vector<float>::Ones(41);
  weights[40] = 0;
  CHECK(call(pf::SinkhornDivergence(pf::Empirical<float>(more, weights)), x).value == of(0));
}

TEST_CASE("Annealing as slow as can be ends", "[discrepancies]") {
  const pf::SinkhornDivergence d(pf::Empirical<float>(support::random_matrix<float>(2, 9, 1)),
                                 {.iterations = {.annealing = 0.95}});
  const auto called = call(d, pf::Matrix<float>(support::random_matrix<float>(2, 9, 2)));
  CHECK(called.status.converged);
  CHECK(called.status.iterations > 50);
  CHECK(called.status.iterations < 300);
}

TEST_CASE("Settings out of range are refused", "[discrepancies][errors]") {
  const Data data(support::random_matrix(2, 5, 1));
  const auto domain = [&](pf::SinkhornOptions options) {
    return support::error_of<std::domain_error>(
        [&] { (void)pf::SinkhornDivergence(data, options); });
  };
  CHECK(domain({.epsilon = 0}) ==
        "SinkhornDivergence: epsilon is 0, but must be positive and finite");
  CHECK(domain({.epsilon = std::nan("")}).find("epsilon is nan") != std::string::npos);
  CHECK(domain({.iterations = {.annealing = 0.99999999}}) ==
        "SinkhornDivergence: annealing is 0.99999999, but must be positive and at most 0.95");
  CHECK(domain({.iterations = {.annealing = 0}}).find("annealing is 0, but") != std::string::npos);
  CHECK(domain({.iterations = {.tolerance = -1}}) ==
        "SinkhornDivergence: tolerance is -1, but must be at least 0 and finite");
  const auto argument = [&](auto&& body) { return support::error_of<std::invalid_argument>(body); };
  CHECK(argument([&] { (void)pf::SinkhornDivergence(data, {.iterations = {.at_most = 0}}); }) ==
        "SinkhornDivergence: iterations at_most is 0, but must be at least 1");
  CHECK(argument([] { (void)pf::SinkhornDivergence(pf::Gaussian<double>(2)); }) ==
        "SinkhornDivergence: target batch is 0, but must be at least 1 for a target that is not a "
        "list of samples");
  const pf::SinkhornDivergence d(data);
  CHECK(argument([&] { (void)value(d, Matrix::Zero(3, 5)); }) ==
        "SinkhornDivergence: dimension of the batch is 3, but must be 2");
  CHECK(argument([&] { (void)value(d, Matrix(2, 0)); }) ==
        "SinkhornDivergence: number of samples is 0, but must be at least 1");
}
