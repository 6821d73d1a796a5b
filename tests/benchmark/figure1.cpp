#include "support/figure1.hpp"
#include "support/catch.hpp"

#include <cstdio>

TEST_CASE("Figure 1: worst of seeds 1 .. 20", "[benchmark]") {
  for (const char* optimizer : {"lm", "adam"}) {
    double sup_error = 0, seconds = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const figure1::Settings settings{.optimizer = optimizer, .seed = seed};
      figure1::Map map = figure1::initial_map<double>(settings);
      seconds = (std::max)(seconds, figure1::train(map, settings).seconds);
      sup_error = (std::max)(sup_error, figure1::compare(map, settings).sup_error);
    }
    std::printf("=> Figure 1, %-4s: worst sup error %.1e, slowest %.3f s\n", optimizer, sup_error,
                seconds);
    CHECK(sup_error < 0.05);
  }
}

TEST_CASE("Figure 1 in other units: worst of seeds 1 .. 5", "[benchmark]") {
  double sup_error = 0, seconds = 0;
  for (const double mean : {-3.0, 0.0, 5.0})
    for (const double deviation : {0.1, 1.0, 10.0})
      for (const double width : {0.01, 1.0, 100.0})
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
          const figure1::Settings settings{.source_mean = mean,
                                           .source_deviation = deviation,
                                           .low = -width / 4,
                                           .high = width * 3 / 4,
                                           .seed = seed};
          figure1::Map map = figure1::initial_map<double>(settings);
          seconds = (std::max)(seconds, figure1::train(map, settings).seconds);
          sup_error = (std::max)(sup_error, figure1::compare(map, settings).sup_error);
        }
  std::printf("=> Figure 1 in 27 pairs of units: worst sup error %.1e, slowest %.3f s\n", sup_error,
              seconds);
  CHECK(sup_error < 5e-4);
}
