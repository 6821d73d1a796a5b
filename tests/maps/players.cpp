#include "pushforward/maps/players.hpp"

#include "support/laws.hpp"

#include "pushforward/maps/mlp.hpp"

namespace pf = pushforward;
using pf::Index;
using Net = pf::Mlp<double>;

namespace {

/// A generator from R^2 to R^3, and a critic of `pack` samples.
pf::Players<Net, Net> players(Index pack) {
  return {Net({2, 5, 3}, pf::Key{1}), Net({3 * pack, 7, 6, 1}, pf::Key{2})};
}

}  // namespace

TEST_CASE("Players are the generator, with the critic's parameters behind", "[maps][laws]") {
  laws::trainable_map(players(2));
  laws::one_tape(players(1), players(3));
  const auto map = players(3);
  CHECK(map.pack() == 3);
  CHECK(map.split() == map.generator().parameter_count());
  CHECK(laws::same_bits(map.parameters().tail(map.critic().parameter_count()),
                        map.critic().parameters()));
}

TEST_CASE("Players that do not fit are refused", "[maps][errors]") {
  const auto error = [](Index inputs, Index outputs) {
    return support::error_of<std::invalid_argument>([&] {
      pf::Players(Net({2, 3}, pf::Key{}), Net({inputs, outputs}, pf::Key{}));
    });
  };
  CHECK(error(4, 1) ==
        "Players: input dimension of the critic is 4, but must be a multiple of the 3 outputs of "
        "the generator");
  CHECK(error(3, 2) == "Players: output dimension of the critic is 2, but must be 1");
}
