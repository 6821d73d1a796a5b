#include "pushforward/training/callbacks.hpp"

#include "pushforward/maps/affine.hpp"
#include "pushforward/optimizers.hpp"
#include "pushforward/training/fit.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#if defined(__unix__)
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#endif

namespace pf = pushforward;
using pf::Index, pf::Matrix, pf::Signal, pf::Status, pf::StepEnd, pf::TrainEnd, pf::Vector;
using support::error_of;

namespace {

/// |theta - 1|^2, and at step `thrown` an exception.
struct Bowl {
  using Scalar = double;
  template <class Map>
  struct Workspace {};
  Index thrown = -1;
  template <class Map>
  void check(const Map&) const {}
  template <class Map>
  double value_and_gradient(const Map& map, const pf::Step& step, pf::VectorRef<double> dtheta,
                            Workspace<Map>&) const {
    if (step.index == thrown) throw std::runtime_error("thrown");
    dtheta = 2 * (map.parameters().array() - 1).matrix();
    return dtheta.squaredNorm() / 4;
  }
};

/// A loss that is never finite.
struct Never : Bowl {
  template <class Map>
  double value_and_gradient(const Map&, const pf::Step&, pf::VectorRef<double> dtheta,
                            Workspace<Map>&) const {
    dtheta.setZero();
    return std::numeric_limits<double>::quiet_NaN();
  }
};

pf::Affine<double> start() { return {Matrix<double>::Constant(1, 1, 3), Vector<double>::Zero(1)}; }

/// A run of `steps` steps with the callbacks; theta - 1 is halved by each step.
template <class... Callbacks>
pf::FitResult<double> run(pf::Affine<double>& map, Index steps, Callbacks&&... callbacks) {
  return pf::fit(map, Bowl{}, pf::Sgd{.rate = 0.25}, {.steps = steps},
                 std::forward<Callbacks>(callbacks)...);
}

static_assert(pf::Callback<pf::History<float>, float> && !pf::Callback<pf::History<float>, double>);
static_assert(pf::Callback<pf::EarlyStop, double> && pf::Callback<pf::StopWhen, float>);
static_assert(pf::Callback<pf::Progress, float> && !pf::Callback<int, double>);
static_assert(pf::Callback<pf::Average, double> && pf::Callback<pf::Average, float>);
static_assert(pf::Callback<pf::KeepBest<double (*)()>, float>);
static_assert(pf::CallbackOf<decltype([](const pf::TrainBegin&) {}), pf::TrainBegin>);
static_assert(!pf::Callback<decltype([](const pf::TrainBegin&) { return 1; }), double>);
static_assert(!pf::Callback<decltype([](StepEnd<double>&) {}), double>);

}  // namespace

TEST_CASE("a callback sees every step and the end", "[training][callbacks]") {
  auto map = start();
  std::vector<Vector<double>> thetas;
  struct {
    std::vector<Vector<double>>& thetas;
    int ends = 0, begins = 0;
    void operator()(const pf::TrainBegin& event) {
      ++begins;
      CHECK(thetas.empty());
      CHECK(event.step == 0);
      CHECK(event.steps == 4);
      CHECK_FALSE(event.resumed);
    }
    void operator()(const StepEnd<double>& event) {
      CHECK(event.step == Index(thetas.size()));
      CHECK(event.steps == 4);
      CHECK(event.loss == 5.0 / std::pow(4.0, double(event.step)));
      CHECK_THAT(event.gradient_norm, WithinRel(2 * std::sqrt(event.loss), 1e-15));
      CHECK(event.rate == 0.25);
      CHECK_FALSE(event.dropped);
      thetas.push_back(event.theta);
    }
    void operator()(const TrainEnd<double>& event) {
      ++ends;
      CHECK(event.status == Status::finished);
      CHECK(event.steps == 4);
      CHECK(event.theta == thetas.back());
    }
  } watch{thetas};
  (void)run(map, 4, watch);
  CHECK(watch.begins == 1);
  CHECK(watch.ends == 1);
  REQUIRE(thetas.size() == 4);
  CHECK(thetas.front() == Vector<double>{{2, 0.5}});
  CHECK(thetas.back() == map.parameters());
}

TEST_CASE("callbacks are called in their order, all of them, until one stops",
          "[training][callbacks]") {
  auto map = start();
  std::string calls;
  const auto named = [&](char name, Index last) {
    return [&calls, name, last](const StepEnd<double>& event) {
      calls += name;
      return event.step == last ? Signal::stop : Signal::proceed;
    };
  };
  const auto end = [&](const TrainEnd<double>&) { calls += '!'; };
  const auto result = run(map, 10, named('a', 1), named('b', 2), end, named('c', 2), end);
  CHECK(calls == "abcabc!!");
  CHECK(result.status == Status::stopped);
  CHECK(result.steps == 2);
  CHECK(map.parameters() == Vector<double>{{1.5, 0.75}});
}

TEST_CASE("a stop at the last step is a stop", "[training][callbacks]") {
  auto map = start();
  const auto stop = [](const StepEnd<double>& event) {
    return event.step == 4 ? Signal::stop : Signal::proceed;
  };
  CHECK(run(map, 5, stop).status == Status::stopped);
}

TEST_CASE("history keeps every loss", "[training][callbacks]") {
  auto map = start();
  pf::History<double> history;
  (void)run(map, 3, history);
  CHECK(history.loss == std::vector<double>{5, 1.25, 0.3125});
}

TEST_CASE("early stop waits for its patience", "[training][callbacks]") {
  const auto losses = [](pf::EarlyStop stop, const std::vector<double>& values) {
    const Vector<double> theta;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const StepEnd<double> event{Index(i), 100,  values[i], 1, 1, !pf::is_finite(values[i]),
                                  0,        theta};
      if (stop(event) == Signal::stop) return int(i);
    }
    return -1;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(losses({.patience = 2}, {5, 4, 4, 4, 3}) == 3);
  CHECK(losses({.patience = 3}, {5, 4, 4, 4, 3, 3}) == -1);
  CHECK(losses({.patience = 2, .tolerance = 0.1}, {10, 9.5, 9.2, 1}) == 2);
  CHECK(losses({.patience = 2, .tolerance = 0.1}, {10, 9.5, 8.9, 8.5, 1}) == -1);
  CHECK(losses({.patience = 2}, {nan, nan, nan}) == -1);  // dropped steps do not count
  CHECK(losses({.patience = 2}, {5, nan, 5, nan, 5}) == 4);
  CHECK(losses({.patience = 2}, {-1, -2, -3, -4}) == -1);

  pf::Affine<double> map(Matrix<double>::Ones(1, 1), Vector<double>::Ones(1));
  CHECK(run(map, 100, pf::EarlyStop{.patience = 7}).steps == 8);
}

TEST_CASE("a callback serves one run after another", "[training][callbacks]") {
  const auto twice = [](auto& callback, Index steps) {
    std::vector<Index> done;
    for (int again = 0; again < 2; ++again) {
      auto map = start();
      done.push_back(run(map, steps, callback).steps);
    }
    CHECK(done[0] == done[1]);
    return done[0];
  };
  pf::EarlyStop stop{.patience = 3, .tolerance = 0.99};  // each loss is a quarter of the one before
  CHECK(twice(stop, 50) == 4);
  pf::History<double> history;
  twice(history, 3);
  CHECK(history.loss == std::vector<double>{5, 1.25, 0.3125});
  pf::Average average;
  twice(average, 5);
  CHECK(average.count == 5);
  int scores = 0;
  pf::KeepBest keep([&] { return double(++scores); }, 2);
  twice(keep, 5);
  CHECK(keep.best == 4);  // scored after steps 2 and 4 and at the end
  CHECK(keep.step == 2);
}

TEST_CASE("callbacks of a run that goes on remember", "[training][callbacks]") {
  const Bowl bowl;
  const pf::Sgd sgd{.rate = 0.25};
  pf::History<double> history;
  pf::Average average;
  auto map = start(), other = start();
  pf::Run one(map, bowl, sgd, {.steps = 5});
  const auto stop = [](const StepEnd<double>& event) {
    return event.step == 2 ? Signal::stop : Signal::proceed;
  };
  (void)pf::fit(one, history, average, stop);
  pf::Run two(other, bowl, sgd, {.steps = 5});
  two.resume(one.state());
  (void)pf::fit(two, history, average);
  CHECK(history.loss == std::vector<double>{5, 1.25, 0.3125, 5.0 / 64, 5.0 / 256});
  CHECK(average.count == 5);
  pf::Average whole;
  auto reference = start();
  (void)run(reference, 5, whole);
  CHECK(whole.mean == average.mean);
  CHECK(other.parameters() == reference.parameters());
}

TEST_CASE("an average follows its formula and ends up in the map", "[training][callbacks]") {
  for (const double decay : {0.0, 0.2, 0.999}) {
    auto map = start();
    Vector<double> mean;
    double t = 0;
    const auto formula = [&](const StepEnd<double>& event) {
      const double d = (std::min)(decay, t / (t + 9));
      mean = t == 0 ? event.theta : Vector<double>(d * mean + (1 - d) * event.theta);
      ++t;
    };
    pf::Average average{.decay = decay};
    const auto result = run(map, 30, formula, average);
    CHECK((map.parameters() - mean).norm() < 1e-14);
    CHECK(map.parameters() == average.mean);
    CHECK(result.loss == pf::evaluate(map, Bowl{}, 30));
    auto last = start();
    (void)run(last, 30);
    CHECK((map.parameters() == last.parameters()) == (decay == 0));
  }
  auto map = start();
  (void)run(map, 0, pf::Average{});  // of no step: the map as it is
  CHECK(map.parameters() == start().parameters());
  const auto refused = [&](double decay) {
    return error_of<std::invalid_argument>([&] { (void)run(map, 3, pf::Average{.decay = decay}); });
  };
  CHECK(refused(1) == "Average: decay is 1, but must be in [0, 1)");
  CHECK(refused(-0.5) == "Average: decay is -0.5, but must be in [0, 1)");
  CHECK(refused(0.0 / 0.0) == "Average: decay is nan, but must be in [0, 1)");
}

TEST_CASE("dropped steps are not averaged, scored or waited for", "[training][callbacks]") {
  const Vector<double> theta{{1, 2}}, other{{3, 4}};
  pf::Average average;
  average(StepEnd<double>{0, 9, 1, 1, 1, false, 0, theta});
  average(StepEnd<double>{1, 9, 1, 1, 1, true, 0, other});
  CHECK(average.count == 1);
  CHECK(average.mean == theta);
  int scores = 0;
  pf::KeepBest keep([&] { return double(++scores); }, 1);
  keep(StepEnd<double>{0, 9, 1, 1, 1, true, 0, other});
  CHECK(scores == 0);
  keep(StepEnd<double>{1, 9, 1, 1, 1, false, 0, theta});
  CHECK(scores == 1);
}

TEST_CASE("the best state by a score ends up in the map", "[training][callbacks]") {
  // the score is least where theta_0 is 1.5: after two steps
  auto map = start(), reference = start();
  const auto score = [&] { return std::abs(map.parameters()[0] - 1.5); };
  pf::KeepBest keep(score, 1);
  const auto result = run(map, 10, keep);
  (void)run(reference, 2);
  CHECK(map.parameters() == reference.parameters());
  CHECK(keep.theta == reference.parameters());
  CHECK(keep.best == 0);
  CHECK(keep.step == 2);
  CHECK(result.loss == pf::evaluate(reference, Bowl{}, 10));

  auto seldom = start();
  pf::KeepBest keep_seldom([&] { return std::abs(seldom.parameters()[0] - 1.5); }, 4);
  (void)run(seldom, 6, keep_seldom);  // asked after 4 steps, and at the end
  auto four = start();
  (void)run(four, 4);
  CHECK(seldom.parameters() == four.parameters());

  auto last = start();
  pf::KeepBest keep_last([&] { return -last.parameters()[1]; }, 4);
  (void)run(last, 6, keep_last);
  auto six = start();
  (void)run(six, 6);
  CHECK(last.parameters() == six.parameters());
  CHECK(keep_last.step == 6);

  auto none = start();
  pf::KeepBest keep_none([] { return 0.0 / 0.0; }, 1);
  (void)run(none, 6, keep_none);
  CHECK(none.parameters() == six.parameters());
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> scores{3, nan, 2, 2, nan, 5, nan};
  std::size_t asked = 0;
  auto first = start(), three = start();
  pf::KeepBest keep_first([&] { return scores[asked++]; }, 1);
  (void)run(first, 6, keep_first);  // the first of equals, and none that is no number
  (void)run(three, 3);
  CHECK(keep_first.step == 3);
  CHECK(keep_first.best == 2);
  CHECK(first.parameters() == three.parameters());
  CHECK(error_of<std::invalid_argument>([&] { pf::KeepBest(score, 0); }) ==
        "KeepBest: every is 0, but must be at least 1");
}

TEST_CASE("at the end the map holds what the callback before has chosen", "[training][callbacks]") {
  auto map = start();
  pf::Average average;
  std::vector<Vector<double>> scored;
  pf::KeepBest keep(
      [&] {
        scored.push_back(map.parameters());
        return -double(scored.size());
      },
      100);
  (void)run(map, 10, average, keep);
  REQUIRE(scored.size() == 1);
  CHECK(scored[0] == average.mean);
  CHECK(map.parameters() == average.mean);
}

TEST_CASE("a program may ask for the end", "[training][callbacks]") {
  auto map = start();
  std::stop_source source;
  const auto ask = [&](const StepEnd<double>& event) {
    if (event.step == 2) source.request_stop();
  };
  const auto result = run(map, 100, ask, pf::StopWhen{source.get_token()});
  CHECK(result.status == Status::stopped);
  CHECK(result.steps == 3);
}

TEST_CASE("a run that diverges while a callback asks for the end has diverged",
          "[training][callbacks][hostile]") {
  for (const Index asked : {3, 4}) {
    auto map = start();
    const auto stop = [&](const StepEnd<double>& event) {
      return event.step == asked ? Signal::stop : Signal::proceed;
    };
    const auto result = pf::fit(map, Never{}, pf::Sgd{}, {.steps = 100}, stop);
    CHECK(result.status == (asked == 4 ? Status::diverged : Status::stopped));
    CHECK(result.dropped == asked + 1);
  }
}

TEST_CASE("a stop before the first step is a stop", "[training][callbacks]") {
  auto map = start();
  const auto result = run(map, 10, [](const pf::TrainBegin&) { return Signal::stop; });
  CHECK(result.status == Status::stopped);
  CHECK(result.steps == 0);
  CHECK(result.loss == 5);
  CHECK(run(map, 3, [](const TrainEnd<double>&) { return Signal::stop; }).status ==
        Status::finished);
}

TEST_CASE("a callback that throws leaves the last finished step",
          "[training][callbacks][hostile]") {
  for (const Index k : {0, 1, 5, 9}) {
    auto map = start(), reference = start();
    CHECK(error_of<std::runtime_error>([&] {
            (void)run(map, 10, [&](const StepEnd<double>& event) {
              if (event.step == k) throw std::runtime_error("enough");
            });
          }) == "enough");
    (void)run(reference, k + 1);
    CHECK(map.parameters() == reference.parameters());
    CHECK(run(map, 9 - k).steps == 9 - k);  // and can be trained on
    (void)run(reference, 9 - k);
    CHECK(map.parameters() == reference.parameters());
  }
  auto map = start(), reference = start();
  CHECK(error_of<std::runtime_error>([&] {
          (void)run(map, 10, [](const TrainEnd<double>&) { throw std::runtime_error("end"); });
        }) == "end");
  (void)run(reference, 10);
  CHECK(map.parameters() == reference.parameters());
}

TEST_CASE("an objective that throws leaves the last finished step", "[training][hostile]") {
  for (const Index k : {0, 1, 5, 9, 10}) {  // 10: the loss of the last state
    auto map = start(), reference = start();
    CHECK(error_of<std::runtime_error>([&] {
            (void)pf::fit(map, Bowl{.thrown = k}, pf::Sgd{.rate = 0.25}, {.steps = 10});
          }) == "thrown");
    (void)run(reference, k);
    CHECK(map.parameters() == reference.parameters());
  }
}

TEST_CASE("progress is silent where it is no terminal", "[training][callbacks]") {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  REQUIRE(file);
  auto map = start();
  (void)run(map, 10, pf::Progress(file.get()));
  CHECK(std::ftell(file.get()) == 0);
}

#if defined(__unix__)
namespace {

/// What a terminal of so many columns (0: it does not say) is shown during a run of ten steps and
/// one of seven; nothing where there are no terminals.
std::string shown(int columns) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) return "";
  std::string text;  // which comes in parts
  {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> terminal(std::fopen(ptsname(master), "w"),
                                                                   std::fclose);
    REQUIRE(terminal);
    const winsize size{24, static_cast<unsigned short>(columns), 0, 0};
    REQUIRE(ioctl(master, TIOCSWINSZ, &size) == 0);
    auto map = start();
    pf::Progress progress(terminal.get());
    const auto slow = [](const StepEnd<double>& event) {
      if (event.step == 0) std::this_thread::sleep_for(std::chrono::milliseconds(150));
    };
    (void)run(map, 10, slow, progress);
    (void)run(map, 7, progress);
    std::fflush(terminal.get());
    char part[1000];
    pollfd waiting{master, POLLIN, 0};
    const std::string gone = "\r\x1b[K";  // at the end of each run
    while (!(text.ends_with(gone) && text.find(gone) + gone.size() < text.size()) &&
           poll(&waiting, 1, 5000) > 0) {
      const auto read_bytes = read(master, part, sizeof part);
      if (read_bytes <= 0) break;
      text.append(part, static_cast<std::size_t>(read_bytes));
    }
  }
  close(master);
  return text;
}

}  // namespace

TEST_CASE("progress writes one line on a terminal, and takes it back", "[training][callbacks]") {
  for (const int columns : {0, 80, 200}) {
    const std::string text = shown(columns);
    if (text.empty()) return;
    CHECK_THAT(text, StartsWith("\rstep 1 of 10  loss 5.000e+00  "));
    CHECK_THAT(text, ContainsSubstring(" s left\x1b[K\rstep 10 of 10"));
    CHECK_THAT(text, ContainsSubstring("\r\x1b[K\rstep 1 of 7 "));
    CHECK_THAT(text, ContainsSubstring("\rstep 7 of 7 "));
    CHECK_THAT(text, EndsWith("\x1b[K\r\x1b[K"));
  }
}

TEST_CASE("progress is no wider than the terminal", "[training][callbacks]") {
  if (shown(80).empty()) return;
  CHECK_THAT(shown(20), StartsWith("\rstep 1 of 10  loss \x1b[K"));
  CHECK_THAT(shown(21), StartsWith("\rstep 1 of 10  loss 5\x1b[K"));
  CHECK_THAT(shown(1), StartsWith("\r\x1b[K"));
}
#endif

TEST_CASE("a status has a name", "[training]") {
  CHECK(pf::to_string(Status::running) == "running");
  CHECK(pf::to_string(Status::finished) == "finished");
  CHECK(pf::to_string(Status::converged) == "converged");
  CHECK(pf::to_string(Status::stopped) == "stopped");
  CHECK(pf::to_string(Status::diverged) == "diverged");
  CHECK(pf::to_string(Status(17)) == "unknown");
  CHECK(pf::to_string(Status(-1)) == "unknown");
}
