#include "pushforward/maps/compose.hpp"

#include "support/laws.hpp"

#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/identity.hpp"
#include "pushforward/maps/mlp.hpp"
#include "pushforward/maps/standardize.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

using Network = pf::Mlp<double, pf::Tanh, pf::Logistic>;
using Units = pf::Standardize<double>;

Units units(Index d, std::uint64_t seed = 1) {
  return Units::of(support::random_matrix(d, 100, seed, 3));
}

}  // namespace

static_assert(pf::TrainableMap<pf::Compose<Network, Units>>);
static_assert(pf::InvertibleMap<pf::Compose<Units, Units>>);
static_assert(!pf::InvertibleMap<pf::Compose<Network, Units>>);

TEST_CASE("Compose is a trainable map, however it is nested", "[maps][laws]") {
  const Network first({2, 17, 3}, pf::Key{1}), wide({4, 5, 65}, pf::Key{2});
  const pf::Affine<double> last(support::random_matrix(2, 3, 3), support::random_vector(2, 4));
  laws::trainable_map(pf::Compose(first, units(3)));
  laws::trainable_map(pf::Compose(units(2), first));
  laws::trainable_map(pf::Compose(pf::Compose(units(2), first), last));
  laws::trainable_map(pf::Compose(units(2), pf::Compose(first, last)));
  laws::trainable_map(pf::Compose(pf::Identity<double>(3), pf::Identity<double>(3)));
  laws::one_tape(pf::Compose(first, units(3)), pf::Compose(wide, units(65)));
}

TEST_CASE("Compose of invertible maps inverts, and its log-determinants add up", "[maps][laws]") {
  laws::invertible_map(pf::Compose(units(3), units(3, 2).inverse_map()));
  laws::invertible_map(pf::Compose(units(2), pf::Compose(pf::Identity<double>(2), units(2, 3))));
}

TEST_CASE("Compose is the second map of the first, and holds their parameters in turn", "[maps]") {
  const Network first({2, 5, 3}, pf::Key{1}), second({3, 4, 1}, pf::Key{2});
  const pf::Compose map(first, second);
  const pf::Block<double> x = support::random_block(2, 1);
  CHECK(laws::same_bits(laws::apply(map, x), laws::apply(second, laws::apply(first, x))));
  CHECK(laws::same_bits(map.parameters().head(first.parameter_count()), first.parameters()));
  CHECK(laws::same_bits(map.parameters().tail(second.parameter_count()), second.parameters()));
}

TEST_CASE("Compose refuses maps that do not meet, or meet in too many dimensions",
          "[maps][errors]") {
  using support::error_of;
  const auto meet = [](Index d, Index e) {
    return [=] { pf::Compose(pf::Identity<double>(d), pf::Identity<double>(e)); };
  };
  CHECK(error_of<std::invalid_argument>(meet(3, 2)) ==
        "Compose: input dimension of the second map is 2, but must be 3");
  CHECK(error_of<std::invalid_argument>(meet(257, 257)) ==
        "Compose: dimension is 257, but must be between 1 and 256");
  laws::map(pf::Compose(pf::Identity<double>(256), pf::Identity<double>(256)));
}
