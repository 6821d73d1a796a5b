#include "pushforward/maps/rational_quadratic_spline.hpp"

#include "support/laws.hpp"

#include "pushforward/maps/image.hpp"
#include "support/statistics.hpp"

namespace pf = pushforward;
using pf::Index, pf::Vector;

namespace {

template <pf::Real S>
using Spline = pf::RationalQuadraticSpline<S>;

template <pf::Real S>
Spline<S> spline(Index bins, std::uint64_t seed = 5) {
  Vector<S> theta = support::random_vector<S>(3 * bins + 3, seed);
  theta[0] = -S(0.4) * S(bins);
  return Spline<S>(theta);
}

/// Knots well away from the samples of the laws, where T' has kinks.
Spline<double> with_knots(std::initializer_list<double> at) {
  const Vector<double> x = Eigen::Map<const Vector<double>>(at.begin(), Index(at.size()));
  return {x, Vector<double>(x.array().exp() - 1), Vector<double>(0.5 + x.array().abs())};
}

double value(const Spline<double>& map, double x) {
  pf::NoScratch none;
  Vector<double> y(1);
  map.apply_one(Vector<double>::Constant(1, x), y, none);
  return y[0];
}

}  // namespace

static_assert(pf::TrainableInvertibleMap<Spline<float>>);
static_assert(pf::HasTangent<Spline<float>> && pf::HasCotangent<Spline<float>>);
static_assert(pf::HasApplyOne<Spline<float>>);

TEST_CASE("RationalQuadraticSpline trains by its volume too, within bins and beyond them",
          "[maps][laws]") {
  laws::trainable_invertible_map(with_knots({-3, 4}), {.step = 1.0 / 16});
  laws::trainable_invertible_map(with_knots({-5, -3}), {.step = 1.0 / 16});
  laws::trainable_invertible_map(with_knots({3, 4, 5}), {.step = 1.0 / 16});
  const pf::Block<double> x = support::random_block(1, 1);
  const pf::Block<double> y = pf::detail::random_block(pf::Key{}.part(5), 1, 1);
  const auto clear = [&](double at) {
    double gap = 1;
    while (gap > 0) {
      gap = (std::min)((x - at).abs().minCoeff(), (y - at).abs().minCoeff());
      if (gap > 0.004) return at;
      at += 0.001;
    }
    return at;
  };
  laws::trainable_invertible_map(with_knots({-3, clear(-0.4), 2}), {.step = 1.0 / 512});
  laws::trainable_invertible_map(with_knots({clear(-0.5), clear(0.1), clear(0.6)}),
                                 {.step = 1.0 / 512});
  laws::one_tape(spline<double>(3), spline<double>(7));
}

TEMPLATE_TEST_CASE("RationalQuadraticSpline is a bijection", "[maps][laws]", float, double) {
  for (const Index bins : {1, 2, 7, 64}) {
    laws::map(spline<TestType>(bins));
    const Spline<TestType> map = spline<TestType>(bins);
    const pf::Block<TestType> x = support::random_block<TestType>(1, 1, double(bins)),
                              y = laws::apply(map, x);
    pf::Block<TestType> back(pf::kBlockSize, 1);
    pf::NoScratch none;
    map.inverse(y, back, none);
    CHECK(laws::relative_gap(back, x) < laws::kRoundOff<TestType>);
  }
  laws::same_gradient(spline<float>(1), spline<double>(1));
}

TEST_CASE("RationalQuadraticSpline goes through its knots with their slopes", "[maps]") {
  const Spline<double> map = spline<double>(6);
  const double h = 1e-6;
  for (Index k = 0; k <= 6; ++k) {
    CHECK_THAT(value(map, map.x()[k]), WithinAbs(map.y()[k], 1e-14));
    const double slope = (value(map, map.x()[k] + h) - value(map, map.x()[k] - h)) / (2 * h);
    CHECK_THAT(slope, WithinRel(map.slopes()[k], 1e-4));
  }
  const Vector<double> x{{0, 1, 3}};
  const Spline<double> line(x, 2 * x + Vector<double>::Ones(3));
  for (const double at : {-5.0, 0.3, 1.0, 2.2, 9.0})
    CHECK_THAT(value(line, at), WithinRel(2 * at + 1, 1e-14));
}

TEST_CASE("RationalQuadraticSpline takes the Gaussian to a law of samples", "[maps][statistics]") {
  const Index n = 1 << 16;
  pf::Matrix<double> z(1, n), samples(1, n);
  pf::Block<double> block(64, 1);
  for (Index i = 0; i < n; i += 64) {
    pf::normals<double>(pf::Key{1}, std::uint64_t(i), block);
    z.middleCols(i, 64) = block.matrix().transpose();
    pf::normals<double>(pf::Key{2}, std::uint64_t(i), block);
    for (Index k = 0; k < 64; ++k)
      samples(0, i + k) =
          block(k, 0) * 0.5 + (block(k, 0) * 97 - std::floor(block(k, 0) * 97) < 0.3 ? -2 : 2);
  }
  const auto map = Spline<double>::of(samples.row(0).transpose(), 200);
  const pf::Matrix<double> y = pf::image(map, z);
  const auto law = [](double x) {
    return 0.3 * support::normal_distribution((x + 2) / 0.5) +
           0.7 * support::normal_distribution((x - 2) / 0.5);
  };
  CHECK(support::distance_to(y, law) < 2 * support::distance_bound(n));
  CHECK(support::distance_to(pf::image(Spline<double>::of(samples.row(0).transpose(), 2), z), law) >
        2 * support::distance_bound(n));
}

TEMPLATE_TEST_CASE("RationalQuadraticSpline of any finite samples increases", "[maps][hostile]",
                   float, double) {
  using S = TestType;
  const auto check = [](const Vector<S>& samples, Index bins) {
    const auto map = Spline<S>::of(samples, bins);
    CHECK(pf::all_finite(map.parameters()));
    const pf::Block<S> x = support::random_block<S>(1, 1, 3), y = laws::apply(map, x);
    pf::Block<S> back(64, 1);
    pf::NoScratch none;
    map.inverse(y, back, none);
    CHECK(pf::all_finite(y));
    CHECK(pf::all_finite(back));
    return map;
  };
  for (const Index bins : {1, 5, 100}) {
    for (const S value : {S(0), S(-3), S(1e30)}) {
      const auto map = check(Vector<S>::Constant(1, value), bins);
      CHECK(laws::relative_gap(map.y(), Vector<S>::Constant(bins + 1, value)) < 1e-3);
      (void)check(Vector<S>::Constant(50, value), bins);
    }
    Vector<S> atoms = support::random_vector<S>(50, 1);
    atoms.head(30).setConstant(S(0.25));
    (void)check(atoms, bins);
    (void)check(atoms * S(1e30), bins);
    (void)check(atoms * S(1e-25), bins);
  }
}

TEST_CASE("RationalQuadraticSpline refuses knots that do not increase", "[maps][hostile]") {
  using support::error_of;
  const Vector<double> up{{0, 1, 2}}, level{{0, 1, 1}};
  const auto domain = [](const Vector<double>& x, const Vector<double>& y,
                         const Vector<double>& slopes) {
    return error_of<std::domain_error>([&] { Spline<double>(x, y, slopes); });
  };
  CHECK(domain(level, up, up) ==
        "RationalQuadraticSpline: width[1] is 0, but must be positive and finite");
  CHECK(domain(up, level, up) ==
        "RationalQuadraticSpline: height[1] is 0, but must be positive and finite");
  CHECK(domain(up, up, up) ==
        "RationalQuadraticSpline: slopes[0] is 0, but must be positive and finite");
  const auto argument = [](auto&&... arguments) {
    return error_of<std::invalid_argument>([&] { Spline<double> map(arguments...); });
  };
  CHECK(argument(Vector<double>(up.head(1)), up) ==
        "RationalQuadraticSpline: number of knots is 1, but must be at least 2");
  CHECK(argument(up, Vector<double>(up.head(2))) ==
        "RationalQuadraticSpline: size of y is 2, but must be 3");
  CHECK(
      argument(Vector<double>(Vector<double>::Ones(7))) ==
      "RationalQuadraticSpline: size of theta is 7, but must be 3 K + 3 for K bins, K at least 1");
  CHECK(error_of<std::domain_error>([&] {
          (void)Spline<double>::of(Vector<double>{{-1.7e308, 1.7e308}}, 3);
        }) == "RationalQuadraticSpline::of: range of the samples is inf, but must be finite");
  CHECK(error_of<std::invalid_argument>([&] { (void)Spline<double>::of(Vector<double>(), 3); }) ==
        "RationalQuadraticSpline::of: number of samples is 0, but must be at least 1");
}
