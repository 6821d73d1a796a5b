#include "pushforward/optimizers/schedule.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"

namespace pf = pushforward;

TEST_CASE("schedules", "[optimizers]") {
  CHECK(pf::Constant{}(17, 100) == 1);

  const pf::Cosine cosine{.last = 0.2};
  CHECK(cosine(0, 100) == 1);
  CHECK_THAT(cosine(50, 100), WithinAbs(0.6, 1e-15));
  CHECK_THAT(cosine(25, 100), WithinAbs(0.6 + 0.4 / std::sqrt(2.0), 1e-15));
  CHECK_THAT(cosine(100, 100), WithinAbs(0.2, 1e-15));

  const pf::StepDecay decay{.every = 10, .factor = 0.5};
  CHECK(decay(0, 100) == 1);
  CHECK(decay(9, 100) == 1);
  CHECK(decay(10, 100) == 0.5);
  CHECK(decay(39, 100) == 0.125);

  const pf::WarmUp warm{.length = 4, .then = pf::Cosine{}};
  CHECK(warm(0, 104) == 0.25);
  CHECK(warm(3, 104) == 1);
  CHECK(warm(4, 104) == 1);
  CHECK_THAT(warm(54, 104), WithinAbs(0.5, 1e-15));
  CHECK(pf::WarmUp{.length = 0}(0, 10) == 1);
  CHECK(pf::WarmUp{.length = 50}(9, 10) == 0.2);

  const pf::Schedule own = [](pf::Index step, pf::Index steps) { return double(step * steps); };
  CHECK(own(2, 3) == 6);
}

TEST_CASE("a decay that never comes", "[optimizers][hostile]") {
  CHECK(support::error_of<std::invalid_argument>([] { pf::StepDecay{.every = 0}(5, 10); }) ==
        "StepDecay: every is 0, but must be at least 1");
}
