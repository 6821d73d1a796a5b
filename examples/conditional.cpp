// The law of a row of a table given its last column: what a penguin of so many grams looks like. A
// map T(z, c) is trained beside its context c, so that (T(z, c), c) has the law of whole rows; then
// c is pinned, and T(., c) draws the other columns.

#include "support/run_guarded.hpp"

#include <pushforward/pushforward.hpp>

#include <cstdio>
#include <numeric>

namespace pf = pushforward;

namespace {

/// The columns of `rows` whose last entry is nearest to c.
pf::Matrix<double> nearest(const pf::Matrix<double>& rows, double c, pf::Index count) {
  std::vector<pf::Index> order(static_cast<std::size_t>(rows.cols()));
  std::iota(order.begin(), order.end(), 0);
  const auto distance = [&](pf::Index i) { return std::abs(rows(rows.rows() - 1, i) - c); };
  std::sort(order.begin(), order.end(),
            [&](pf::Index i, pf::Index j) { return distance(i) < distance(j); });
  pf::Matrix<double> near(rows.rows(), count);
  for (pf::Index i = 0; i < count; ++i) near.col(i) = rows.col(order[std::size_t(i)]);
  return near;
}

int run(int argc, char** argv) {
  std::filesystem::path path;
  pf::Index steps = 1000;
  support::Arguments arguments("conditional", "Learns the columns of a table given its last one.");
  arguments.option("DATA", path, "CSV file with a header, two columns at least")
      .required()
      .option("--steps", steps, "training steps", {1, 100'000'000});
  if (!arguments.read(argc, argv)) return 0;
  const pf::Table<double> table = pf::read_csv<double>(path);
  const pf::Index n = table.data.cols(), d = table.data.rows() - 1;
  if (d < 1 || n < 20 || table.header.empty())
    throw std::invalid_argument(path.string() + " must have a header, 2 columns and 20 rows");

  const auto units = pf::Standardize<double>::of(table.data);
  const pf::Matrix<double> rows = pf::image(units, table.data);
  const pf::Product source(pf::Gaussian<double>(d), pf::Empirical<double>(rows.bottomRows(1), {}));
  const pf::RandomFourier<double, pf::MultiScaleKernel> waves(d + 1, 256, {}, pf::Key{1});
  const pf::PushforwardObjective objective(
      source, pf::MeanDiscrepancy(waves, pf::Empirical<double>(rows, {}), {.redraw_every = 5}));
  pf::Alongside map(pf::Mlp<double, pf::Silu>({d + 1, 64, 64, d}, pf::Key{2}), 1);
  const auto result =
      pf::fit(map, objective, pf::Adam{.rate = 3e-3},
              {.steps = steps, .schedule = pf::WarmUp{50, pf::Cosine{}}}, pf::Progress{});
  std::printf("%s after %d steps, D2^2 = %.1e\n", pf::to_string(result.status).data(),
              static_cast<int>(result.steps), result.loss);

  const pf::Standardize<double> back(units.shift().head(d), units.unit().head(d), true);
  for (const double c : {-1.0, 0.0, 1.0}) {
    const pf::Sampler sampler(
        pf::Compose(pf::Pin(map.map(), pf::Vector<double>::Constant(1, c)), back),
        pf::Gaussian<double>(d));
    const auto model = pf::Standardize<double>::of(sampler.sample(10000));
    const auto data =
        pf::Standardize<double>::of(pf::image(units.inverse_map(), nearest(rows, c, n / 10)));
    std::printf("\n%-24s = %-12.5g %18s %24s\n", table.header.back().c_str(),
                units.shift()[d] + c * units.unit()[d], "model", "nearest tenth of rows");
    for (pf::Index j = 0; j < d; ++j)
      std::printf("  %-36s %9.4g +- %-6.3g %14.4g +- %-6.3g\n",
                  table.header[static_cast<std::size_t>(j)].c_str(), model.shift()[j],
                  model.unit()[j], data.shift()[j], data.unit()[j]);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return support::run_guarded("conditional", [&] { return run(argc, argv); });
}
