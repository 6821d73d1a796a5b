#include "support/catch.hpp"

#include <cstdio>
#include <fstream>
#include <string>

#if PUSHFORWARD_CATCH_MAJOR == 2
using Listener = Catch::TestEventListenerBase;
#else
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
using Listener = Catch::EventListenerBase;
#endif

namespace {

/// After each benchmark, one line with its mean time, and the time of the first of its test case as
/// a multiple of it: how many times as fast it is.
struct Relative : Listener {
  using Listener::Listener;

  void testRunStarting(const Catch::TestRunInfo&) override {
    std::ifstream information("/proc/cpuinfo");
    for (std::string line; std::getline(information, line);)
      if (line.starts_with("model name")) {
        std::printf("=> processor%s\n", line.substr(line.find(':')).c_str());
        break;
      }
  }

  void testCaseStarting(const Catch::TestCaseInfo&) override { first_ = 0; }

  void benchmarkEnded(const Catch::BenchmarkStats<>& stats) override {
    const double mean = stats.mean.point.count();
    if (first_ == 0) first_ = mean;
    std::printf("=> %-52s %12.1f us %8.2f x\n", stats.info.name.c_str(), mean / 1000,
                first_ / mean);
    std::fflush(stdout);
  }

 private:
  double first_ = 0;
};

}  // namespace

CATCH_REGISTER_LISTENER(Relative)
