#include "pushforward/training/run.hpp"

#include "pushforward/discrepancies.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/measures.hpp"
#include "pushforward/optimizers.hpp"
#include "pushforward/test_functions.hpp"
#include "pushforward/training.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/training.hpp"

namespace pf = pushforward;
using pf::Index, pf::Run, pf::Status, pf::Vector;
using support::error_of, support::Faulty;

namespace {

using Map = pf::Mlp<double, pf::Tanh, pf::Logistic>;
constexpr Index kSteps = 40;
const Map kStart({2, 5, 1}, pf::Key{4});

/// Functions, target and source drawn anew, and a loss that is not finite at some steps.
auto objective(std::function<bool(Index)> fails = [](Index s) { return s % 17 == 7; }) {
  const pf::MeanDiscrepancy distance(pf::RandomFourier<double>(1, 4, {}, pf::Key{1}),
                                     pf::Uniform<double>(0, 1),
                                     {.redraw_every = 3, .target = {.batch = 70}});
  const pf::PushforwardObjective inner(pf::Gaussian<double>(2), distance, {.batch = 130});
  return Faulty<std::remove_const_t<decltype(inner)>>{inner, std::move(fails)};
}
using Objective = decltype(objective());

pf::FitOptions options(int threads = 1) {
  return {.steps = kSteps, .threads = threads, .schedule = pf::Cosine{}, .first = 2};
}

template <class State>
bool same(const State& a, const State& b) {
  return a.status == b.status && a.step == b.step && a.steps == b.steps && a.dropped == b.dropped &&
         a.halvings == b.halvings && a.without_progress == b.without_progress &&
         a.rolled_back == b.rolled_back && (a.start == b.start || a.start != a.start) &&
         a.theta == b.theta && a.good_theta == b.good_theta;
}

/// Every state of a run stopped after it and continued by another on other threads.
template <class Opt>
void continues_bit_for_bit(const Opt& optimizer, const Objective& goal) {
  Map map = kStart;
  Run run(map, goal, optimizer, options());
  using State = typename decltype(run)::State;
  std::vector<State> states{run.state()};
  std::vector<double> losses;
  while (run.step()) {
    states.push_back(run.state());
    losses.push_back(run.last().loss);
    CHECK(map.parameters() == run.state().theta);
  }
  const auto expected = run.finish();
  const Vector<double> theta = map.parameters();
  CHECK(expected.steps + expected.dropped == expected.next - 2);

  for (std::size_t k = 0; k < states.size(); ++k) {
    INFO("stopped after step " << k);
    Map other({2, 5, 1}, pf::Key{99});
    Run again(other, goal, optimizer, options(1 + int(k % 3)));
    for (std::size_t s = 0; s < k % 4; ++s) again.step();  // what it did before does not matter
    again.resume(states[k]);
    CHECK(other.parameters() == states[k].theta);
    CHECK(again.begin().resumed);
    CHECK(again.begin().step == Index(k));
    bool equal = same(again.state(), states[k]);
    for (std::size_t s = k + 1; s < states.size(); ++s) {
      equal = equal && again.step() && same(again.state(), states[s]);
      const double loss = again.last().loss;
      equal = equal && (loss == losses[s - 1] || (loss != loss && losses[s - 1] != losses[s - 1]));
    }
    CHECK(equal);
    CHECK_FALSE(again.step());
    const auto result = again.finish();
    CHECK(result.status == expected.status);
    CHECK(result.loss == expected.loss);
    CHECK(result.steps == expected.steps);
    CHECK(result.dropped == expected.dropped);
    CHECK(other.parameters() == theta);
  }
}

/// Sgd that throws at a call.
struct ThrowingSgd : pf::Sgd {
  int* calls;
  int at;
  template <pf::Real S>
  void step(State<S>& state, pf::VectorRef<S> theta, pf::ConstVectorRef<S> g,
            double current_rate) const {
    pf::Sgd::step<S>(state, theta, g, current_rate);
    if (++*calls == at) throw std::runtime_error("optimizer");
  }
};

/// An objective that counts its evaluations, and throws at one.
template <class Inner>
struct Throwing {
  using Scalar = typename Inner::Scalar;
  template <class Map>
  using Workspace = typename Inner::template Workspace<Map>;
  Inner inner;
  int* calls;
  int at;
  void count() const {
    if (++*calls == at) throw std::runtime_error("objective");
  }
  template <class M>
  void check(const M& map) const {
    inner.check(map);
  }
  template <class M>
  Scalar value_and_gradient(const M& map, const pf::Step& step, pf::VectorRef<Scalar> dtheta,
                            Workspace<M>& work) const {
    const Scalar loss = inner.value_and_gradient(map, step, dtheta, work);
    count();
    return loss;
  }
  Index residual_count() const { return inner.residual_count(); }
  template <class M>
  void residuals(const M& map, const pf::Step& step, pf::VectorRef<Scalar> rho,
                 Workspace<M>& work) const {
    inner.residuals(map, step, rho, work);
    count();
  }
  template <class M>
  void jacobian(const M& map, const pf::Step& step, pf::VectorRef<Scalar> rho,
                pf::Matrix<Scalar>& jacobian, Workspace<M>& work) const {
    inner.jacobian(map, step, rho, jacobian, work);
    count();
  }
};

/// A call that throws changes nothing, and made again it goes on as if it had not thrown.
template <class Goal, class Opt>
void nothing_is_lost(const Goal& goal, const Opt& optimizer, const Vector<double>& expected) {
  Map map = kStart;
  Run run(map, goal, optimizer, options());
  for (bool more = true; more;) {
    const auto before = run.state();
    try {
      more = run.step();
    } catch (const std::runtime_error&) {
      CHECK(same(run.state(), before));
      CHECK(map.parameters() == before.theta);
    }
  }
  const Vector<double> theta = map.parameters();
  try {
    (void)run.finish();
  } catch (const std::runtime_error&) {
    CHECK(map.parameters() == theta);
    (void)run.finish();
  }
  CHECK(map.parameters() == expected);
}

template <class Opt>
Vector<double> trained(const Objective& goal, const Opt& optimizer) {
  Map map = kStart;
  (void)pf::fit(map, goal, optimizer, options());
  return map.parameters();
}

}  // namespace

TEST_CASE("a run continues bit for bit from every step", "[training][threads]") {
  const Objective goal = objective();
  continues_bit_for_bit(pf::Sgd{.rate = 0.1, .momentum = 0.9}, goal);
  continues_bit_for_bit(pf::Adam{.rate = 1e-2}, goal);
  continues_bit_for_bit(pf::Both{pf::Adam{.rate = 1e-2}, pf::Sgd{.rate = 0.1}, 7}, goal);
  continues_bit_for_bit(pf::LevenbergMarquardt{}, goal);
  // diverges: what is kept is the count of steps without progress too
  continues_bit_for_bit(pf::Adam{.rate = 1e-2}, objective([](Index s) { return s % 3 != 0; }));
}

TEST_CASE("a state is a value", "[training]") {
  const Objective goal = objective();
  Map map = kStart;
  Run run(map, goal, pf::Adam{}, options());
  for (int s = 0; s < 12; ++s) run.step();
  const auto state = run.state();
  const auto copy = state;
  for (int s = 0; s < 5; ++s) run.step();
  CHECK(same(state, copy));
  CHECK(state.step == 12);
  CHECK(state.optimizer.t == 10);  // step 5, of index 7, was dropped, and step 4 with it
  CHECK(run.state().step == 17);
  const Vector<double> theta = map.parameters();
  run.resume(state);  // the same run may go back
  CHECK(map.parameters() == state.theta);
  for (int s = 0; s < 5; ++s) run.step();
  CHECK(map.parameters() == theta);
}

TEST_CASE("a run that was stopped goes on", "[training]") {
  const Objective goal = objective();
  Map map = kStart;
  Run run(map, goal, pf::Adam{}, options());
  for (int s = 0; s < 9; ++s) run.step();
  run.stop();
  CHECK_FALSE(run.step());
  const auto state = run.state();
  CHECK(state.status == Status::stopped);
  CHECK(run.finish().status == Status::stopped);

  Run short_of(map, goal, pf::Adam{}, options());
  short_of.step();
  CHECK(short_of.finish().status == Status::stopped);  // not finished: steps are left

  Run again(map, goal, pf::Adam{}, options());
  again.resume(state);
  const auto result = pf::fit(again);
  CHECK(result.status == Status::finished);
  CHECK(result.next == 2 + kSteps);
  CHECK(map.parameters() == trained(goal, pf::Adam{}));
  again.stop();  // what has ended stays as it ended
  CHECK(again.status() == Status::finished);
}

TEST_CASE("a state of another map is refused, and changes nothing", "[training][hostile]") {
  const Objective goal = objective();
  Map map = kStart;
  Run run(map, goal, pf::Adam{}, options());
  run.step();
  const auto before = run.state();
  auto state = before;
  state.theta.setZero(5);
  CHECK(error_of<std::invalid_argument>([&] { run.resume(state); }) ==
        "Run::resume: size of theta is 5, but must be 21");
  state = before;
  state.good_theta.setZero(22);
  CHECK(error_of<std::invalid_argument>([&] { run.resume(state); }) ==
        "Run::resume: size of good_theta is 22, but must be 21");
  CHECK(same(run.state(), before));
  CHECK(map.parameters() == before.theta);
  CHECK_FALSE(run.begin().resumed);
}

TEST_CASE("a budget of time fixes a number of steps, which repeats the run", "[training]") {
  const Objective goal = objective([](Index) { return false; });
  for (const double seconds : {1e-9, 0.1}) {
    Map map = kStart, again = kStart;
    pf::History<double> history;
    const auto result =
        pf::fit(map, goal, pf::Adam{.rate = 1e-2},
                {.steps = 3, .schedule = pf::Cosine{}, .seconds = seconds}, history);
    CHECK(result.status == Status::finished);
    CHECK(result.steps == result.planned);
    CHECK(Index(history.loss.size()) == result.planned);
    CHECK(result.planned >= 1);
    if (seconds < 1e-3) CHECK(result.planned == 1);
    CHECK(result.seconds < 20 * seconds + 5);
    const auto repeated =
        pf::fit(again, goal, pf::Adam{.rate = 1e-2},
                {.steps = result.planned, .threads = 3, .schedule = pf::Cosine{}});
    CHECK(again.parameters() == map.parameters());
    CHECK(repeated.loss == result.loss);
  }
}

TEST_CASE("steps that are measured leave no trace", "[training][hostile]") {
  const Objective goal = objective();
  Map map = kStart;
  const Run run(map, goal, pf::Adam{}, {.seconds = 1e-9});
  CHECK(map.parameters() == kStart.parameters());
  CHECK(run.state().step == 0);
  CHECK(run.state().dropped == 0);
  CHECK(run.state().optimizer.t == 0);
  CHECK_FALSE(run.begin().resumed);
  for (int at = 1; at <= 3; ++at) {
    int calls = 0;
    const Throwing<Objective> throwing{goal, &calls, at};
    CHECK(error_of<std::runtime_error>(
              [&] { (void)pf::fit(map, throwing, pf::Adam{}, {.seconds = 1e-9}); }) == "objective");
    CHECK(map.parameters() == kStart.parameters());
  }
  const auto hopeless = objective([](Index) { return true; });  // diverges while it is measured
  CHECK(pf::fit(map, hopeless, pf::Adam{}, {.seconds = 1e-3}).status != Status::converged);
  CHECK(map.parameters() == kStart.parameters());
}

TEST_CASE("an exception in any call changes nothing", "[training][hostile]") {
  const Objective goal = objective();
  const auto at_every_call = [&](const auto& optimizer, int evaluations) {
    const Vector<double> expected = trained(goal, optimizer);
    int all = 0;
    {
      const Throwing<Objective> counting{goal, &all, -1};
      Map map = kStart;
      (void)pf::fit(map, counting, optimizer, options());
    }
    CHECK(all >= evaluations);
    for (int at = 1; at <= all; ++at) {
      INFO("evaluation " << at);
      int calls = 0;
      nothing_is_lost(Throwing<Objective>{goal, &calls, at}, optimizer, expected);
      CHECK(calls >= at);
    }
  };
  at_every_call(pf::Adam{.rate = 1e-2}, kSteps + 1);
  at_every_call(pf::Sgd{.rate = 0.1, .momentum = 0.9}, kSteps + 1);
  at_every_call(pf::LevenbergMarquardt{}, 3 * kSteps / 2);  // in its trials too

  const pf::Sgd sgd{.rate = 0.1, .momentum = 0.9};
  const Vector<double> expected = trained(goal, sgd);
  for (int at = 1; at <= kSteps - 3; ++at) {
    int calls = 0;
    nothing_is_lost(goal, ThrowingSgd{sgd, &calls, at}, expected);
  }
}

TEST_CASE("a callback that throws at any call leaves the last step", "[training][hostile]") {
  const Objective goal = objective();
  for (Index at = 0; at < kSteps; ++at) {
    Map map = kStart, reference = kStart;
    Run run(map, goal, pf::Adam{}, options()), other(reference, goal, pf::Adam{}, options());
    CHECK(error_of<std::runtime_error>([&] {
            (void)pf::fit(run, [&](const pf::StepEnd<double>& event) {
              if (event.step == at) throw std::runtime_error("callback");
            });
          }) == "callback");
    for (Index s = 0; s <= at; ++s) other.step();
    CHECK(same(run.state(), other.state()));
    CHECK(map.parameters() == reference.parameters());
    (void)pf::fit(run);  // and goes on
    CHECK(map.parameters() == trained(goal, pf::Adam{}));
  }
}
