#include "pushforward/objectives/implicit_score_matching.hpp"

#include "support/laws.hpp"
#include "support/loss_of.hpp"

#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/mlp.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/optimizers/adam.hpp"
#include "pushforward/training/fit.hpp"

#include <Eigen/LU>

namespace pf = pushforward;
using pf::Gaussian, pf::ImplicitScoreMatching, pf::Index, pf::Matrix, pf::Vector;
using support::error_of, support::loss_of;

namespace {

static_assert(pf::Described<ImplicitScoreMatching<Gaussian<double>>>);

const Gaussian<double> kData(Vector<double>{{1, -2}}, Matrix<double>{{1.5, 0}, {-1, 0.5}});

}  // namespace

TEST_CASE("implicit score matching has the gradient of its loss", "[objectives]") {
  const pf::Mlp<double> net({2, 7, 5, 2}, pf::Key{1});
  for (const Index batch : {1, 63, 65, 200}) {
    INFO("batch " << batch);
    const ImplicitScoreMatching objective(kData, {.batch = batch, .key = {4}});
    static_assert(
        pf::explain_objective<ImplicitScoreMatching<Gaussian<double>>, pf::Mlp<double>>());
    CHECK(pf::gradient_gap(objective, net, {.step = 0.05}).gap < pf::kGradientGap);
    const auto [value, gradient] = loss_of(objective, net, 3);
    for (const int threads : {2, 7}) {
      const auto [again, again_gradient] = loss_of(objective, net, 3, threads);
      CHECK(again == value);
      CHECK(laws::same_bits(again_gradient, gradient));
    }
  }

  INFO("in float it is that of double");
  const pf::Mlp<float> narrow({2, 7, 2}, pf::Key{1});
  pf::Mlp<double> wide({2, 7, 2}, pf::Key{1});
  wide.set_parameters(narrow.parameters().cast<double>());
  const Matrix<float> table = support::random_matrix<float>(2, 50, 1);
  const auto [single, single_gradient] =
      loss_of(ImplicitScoreMatching(pf::Empirical<float>(table)), narrow);
  const auto [twin, twin_gradient] =
      loss_of(ImplicitScoreMatching(pf::Empirical<double>(table.cast<double>())), wide);
  CHECK_THAT(double(single), WithinAbs(twin, 1e-6));
  CHECK(laws::relative_gap(single_gradient, twin_gradient) < 1e-5);
}

TEST_CASE("implicit score matching is its formula for an affine map", "[objectives]") {
  // s = A x + b on one point x: |s|^2 / 2 + tr A
  const Matrix<double> a{{1, 2}, {-3, 0.5}};
  const Vector<double> b{{0.1, -0.2}};
  const pf::Gaussian<double> source(2);
  pf::Block<double> x(64, 2);
  source.sample({4}, 0, x);
  const Vector<double> s = a * x.row(0).matrix().transpose() + b;
  const auto value =
      loss_of(ImplicitScoreMatching(source, {.batch = 1, .key = {4}}), pf::Affine<double>(a, b))
          .first;
  CHECK_THAT(value, WithinRel(s.squaredNorm() / 2 + 1.5, 1e-13));
}

TEST_CASE("the affine map that is learnt is the score of a Gaussian", "[objectives]") {
  // grad log p = -S^-1 (x - m); the loss there is -tr(S^-1) / 2
  pf::Affine<double> score(Matrix<double>::Zero(2, 2), Vector<double>::Zero(2));
  const ImplicitScoreMatching objective(kData, {.batch = 1024});
  (void)pf::fit(score, objective, pf::Adam{.rate = 3e-2}, {.steps = 1500});
  const Matrix<double> precision = (kData.factor() * kData.factor().transpose()).inverse();
  const auto at = loss_of(ImplicitScoreMatching(kData, {.batch = 1 << 16, .key = {9}}), score);
  CHECK_THAT(at.first, WithinAbs(-precision.trace() / 2, 0.25));
  const Matrix<double> learnt = score.parameters().head(4).reshaped(2, 2);
  CHECK((learnt + precision).norm() < 0.1 * precision.norm());
}

TEST_CASE("implicit score matching allocates nothing once warm", "[objectives]") {
  CHECK(support::allocations_once_warm(ImplicitScoreMatching(kData, {.batch = 150}),
                                       pf::Mlp<double>({2, 7, 2}, pf::Key{1})) == 0);
}

TEST_CASE("implicit score matching that cannot be", "[objectives][hostile]") {
  const auto error = [](auto body) { return error_of<std::invalid_argument>(body); };
  CHECK(error([] { ImplicitScoreMatching(kData, {.batch = 0}); }) ==
        "ImplicitScoreMatching: batch is 0, but must be at least 1");
  const ImplicitScoreMatching objective(kData);
  CHECK(error([&] {
          objective.check(pf::Mlp<double>({3, 2}, pf::Key{1}));
        }) == "ImplicitScoreMatching: input dimension of the map is 3, but must be 2");
  CHECK(error([&] {
          objective.check(pf::Mlp<double>({2, 3}, pf::Key{1}));
        }) == "ImplicitScoreMatching: output dimension of the map is 3, but must be 2");
}
