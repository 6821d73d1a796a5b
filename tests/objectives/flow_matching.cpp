#include "pushforward/objectives/flow_matching.hpp"

#include "support/laws.hpp"
#include "support/loss_of.hpp"

#include "pushforward/flows/minibatch_coupling.hpp"
#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/mlp.hpp"
#include "pushforward/measures/empirical.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/product.hpp"
#include "pushforward/objectives/score_matching.hpp"
#include "pushforward/optimizers/adam.hpp"
#include "pushforward/training/fit.hpp"

namespace pf = pushforward;
using pf::Gaussian, pf::Index, pf::Matrix, pf::Product, pf::Vector;
using support::loss_of;

namespace {

using Net = pf::Mlp<double, pf::Silu>;
static_assert(pf::Described<pf::FlowMatching<pf::Empirical<float>>>);
static_assert(pf::Described<pf::ScoreMatching<pf::Empirical<float>>>);

/// The gradient is that of the loss, whatever the threads.
template <class O>
void check_objective(const O& objective, const Net& map) {
  static_assert(pf::explain_objective<O, Net>());
  CHECK(pf::gradient_gap(objective, map, {.step = 0.05}).gap < pf::kGradientGap);
  const auto [value, gradient] = loss_of(objective, map, 3, 1);
  for (const int threads : {2, 5}) {
    const auto [again, again_gradient] = loss_of(objective, map, 3, threads);
    CHECK(again == value);
    CHECK(laws::same_bits(again_gradient, gradient));
  }
}

}  // namespace

TEST_CASE("flow matching and score matching are regressions on pairs", "[objectives]") {
  const Gaussian<double> noise(2), data(Vector<double>{{1, -2}}, Matrix<double>{{1, 0}, {-1, 2}});
  const Net map({3, 7, 2}, pf::Key{1});
  check_objective(pf::flow_matching(Product(noise, data)), map);
  check_objective(pf::flow_matching(Product(noise, data), pf::VariancePreserving{}, {.batch = 100}),
                  map);
  check_objective(pf::flow_matching(pf::MinibatchCoupling(noise, data, {.batch = 16}),
                                    pf::LinearPath{}, {.batch = 150}),
                  map);
  check_objective(pf::score_matching(data, {.data_deviation = 2}, {.batch = 100}), map);
}

TEST_CASE("a velocity that is learnt comes near the floor of its loss", "[objectives]") {
  // N(0, 1) to N(1, 1): the floor is pi / 2
  const auto objective = pf::flow_matching(Product(Gaussian<double>(1), Gaussian<double>(1, 1)),
                                           pf::LinearPath{}, {.batch = 512, .key = {3}});
  Net net({2, 16, 1}, pf::Key{2});
  (void)pf::fit(net, objective, pf::Adam{.rate = 2e-2}, {.steps = 300});
  const auto test = pf::flow_matching(Product(Gaussian<double>(1), Gaussian<double>(1, 1)),
                                      pf::LinearPath{}, {.batch = 1 << 16, .key = {9}});
  const double floor = std::numbers::pi / 2;
  const double zero =
      loss_of(test, pf::Affine<double>(Matrix<double>::Zero(1, 2), Vector<double>::Zero(1)), 0, 1)
          .first;
  CHECK_THAT(zero, WithinAbs(3, 0.1));  // E (x1 - x0)^2
  CHECK_THAT(loss_of(test, net, 0, 1).first, WithinAbs(floor, 0.05));
}

TEST_CASE("a network that is learnt denoises", "[objectives]") {
  // data N(0, s^2), scaled by s: nothing is left to learn but F = 0, with loss 1
  const auto test = pf::score_matching(Gaussian<double>(0, 0.5), {}, {.batch = 1 << 16});
  const pf::Affine<double> zero(Matrix<double>::Zero(1, 2), Vector<double>::Zero(1));
  CHECK_THAT(loss_of(test, zero, 0, 1).first, WithinAbs(1, 0.03));
  Net net({2, 8, 1}, pf::Key{2});
  const double before = loss_of(test, net, 0, 1).first;
  (void)pf::fit(net, pf::score_matching(Gaussian<double>(0, 0.5)), pf::Adam{.rate = 1e-2},
                {.steps = 300});
  const double after = loss_of(test, net, 0, 1).first;
  CHECK(after < before);
  CHECK_THAT(after, WithinAbs(1, 0.03));
}
