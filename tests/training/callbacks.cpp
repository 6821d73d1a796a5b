#include "pushforward/training/callbacks.hpp"

#include "pushforward/maps/affine.hpp"
#include "pushforward/optimizers.hpp"
#include "pushforward/training/fit.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

#include <memory>
#include <string>

#if defined(__unix__)
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
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
  double value_and_gradient(const Map& map, Index step, pf::VectorRef<double> dtheta,
                            Workspace<Map>&, pf::Pool&) const {
    if (step == thrown) throw std::runtime_error("thrown");
    dtheta = 2 * (map.parameters().array() - 1).matrix();
    return dtheta.squaredNorm() / 4;
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

}  // namespace

TEST_CASE("a callback sees every step and the end", "[training][callbacks]") {
  auto map = start();
  std::vector<Vector<double>> thetas;
  struct {
    std::vector<Vector<double>>& thetas;
    int ends = 0;
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
    }
  } watch{thetas};
  (void)run(map, 4, watch);
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
  CHECK(losses({.patience = 2}, {nan, nan}) == 1);
  CHECK(losses({.patience = 2}, {-1, -2, -3, -4}) == -1);

  pf::Affine<double> map(Matrix<double>::Ones(1, 1), Vector<double>::Ones(1));
  CHECK(run(map, 100, pf::EarlyStop{.patience = 7}).steps == 8);
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
TEST_CASE("progress writes one line on a terminal, and takes it back", "[training][callbacks]") {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) return;  // no terminals here
  {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> terminal(std::fopen(ptsname(master), "w"),
                                                                   std::fclose);
    REQUIRE(terminal);
    auto map = start();
    (void)run(map, 10, pf::Progress(terminal.get()));
    std::fflush(terminal.get());
    std::string text;  // which comes in parts
    char part[1000];
    pollfd waiting{master, POLLIN, 0};
    while (!text.ends_with("\r\x1b[K") && poll(&waiting, 1, 5000) > 0) {
      const auto size = read(master, part, sizeof part);
      if (size <= 0) break;
      text.append(part, static_cast<std::size_t>(size));
    }
    CHECK_THAT(text, StartsWith("\rstep 1 of 10  loss 5.000e+00"));
    CHECK_THAT(text, ContainsSubstring("\rstep 10 of 10"));
    CHECK_THAT(text, EndsWith("\r\x1b[K"));
  }
  close(master);
}
#endif

TEST_CASE("a status has a name", "[training]") {
  CHECK(pf::to_string(Status::finished) == "finished");
  CHECK(pf::to_string(Status::converged) == "converged");
  CHECK(pf::to_string(Status::stopped) == "stopped");
  CHECK(pf::to_string(Status::diverged) == "diverged");
  CHECK(pf::to_string(Status(17)) == "unknown");
}
