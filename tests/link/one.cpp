#include <pushforward/pushforward.hpp>

#include "support/catch.hpp"

// Two files include the whole library: a missing `inline` is an error of the linker.
TEST_CASE("the library is included in file one", "[link]") {
  namespace pf = pushforward;
  const pf::Sampler sampler(pf::Mlp<double>({1, 4, 1}, pf::Key{1}), pf::Gaussian<double>(1));
  CHECK(sampler.sample(65).allFinite());
  CHECK(PUSHFORWARD_VERSION_MAJOR >= 0);
}
