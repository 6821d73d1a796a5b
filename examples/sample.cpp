// Draws samples from a map in a file, as `fit --map` saves one: as many as wanted, in little
// memory. Sample i is the same however many are drawn, from wherever on, by however many threads.

#include "support/arguments.hpp"
#include "support/csv_output.hpp"
#include "support/run_guarded.hpp"

#include <pushforward/io/load_any.hpp>
#include <pushforward/pushforward.hpp>

#include <thread>

namespace pf = pushforward;

namespace {

struct Settings {
  std::filesystem::path map;
  std::filesystem::path out;
  pf::Index count = 0;
  std::uint64_t first = 0;
  std::optional<std::uint64_t> key;
  int threads = static_cast<int>((std::clamp)(std::thread::hardware_concurrency(), 1U, 64U));
};

/// Samples first .. first + count - 1, a few thousand at a time.
template <class Sampler>
void write_samples(const Sampler& sampler, const std::vector<std::string>& header,
                   const Settings& settings) {
  using Scalar = typename Sampler::Scalar;
  constexpr pf::Index part = 64 * pf::kBlockSize;
  support::CsvOutput out(settings.out, header);
  pf::Team team(settings.threads);
  std::vector<typename Sampler::Scratch> scratch(static_cast<std::size_t>(team.threads()));
  pf::Matrix<Scalar> samples;
  for (pf::Index done = 0; done < settings.count; done += samples.cols()) {
    const std::uint64_t first = settings.first + static_cast<std::uint64_t>(done);
    samples.resize(sampler.dimension(), (std::min)(part, settings.count - done));
    const pf::Index blocks = (samples.cols() + pf::kBlockSize - 1) / pf::kBlockSize;
    pf::for_each_block(team, blocks, [&](pf::Index worker, pf::Index b) {
      const pf::Index begin = b * pf::kBlockSize;
      sampler.sample_into(
          samples.middleCols(begin, (std::min)(pf::kBlockSize, samples.cols() - begin)),
          first + static_cast<std::uint64_t>(begin), scratch[static_cast<std::size_t>(worker)]);
    });
    out.append(samples);
  }
  out.commit();
}

int run(int argc, char** argv) {
  Settings settings;
  support::Arguments arguments("sample", "Draws samples from a map in a file, as CSV.");
  arguments.option("MAP", settings.map, "file of a map, as fit --map saves one")
      .required()
      .option("--count", settings.count, "samples to draw", {1})
      .required()
      .option("--first", settings.first, "number of the first of them")
      .option("--key", settings.key, "of other samples than those the file means")
      .option("--threads", settings.threads, "do not change the result", {1, 64})
      .option("--out", settings.out, "CSV file; without it they are printed");
  if (!arguments.read(argc, argv)) return 0;
  if (static_cast<std::uint64_t>(settings.count) > ~settings.first)
    throw std::invalid_argument("--first is " + std::to_string(settings.first) +
                                ", but must be at most " +
                                std::to_string(~static_cast<std::uint64_t>(settings.count)));

  std::visit(
      [&](const auto& file) {
        const auto& saved = file.sampler;
        pf::Key key = saved.key();
        if (settings.key) key.seed = *settings.key;
        write_samples(pf::Sampler(saved.map(), saved.source(), key), file.columns, settings);
      },
      pf::load_any(settings.map));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return support::run_guarded("sample", [&] { return run(argc, argv); });
}
