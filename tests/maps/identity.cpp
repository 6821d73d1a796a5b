#include "pushforward/maps/identity.hpp"

#include "support/laws.hpp"

namespace pf = pushforward;

static_assert(pf::TrainableInvertibleMap<pf::Identity<float>>);

TEMPLATE_TEST_CASE("Identity is a map that trains and inverts", "[maps][laws]", float, double) {
  for (const pf::Index d : {1, 2, 17}) {
    laws::trainable_invertible_map(pf::Identity<TestType>(d));
    laws::one_tape(pf::Identity<TestType>(d), pf::Identity<TestType>(3));
  }
}

TEST_CASE("Identity returns x", "[maps]") {
  const pf::Block<double> x = support::random_block(3, 1);
  CHECK(laws::same_bits(laws::apply(pf::Identity<double>(3), x), x));
}

TEST_CASE("Identity refuses a dimension below 1", "[maps][errors]") {
  CHECK(support::error_of<std::invalid_argument>([] { pf::Identity<double>(0); }) ==
        "Identity: dimension is 0, but must be at least 1");
}
