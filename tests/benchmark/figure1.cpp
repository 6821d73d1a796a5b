#include "support/figure1.hpp"
#include "support/catch.hpp"

#include <cstdio>

TEST_CASE("Figure 1: worst of seeds 1 .. 20", "[benchmark]") {
  for (const char* optimizer : {"lm", "adam"}) {
    double sup_error = 0, seconds = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const figure1::Settings settings{.optimizer = optimizer, .seed = seed};
      figure1::Map map = figure1::initial_map(settings);
      seconds = (std::max)(seconds, figure1::train(map, settings).seconds);
      sup_error = (std::max)(sup_error, figure1::compare(map).sup_error);
    }
    std::printf("=> Figure 1, %-4s: worst sup error %.1e, slowest %.3f s\n", optimizer, sup_error,
                seconds);
    CHECK(sup_error < 0.05);
  }
}
