#include "pushforward/metrics/coverage.hpp"

#include "metrics/samples.hpp"
#include "pushforward/measures/draw.hpp"
#include "pushforward/metrics/nearest.hpp"
#include "pushforward/problems/gaussians.hpp"

namespace pf = pushforward;
using pf::coverage, pf::Index, pf::Matrix, pf::Vector;
using support::error_of, support::gaussian;

TEST_CASE("coverage by hand", "[metrics]") {
  const Matrix<double> centres{{0, 10, 20}, {0, 0, 0}};
  const Vector<double> deviations{{1, 1, 0.1}};
  const Matrix<double> x{{0, 2.9, 3.1, 12, 15, 20, 20}, {0, 0, 0, 2, 0, 0.29, 0.31}};
  const pf::Coverage all = coverage(x, centres, deviations);
  CHECK(all.modes == 3);
  CHECK(all.of == 3);
  CHECK(all.high_quality == 4.0 / 7);
  CHECK(all.counts == std::vector<Index>{2, 1, 1});
  const pf::Coverage strict = coverage(x, centres, deviations, {.within = 1});
  CHECK(strict.modes == 1);
  CHECK(strict.counts == std::vector<Index>{1, 0, 0});
  CHECK(coverage(x, centres.leftCols(1), deviations.head(1), {.within = 4}).counts[0] == 3);
  // Two modes that overlap: the nearest in deviations has the sample; at the edge it counts.
  const pf::Coverage both =
      coverage(Matrix<double>{{3, 3.5}}, Matrix<double>{{0, 4}}, Vector<double>{{1, 2}});
  CHECK(both.counts == std::vector<Index>{0, 2});
  CHECK(coverage(Matrix<double>{{3}}, Matrix<double>{{0}}, Vector<double>{{1}}).modes == 1);
  CHECK(coverage(Matrix<double>{{2}}, Matrix<double>{{0, 4}}, Vector<double>{{1, 1}}).counts ==
        std::vector<Index>{1, 0});
}

TEST_CASE("the truth covers its modes", "[metrics][statistics]") {
  const Index n = 20000;
  const auto holds = [&](const auto& truth, double share) {
    const pf::problems::Modes modes = pf::problems::modes(truth);
    Matrix<double> x = pf::draw(truth, n, {1, 2}).template cast<double>();
    const pf::Coverage found = coverage(x, modes.centres, modes.deviations);
    CHECK(found.modes == found.of);
    CHECK_THAT(found.high_quality,
               WithinAbs(share, 4.9 * std::sqrt(share * (1 - share) / double(n))));
    for (Index i = 0; i < n; ++i)
      if (x(0, i) > 0.5) x(0, i) = -x(0, i);  // the right half is dropped
    CHECK(coverage(x, modes.centres, modes.deviations).modes < found.of);
  };
  holds(pf::problems::ring<float>(), 1 - std::exp(-4.5));
  holds(pf::problems::grid<double>(), 1 - std::exp(-4.5));
}

TEST_CASE("coverage of what cannot be", "[metrics][hostile]") {
  const Matrix<double> x = gaussian(2, 10, 1), c = gaussian(2, 3, 2);
  const auto argument = [](const Matrix<double>& a, const Matrix<double>& b, Index k) {
    return error_of<std::invalid_argument>(
        [&] { (void)coverage(a, b, Vector<double>::Ones(k).eval()); });
  };
  CHECK(argument(x, c, 2) == "coverage: size of deviations is 2, but must be 3");
  CHECK(argument(x, c.topRows(1), 3) == "coverage: number of rows of centres is 1, but must be 2");
  CHECK(argument(x.leftCols(0), c, 3) ==
        "coverage: number of columns of samples is 0, but must be at least 1");
  CHECK(argument(x.topRows(0), c, 3) ==
        "coverage: number of rows of samples is 0, but must be at least 1");
  CHECK(argument(x, c.leftCols(0), 0) ==
        "coverage: number of columns of centres is 0, but must be at least 1");
  const auto domain = [](const Matrix<double>& a, const Matrix<double>& b, double deviation,
                         double within) {
    return error_of<std::domain_error>([&] {
      (void)coverage(a, b, Vector<double>{{1, deviation, 1}}, {.within = within});
    });
  };
  const double nan = std::nan("");
  CHECK(domain(support::with_number(x, 1, 4, nan), c, 1, 3) ==
        "coverage: samples at row 1, column 4 is nan, but must be finite");
  CHECK(domain(x, support::with_number(c, 0, 2, nan), 1, 3) ==
        "coverage: centres at row 0, column 2 is nan, but must be finite");
  CHECK(domain(x, c, 0, 3) == "coverage: deviations[1] is 0, but must be positive and finite");
  CHECK(domain(x, c, 1, -1) == "coverage: within is -1, but must be positive and finite");
}

TEST_CASE("coverage by numbers at the ends of their range", "[metrics]") {
  const Vector<double> s = Vector<double>::Ones(3);
  const Matrix<double> huge = Matrix<double>::Constant(2, 3, 1.7e308);
  CHECK(coverage(huge, huge, s).modes == 1);
  CHECK(coverage(-huge, huge, s).high_quality == 0);
  CHECK(coverage(huge, huge, 1e-320 * s).high_quality == 1);
  CHECK(coverage(0.9 * huge, huge, 1e-320 * s).high_quality == 0);
}

TEST_CASE("distances to the nearest", "[metrics]") {
  for (const Index d : {1, 3})
    for (const Index n : {1, 64, 100}) {
      const Matrix<double> x = gaussian(d, n, 1), y = gaussian(d, 70, 2);
      const Vector<double> near = pf::nearest_distances(x, y);
      REQUIRE(near.size() == n);
      for (Index i = 0; i < n; ++i)
        CHECK_THAT(near[i], WithinRel((y.colwise() - x.col(i)).colwise().norm().minCoeff(), 1e-13));
    }
  CHECK(pf::nearest_distances(Matrix<double>{{0, 5}}, Matrix<double>{{1, 7}}) ==
        Vector<double>{{1, 2}});
  laws::two_samples("nearest_distances", [](const auto& x, const auto& y) {
    return pf::nearest_distances(x, y).maxCoeff();
  });
}

TEST_CASE("a model that repeats its data is found out", "[metrics]") {
  const pf::Memorisation hand = pf::memorisation(Matrix<double>{{0, 1, 2, 9}}, Matrix<double>{{0}},
                                                 Matrix<double>{{-1, 3, 5}});
  CHECK(hand.samples == 1.5);
  CHECK(hand.held_out == 3);
  CHECK_THAT(hand.nearer, WithinRel((3 + 2.5 + 2 + 0) / 12, 1e-15));

  const Matrix<double> training = gaussian(2, 500, 1), held_out = gaussian(2, 500, 2);
  const Matrix<double> fresh = gaussian(2, 2000, 3);
  const double deviation = std::sqrt((1.0 / 500 + 1.0 / 2000) / 12);  // of the statistic
  CHECK_THAT(pf::memorisation(fresh, training, held_out).nearer, WithinAbs(0.5, 4.9 * deviation));
  CHECK(pf::memorisation(training, training, held_out).nearer == 1);
  CHECK(pf::memorisation(training, training, held_out).samples == 0);
  Matrix<double> half = fresh;
  half.leftCols(500) = training.array() + 1e-3;
  CHECK(pf::memorisation(half, training, held_out).nearer > 0.5 + 5 * deviation);
}
