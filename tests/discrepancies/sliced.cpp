#include "pushforward/discrepancies/sliced.hpp"

#include "support/is_nan.hpp"
#include "support/laws.hpp"

#include "pushforward/discrepancies/max_sliced.hpp"
#include "pushforward/io/fingerprint.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"

namespace pf = pushforward;
using pf::Index, pf::Matrix, pf::Vector;

namespace {

constexpr pf::EnergyLine kBiased{.unbiased = false};

pf::Empirical<double> weighted_table(Index d) {
  return {support::random_matrix(d, 70, 5), support::random_vector(70, 6).cwiseAbs()};
}

struct Result {
  double value;
  Matrix<double> dy;
};

template <class D>
Result result_of(const D& d, const Matrix<typename D::Scalar>& samples, Index step = 0,
                 int threads = 1) {
  using S = typename D::Scalar;
  typename D::Workspace work;
  pf::Team team(threads);
  const pf::Batch<S> y(samples);
  pf::Batch<S> dy(samples.rows(), samples.cols());
  const S value = d.value_and_gradient(y, {step, team}, dy, work);
  return {double(value), dy.matrix().template cast<double>()};
}

/// 2 E|X - Y| - E|X - X'| - E|Y - Y'| by its definition.
double energy(const Matrix<double>& x, const Matrix<double>& y) {
  const auto mean = [](const Matrix<double>& a, const Matrix<double>& b) {
    double sum = 0;
    for (Index i = 0; i < a.cols(); ++i) sum += (b.colwise() - a.col(i)).colwise().norm().sum();
    return sum / double(a.cols() * b.cols());
  };
  return 2 * mean(x, y) - mean(x, x) - mean(y, y);
}

/// The 2 d points +- a sqrt(d) e_k: mean 0 and covariance a^2 I, along every direction exactly.
Matrix<double> cross(Index d, double a) {
  const Matrix<double> half = a * std::sqrt(double(d)) * Matrix<double>::Identity(d, d);
  Matrix<double> both(d, 2 * d);
  both << half, -half;
  return both;
}

}  // namespace

TEST_CASE("sliced losses keep the laws", "[discrepancies][laws]") {
  const laws::At away{.step = 4e-5};  // from ties
  laws::discrepancy(pf::SlicedDiscrepancy(weighted_table(2), kBiased, {.directions = 5}), 1, away);
  laws::discrepancy(
      pf::SlicedDiscrepancy(pf::Gaussian<double>(3), pf::EnergyLine{},
                            {.directions = 7, .redraw_every = 2, .target = {.batch = 65}}),
      2, away);
  laws::discrepancy(pf::SlicedDiscrepancy(weighted_table(3), pf::WassersteinLine{2},
                                          {.directions = 30, .draw = pf::Directions::independent}),
                    1, away);
  laws::discrepancy(pf::SlicedDiscrepancy(weighted_table(1)), 2, away);
  laws::discrepancy(pf::MaxSlicedDiscrepancy(weighted_table(2), pf::WassersteinLine{2},
                                             {.directions = 9}, pf::Climb{.steps = 0}),
                    1, away);
  laws::discrepancy(pf::SlicedDiscrepancy(pf::Gaussian<float>(2), kBiased,
                                          {.directions = 20, .target = {.batch = 100}}));
  laws::discrepancy(pf::MaxSlicedDiscrepancy(pf::Gaussian<float>(2), pf::WassersteinLine{},
                                             {.directions = 20, .target = {.batch = 100}}));
}

TEST_CASE("the mean over slices of the energy distance is that of the space",
          "[discrepancies][identity]") {
  for (const Index d : {1, 2, 3, 10}) {
    const Matrix<double> x = support::random_matrix(d, 30, 1),
                         y = support::random_matrix(d, 20, 2, 2);
    const pf::SlicedDiscrepancy sliced(pf::Empirical<double>(y), kBiased,
                                       {.directions = d == 1 ? 1 : 30000});
    INFO("d = " << d);
    CHECK_THAT(result_of(sliced, x).value, WithinRel(energy(x, y), d <= 2 ? 1e-6 : 0.01));
  }
}

TEST_CASE("sliced Wasserstein between images of one sample is in closed form",
          "[discrepancies][identity]") {
  for (const Index d : {2, 3, 10}) {
    INFO("d = " << d);
    const Vector<double> m = Vector<double>::Constant(d, 2);
    const pf::SlicedDiscrepancy sliced(pf::Empirical<double>(cross(d, 5)), pf::WassersteinLine{2},
                                       {.directions = 10 * d});
    CHECK_THAT(result_of(sliced, cross(d, 2)).value, WithinRel(9, 1e-12));
    // |m1 - m2|^2 / d + (a - b)^2: exact over whole bases
    CHECK_THAT(result_of(sliced, cross(d, 2).colwise() + m).value,
               WithinRel(m.squaredNorm() / double(d) + 9, 1e-10));
    const pf::MaxSlicedDiscrepancy largest(pf::Empirical<double>(cross(d, 5)),
                                           pf::WassersteinLine{2}, {.directions = 10},
                                           pf::Climb{.steps = 60});
    CHECK_THAT(result_of(largest, cross(d, 2).colwise() + m).value,
               WithinRel(m.squaredNorm() + 9, 1e-8));
  }
}

TEST_CASE("directions are uniform on the sphere, and spread ones evenly", "[discrepancies]") {
  for (const auto how : {pf::Directions::spread, pf::Directions::independent})
    for (const Index d : {1, 2, 3, 8}) {
      Matrix<double> theta(d, 1000), again(d, 1000), other(d, 1000);
      pf::draw_directions(how, {1, 2}, 5, theta);
      pf::draw_directions(how, {1, 2}, 5, again);
      pf::draw_directions(how, {1, 2}, 6, other);
      CHECK(theta == again);
      if (d > 1) CHECK(theta != other);
      for (Index l = 0; l < 1000; ++l) CHECK(std::abs(theta.col(l).norm() - 1) < 1e-14);
      const Matrix<double> second =
          theta * theta.transpose() / 1000 - Matrix<double>::Identity(d, d) / double(d);
      const bool spread = how == pf::Directions::spread;
      CHECK(second.cwiseAbs().maxCoeff() < (spread && 1000 % d == 0 ? 1e-13
                                            : spread                ? 1e-3
                                                                    : 0.06));
      if (spread && d > 2)
        CHECK((theta.leftCols(d).transpose() * theta.leftCols(d)).isIdentity(1e-13));
      if (!spread && d > 1) CHECK(theta.rowwise().mean().cwiseAbs().maxCoeff() < 0.1);
    }
  Matrix<double> plane(2, 4), first(1, 4000);
  for (Index l = 0; l < 4000; ++l) {  // each alone is uniform: a turn of its own each draw
    pf::draw_directions(pf::Directions::spread, {}, std::uint64_t(l), plane);
    first(l) = std::atan2(plane(1, 1), plane(0, 1)) / std::numbers::pi * 4 - 1;
  }
  CHECK(first.minCoeff() > 0);
  CHECK(first.maxCoeff() < 1);
  CHECK(std::abs(first.mean() - 0.5) < 0.03);
}

TEST_CASE("directions are those of the step's epoch", "[discrepancies]") {
  const Matrix<double> x = support::random_matrix(3, 50, 1);
  const auto at = [&](Index step, Index every, pf::Key key = {.stream = 4}) {
    return result_of(pf::SlicedDiscrepancy(weighted_table(3), pf::EnergyLine{},
                                           {.directions = 4, .redraw_every = every, .key = key}),
                     x, step)
        .value;
  };
  CHECK(at(0, 1) != at(1, 1));
  CHECK(at(6, 3) == at(8, 3));
  CHECK(at(6, 3) == at(2, 1));
  CHECK(at(8, 3) != at(9, 3));
  CHECK(at(0, 0) == at(99, 0));
  CHECK(at(0, 1) != at(0, 1, {.seed = 1, .stream = 4}));

  const pf::SlicedDiscrepancy d(weighted_table(3), pf::EnergyLine{}, {.directions = 4});
  decltype(d)::Workspace work;
  pf::Team alone;
  pf::Batch<double> dy(3, 50);
  for (const Index step : {5, 0, 5})  // whatever was before
    CHECK(d.value_and_gradient(pf::Batch<double>(x), {step, alone}, dy, work) == at(step, 1));
}

TEST_CASE("sliced losses have the same bits for every number of threads", "[discrepancies]") {
  const auto check = [](const auto& d) {
    using S = typename std::remove_cvref_t<decltype(d)>::Scalar;
    const Matrix<S> x = support::random_matrix<S>(3, 200, 1);
    const Result alone = result_of(d, x, 4);
    for (const int threads : {2, 3, 7}) {
      const Result shared = result_of(d, x, 4, threads);
      CHECK(shared.value == alone.value);
      CHECK(shared.dy == alone.dy);
    }
  };
  const pf::SlicedOptions options{.directions = 50, .target = {.batch = 90}};
  check(pf::SlicedDiscrepancy(pf::Gaussian<float>(3), kBiased, options));
  check(pf::SlicedDiscrepancy(pf::Gaussian<double>(3), pf::EnergyLine{}, options));
  check(pf::SlicedDiscrepancy(pf::Gaussian<double>(3), pf::WassersteinLine{1}, options));
  check(pf::MaxSlicedDiscrepancy(pf::Gaussian<double>(3), pf::WassersteinLine{}, options));
}

TEST_CASE("float is double rounded", "[discrepancies]") {
  const Matrix<float> x = support::random_matrix<float>(2, 100, 1),
                      y = support::random_matrix<float>(2, 70, 2);
  const auto check = [&](const auto& line) {
    const pf::SlicedOptions options{.directions = 16};
    const Result single =
        result_of(pf::SlicedDiscrepancy(pf::Empirical<float>(y), line, options), x);
    const Result exact =
        result_of(pf::SlicedDiscrepancy(pf::Empirical<double>(y.cast<double>()), line, options),
                  x.cast<double>());
    CHECK_THAT(single.value, WithinRel(exact.value, 1e-5));
    CHECK(single.dy.isApprox(exact.dy, 1e-3));
  };
  check(pf::EnergyLine{});
  check(pf::WassersteinLine{2});
}

TEST_CASE("the largest slice is the best of the drawn, and climbs to a top", "[discrepancies]") {
  const Matrix<double> x = support::random_matrix(2, 40, 1),
                       y = support::random_matrix(2, 60, 2, 1.5);
  const pf::Empirical<double> target(y);
  const auto check = [&](const auto& line) {
    double best = 0;
    constexpr Index fine = 5000;
    Matrix<double> theta(2, fine);
    for (Index l = 0; l < fine; ++l) {
      const double angle = std::numbers::pi * double(l) / double(fine);
      const Eigen::RowVector2d along(std::cos(angle), std::sin(angle));
      const pf::SlicedDiscrepancy on_the_line(pf::Empirical<double>(Matrix<double>(along * y)),
                                              line);
      best = (std::max)(best, result_of(on_the_line, along * x).value);
    }
    const auto at = [&](Index directions, Index steps) {
      return result_of(pf::MaxSlicedDiscrepancy(target, line, {.directions = directions},
                                                pf::Climb{.steps = steps}),
                       x)
          .value;
    };
    CHECK_THAT(at(fine, 0), WithinRel(best, 1e-3));
    CHECK_THAT(at(8, 40), WithinRel(best, 1e-3));
    CHECK(at(3, 0) < at(3, 3));
    CHECK(at(3, 3) <= at(3, 40));
    CHECK(at(1, 40) > 0.5 * best);
  };
  check(pf::WassersteinLine{2});
  check(pf::EnergyLine{});

  INFO("at the top, the gradient is that of the maximum");
  const pf::MaxSlicedDiscrepancy d(target, pf::WassersteinLine{2}, {.directions = 8},
                                   pf::Climb{.steps = 80});
  const Result result = result_of(d, x);
  const Matrix<double> u = support::random_matrix(2, 40, 9);
  const double h = 1e-4;
  const double slope = (result_of(d, x + h * u).value - result_of(d, x - h * u).value) / (2 * h);
  CHECK_THAT(result.dy.cwiseProduct(u).sum(), WithinRel(slope, 1e-4));
}

TEST_CASE("a NaN in a batch gives a loss that is none", "[discrepancies][hostile]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Index at : {0, 63, 64, 69}) {
    Matrix<double> x = support::random_matrix(2, 70, 1);
    x(1, at) = nan;
    CHECK(support::is_nan(result_of(pf::SlicedDiscrepancy(weighted_table(2)), x).value));
    CHECK(support::is_nan(result_of(pf::MaxSlicedDiscrepancy(weighted_table(2)), x).value));
  }
  const auto finite = [](const Matrix<double>& x, const Matrix<double>& y) {
    const pf::Empirical<double> target(y);
    const auto is = [](const Result& d) { return pf::is_finite(d.value) && d.dy.allFinite(); };
    return is(result_of(pf::SlicedDiscrepancy(target), x)) &&
           is(result_of(pf::MaxSlicedDiscrepancy(target), x));
  };
  const Matrix<double> x = support::random_matrix(2, 70, 1), y = support::random_matrix(2, 30, 2);
  const Matrix<double> one = Matrix<double>::Constant(2, 40, 3);
  CHECK(finite(1e20 * x, 1e20 * y));
  CHECK(finite(1e-30 * x, 1e-30 * y));
  CHECK(finite(one, y));
  CHECK(finite(x, one));
  CHECK(finite(one, one));
}

TEST_CASE("a sliced loss says of what it is made, and refuses what it cannot slice",
          "[discrepancies]") {
  const auto mean = [](pf::SlicedOptions options) {
    return pf::SlicedDiscrepancy(weighted_table(2), pf::EnergyLine{}, options);
  };
  const auto largest = [](pf::Climb climb) {
    return pf::MaxSlicedDiscrepancy(weighted_table(2), pf::WassersteinLine{}, {}, climb);
  };
  const auto apart = [](const auto& a, const auto& b) {
    std::vector<pf::Fingerprint> of_a, of_b;
    pf::add_fingerprints(of_a, "d", a);
    pf::add_fingerprints(of_b, "d", b);
    return pf::first_difference(of_a, of_b);
  };
  const auto difference = [&](pf::SlicedOptions options) { return apart(mean({}), mean(options)); };
  CHECK(difference({}).empty());
  CHECK(difference({.directions = 9}) == "d.options.directions");
  CHECK(difference({.draw = pf::Directions::independent}) == "d.options.draw");
  CHECK(difference({.redraw_every = 2}) == "d.options.redraw_every");
  CHECK(difference({.key = {.seed = 2}}) == "d.options.key.seed");
  CHECK(difference({.target = {.batch = 2}}) == "d.options.target.batch");
  CHECK(apart(largest({}), largest({.steps = 9})) == "d.climb.steps");
  CHECK(apart(largest({}), largest({.angle = 1})) == "d.climb.angle");

  const auto error = [](auto&& body) { return support::error_of<std::invalid_argument>(body); };
  CHECK(error([&] { mean({.directions = 0}); }) ==
        "SlicedDiscrepancy: directions is 0, but must be at least 1");
  CHECK(error([&] { mean({.redraw_every = -1}); }) ==
        "SlicedDiscrepancy: redraw_every is -1, but must be at least 0");
  CHECK(error([&] { mean({.target = {.batch = -1}}); }) ==
        "SlicedDiscrepancy: target batch is -1, but must be at least 0");
  CHECK(error([&] { result_of(mean({}), Matrix<double>::Zero(3, 5)); }) ==
        "SlicedDiscrepancy: dimension of the batch is 3, but must be 2");
  CHECK(error([&] { result_of(mean({}), Matrix<double>::Zero(2, 0)); }) ==
        "SlicedDiscrepancy: number of samples is 0, but must be at least 1");
  CHECK(support::error_of<std::domain_error>([&] {
          pf::SlicedDiscrepancy(weighted_table(2), pf::WassersteinLine{.p = 0.5});
        }) == "WassersteinLine: p is 0.5, but must be finite and at least 1");
  CHECK(error([&] { largest({.steps = -1}); }) ==
        "MaxSlicedDiscrepancy: climb.steps is -1, but must be at least 0");
  CHECK(support::error_of<std::domain_error>([&] { largest({.angle = 0}); }) ==
        "MaxSlicedDiscrepancy: climb.angle is 0, but must be positive and finite");
}
