// Learns a map from the samples in a CSV file and draws new samples from it: seconds from a
// table of numbers to a sampler. A fifth of the rows is kept aside to judge the result. Ctrl-C ends
// the training early: what has been learned is written, and the exit status is 130.

#include "support/arguments.hpp"
#include "support/check_writable.hpp"
#include "support/interrupt.hpp"
#include "support/plot.hpp"
#include "support/run_guarded.hpp"

#include <pushforward/pushforward.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace pf = pushforward;

namespace {

struct Settings {
  std::filesystem::path data;
  std::filesystem::path out;
  std::filesystem::path map, checkpoint, resume;
  pf::Index count = 1000;
  pf::LearnOptions learn;
  std::uint64_t seed = 1;
  std::string separator = "comma";
  bool keep_index = false;
};

char separator(const std::string& name) {
  return name == "comma" ? ',' : name == "semicolon" ? ';' : name == "tab" ? '\t' : '|';
}

/// Learns, with a checkpoint and from one if asked to.
pf::Learned<double> learn(pf::Learning<double>& learning, const Settings& settings,
                          const support::Interrupt& interrupt) {
  if (!settings.resume.empty()) learning.resume(settings.resume);
  if (settings.checkpoint.empty()) return learning.fit(pf::Progress{}, interrupt);
  const pf::Index every = 1 + settings.learn.steps / 50;
  return learning.fit(pf::Progress{}, interrupt, learning.checkpoint(settings.checkpoint, every));
}

void report(const pf::Learned<double>& learned) {
  std::printf("%s after %lld steps, %.1f s from data to map; it starts from %lld Gaussians\n",
              pf::to_string(learned.fit.status).data(), static_cast<long long>(learned.fit.steps),
              learned.seconds,
              static_cast<long long>(learned.sampler.source().components().size()));
  const auto& judged = learned.energy_distance;
  std::printf("energy distance to the rows held out: %.2e from the map, %.2e from the Gaussians,\n"
              "%.2e from the training rows\n",
              judged.model, judged.mixture, judged.training);
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
  settings.learn.threads =
      static_cast<int>((std::clamp)(std::thread::hardware_concurrency(), 1U, 64U));
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
      .option("--seconds", settings.learn.seconds, "from data to map", {0.01, 86400})
      .option("--steps", settings.learn.steps, "of training, instead of what the seconds allow",
              {0, 100'000'000})
      .option("--seed", settings.seed, "of everything random")
      .option("--threads", settings.learn.threads, "do not change the result of so many steps",
              {1, 64});
  if (!arguments.read(argc, argv)) return 0;

  if (!(settings.checkpoint.empty() && settings.resume.empty()) && settings.learn.steps == 0)
    throw std::invalid_argument(
        "--checkpoint and --resume need --steps: how many the seconds allow differs every time");

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

  if (table.index_left_out)
    std::printf("the first column counts the rows and is left out (--keep-index keeps it)\n");
  settings.learn.key = {settings.seed};
  const support::Interrupt interrupt;
  pf::Learning learning(pf::Empirical<double>(table.data, {}), settings.learn);
  const pf::HeldOut<double>& rows = learning.rows();
  std::printf("%lld rows of %lld columns, %s header; %lld rows held out\n",
              static_cast<long long>(n), static_cast<long long>(table.data.rows()),
              table.header.empty() ? "no" : "with a", static_cast<long long>(rows.held_out.cols()));

  const pf::Learned<double> learned = learn(learning, settings, interrupt);
  if (!settings.map.empty())
    pf::save(settings.map, learned.sampler,
             {table.header, "fit " + settings.data.filename().string() + " --seconds " +
                                pf::to_text(settings.learn.seconds) + " --steps " +
                                std::to_string(learned.fit.planned) + " --seed " +
                                std::to_string(settings.seed)});
  pf::write_csv(file, table.header, learned.sampler.sample(settings.count));
  report(learned);
  const pf::Index shown = (std::min)(rows.training.cols(), pf::Index(1000));
  draw(settings.out, table.header, rows.training, learned.sampler.sample(shown));
  return support::Interrupt::asked() ? 130 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  return support::run_guarded("fit", [&] { return run(argc, argv); });
}
