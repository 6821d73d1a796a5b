// Learns a map from the samples in a CSV file and draws new samples from it: seconds from a
// table of numbers to a sampler. A fifth of the rows is kept aside to judge the result.

#include "support/arguments.hpp"
#include "support/plot.hpp"
#include "support/run_guarded.hpp"

#include <pushforward/pushforward.hpp>

#include <cstdio>
#include <numeric>
#include <thread>

namespace pf = pushforward;

namespace {

struct Settings {
  std::filesystem::path data;
  std::filesystem::path out;
  pf::Index count = 1000;
  pf::Index steps = 2000;
  pf::Index features = 256;
  std::uint64_t seed = 1;
  int threads = static_cast<int>((std::clamp)(std::thread::hardware_concurrency(), 1U, 64U));
};

// Streams of random numbers, one for each use.
enum Stream : std::uint32_t { kSplit = 1, kWeights, kSource, kFeatures, kSamples };

/// The columns of `data` in an order that is a function of the key (Fisher & Yates).
pf::Matrix<double> shuffled(const pf::Matrix<double>& data, pf::Key key) {
  std::vector<pf::Index> order(static_cast<std::size_t>(data.cols()));
  std::iota(order.begin(), order.end(), 0);
  pf::RandomSequence<double> random(key, 0);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.uniform() * double(i))]);
  pf::Matrix<double> result(data.rows(), data.cols());
  for (pf::Index i = 0; i < data.cols(); ++i)
    result.col(i) = data.col(order[static_cast<std::size_t>(i)]);
  return result;
}

/// At most `most` columns.
auto head(const pf::Matrix<double>& data, pf::Index most) {
  return data.leftCols((std::min)(data.cols(), most));
}

/// Trains a network in working units against `data`, d x n, in working units: D2^2 with random
/// Fourier features of several scales around the median distance, redrawn every few steps so
/// that the map cannot learn the features instead of the law.
pf::Mlp<double, pf::Silu> train(const pf::Matrix<double>& data, const Settings& settings) {
  const pf::Index d = data.rows();
  constexpr pf::Index part_size = 8192;
  std::vector<pf::Empirical<double>> parts;
  for (pf::Index first = 0; first < data.cols(); first += part_size)
    parts.emplace_back(data.middleCols(first, (std::min)(part_size, data.cols() - first)));

  const double median = pf::median_distance<double>(data);
  const pf::MultiScaleKernel kernel{{median / 8, median / 4, median / 2, median, 2 * median}};
  const pf::RandomFourier<double, pf::MultiScaleKernel> features(d, settings.features, kernel,
                                                                 {settings.seed, kFeatures});
  pf::PushforwardObjective objective(pf::Gaussian<double>(d),
                                     pf::MeanDiscrepancy(features, parts.front()),
                                     {.batch = 1024, .key = {settings.seed, kSource}});
  const auto redraw = [&](const pf::StepEnd<double>& event) {
    const auto turn = static_cast<std::size_t>(event.step / 5);
    if (event.step % 5 == 4)
      objective.discrepancy().redraw(
          pf::Key{settings.seed, kFeatures}.part(static_cast<std::uint32_t>(turn)),
          parts[turn % parts.size()]);
  };

  pf::Mlp<double, pf::Silu> map({d, 64, 64, d}, {settings.seed, kWeights});
  const pf::FitResult<double> result = pf::fit(map, objective, pf::Adam{.rate = 3e-3},
                                               {.steps = settings.steps,
                                                .threads = settings.threads,
                                                .schedule = pf::WarmUp{50, pf::Cosine{}}},
                                               redraw, pf::Progress{});
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

/// The columns of `data` as a gnuplot data block: a line a sample.
std::string data_block(const std::string& name, const pf::Matrix<double>& data) {
  std::string text = name + " << EOD\n";
  for (pf::Index i = 0; i < data.cols(); ++i)
    for (pf::Index j = 0; j < data.rows(); ++j)
      text += pf::to_text(data(j, i)) + (j + 1 < data.rows() ? ' ' : '\n');
  return text + "EOD\n";
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
                     data_block("$data", data.leftCols(shown)) +
                     data_block("$samples", samples.leftCols(shown));
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
      .option("--out", settings.out, "folder for samples.csv and pairs.svg")
      .option("--count", settings.count, "samples to draw", {1, 100'000'000})
      .option("--steps", settings.steps, "training steps", {1, 100'000'000})
      .option("--features", settings.features, "random Fourier features", {1, 100'000})
      .option("--seed", settings.seed, "of everything random")
      .option("--threads", settings.threads, "do not change the result", {1, 64});
  if (!arguments.read(argc, argv)) return 0;
  if (settings.out.empty()) throw std::invalid_argument("--out is missing: a folder");

  const pf::Table<double> table = pf::read_csv<double>(settings.data);
  const pf::Index n = table.data.cols();
  if (n < 10)
    throw std::invalid_argument(settings.data.string() + " has " + std::to_string(n) +
                                " rows, but must have at least 10");
  std::filesystem::create_directories(settings.out);
  const std::filesystem::path file = settings.out / "samples.csv";
  if (std::filesystem::exists(file) && std::filesystem::equivalent(file, settings.data))
    throw std::invalid_argument("--out is the folder of " + settings.data.string() +
                                ", which samples.csv would replace");

  const pf::Matrix<double> rows = shuffled(table.data, {settings.seed, kSplit});
  const pf::Matrix<double> held_out = rows.leftCols(n / 5), training = rows.rightCols(n - n / 5);
  std::printf("%lld rows of %lld columns, %s header; %lld rows held out\n",
              static_cast<long long>(n), static_cast<long long>(rows.rows()),
              table.header.empty() ? "no" : "with a", static_cast<long long>(held_out.cols()));

  const auto units = pf::Standardize<double>::of(training);
  const pf::Compose generator(train(pf::image(units, training), settings), units.inverse_map());
  const pf::Sampler sampler(generator, pf::Gaussian<double>(rows.rows()),
                            {settings.seed, kSamples});
  pf::write_csv(file, table.header, sampler.sample(settings.count));
  constexpr pf::Index most = 4096;
  report(pf::image(units, sampler.sample((std::min)(training.cols(), most))),
         pf::image(units, head(training, most)), pf::image(units, head(held_out, most)));
  draw(settings.out, table.header, rows, sampler.sample((std::min)(n, pf::Index(1000))));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return support::run_guarded("fit", [&] { return run(argc, argv); });
}
