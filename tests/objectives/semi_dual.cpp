#include "pushforward/objectives/semi_dual.hpp"

#include "support/is_nan.hpp"
#include "support/laws.hpp"
#include "support/loss_of.hpp"

#include "pushforward/maps/convex_gradient.hpp"
#include "pushforward/maps/image.hpp"
#include "pushforward/measures/draw.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/image.hpp"
#include "pushforward/measures/quasi_random.hpp"
#include "pushforward/measures/uniform.hpp"
#include "pushforward/optimizers/adam.hpp"
#include "pushforward/testing/gradient_gap.hpp"
#include "pushforward/training/fit.hpp"
#include "pushforward/transport/gelbrich_map.hpp"

#include <cmath>
#include <limits>

namespace pf = pushforward;
using pf::ConvexGradient, pf::Gaussian, pf::Index, pf::Matrix, pf::SemiDualObjective, pf::Vector;
using support::error_of, support::loss_of;

namespace {

static_assert(pf::Described<SemiDualObjective<Gaussian<double>, Gaussian<double>>>);
static_assert(pf::BrenierMap<ConvexGradient<float>>);

/// T(x) = A x + t with A = L L'; the one term of its potential is 0.
ConvexGradient<double> linear(const Matrix<double>& l, const Vector<double>& t) {
  return {l, t, Matrix<double>::Zero(1, l.rows()), Vector<double>::Zero(1), 0};
}

/// Nothing commutes with anything.
const Gaussian<double> kSource(Vector<double>{{0.5, -1}}, Matrix<double>{{1.2, 0}, {0.7, 0.8}});
const Gaussian<double> kTarget(Vector<double>{{1, -2}}, Matrix<double>{{1.5, 0}, {-1, 0.5}});

/// Samples 0, 1, 2 are numbers, and those behind them are none.
struct ThreeOf {
  using Scalar = double;
  [[nodiscard]] Index dimension() const { return 1; }
  void sample(pf::Key, std::uint64_t first, pf::BlockRef<double> y) const {
    for (Index i = 0; i < pf::kBlockSize; ++i) {
      const double at = double(first) + double(i);
      y(i, 0) = at < 3 ? at : std::numeric_limits<double>::quiet_NaN();
    }
  }
};

}  // namespace

TEST_CASE("the semi-dual has the gradient of its loss", "[objectives]") {
  for (const Index batch : {1, 63, 65, 200}) {
    INFO("batch " << batch);
    const SemiDualObjective objective(kSource, kTarget, {.batch = batch, .key = {4}});
    for (const Index terms : {1, 7, 65}) {
      const ConvexGradient<double> map(2, terms, pf::Key{1});
      CHECK(pf::gradient_gap(objective, map, {.step = 0.05}).gap < pf::kGradientGap);
    }
    const ConvexGradient<double> map(2, 7, pf::Key{1});
    const auto [value, gradient] = loss_of(objective, map, 3);
    for (const int threads : {2, 7}) {
      const auto [again, again_gradient] = loss_of(objective, map, 3, threads);
      CHECK(again == value);
      CHECK(laws::same_bits(again_gradient, gradient));
    }
  }
  const SemiDualObjective objective(Gaussian<double>(3), Gaussian<double>(3), {.batch = 40});
  ConvexGradient<double> steep(3, 9, pf::Key{2});
  steep.set_parameters(steep.parameters() +
                       support::random_vector(steep.parameter_count(), 5, 0.3));
  CHECK(pf::gradient_gap(objective, steep, {.step = 0.02}).gap < pf::kGradientGap);
}

TEST_CASE("the semi-dual in float is that in double", "[objectives]") {
  const ConvexGradient<float> narrow(2, 7, pf::Key{1});
  ConvexGradient<double> wide(2, 7, pf::Key{1});
  wide.set_parameters(narrow.parameters().cast<double>());
  const auto at = []<class S>(const Matrix<S>& x, const Matrix<S>& y, const auto& map) {
    return loss_of(SemiDualObjective(pf::Empirical<S>(x), pf::Empirical<S>(y)), map);
  };
  const Matrix<float> x = support::random_matrix<float>(2, 50, 1),
                      y = support::random_matrix<float>(2, 70, 2);
  const Matrix<double> same_x = x.cast<double>(), same_y = y.cast<double>();
  const auto [single, single_gradient] = at(x, y, narrow);
  const auto [twin, twin_gradient] = at(same_x, same_y, wide);
  CHECK_THAT(double(single), WithinAbs(twin, 1e-5));
  CHECK(laws::relative_gap(single_gradient, twin_gradient) < 1e-4);
}

TEST_CASE("the semi-dual is (E|X|^2 + E|Y|^2 - W_2^2) / 2 at the optimal map, and more elsewhere",
          "[objectives]") {
  constexpr Index n = 40033;
  const pf::Key key{4};
  const SemiDualObjective objective(kSource, kTarget, {.batch = n, .key = key});
  const Matrix<double> x = pf::draw(kSource, n, key, n), y = pf::draw(kTarget, n, key.part(1), n);
  const double moments = (x.squaredNorm() + y.squaredNorm()) / double(x.cols());
  // the optimal map of the two samples' Gaussians, A symmetric, and its cost
  const Vector<double> theta = pf::gelbrich_map(x, y).parameters();
  const Matrix<double> a = theta.head(4).reshaped(2, 2);
  Matrix<double> l = Matrix<double>::Zero(2, 2);
  l(0, 0) = std::sqrt(a(0, 0));
  l(1, 0) = a(1, 0) / l(0, 0);
  l(1, 1) = std::sqrt(a(1, 1) - l(1, 0) * l(1, 0));
  const auto [best, gradient] = loss_of(objective, linear(l, theta.tail(2)), 1);
  CHECK_THAT(moments - 2 * best, WithinRel(pf::gelbrich_bound(x, y), 1e-9));
  CHECK(gradient.norm() < 1e-10);
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    const Matrix<double> other = l + support::random_matrix(2, 2, seed, 0.2);
    CHECK(loss_of(objective, linear(other, theta.tail(2) + support::random_vector(2, seed)), 1)
              .first > best + 1e-3);
  }
}

TEST_CASE("the semi-dual learns the optimal map, from whatever source", "[objectives]") {
  const auto uvp = [](const auto& map, const auto& truth, const auto& source) {
    const Matrix<double> x = pf::draw(source, 4096, {77}), y = pf::image(truth, x);
    return (pf::image(map, x) - y).squaredNorm() / (y.colwise() - y.rowwise().mean()).squaredNorm();
  };
  const auto learn = [](ConvexGradient<double> map, const auto& source, const auto& target) {
    (void)pf::fit(map, SemiDualObjective(source, target, {.batch = 256}), pf::Adam{.rate = 3e-2},
                  {.steps = 600, .schedule = pf::Cosine{}});
    return map;
  };
  const ConvexGradient<double> start(2, 12, pf::Key{3});

  const pf::Affine<double> between =
      pf::gelbrich_map(pf::draw(kSource, 1 << 16, {1}), pf::draw(kTarget, 1 << 16, {2}));
  CHECK(uvp(learn(start, kSource, kTarget), between, kSource) < 2e-3);

  const pf::Uniform<double> square(Vector<double>{{-1, -1}}, Vector<double>{{1, 1}});
  ConvexGradient<double> truth(2, 5, pf::Key{8});
  truth.set_parameters(1.5 * truth.parameters());
  CHECK(uvp(learn(start, square, pf::Image(truth, square)), truth, square) < 2e-3);
  CHECK(uvp(start, truth, square) > 0.1);
}

TEST_CASE("the semi-dual does not see what pads its batch", "[objectives]") {
  // T(x) = x: L = (1 / 3) sum_i x_i^2 / 2 + y_i^2 / 2
  const ConvexGradient<double> same = linear(Matrix<double>::Ones(1, 1), Vector<double>::Zero(1));
  const auto [value, gradient] =
      loss_of(SemiDualObjective(ThreeOf{}, ThreeOf{}, {.batch = 3}), same);
  CHECK_THAT(value, WithinRel(5.0 / 3, 1e-14));
  CHECK(gradient.norm() < 1e-14);
}

TEST_CASE("the semi-dual allocates nothing once warm", "[objectives]") {
  CHECK(support::allocations_once_warm(SemiDualObjective(kSource, kTarget, {.batch = 150}),
                                       ConvexGradient<double>(2, 7, pf::Key{1})) == 0);
}

TEST_CASE("a semi-dual that cannot be", "[objectives][hostile]") {
  const auto error = [](auto body) { return error_of<std::invalid_argument>(body); };
  CHECK(error([] { SemiDualObjective(kSource, kTarget, {.batch = 0}); }) ==
        "SemiDualObjective: batch is 0, but must be at least 1");
  CHECK(error([] { SemiDualObjective(kSource, Gaussian<double>(3)); }) ==
        "SemiDualObjective: dimension of the target is 3, but must be 2");
  const SemiDualObjective objective(kSource, kTarget);
  CHECK(error([&] { objective.check(ConvexGradient<double>(3, 5, pf::Key{1})); }) ==
        "SemiDualObjective: input dimension of the map is 3, but must be 2");

  const ConvexGradient<double> hull(support::random_matrix(2, 1, 1), Vector<double>::Zero(2),
                                    support::random_matrix(9, 2, 3), support::random_vector(9, 4),
                                    1.5);
  CHECK(
      support::is_nan(loss_of(objective, hull).first));  // of rank 1, it does not reach everything
  CHECK(error([] {
          SemiDualObjective(pf::QuasiRandom(pf::Gaussian<double>(1), 100), Gaussian<double>(1),
                            {.batch = 250});
        }) ==
        "SemiDualObjective: batch is 250, but must be a multiple of the 100 nodes of the source");
  CHECK(error([] {
          SemiDualObjective(Gaussian<double>(1), pf::QuasiRandom(pf::Gaussian<double>(1), 100),
                            {.batch = 250});
        }) ==
        "SemiDualObjective: batch is 250, but must be a multiple of the 100 nodes of the target");

  INFO("a map that is no bijection ends the run, and is as it was");
  ConvexGradient<double> flat = linear(Matrix<double>::Zero(2, 1), Vector<double>::Zero(2));
  const Vector<double> before = flat.parameters();
  const auto result = pf::fit(flat, objective, pf::Adam{}, {.steps = 50});
  CHECK(result.status == pf::Status::diverged);
  CHECK(laws::same_bits(flat.parameters(), before));
}
