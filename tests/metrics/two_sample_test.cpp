#include "pushforward/metrics/two_sample_test.hpp"

#include "metrics/samples.hpp"
#include "pushforward/metrics/energy_distance.hpp"

#include <set>

namespace pf = pushforward;
using pf::energy_test, pf::Index, pf::Matrix, pf::mmd_test, pf::TwoSampleTest;
using support::error_of, support::gaussian;

namespace {

/// The definition of the V-statistic.
double naive_mmd(const Matrix<double>& x, const Matrix<double>& y, double s) {
  const auto mean = [&](const Matrix<double>& a, const Matrix<double>& b) {
    double sum = 0;
    for (Index i = 0; i < a.cols(); ++i)
      for (Index j = 0; j < b.cols(); ++j)
        sum += std::exp(-(a.col(i) - b.col(j)).squaredNorm() / (2 * s * s));
    return sum / static_cast<double>(a.cols() * b.cols());
  };
  return mean(x, x) + mean(y, y) - 2 * mean(x, y);
}

/// All choices of n out of n + m samples: the share of them for which `distance` is as large.
template <class Distance>
double exact_p_value(const Matrix<double>& x, const Matrix<double>& y, Distance distance) {
  const Index n = x.cols(), size = n + y.cols();
  Matrix<double> both(x.rows(), size);
  both << x, y;
  const double given = distance(x, y) * (1 - 1e-9);
  Index as_large = 0, all = 0;
  for (unsigned set = 0; set < 1U << size; ++set) {
    if (std::popcount(set) != n) continue;
    Matrix<double> a(x.rows(), n), b(x.rows(), size - n);
    for (Index i = 0, k = 0, l = 0; i < size; ++i)
      if ((set >> i & 1U) != 0)
        a.col(k++) = both.col(i);
      else
        b.col(l++) = both.col(i);
    ++all;
    if (distance(a, b) >= given) ++as_large;
  }
  return static_cast<double>(as_large) / static_cast<double>(all);
}

}  // namespace

TEST_CASE("the statistics of the tests are the distances", "[metrics]") {
  for (const Index d : {1, 2, 5})
    for (const auto& [n, m] : {std::pair<Index, Index>{1, 1}, {2, 1}, {63, 66}, {130, 7}}) {
      INFO("d = " << d << ", n = " << n << ", m = " << m);
      const Matrix<double> x = 3 * gaussian(d, n, 1), y = 2 * gaussian(d, m, 2);
      const TwoSampleTest energy = energy_test(x, y, {.permutations = 1});
      CHECK_THAT(energy.statistic, WithinRel(pf::energy_distance(x, y), 1e-10));
      CHECK(energy.permutations == 1);
      const TwoSampleTest mmd = mmd_test(x, y, {.width = 0.7, .permutations = 1});
      CHECK_THAT(mmd.statistic, WithinRel(naive_mmd(x, y, 0.7), 1e-10));
      CHECK(mmd.width == 0.7);
    }
  const Matrix<double> x{{0, 1, 5}}, y{{-2, 1}};
  CHECK(mmd_test(x, y).width == 3);  // of 0 1 1 2 3 3 4 4 5 7, the upper one in the middle
  CHECK_THAT(mmd_test(x, y).statistic, WithinRel(naive_mmd(x, y, 3), 1e-12));
}

TEST_CASE("a team finds the same p-values", "[metrics]") {
  pf::Team team(3);
  const auto same = [](const TwoSampleTest& one, const TwoSampleTest& other) {
    return one.statistic == other.statistic && one.p_value == other.p_value;
  };
  for (const Index d : {1, 2}) {
    const Matrix<double> x = gaussian(d, 30, 1), y = gaussian(d, 20, 2);
    CHECK(same(energy_test(x, y, {}, team), energy_test(x, y)));
    CHECK(same(mmd_test(x, y, {}, team), mmd_test(x, y)));
  }
}

TEST_CASE("p-values are those of all permutations", "[metrics]") {
  for (const Index d : {1, 2}) {
    INFO("d = " << d);
    const Matrix<double> x = gaussian(d, 4, 1), y = gaussian(d, 5, 2).array() + 2;
    const Index count = 20000;
    const double bound = 4.9 * std::sqrt(0.25 / static_cast<double>(count));
    const double energy =
        exact_p_value(x, y, [](const auto& a, const auto& b) { return pf::energy_distance(a, b); });
    const double mmd =
        exact_p_value(x, y, [](const auto& a, const auto& b) { return naive_mmd(a, b, 1); });
    CHECK_THAT(energy_test(x, y, {.permutations = count}).p_value, WithinAbs(energy, bound));
    CHECK_THAT(mmd_test(x, y, {.width = 1, .permutations = count}).p_value, WithinAbs(mmd, bound));
    CHECK(energy < 0.6);
  }
  // Of the 6 ways to choose two of four, two are as far apart.
  const Matrix<double> x{{0, 0.1}}, y{{7, 7.1}};
  const double p = energy_test(x, y, {.permutations = 20000}).p_value;
  CHECK_THAT(p, WithinAbs(1.0 / 3, 4.9 * std::sqrt(2.0 / 9 / 20000)));
}

TEST_CASE("p-values (b + 1) / (m + 1)", "[metrics]") {
  const Matrix<double> x = gaussian(2, 30, 1), y = gaussian(2, 30, 2).array() + 5;
  for (const Index permutations : {1, 62, 63, 64, 99, 999}) {
    const TwoSampleTest test = energy_test(x, y, {.permutations = permutations});
    CHECK(test.p_value == 1 / static_cast<double>(permutations + 1));
    CHECK(test.permutations == permutations);
    const Matrix<double> same = Matrix<double>::Ones(2, 3);
    CHECK(energy_test(same, same, {.permutations = permutations}).p_value == 1);
  }
  CHECK(energy_test(x, x).p_value == 1);
  CHECK(energy_test(x, x).statistic == 0);
  CHECK(energy_test(x, x).width == 0);
  CHECK_THAT(mmd_test(x, x).p_value, WithinAbs(1, 1e-15));
  std::set<double> values;
  const Matrix<double> z = gaussian(2, 25, 3);
  for (std::uint32_t stream = 0; stream < 8; ++stream) {
    const double p = energy_test(x, z, {.permutations = 99, .key = {1, stream}}).p_value;
    CHECK(p == energy_test(x, z, {.permutations = 99, .key = {1, stream}}).p_value);
    values.insert(p);
  }
  CHECK(values.size() > 2);
}

TEST_CASE("p-values of one law are uniform", "[metrics][statistics]") {
  // Of 1000 with chance .05 each, outside [20, 87] with chance 1e-6.
  Index line = 0, plane = 0, mmd = 0;
  for (std::uint64_t turn = 0; turn < 1000; ++turn) {
    const pf::Key key{turn, 9};
    line += energy_test(gaussian(1, 20, 2 * turn), gaussian(1, 14, 2 * turn + 1),
                        {.permutations = 99, .key = key})
                .p_value < 0.05;
    const Matrix<double> x = gaussian(2, 12, 2 * turn), y = gaussian(2, 16, 2 * turn + 1);
    plane += energy_test(x, y, {.permutations = 99, .key = key}).p_value < 0.05;
    mmd += mmd_test(x, y, {.permutations = 99, .key = key}).p_value < 0.05;
  }
  INFO(line << " on the line, " << plane << " in the plane, " << mmd << " by MMD");
  for (const Index count : {line, plane, mmd}) {
    CHECK(count >= 20);
    CHECK(count <= 87);
  }
}

TEST_CASE("laws that differ are told apart", "[metrics][statistics]") {
  const Index n = 20000;  // sup |F - G| = .02 for a mean of .05, .012 for a scale of 1.05
  const Matrix<double> x = gaussian(1, n, 1), y = gaussian(1, n, 2);
  const auto p = [&](const Matrix<double>& a, const Matrix<double>& b) {
    return energy_test(a, b, {.permutations = 127}).p_value;
  };
  CHECK(p(x, y) > 0.01);
  CHECK(p(x, y.array() + 0.05) == 1 / 128.0);
  CHECK(p(x, 1.05 * y) == 1 / 128.0);

  Matrix<double> u = gaussian(2, 400, 3), v = gaussian(2, 300, 4);
  u.row(0) *= 2;
  v.row(0) *= 2;
  const Matrix<double> swapped = v.colwise().reverse();
  CHECK(energy_test(u, v, {.permutations = 199}).p_value > 0.01);
  CHECK(mmd_test(u, v, {.permutations = 199}).p_value > 0.01);
  CHECK(energy_test(u, swapped, {.permutations = 199}).p_value == 0.005);
  CHECK(mmd_test(u, swapped, {.permutations = 199}).p_value == 0.005);
  v.row(0).setConstant(0.3);  // a coordinate that is stuck
  CHECK(energy_test(u, v, {.permutations = 199}).p_value == 0.005);
  CHECK(mmd_test(u, v, {.permutations = 199}).p_value == 0.005);
}

TEST_CASE("two-sample tests of data that are hard", "[metrics]") {
  laws::two_samples("energy_test", [](const auto& x, const auto& y) {
    return energy_test(x, y, {.permutations = 1}).statistic;
  });
  for (const Index d : {1, 3})
    for (const double number : {0.0, -7.0, 1.7e308, 5e-324}) {
      const Matrix<double> same = Matrix<double>::Constant(d, 9, number);
      CHECK(energy_test(same, same.leftCols(4)).p_value == 1);
      const TwoSampleTest mmd = mmd_test(same, same.leftCols(4));
      CHECK(mmd.p_value == 1);
      CHECK_THAT(mmd.statistic, WithinAbs(0, 1e-15));
      CHECK(mmd.width > 0);
    }
  const Matrix<double> x = gaussian(2, 20, 1), y = gaussian(2, 15, 2).array() + 0.5;
  const TwoSampleTest test = mmd_test(x, y);
  for (const double scale : {0x1p1000, 0x1p-1000}) {
    const TwoSampleTest scaled = mmd_test(scale * x, scale * y);
    CHECK(scaled.statistic == test.statistic);
    CHECK(scaled.p_value == test.p_value);
    CHECK(scaled.width == scale * test.width);
  }
  for (const double width : {1e-320, 1e-30, 1e30, 1e308})
    CHECK(pf::is_finite(mmd_test(x, y, {.width = width, .permutations = 9}).statistic));
  Matrix<double> half = Matrix<double>::Zero(2, 20);  // most of the distances are 0
  half(0, 3) = 2;
  CHECK(mmd_test(half, half).width == 2);
  INFO("of many samples too, the width does not tell which are x");
  const Matrix<double> a = gaussian(2, 400, 1), b = 5 * gaussian(2, 300, 2);
  CHECK(mmd_test(a, b, {.permutations = 1}).width == mmd_test(b, a, {.permutations = 1}).width);
  Matrix<double> mixed(2, 400);
  mixed << b, a.leftCols(100);
  CHECK(mmd_test(mixed, a.rightCols(300).eval(), {.permutations = 1}).width ==
        mmd_test(a, b, {.permutations = 1}).width);

  const Matrix<double> apart = 3 * Matrix<double>::Ones(1, 1100);  // the median of some of many
  CHECK(mmd_test(0 * apart, apart, {.permutations = 1}).width == 3);
}

TEST_CASE("two-sample tests of what cannot be", "[metrics][hostile]") {
  const Matrix<double> x = gaussian(2, 20, 1), y = gaussian(2, 15, 2).array() + 0.5;
  const auto argument = [&](Index permutations) {
    return error_of<std::invalid_argument>(
        [&] { (void)energy_test(x, y, {.permutations = permutations}); });
  };
  CHECK(argument(0) == "energy_test: permutations is 0, but must be at least 1");
  CHECK(argument(-3) == "energy_test: permutations is -3, but must be at least 1");
  CHECK(error_of<std::domain_error>([&] { (void)mmd_test(x, y, {.width = -1}); }) ==
        "mmd_test: width is -1, but must be finite and at least 0");
  CHECK(error_of<std::domain_error>([&] {
          (void)mmd_test(x, support::with_number(y, 1, 2, std::nan("")));
        }) == "mmd_test: y at row 1, column 2 is nan, but must be finite");
}
