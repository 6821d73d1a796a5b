#include "pushforward/discrepancies.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/optimizers.hpp"
#include "pushforward/test_functions.hpp"
#include "pushforward/training.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/training.hpp"

namespace pf = pushforward;
using pf::Affine, pf::Index, pf::Matrix, pf::Status, pf::StepEnd, pf::Vector;
using support::Faulty;

namespace {

constexpr Index kSteps = 50;

/// New samples at every step, so that a step that is repeated or left out shows in the bits.
template <class S>
auto objective() {
  return pf::PushforwardObjective(
      pf::Gaussian<S>(1),
      pf::MeanDiscrepancy(pf::Polynomial<S>(1, 2), pf::Expectations<S>{Vector<S>{{1, 5}}}),
      {.batch = 130, .key = {3, 0}});
}
template <class S>
using Inner = decltype(objective<S>());

template <class S>
Affine<S> start() {
  return {Matrix<S>::Constant(1, 1, 1), Vector<S>::Zero(1)};
}

/// The parameters after kSteps steps of which step k is dropped, by the rule and no more.
template <class S, class O>
Vector<S> reference(const O& optimizer, Index k) {
  Affine<S> map = start<S>();
  const Inner<S> goal = objective<S>();
  pf::Team alone;
  pf::Problem<Affine<S>, Inner<S>> problem{map, goal, alone};
  auto state = optimizer.template start<S>(2), good_state = state;
  Vector<S> good_theta = problem.theta;
  double rate = optimizer.rate;
  for (Index step = 0; step < kSteps; ++step) {
    if (step == k) {
      problem.theta = good_theta;
      state = good_state;
      rate /= 2;
      continue;
    }
    good_theta = problem.theta;
    good_state = state;
    problem.evaluate(step);
    optimizer.template step<S>(state, problem.theta, problem.gradient, rate);
  }
  return problem.theta;
}

/// Losses, gradients and theta of a run whose objective fails at some steps.
template <class S, class O>
pf::FitResult<S> run(Affine<S>& map, const O& optimizer, std::function<bool(Index)> fails,
                     int threads = 1, Index entry = -1,
                     S value = std::numeric_limits<S>::quiet_NaN()) {
  const Faulty<Inner<S>> goal{objective<S>(), std::move(fails), value, entry};
  return pf::fit(map, goal, optimizer, {.steps = kSteps, .threads = threads});
}

}  // namespace

TEMPLATE_TEST_CASE("a step that is not finite is dropped, whichever it is", "[training][hostile]",
                   float, double) {
  using S = TestType;
  const S infinity = std::numeric_limits<S>::infinity(), nan = std::numeric_limits<S>::quiet_NaN();
  const auto check = [&](const auto& optimizer, Index k) {
    INFO("step " << k);
    const Vector<S> expected = reference<S>(optimizer, k);
    const auto at_k = [k](Index step) { return step == k; };
    for (const auto& [entry, value] :
         {std::pair<Index, S>{-1, nan}, {-1, infinity}, {0, nan}, {1, -infinity}}) {
      const int threads = k % 16 == 1 && entry == 0 ? 3 : 1;
      Affine<S> map = start<S>();
      const auto result = run<S>(map, optimizer, at_k, threads, entry, value);
      CHECK(map.parameters() == expected);
      CHECK(result.status == Status::finished);
      CHECK(result.steps == kSteps - 1);
      CHECK(result.dropped == 1);
      CHECK(pf::is_finite(result.loss));
    }
  };
  for (Index k = 0; k < kSteps; ++k) check(pf::Adam{.rate = 0.01}, k);
  for (const Index k : {0, 1, 2, 48, 49}) check(pf::Sgd{.rate = 0.01, .momentum = 0.9}, k);
}

TEST_CASE("the rate is halved by every dropped step", "[training][hostile]") {
  Affine<double> map = start<double>();
  const Faulty<Inner<double>> goal{objective<double>(),
                                   [](Index s) { return s == 2 || s == 3 || s == 7; }};
  std::vector<double> rates;
  std::vector<bool> dropped;
  pf::History<double> history;
  (void)pf::fit(map, goal, pf::Adam{.rate = 0.5}, {.steps = 9}, history,
                [&](const StepEnd<double>& event) {
                  rates.push_back(event.rate);
                  dropped.push_back(event.dropped);
                  CHECK(pf::all_finite(event.theta));
                });
  CHECK(rates == std::vector<double>{0.5, 0.5, 0.5, 0.25, 0.125, 0.125, 0.125, 0.125, 0.0625});
  CHECK(dropped == std::vector<bool>{false, false, true, true, false, false, false, true, false});
  CHECK_FALSE(pf::is_finite(history.loss[7]));
}

TEST_CASE("five in a row is the end", "[training][hostile]") {
  for (const Index k : {1, 2, 10, 45}) {
    Affine<double> map = start<double>(), reference = start<double>();
    const auto result = run<double>(map, pf::Adam{}, [k](Index step) { return step >= k; });
    CHECK(result.status == Status::diverged);
    CHECK(result.steps == k);
    CHECK(result.dropped == 5);
    (void)pf::fit(reference, objective<double>(), pf::Adam{}, {.steps = k - 1});
    CHECK(map.parameters() == reference.parameters());  // the last state whose loss was finite
    CHECK_FALSE(pf::is_finite(result.loss));            // which it is not at that step
  }
}

TEST_CASE("four in a row are not the end if there is progress between", "[training][hostile]") {
  Affine<double> map = start<double>();
  const auto result = run<double>(map, pf::Adam{}, [](Index step) { return step % 6 > 1; });
  CHECK(result.status == Status::finished);
  CHECK(result.steps == 18);
  CHECK(result.dropped == 32);
}

TEST_CASE("evaluating once more what was rolled back to is no progress", "[training][hostile]") {
  // step 0 leads to a state whose loss is not finite, whatever the rate: each second step is
  // dropped, each other is the start again.
  for (const Index entry : {-1, 1}) {
    Affine<double> map = start<double>();
    const auto result = run<double>(
        map, pf::Adam{}, [](Index step) { return step % 2 == 1; }, 1, entry);
    CHECK(result.status == Status::diverged);
    CHECK(result.steps == 5);
    CHECK(result.dropped == 5);
    CHECK(map.parameters() == start<double>().parameters());
  }
}

TEST_CASE("an objective that is never finite leaves the map as it was", "[training][hostile]") {
  Affine<double> map = start<double>();
  const auto always = [](Index) { return true; };
  const auto check = [&](const pf::FitResult<double>& result) {
    CHECK(result.status == Status::diverged);
    CHECK(result.steps == 0);
    CHECK(map.parameters() == start<double>().parameters());
  };
  check(run<double>(map, pf::Adam{}, always));
  check(run<double>(map, pf::Sgd{}, always, 2, 0));
  check(run<double>(map, pf::LevenbergMarquardt{}, always));
}

TEST_CASE("a last state that is not finite is not kept", "[training][hostile]") {
  Affine<double> map = start<double>(), reference = start<double>();
  const auto result = run<double>(map, pf::Adam{}, [](Index step) { return step == kSteps; });
  (void)pf::fit(reference, objective<double>(), pf::Adam{}, {.steps = kSteps - 1});
  CHECK(map.parameters() == reference.parameters());
  CHECK(result.status == Status::finished);
}

TEMPLATE_TEST_CASE("a rate that is far too large has diverged", "[training][hostile]", float,
                   double) {
  using S = TestType;
  const auto check = [](const auto& optimizer) {
    Affine<S> map = start<S>();
    const auto result = pf::fit(map, objective<S>(), optimizer, {.steps = 200});
    CHECK(result.status == Status::diverged);
    CHECK(map.parameters() == start<S>().parameters());
    CHECK(pf::is_finite(result.loss));
  };
  for (const double rate : {1e10, 1e30, 1e300, 1e308}) {
    check(pf::Sgd{.rate = rate});
    check(pf::Adam{.rate = rate});
  }
}

namespace {

/// 1 - 1 / (1 + |theta|^2 / 2): never above 1, wherever theta is.
struct Bounded {
  using Scalar = double;
  template <class Map>
  struct Workspace {};
  template <class Map>
  void check(const Map&) const {}
  template <class Map>
  double value_and_gradient(const Map& map, const pf::Step&, pf::VectorRef<double> dtheta,
                            Workspace<Map>&) const {
    const double w = 1 / (1 + map.parameters().squaredNorm() / 2);
    dtheta = w * w * map.parameters();
    return 1 - w;
  }
};

/// theta^2 / 2 + offset at every step, with the gradient `gradient` at step `at`.
template <class S>
struct Spike {
  using Scalar = S;
  template <class Map>
  struct Workspace {};
  Index at;
  S gradient;
  S loss = 0;
  template <class Map>
  void check(const Map&) const {}
  template <class Map>
  S value_and_gradient(const Map& map, const pf::Step& step, pf::VectorRef<S> dtheta,
                       Workspace<Map>&) const {
    dtheta = map.parameters();
    if (step.index == at && gradient != 0) dtheta[0] = gradient;
    const S value = map.parameters().squaredNorm() / 2;
    return step.index == at && loss != 0 ? loss : value;
  }
};

}  // namespace

TEST_CASE("a bounded loss diverges by its steps", "[training][hostile]") {
  Affine<double> map = start<double>();
  const auto result = pf::fit(map, Bounded{}, pf::Sgd{.rate = 1e10}, {.steps = 200});
  CHECK(result.status == Status::diverged);
  CHECK(map.parameters() == start<double>().parameters());
  // a step of some 1e5 is rash, but a step
  CHECK(pf::fit(map, Bounded{}, pf::Sgd{.rate = 1e5}, {.steps = 3}).dropped == 0);
}

TEST_CASE("a loss beyond a million times the start is dropped", "[training][hostile]") {
  const auto dropped = [](double loss) {
    Affine<double> map = start<double>();  // loss 1/2
    return pf::fit(map, Spike<double>{3, 0, loss}, pf::Sgd{}, {.steps = 6}).dropped;
  };
  CHECK(dropped(1.4e6) == 0);
  CHECK(dropped(-1.4e6) == 0);
  CHECK(dropped(1.6e6) == 1);
  CHECK(dropped(-1.6e6) == 1);
}

TEST_CASE("a gradient whose square overflows is dropped, and Adam does not freeze",
          "[training][hostile]") {
  for (const Index at : {0, 3}) {
    Affine<float> map = start<float>();
    std::vector<bool> dropped;
    const auto result = pf::fit(map, Spike<float>{at, 1e20F}, pf::Adam{.rate = 0.05},
                                {.steps = 400}, [&](const StepEnd<float>& event) {
                                  if (event.dropped) CHECK(event.step == at);
                                  CHECK(event.gradient_norm >= 0);
                                  CHECK(pf::all_finite(event.theta));
                                });
    CHECK(result.dropped == 1);
    CHECK(result.status == Status::finished);
    CHECK(result.loss < 1e-3F);
  }
  Affine<double> map = start<double>();  // in double it does not overflow, and passes
  CHECK(pf::fit(map, Spike<double>{3, 1e20}, pf::Adam{}, {.steps = 10}).dropped == 0);
}

TEST_CASE("a schedule that is not finite is refused with its step", "[training][hostile]") {
  const auto error = [](Index at, double value, const auto& optimizer) {
    Affine<double> map = start<double>(), reference = start<double>();
    const auto goal = objective<double>();
    const auto text = support::error_of<std::domain_error>([&] {
      (void)pf::fit(map, goal, optimizer,
                    {.steps = 9, .schedule = [=](Index t, Index) { return t == at ? value : 1; }});
    });
    (void)pf::fit(reference, goal, optimizer, {.steps = at});
    CHECK(map.parameters() == reference.parameters());
    return text;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(error(0, nan, pf::Adam{}) == "fit: schedule at step 0 is nan, but must be finite");
  CHECK(error(4, nan, pf::Sgd{}) == "fit: schedule at step 4 is nan, but must be finite");
  CHECK(error(8, -1 / 0.0, pf::LevenbergMarquardt{}) ==
        "fit: schedule at step 8 is -inf, but must be finite");
}

TEST_CASE("data of every kind can be trained on", "[training]") {
  const auto train = [](const Matrix<double>& data) {
    const pf::Empirical<double> target(data);
    const double width = pf::median_distance<double>(data);
    const pf::Rbf<double> bumps(data.leftCols((std::min)(data.cols(), Index(8))), {width});
    const pf::PushforwardObjective goal(pf::Gaussian<double>(data.rows()),
                                        pf::MeanDiscrepancy(bumps, target), {.batch = 1});
    const auto units = pf::Standardize<double>::of(data);
    pf::Compose map(pf::Mlp<double>({data.rows(), 4, data.rows()}, pf::Key{1}),
                    units.inverse_map());
    const auto result = pf::fit(map, goal, pf::Adam{}, {.steps = 10});
    CHECK(result.status == Status::finished);
    CHECK(pf::is_finite(result.loss));
    CHECK(pf::all_finite(map.parameters()));
  };
  train(Matrix<double>::Constant(2, 1, 3));         // one sample
  train(Matrix<double>::Constant(2, 100, -7));      // all equal
  train(Matrix<double>{{1, 1, 1, 2, 2}});           // duplicates
  train(Matrix<double>{{5, 5, 5}, {1, 2, 3}});      // a constant coordinate
  train(Matrix<double>{{5e-324, 1e-310, 2e-308}});  // subnormal numbers
  train(Matrix<double>{{0.0, -0.0, 1e-300}});
  train(Matrix<double>{{1e308, 0.5e308, 0}});  // squares overflow
  train(Matrix<double>{{1e154, -1e154, 0}});
}

TEST_CASE("discrepancies and objectives that cannot be", "[training][hostile]") {
  using support::error_of;
  const pf::Polynomial<double> family(1, 2);
  const pf::Expectations<double> target{Vector<double>{{1, 2}}};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(error_of<std::invalid_argument>([&] {
          pf::PushforwardObjective(pf::Gaussian<double>(1), pf::MeanDiscrepancy(family, target),
                                   {.batch = 0});
        }) == "PushforwardObjective: batch is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([&] {
          pf::MeanDiscrepancy(family, pf::Expectations<double>{Vector<double>::Ones(3)});
        }) == "MeanDiscrepancy: size of target is 3, but must be 2");
  CHECK(error_of<std::domain_error>([&] {
          pf::MeanDiscrepancy(family, pf::Expectations<double>{Vector<double>{{1, nan}}});
        }) == "MeanDiscrepancy: target at row 1, column 0 is nan, but must be finite");
}
