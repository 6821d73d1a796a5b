#include "pushforward/io/checkpoint.hpp"

#include "pushforward/maps.hpp"
#include "pushforward/measures.hpp"
#include "pushforward/objectives.hpp"
#include "pushforward/optimizers.hpp"
#include "pushforward/test_functions.hpp"
#include "pushforward/training.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/temporary_directory.hpp"

namespace pf = pushforward;
using support::error_of;

namespace {

using Pairs = pf::Gaussian<double>;

/// Regression of a line: pairs (x, y) that are a Gaussian in the plane.
pf::RegressionObjective<Pairs, pf::AbsoluteError> objective(double slope = 1,
                                                            pf::Index batch = 64) {
  pf::Matrix<double> factor = pf::Matrix<double>::Identity(2, 2);
  factor(1, 0) = slope;
  return {Pairs(pf::Vector<double>::Zero(2), factor), pf::AbsoluteError{}, {.batch = batch}};
}

pf::Mlp<double> net(std::uint64_t seed = 1) { return pf::Mlp<double>({1, 4, 1}, pf::Key{seed}); }

void check_same_bits(const pf::Vector<double>& a, const pf::Vector<double>& b) {
  REQUIRE(a.size() == b.size());
  CHECK(std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * 8) == 0);
}

}  // namespace

TEST_CASE("a run goes on from its checkpoint to the same bits", "[io]") {
  const support::TemporaryDirectory directory;
  const auto path = directory / "run.checkpoint";
  const auto target = objective();
  const pf::FitOptions options{.steps = 30, .schedule = pf::Cosine{}};

  auto whole = net();
  pf::Run run(whole, target, pf::Adam{}, options);
  pf::Average average;
  pf::Index calls = 0;
  const pf::Checkpoint checkpoint(run, path, 20, average);
  const auto copy = [&](const pf::StepEnd<double>& event) {
    if (event.step + 1 == 20) std::filesystem::copy_file(path, directory / "at20");
    ++calls;
  };
  (void)pf::fit(run, average, checkpoint, copy);
  REQUIRE(calls == 30);

  auto half = net(2);  // its first parameters do not matter
  pf::FitOptions threaded = options;
  threaded.threads = 3;
  pf::Run second(half, target, pf::Adam{}, threaded);
  pf::Average second_average;
  pf::resume(second, directory / "at20", second_average);
  CHECK(second.state().step == 20);
  CHECK(second_average.count == 20);
  (void)pf::fit(second, second_average, pf::Checkpoint(second, path, 1000, second_average));
  check_same_bits(half.parameters(), whole.parameters());
  check_same_bits(second_average.mean, average.mean);

  INFO("the end is a state too");
  auto third_map = net();
  pf::Run third(third_map, target, pf::Adam{}, options);
  pf::Average third_average;
  pf::resume(third, path, third_average);
  CHECK(third.state().step == 30);
  CHECK_FALSE(third.step());
}

TEST_CASE("a checkpoint of another run is refused by the name of what differs", "[io]") {
  auto map = net();
  const auto target = objective();
  const pf::FitOptions options{.steps = 10};
  pf::Run run(map, target, pf::Adam{}, options);
  REQUIRE(run.step());
  const std::string bytes = pf::Checkpoint(run, "unused", 1).bytes();

  const auto refused = [&](auto other, const auto& other_target, const auto& optimizer,
                           const pf::FitOptions& other_options) {
    pf::Run other_run(other, other_target, optimizer, other_options);
    const std::string error =
        error_of<pf::format_error>([&] { pf::resume_from(other_run, bytes, "run.checkpoint"); });
    CHECK(other_run.state().step == (error == "nothing was thrown" ? 1 : 0));
    return error;
  };
  const auto says = [](const std::string& what) {
    return EndsWith(": " + what + " is another than in the checkpoint, but must be the same");
  };
  CHECK(refused(net(), target, pf::Adam{}, options) == "nothing was thrown");
  CHECK_THAT(refused(pf::Mlp<double>({1, 5, 1}, {}), target, pf::Adam{}, options),
             says("map.sizes"));
  CHECK_THAT(refused(pf::Mlp<double, pf::Relu>({1, 4, 1}, {}), target, pf::Adam{}, options),
             says("map.hidden"));
  CHECK_THAT(refused(net(), objective(2), pf::Adam{}, options), says("objective.pairs.factor"));
  CHECK_THAT(refused(net(), objective(1, 65), pf::Adam{}, options),
             says("objective.options.batch"));
  CHECK_THAT(refused(net(), target, pf::Adam{.beta1 = 0.5}, options), says("optimizer.beta1"));
  CHECK_THAT(refused(net(), target, pf::Adam{}, {.steps = 11}), says("steps"));
  CHECK_THAT(refused(net(), target, pf::Adam{}, {.steps = 10, .schedule = pf::Cosine{}}),
             says("schedule"));
  CHECK_THAT(refused(net(), target, pf::Adam{}, {.steps = 10, .first = 3}), says("first"));
  CHECK_THAT(refused(net(), target, pf::Sgd{}, options),
             ContainsSubstring(R"(kind of state.optimizer is "Adam::State", but)"));
}

TEST_CASE("a damaged checkpoint is refused, and changes nothing", "[io]") {
  auto map = net();
  const auto target = objective();
  pf::Run run(map, target, pf::Adam{}, {.steps = 10});
  REQUIRE(run.step());
  const std::string bytes = pf::Checkpoint(run, "unused", 1).bytes();
  const auto error = [&](const std::string& changed) {
    return error_of<pf::format_error>([&] { pf::resume_from(run, changed, "run.checkpoint"); });
  };
  REQUIRE(run.step());
  const pf::Vector<double> theta = map.parameters();
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK_THAT(error(bytes.substr(0, n)), StartsWith("resume: run.checkpoint, byte "));
  for (std::size_t bit = 0; bit < 8 * bytes.size(); bit += 7) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    CHECK_THAT(error(flipped), StartsWith("resume: run.checkpoint, byte "));
  }
  CHECK(run.state().step == 2);
  check_same_bits(map.parameters(), theta);

  SECTION("also where only its meaning is wrong") {
    const auto with_state = [&](auto change) {
      auto state = run.state();
      change(state);
      using Payload = pf::detail::CheckpointPayload<decltype(state), pf::detail::Numbered<>>;
      std::string changed(48, '\0');
      pf::Writer(changed).write(Payload{pf::fingerprints(run), state, pf::detail::Numbered<>()});
      pf::detail::seal<double>(changed, "checkpoint");
      return error(changed);
    };
    CHECK(with_state([](auto&) {}) == "nothing was thrown");
    CHECK_THAT(with_state([](auto& s) { s.optimizer.m.resize(3); }),
               EndsWith("size of state.optimizer.m is 3 x 1, but must be 13 x 1"));
    CHECK_THAT(with_state([](auto& s) { s.theta.resize(0); }),
               EndsWith("size of state.theta is 0 x 1, but must be 13 x 1"));
    CHECK_THAT(with_state([](auto& s) { s.step = -1; }),
               EndsWith("state.step is -1, but must be between 0 and 10"));
    CHECK_THAT(with_state([](auto& s) { s.step = 11; }),
               EndsWith("state.step is 11, but must be between 0 and 10"));
    CHECK_THAT(with_state([](auto& s) { s.halvings = 1; }),
               EndsWith("state.halvings is 1, but must be between 0 and 0"));
  }
}
