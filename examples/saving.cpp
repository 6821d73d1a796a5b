// Saves a sampler in a file, loads it again with the same bits, and goes on with its training,
// which can be killed and resumed.

#include "support/run_guarded.hpp"

#include <pushforward/pushforward.hpp>

#include <cstdio>

namespace pf = pushforward;

namespace {

void learn() {
  const pf::Gaussian<double> source(1);
  const pf::Mixture<pf::Gaussian<double>> target({{-2, 0.5}, {1, 1.0}}, {0.3, 0.7});
  const pf::RandomFourier<double> waves(1, 128, {.width = 0.5}, pf::Key{1});
  const pf::PushforwardObjective objective(source, pf::MeanDiscrepancy(waves, target));
  using Map = pf::Mlp<double, pf::Tanh>;
  using Sampler = pf::Sampler<Map, pf::Gaussian<double>>;

  Map map({1, 32, 32, 1}, pf::Key{2});
  const auto start = pf::fit(map, objective, pf::Adam{.rate = 1e-2}, {.steps = 200});
  const Sampler sampler(map, source, pf::Key{3});
  pf::save("bumps.map", sampler, {.columns = {"height"}, .summary = "after 200 steps"});

  // Another day, another program: what is loaded draws the same samples.
  const pf::MapFile<Sampler> file = pf::load<Sampler>("bumps.map");
  const bool same = file.sampler.sample(1000) == sampler.sample(1000);
  std::printf("%s, %s: %s bits\n", file.columns.front().c_str(), file.summary.c_str(),
              same ? "the same" : "other");

  // On batches it has not seen: those after the ones of the first run. The state of the run is kept
  // in a file, from which it goes on, to the bit, if the program was killed.
  Map again = file.sampler.map();
  pf::Run run(again, objective, pf::Adam{.rate = 1e-2},
              {.steps = 800, .schedule = pf::Cosine{}, .first = start.next});
  pf::Average average;
  if (std::filesystem::exists("bumps.run")) pf::resume(run, "bumps.run", average);
  const auto more = pf::fit(run, average, pf::Checkpoint(run, "bumps.run", 100, average));
  std::printf("D2^2 = %.1e after %d steps, %.1e after %d\n", start.loss,
              static_cast<int>(start.next), more.loss, static_cast<int>(more.next));
}

}  // namespace

int main(int argc, char** argv) {
  return support::run_guarded(argc, argv, "saving", "Saves a map, loads it and trains it further.",
                              learn);
}
