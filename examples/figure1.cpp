// Figure 1 of "Touring sampling with pushforward maps": trains, compares with the exact solution,
// writes and draws both. The experiment itself is support/figure1.hpp.

#include "support/figure1.hpp"
#include "support/arguments.hpp"
#include "support/plot.hpp"
#include "support/run_guarded.hpp"

#include <cstdio>

namespace pf = pushforward;

namespace {

/// Prints |E exp(2 pi i k T(X))| for k = 1 .. 2 K, which are 0 for the uniform law; returns D2^2,
/// the mean square of the first K. On 65536 quantile nodes of the Gaussian.
double print_coefficients(const figure1::Map& map, pf::Index harmonics) {
  constexpr pf::Index nodes = 65536;
  const pf::Sampler sampler(map, pf::QuasiRandom(pf::Gaussian<double>(1), nodes));
  const pf::Empirical<double> image(sampler.sample(nodes));
  const auto family = pf::Fourier<double>::harmonics(2 * harmonics);
  const pf::Vector<double> mean = pf::expectation(family, image);
  double sum = 0;
  std::printf("%4s  %s\n", "k", "|E exp(2 pi i k T(X))|");
  for (pf::Index k = 0; k < 2 * harmonics; ++k) {
    const double size = mean.segment(2 * k, 2).norm();
    if (k < harmonics) sum += size * size;
    std::printf("%4d  %.3e  %s\n", static_cast<int>(k + 1), size,
                k < harmonics ? "trained" : "not trained");
  }
  return sum / static_cast<double>(harmonics);
}

void draw(const std::filesystem::path& out) {
  const auto data = out / "figure1.csv", script = out / "figure1.gp", picture = out / "figure1.svg";
  const bool drawn = support::plot(
      script, "set terminal svg size 640,480 background rgb 'white'\n"
              "set output " +
                  support::gnuplot_path(picture) +
                  "\n"
                  "set datafile separator ','\n"
                  "set key left top\n"
                  "set xrange [-4:4]\n"
                  "set yrange [-0.02:1.02]\n"
                  "data = " +
                  support::gnuplot_path(data) +
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
      "figure1", "Learns a map from the Gaussian to the uniform law on [0, 1] (arXiv 2311.13845).");
  arguments.option("--optimizer", settings.optimizer, "what trains", {"lm", "adam", "sgd"})
      .option("--estimator", settings.estimator, "of the discrepancy", {"plugin", "halves"})
      .option("--harmonics", settings.harmonics, "test functions exp(2 pi i k x), k = 1 .. K",
              {1, 1000})
      .option("--seed", settings.seed, "of the weights and the draws")
      .option("--threads", settings.threads, "do not change the result", {1, 64})
      .option("--out", out, "folder for figure1.csv and figure1.svg");
  if (!arguments.read(argc, argv)) return 0;

  figure1::Map map = figure1::initial_map(settings);
  const figure1::Outcome result = figure1::train(map, settings, pf::Progress{});
  const figure1::Curve curve = figure1::compare(map);
  std::filesystem::create_directories(out);
  pf::write_csv(out / "figure1.csv", {"x", "ground_truth", "learned"}, curve.points);
  draw(out);

  const double d2_squared = print_coefficients(map, settings.harmonics);
  std::printf("found %s after %lld steps (%s)\n", curve.increasing ? "Phi" : "1 - Phi",
              static_cast<long long>(result.steps), pf::to_string(result.status).data());
  std::printf("sup_error=%.3e d2_squared=%.3e seconds=%.4f\n", curve.sup_error, d2_squared,
              result.seconds);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return support::run_guarded("figure1", [&] { return run(argc, argv); });
}
