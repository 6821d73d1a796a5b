// Figure 1 of "Touring sampling with pushforward maps": trains, compares with the exact solution,
// writes and draws both. The experiment itself is support/figure1.hpp.

#include "support/figure1.hpp"
#include "support/arguments.hpp"
#include "support/check_writable.hpp"
#include "support/plot.hpp"
#include "support/run_guarded.hpp"

#include <cstdio>

namespace pf = pushforward;

namespace {

/// Prints |E exp(2 pi i k T(X) / (b - a))| for k = 1 .. 2 K, which are 0 for the uniform law;
/// returns D2^2, the mean square of the first K. On 65536 quantile nodes of the Gaussian.
double print_coefficients(const figure1::Map& map, const figure1::Settings& settings) {
  constexpr pf::Index nodes = 65536;
  const pf::Index harmonics = settings.harmonics;
  const pf::Sampler sampler(map, pf::QuasiRandom(figure1::source<double>(settings), nodes));
  const pf::Empirical<double> image(sampler.sample(nodes));
  const auto family = pf::Fourier<double>::harmonics(2 * harmonics, settings.period());
  const pf::Vector<double> mean = pf::expectation(family, image);
  double sum = 0;
  std::printf("%4s  %s\n", "k", "|E exp(2 pi i k T(X) / (b - a))|");
  for (pf::Index k = 0; k < 2 * harmonics; ++k) {
    const double size = mean.segment(2 * k, 2).norm();
    if (k < harmonics) sum += size * size;
    std::printf("%4d  %.3e  %s\n", static_cast<int>(k + 1), size,
                k < harmonics ? "trained" : "not trained");
  }
  return sum / static_cast<double>(harmonics);
}

/// `name low:high` of a gnuplot axis.
std::string range(const char* name, double low, double high) {
  return std::string("set ") + name + " [" + pf::to_text(low) + ":" + pf::to_text(high) + "]\n";
}

void draw(const std::filesystem::path& out, const figure1::Settings& settings, bool increasing) {
  const double m = settings.source_mean, s = settings.source_deviation;
  const double margin = 0.02 * settings.period();
  const auto data = out / "figure1.csv", script = out / "figure1.gp", picture = out / "figure1.svg";
  const bool drawn = support::plot(
      script, "set terminal svg size 640,480 background rgb 'white'\n"
              "set output " +
                  support::gnuplot_path(picture) +
                  "\n"
                  "set datafile separator ','\n"
                  "set key " +
                  (increasing ? "left" : "right") + " top\n" +
                  range("xrange", m - 4 * s, m + 4 * s) +
                  range("yrange", settings.low - margin, settings.high + margin) +
                  "data = " + support::gnuplot_path(data) +
                  "\n"
                  "plot data using 1:2 with lines lw 3 lc rgb 'blue' title 'Ground truth', \\\n"
                  "     data using 1:3 with lines lw 3 dt 2 lc rgb 'orange' title 'Learned'\n");
  if (drawn)
    std::printf("picture: %s\n", picture.string().c_str());
  else
    std::printf("gnuplot did not run; data: %s, script: %s\n", data.string().c_str(),
                script.string().c_str());
}

int run(int argc, char** argv) {
  figure1::Settings settings;
  std::filesystem::path out = "figure1-output";
  support::Arguments arguments(
      "figure1", "Learns a map from a Gaussian to a uniform law (arXiv 2311.13845, Figure 1).");
  arguments.option("--source-mean", settings.source_mean, "of the Gaussian", {-1e100, 1e100})
      .option("--source-deviation", settings.source_deviation, "its standard deviation",
              {1e-100, 1e100})
      .option("--low", settings.low, "where the uniform law begins", {-1e100, 1e100})
      .option("--high", settings.high, "where it ends", {-1e100, 1e100})
      .option("--optimizer", settings.optimizer, "what trains", {"lm", "adam", "sgd"})
      .option("--estimator", settings.estimator, "of the discrepancy", {"plugin", "halves"})
      .option("--harmonics", settings.harmonics, "test functions exp(2 pi i k x), k = 1 .. K",
              {1, 1000})
      .option("--seed", settings.seed, "of the weights and the draws")
      .option("--threads", settings.threads, "do not change the result", {1, 64})
      .option("--out", out, "folder for figure1.csv and figure1.svg");
  if (!arguments.read(argc, argv)) return 0;
  figure1::check(settings);
  for (const char* name : {"figure1.csv", "figure1.gp"})
    support::check_writable("figure1", out / name);

  figure1::Map map = figure1::initial_map<double>(settings);
  const figure1::Outcome result = figure1::train(map, settings, pf::Progress{});
  const figure1::Curve curve = figure1::compare(map, settings);
  pf::write_csv(out / "figure1.csv", {"x", "ground_truth", "learned"}, curve.points);
  draw(out, settings, curve.increasing);

  const double d2_squared = print_coefficients(map, settings);
  std::printf("found %s after %lld steps (%s)\n",
              curve.increasing ? "the increasing map" : "the decreasing map",
              static_cast<long long>(result.steps), pf::to_string(result.status).data());
  std::printf("sup_error=%.3e d2_squared=%.3e seconds=%.4f\n", curve.sup_error, d2_squared,
              result.seconds);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return support::run_guarded("figure1", [&] { return run(argc, argv); });
}
