// Modes far apart: a continuous map cannot jump from one to the next, and what it takes across lies
// between them. Eight narrow modes on a ring are learned in three ways, and beside what each map
// leaves in between stands what a map as steep from N(0, I) must leave there at least.

#include "support/arguments.hpp"
#include "support/check_writable.hpp"
#include "support/run_guarded.hpp"
#include "support/tour_picture.hpp"

#include <pushforward/pushforward.hpp>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numbers>
#include <string>
#include <vector>

namespace pf = pushforward;

namespace {

using Net = pf::Mlp<float, pf::Relu>;
using Data = pf::Empirical<float>;

/// Trains a map for so long.
template <class Map, class Objective>
void train(Map& map, const Objective& objective, double seconds, double rate) {
  (void)pf::fit(map, objective, pf::Adam{.rate = rate},
                {.schedule = pf::WarmUp{100, pf::Cosine{}}, .seconds = seconds},
                pf::Average{.decay = 0.998});
}

/// The energy distance of the image of a source from the data.
template <class Source>
auto energy(const Source& source, const Data& data) {
  return pf::PushforwardObjective(
      source,
      pf::KernelDiscrepancy(pf::EnergyKernel{}, data,
                            {.target = {.batch = 1024}, .constant = false}),
      {.batch = 256});
}

/// From N(0, I) by a smooth network.
auto smooth(const pf::Gaussian<float>& source, const Data& data, double seconds) {
  pf::Mlp<float, pf::Tanh> map({2, 64, 64, 2}, pf::Key{1});
  train(map, energy(source, data), seconds, 8e-3);
  return map;
}

constexpr float kSide = 3.4F;

/// From a square by a network of kinks, whose errors count by their size and not by their square:
/// it learns pairs, and where these jump it keeps to a side.
auto pairs_first(const pf::Uniform<float>& source, const Data& data, double seconds) {
  pf::Team alone;
  const auto pairs = pf::iterative_transfer(pf::draw(source, data.count(), {2}),
                                            data.data().matrix(), {.turns = 30}, alone);
  Net map({2, 64, 64, 64, 2}, pf::Key{1});
  train(map, pf::RegressionObjective(pairs.pairs(), pf::AbsoluteError{}, {.batch = 256}), seconds,
        1.2e-2);
  return map;
}

/// From a source that has the modes, by one map for all of them, which begins as the identity.
template <class Source>
auto near_identity(const Source& source, const Data& data, double seconds) {
  auto map = pf::identity_network<float, pf::Relu>({2, 64, 64, 2}, pf::Key{1});
  train(map, energy(source, data), seconds, 1e-3);
  return map;
}

/// So many narrow modes on the unit circle.
pf::problems::Modes on_the_circle(pf::Index count) {
  pf::problems::Modes modes{pf::Matrix<double>(2, count),
                            pf::Vector<double>::Constant(count, 0.01)};
  for (pf::Index j = 0; j < count; ++j) {
    const double angle = 2 * std::numbers::pi * double(j) / double(count);
    modes.centres.col(j) << std::cos(angle), std::sin(angle);
  }
  return modes;
}

int run(int argc, char** argv) {
  std::filesystem::path out;
  double seconds = 2;
  pf::Index count = 8;
  support::Arguments arguments("modes", "Learns modes far apart in three ways.");
  arguments.option("--modes", count, "on a circle", {2, 10})
      .option("--seconds", seconds, "of training for each map", {0.01, 1e6})
      .option("--out", out, "folder for modes.png");
  if (!arguments.read(argc, argv)) return 0;
  if (!out.empty()) support::check_writable("modes", out / "modes.gp");

  const pf::problems::Modes modes = on_the_circle(count);
  const auto target = pf::problems::mixture<float>(modes);
  const Data data(pf::draw(target, 1 << 15, {3}));
  const pf::Gaussian<float> source(2);
  const pf::Vector<float> side = pf::Vector<float>::Constant(2, kSide / 2);
  const pf::Uniform<float> square(-side, side);
  const auto mixture =
      pf::fit_mixture(data.data().matrix().leftCols(2048), {.at_most = 12, .key = pf::Key{6}})
          .mixture;

  std::vector<support::TourPanel> panels;
  std::printf("%-32s %12s %8s %9s %7s\n", "", "high quality", "between", "at least", "slope");
  const double no_bound = 1e9;  // what has gaps itself is no image of N(0, I) of any small slope
  // `stretched` is how far the source stretches N(0, I) at most.
  const auto judge = [&](const std::string& name, const auto& map, const auto& from,
                         double stretched) {
    const pf::Matrix<float> z = pf::draw(from, 20000, {4}), x = pf::image(map, z);
    const double slope = pf::largest_slope(map, z);
    const auto [mass, bound, gap] =
        pf::bridge_mass(x, modes.centres, modes.deviations, stretched * slope);
    char least[32] = "";
    if (stretched < no_bound) std::snprintf(least, sizeof least, "%.1f %%", 100 * bound);
    std::printf("%-32s %10.1f %% %6.1f %% %9s %7.3g\n", name.c_str(), 100 * (1 - mass), 100 * mass,
                least, slope);
    panels.push_back({name, x.cast<double>(), [map](const pf::Matrix<float>& points) {
                        return pf::Matrix<double>(pf::image(map, points).template cast<double>());
                      }});
  };
  judge("the target itself", pf::Identity<float>(2), target, no_bound);
  panels.front().image = nullptr;
  judge("tanh, energy distance", smooth(source, data, seconds), source, 1);
  judge("ReLU, pairs, absolute error", pairs_first(square, data, seconds), square,
        double(kSide) / std::sqrt(2 * std::numbers::pi));
  judge("from a mixture, energy", near_identity(mixture, data, seconds), mixture, no_bound);
  if (!out.empty()) support::draw_panels(out, "modes", panels);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return support::run_guarded("modes", [&] { return run(argc, argv); });
}
