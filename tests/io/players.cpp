#include "pushforward/io.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/measures.hpp"
#include "pushforward/objectives.hpp"
#include "pushforward/optimizers.hpp"
#include "pushforward/sampling.hpp"
#include "pushforward/training.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"

#include <cstring>

namespace pf = pushforward;

namespace {

using Net = pf::Mlp<double>;
using Players = pf::Players<Net, pf::SpectralNorm<Net>>;

Players players(std::uint64_t seed = 1) {
  return {Net({1, 4, 2}, pf::Key{seed}), pf::SpectralNorm(Net({4, 5, 1}, pf::Key{seed + 1}))};
}

auto game(double weight = 1) {
  return pf::AdversarialObjective(pf::Gaussian<double>(1), pf::Gaussian<double>(2),
                                  pf::ClassicalGame{}, pf::R1Penalty{.weight = weight},
                                  {.batch = 70});
}

auto optimizer(pf::Index every = 2) {
  return pf::Both{pf::Adam{}, pf::Sgd{}, players().split(), every};
}

template <class Map>
void check_round_trip(const Map& map) {
  const pf::Sampler sampler(map, pf::Gaussian<double>(map.input_dimension()), pf::Key{3});
  using S = std::remove_const_t<decltype(sampler)>;
  const std::string bytes = pf::map_bytes(sampler);
  const pf::MapFile<S> file = pf::read_map<S>(bytes);
  CHECK(file.exact);
  CHECK(file.sampler.map().parameters() == map.parameters());
  CHECK(file.sampler.sample(100) == sampler.sample(100));
  CHECK(pf::map_bytes(file.sampler) == bytes);
}

}  // namespace

TEST_CASE("players come back from their file, critic and all", "[io]") {
  check_round_trip(players());
  check_round_trip(players().critic());
}

TEST_CASE("a game goes on from its checkpoint, and is refused another's", "[io]") {
  auto map = players();
  const auto goal = game();
  const pf::FitOptions options{.steps = 9};
  pf::Run run(map, goal, optimizer(), options);
  for (int step = 0; step < 5; ++step) REQUIRE(run.step());
  const std::string bytes = pf::Checkpoint(run, "unused", 1).bytes();
  while (run.step()) continue;

  auto again = players(7);
  pf::Run second(again, goal, optimizer(), options);
  pf::resume_from(second, bytes, "a");
  while (second.step()) continue;
  CHECK(again.parameters() == map.parameters());

  const auto refused = [&](const auto& other_goal, const auto& other) {
    auto third = players();
    pf::Run other_run(third, other_goal, other, options);
    return support::error_of<pf::format_error>([&] { pf::resume_from(other_run, bytes, "a"); });
  };
  const auto says = [](const std::string& what) {
    return EndsWith(": " + what + " is another than in the checkpoint, but must be the same");
  };
  CHECK_THAT(refused(game(2), optimizer()), says("objective.penalty.weight"));
  CHECK_THAT(refused(goal, optimizer(3)), says("optimizer.every"));
  const pf::AdversarialObjective other(goal.source(), goal.target(), pf::WassersteinGame{},
                                       pf::R1Penalty{}, {.batch = 70});
  CHECK_THAT(refused(other, optimizer()), says("objective.rules"));
}
