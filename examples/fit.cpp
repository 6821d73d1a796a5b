// Learns a map from the samples in a CSV file and draws new samples from it: seconds from a
// table of numbers to a sampler. A fifth of the rows is kept aside to judge the result. Ctrl-C ends
// the training early: what has been learned is written, and the exit status is 130.

#include "support/arguments.hpp"
#include "support/check_writable.hpp"
#include "support/interrupt.hpp"
#include "support/plot.hpp"
#include "support/rows.hpp"
#include "support/run_guarded.hpp"

#include <pushforward/pushforward.hpp>

#include <cstdio>
#include <thread>

namespace pf = pushforward;

namespace {

struct Settings {
  std::filesystem::path data;
  std::filesystem::path out;
  std::filesystem::path map, checkpoint, resume;
  pf::Index count = 1000;
  pf::Index steps = 2000;
  pf::Index features = 256;
  std::uint64_t seed = 1;
  std::string separator = "comma";
  bool keep_index = false;
  int threads = static_cast<int>((std::clamp)(std::thread::hardware_concurrency(), 1U, 64U));
};

// Streams of random numbers, one for each use.
enum Stream : std::uint32_t { kSplit = 1, kWeights, kSource, kFeatures, kTarget, kSamples };

char separator(const std::string& name) {
  return name == "comma" ? ',' : name == "semicolon" ? ';' : name == "tab" ? '\t' : '|';
}

/// Trains a network in working units against `data`, d x n, in working units: D2^2 with random
/// Fourier features of several scales around the median distance, redrawn every few steps so
/// that the map cannot learn the features instead of the law.
pf::Mlp<double, pf::Silu> train(const pf::Matrix<double>& data, const Settings& settings) {
  const pf::Index d = data.rows();
  const double median = pf::median_distance<double>(data);
  const pf::MultiScaleKernel kernel{{median / 8, median / 4, median / 2, median, 2 * median}};
  const pf::RandomFourier<double, pf::MultiScaleKernel> features(d, settings.features, kernel,
                                                                 {settings.seed, kFeatures});
  const bool large = data.cols() > 8192;  // then a part of the rows is enough for a step
  const pf::MeanDiscrepancy discrepancy(features, pf::Empirical<double>(data, {}),
                                        {.redraw_every = 5,
                                         .key = {settings.seed, kTarget},
                                         .target = {large ? 2048 : 0, {settings.seed, kTarget}}});
  const pf::PushforwardObjective objective(pf::Gaussian<double>(d), discrepancy,
                                           {.batch = 1024, .key = {settings.seed, kSource}});

  pf::Mlp<double, pf::Silu> map({d, 64, 64, d}, {settings.seed, kWeights});
  pf::Run run(map, objective, pf::Adam{.rate = 3e-3},
              {.steps = settings.steps,
               .threads = settings.threads,
               .schedule = pf::WarmUp{50, pf::Cosine{}}});
  if (!settings.resume.empty()) pf::resume(run, settings.resume);
  constexpr pf::Index every = 100;
  pf::Progress progress;
  const support::Interrupt interrupt;
  const pf::FitResult<double> result =
      settings.checkpoint.empty()
          ? pf::fit(run, progress, interrupt)
          : pf::fit(run, progress, interrupt, pf::Checkpoint(run, settings.checkpoint, every));
  std::printf("%s after %lld steps in %.1f s, D2^2 = %.1e\n", pf::to_string(result.status).data(),
              static_cast<long long>(result.steps), result.seconds, result.loss);
  return map;
}

/// Distances of two samples from the held-out rows, side by side.
void report(const pf::Matrix<double>& model, const pf::Matrix<double>& training,
            const pf::Matrix<double>& held_out) {
  std::printf("%-22s %12s %12s\n", "to held-out rows, from", "model", "training");
  std::printf("%-22s %12.4f %12.4f\n", "energy distance", pf::energy_distance(model, held_out),
              pf::energy_distance(training, held_out));
  std::printf("%-22s %12.4f %12.4f\n", "sliced Wasserstein",
              pf::sliced_wasserstein(model, held_out), pf::sliced_wasserstein(training, held_out));
}

/// A grid of scatter plots, samples in orange and as many of the data in blue, with
/// densities on the diagonal (0 where there is none, as of a constant); of the first six
/// coordinates.
void draw(const std::filesystem::path& out, const std::vector<std::string>& header,
          const pf::Matrix<double>& data, const pf::Matrix<double>& samples) {
  const pf::Index d = (std::min)(data.rows(), pf::Index(6));
  const pf::Index shown = samples.cols();
  const std::string side = std::to_string(200 * d + 100), grid = std::to_string(d);
  std::string text = "set terminal svg size " + side + "," + side + " background rgb 'white'\n" +
                     "set output " + support::gnuplot_path(out / "pairs.svg") + "\n" +
                     support::data_block("$data", data.leftCols(shown)) +
                     support::data_block("$samples", samples.leftCols(shown));
  for (const char* block : {"$data", "$samples"})
    for (pf::Index j = 1; j <= d; ++j) {
      const std::string column = std::to_string(j);
      text.append("set table ").append(block).append("_density").append(column).append("\nplot ");
      text.append(block).append(" using ").append(column).append(":(1) smooth kdensity\n");
    }
  text += "unset table\nset multiplot layout " + grid + "," + grid +
          "\nunset key\nset tics font ',8'\nset xtics rotate\n";
  const auto label = [&](pf::Index j) {
    std::string name;
    for (const char c :
         header.empty() ? "column " + std::to_string(j + 1) : header[static_cast<std::size_t>(j)])
      name.append(c == '\'' ? 2 : 1, c < ' ' && c >= 0 ? ' ' : c);
    return "'" + name + "' noenhanced\n";
  };
  for (pf::Index row = 0; row < d; ++row)
    for (pf::Index column = 0; column < d; ++column) {
      const std::string x = std::to_string(column + 1), y = std::to_string(row + 1);
      text += "set xlabel " + label(column) + "set ylabel " + label(row);
      text += row == column ? "set yrange [0:*]\nplot " : "set yrange [*:*]\nplot ";
      for (const auto& [block, colour] : {std::pair{"$data", "blue"}, {"$samples", "orange"}}) {
        text.append(block);
        if (row == column)
          text.append("_density")
              .append(x)
              .append(" using 1:(strcol(3) eq 'u' ? 0 : $2) with lines lw 2");
        else
          text.append(" using ").append(x).append(":").append(y).append(" pt 7 ps 0.2");
        text.append(" lc rgb '").append(colour).append(colour[0] == 'b' ? "', " : "'\n");
      }
    }
  const auto script = out / "pairs.gp";
  if (support::plot(script, text))
    std::printf("picture: %s\n", (out / "pairs.svg").string().c_str());
  else
    std::printf("gnuplot did not run; data and script: %s\n", script.string().c_str());
}

int run(int argc, char** argv) {
  Settings settings;
  support::Arguments arguments("fit", "Learns a map from the samples in a CSV file, and samples.");
  arguments
      .option("DATA", settings.data, "CSV file of numbers, a sample a row, with or without header")
      .required()
      .option("--out", settings.out, "folder for samples.csv and pairs.svg")
      .required()
      .option("--map", settings.map, "file for the map, which the program `sample` draws from")
      .option("--checkpoint", settings.checkpoint, "file for the state of the training")
      .option("--resume", settings.resume, "file of a state to go on from; all else as it was")
      .option("--separator", settings.separator, "between cells",
              {"comma", "semicolon", "tab", "bar"})
      .option("--keep-index", settings.keep_index, "a first column that counts the rows is data")
      .option("--count", settings.count, "samples to draw", {1, 100'000'000})
      .option("--steps", settings.steps, "training steps", {1, 100'000'000})
      .option("--features", settings.features, "random Fourier features", {1, 100'000})
      .option("--seed", settings.seed, "of everything random")
      .option("--threads", settings.threads, "do not change the result", {1, 64});
  if (!arguments.read(argc, argv)) return 0;

  const pf::Table<double> table =
      pf::read_csv<double>(settings.data, {separator(settings.separator), settings.keep_index});
  const pf::Index n = table.data.cols();
  if (n < 10)
    throw std::invalid_argument(settings.data.string() + " has " + std::to_string(n) +
                                " rows, but must have at least 10");
  const std::filesystem::path file = settings.out / "samples.csv";
  for (const auto& path : {file, settings.out / "pairs.gp", settings.map, settings.checkpoint}) {
    if (path.empty()) continue;
    support::check_writable("fit", path);
    if (std::filesystem::exists(path) && std::filesystem::equivalent(path, settings.data))
      throw std::invalid_argument(path.string() + " is the data, which would be replaced");
  }

  const pf::Matrix<double> rows = support::shuffled(table.data, {settings.seed, kSplit});
  const pf::Matrix<double> held_out = rows.leftCols(n / 5), training = rows.rightCols(n - n / 5);
  if (table.index_left_out)
    std::printf("the first column counts the rows and is left out (--keep-index keeps it)\n");
  std::printf("%lld rows of %lld columns, %s header; %lld rows held out\n",
              static_cast<long long>(n), static_cast<long long>(rows.rows()),
              table.header.empty() ? "no" : "with a", static_cast<long long>(held_out.cols()));

  const auto units = pf::Standardize<double>::of(training);
  const pf::Compose generator(train(pf::image(units, training), settings), units.inverse_map());
  const pf::Sampler sampler(generator, pf::Gaussian<double>(rows.rows()),
                            {settings.seed, kSamples});
  if (!settings.map.empty())
    pf::save(settings.map, sampler,
             {table.header, "fit " + settings.data.filename().string() + " --seed " +
                                std::to_string(settings.seed)});
  pf::write_csv(file, table.header, sampler.sample(settings.count));
  constexpr pf::Index most = 4096;
  report(pf::image(units, sampler.sample((std::min)(training.cols(), most))),
         pf::image(units, support::head(training, most)),
         pf::image(units, support::head(held_out, most)));
  draw(settings.out, table.header, rows, sampler.sample((std::min)(n, pf::Index(1000))));
  return support::Interrupt::asked() ? 130 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  return support::run_guarded("fit", [&] { return run(argc, argv); });
}
