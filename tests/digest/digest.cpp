#include <pushforward/pushforward.hpp>

#include "support/training.hpp"

#include <cstdio>

/// \file
/// Prints the bits of small runs, for comparing compilers, optimisation levels, instruction sets
/// and threads: one line a run, the same on one thread and on three.

namespace pf = pushforward;

namespace {

bool agreed = true;

void print(const char* name, const char* what, std::uint64_t digest) {
  std::printf("%-30s %-10s %016llx\n", name, what, static_cast<unsigned long long>(digest));
}

/// Trains a map made by `make` for some steps on one thread, then on three, with callbacks; prints
/// the digests of parameters, losses and samples, drawn in a batch and one by one.
template <class Make, class Objective, class Source, class Optimizer, class... Callbacks>
void run(const char* name, Make make, const Objective& objective, const Source& source,
         const Optimizer& optimizer, Callbacks... callbacks) {
  using Scalar = typename Objective::Scalar;
  std::uint64_t digests[2][4];
  for (const int threads : {1, 3}) {
    auto map = make();
    pf::History<Scalar> history;
    const auto result = pf::fit(map, objective, optimizer, {.steps = 40, .threads = threads},
                                history, callbacks...);
    const pf::Sampler sampler(map, source, {11, 0});
    support::Digest parameters, losses, drawn, single;
    parameters.add(map.parameters());
    losses.add(history.loss);
    losses.add(&result.loss, 1);
    drawn.add(sampler.sample(200));
    for (std::uint64_t i = 0; i < 200; ++i) single.add(sampler[i]);
    std::uint64_t* const row = digests[threads / 2];
    row[0] = parameters.value();
    row[1] = losses.value();
    row[2] = drawn.value();
    row[3] = single.value();
  }
  print(name, "parameters", digests[0][0]);
  print(name, "losses", digests[0][1]);
  print(name, "samples", digests[0][2]);
  if (digests[0][2] != digests[0][3]) std::printf("%-30s SINGLE SAMPLES DIFFER\n", name);
  for (int i = 0; i < 4; ++i) {
    if (digests[0][i] == digests[1][i]) continue;
    std::printf("%-30s THREADS DIFFER\n", name);
    agreed = false;
  }
  agreed = agreed && digests[0][2] == digests[0][3];
}

/// One on an objective that has a source.
template <class Make, class Objective, class Optimizer>
void run(const char* name, Make make, const Objective& objective, const Optimizer& optimizer) {
  run(name, make, objective, objective.source(), optimizer);
}

/// The problems' samples, and what the metrics say of some.
template <class Scalar>
void laws(const char* scalar) {
  namespace problems = pf::problems;
  support::Digest drawn, measured;
  problems::for_each_problem<Scalar>(
      [&](std::string_view, const auto& m) { drawn.add(pf::draw(m, 500, pf::Key{12})); });
  print(scalar, "problems", drawn.value());
  const auto x = pf::draw(problems::Moons<Scalar>{}, 150, pf::Key{1});
  const auto y = pf::draw(problems::ring<Scalar>(), 150, pf::Key{2});
  const pf::TwoSampleTest mmd = pf::mmd_test(x, y);
  const double values[] = {pf::energy_test(x, y).statistic,
                           pf::energy_test(x.row(0), y.row(0)).statistic,
                           pf::energy_test(x.leftCols(9), y.leftCols(7)).p_value,
                           mmd.statistic,
                           mmd.width,
                           pf::wasserstein2(x, y),
                           pf::memorisation(x, y, x).samples};
  measured.add(values, pf::Index(std::size(values)));
  print(scalar, "metrics", measured.value());
  support::Digest fitted;
  const auto fit = pf::fit_mixture(pf::draw(problems::ring<Scalar>(), 500, pf::Key{2}),
                                   {.components = 7, .at_most = 8, .key = pf::Key{3}});
  for (const auto& component : fit.mixture.components()) {
    fitted.add(component.mean());
    fitted.add(component.factor());
  }
  print(scalar, "mixture", fitted.value());
  std::uint64_t transport[2];
  for (const int threads : {1, 3}) {
    pf::Team team(threads);
    support::Digest pairs;
    const auto add = [&](const auto& pairing) {
      pairs.add(pairing.target);
      pairs.add(&pairing.cost, 1);
      pairs.add(&pairing.floor, 1);
    };
    add(pf::optimal_pairing(x, y));
    add(pf::sorted_pairing(x.row(0), y.row(0).leftCols(70)));
    add(pf::knothe_rosenblatt(x, y));
    add(pf::iterative_transfer(x, y.leftCols(140), {.turns = 10, .step = 0.9}, team));
    add(pf::entropic_pairing(x, y, {}, team));
    const pf::Empirical<Scalar> centres(y.leftCols(30).eval());
    const auto cells = pf::semi_discrete(pf::Gaussian<Scalar>(2), centres,
                                         {.start = 200, .steps = 40, .batch = 200}, team);
    add(cells.map.pairing(x));
    transport[threads / 2] = pairs.value();
  }
  print(scalar, "transport", transport[0]);
  if (transport[0] != transport[1]) {
    std::printf("%-30s THREADS DIFFER\n", scalar);
    agreed = false;
  }
}

/// Flows with log |det|, and stochastic samplers, of a network.
template <class Scalar>
void flows(const char* scalar) {
  const pf::Mlp<Scalar, pf::Silu> net({3, 9, 2}, pf::Key{10});
  const auto levels = pf::TimeGrid<Scalar>::noise(6, {.largest = 4, .smallest = 0.1});
  support::Digest mapped, drawn;
  const auto flow = [&](const auto& method, const auto& divergence) {
    const pf::Image law(pf::OdeFlow(net, levels, method, divergence), pf::Gaussian<Scalar>(2));
    typename std::remove_cvref_t<decltype(law)>::Scratch scratch;
    pf::Block<Scalar> x(pf::kBlockSize, 2);
    pf::Matrix<Scalar> density(pf::kBlockSize, 1);
    pf::Lane<Scalar> log_density;
    law.sample(pf::Key{12}, 0, x, scratch);
    law.log_density(x, log_density, scratch);
    density = log_density.matrix();
    mapped.add(pf::Matrix<Scalar>(x.matrix()));
    mapped.add(density);
  };
  flow(pf::Heun{}, pf::ExactDivergence{});
  flow(pf::RungeKutta4{}, pf::HutchinsonDivergence{.probes = 2});
  flow(pf::DormandPrince{.relative = 1e-4, .absolute = 1e-4}, pf::ExactDivergence{});
  const auto sampler = [&](const auto& method) {
    drawn.add(pf::draw(pf::SdeSampler(net, levels, method), 100, pf::Key{12}));
  };
  sampler(pf::EulerMaruyama{});
  sampler(pf::PredictorCorrector{});
  sampler(pf::ChurnedHeun{});
  print(scalar, "flows", mapped.value());
  print(scalar, "diffusions", drawn.value());
}

}  // namespace

int main() {
  using pf::Key;

  const auto harmonics = pf::Fourier<double>::harmonics(10);
  const pf::Uniform<double> unit(0, 1);
  run(
      "double tanh fourier adam",
      [] {
        return pf::Mlp<double, pf::Tanh, pf::Logistic>({1, 16, 16, 1}, Key{42});
      },
      pf::PushforwardObjective(pf::Gaussian<double>(1), pf::MeanDiscrepancy(harmonics, unit),
                               {.batch = 500}),
      pf::Adam{.rate = 1e-2});

  run(
      "float silu fourier halves sgd",
      [] {
        return pf::Mlp<float, pf::Silu, pf::Logistic>({1, 9, 1}, Key{42});
      },
      pf::PushforwardObjective(pf::Gaussian<float>(1),
                               pf::MeanDiscrepancy<pf::Fourier<float>, pf::Uniform<float>,
                                                   pf::InverseSquareWeights, pf::SplitHalves>(
                                   pf::Fourier<float>::harmonics(6), pf::Uniform<float>(0, 1)),
                               {.batch = 333}),
      pf::Sgd{.rate = 0.05, .momentum = 0.9});

  const pf::RandomFourier<float, pf::MaternKernel> waves(2, 12, {}, Key{1});
  run(
      "float softplus matern adam",
      [] {
        return pf::Mlp<float, pf::Softplus>({2, 12, 2}, Key{5});
      },
      pf::PushforwardObjective(pf::Gaussian<float>(2),
                               pf::MeanDiscrepancy(waves, pf::Gaussian<float>(2)), {.batch = 200}),
      pf::Adam{});

  const pf::Matrix<double> centres{{-1, 0, 1, 2}, {0, 1, 0, -1}};
  const pf::Rbf<double> bumps(centres, {0.5, 2});
  const pf::Mixture<pf::Uniform<double>> boxes(
      {{pf::Vector<double>{{0, 0}}, pf::Vector<double>{{1, 1}}},
       {pf::Vector<double>{{1, 1}}, pf::Vector<double>{{2, 3}}}},
      {1, 2});
  run(
      "double relu compose rbf sgd",
      [] {
        return pf::Compose(
            pf::Mlp<double, pf::LeakyRelu>({3, 10, 2}, Key{6}),
            pf::Affine<double>(pf::Matrix<double>::Identity(2, 2), pf::Vector<double>::Zero(2)));
      },
      pf::PushforwardObjective(pf::Gaussian<double>(3), pf::MeanDiscrepancy(bumps, boxes),
                               {.batch = 130}),
      pf::Sgd{.rate = 0.1});

  run(
      "double tanh fourier lm",
      [] {
        return pf::Mlp<double, pf::Tanh, pf::Logistic>({1, 12, 1}, Key{7});
      },
      pf::PushforwardObjective(pf::QuasiRandom(pf::Gaussian<double>(1), 256),
                               pf::MeanDiscrepancy(harmonics, unit), {.batch = 256}),
      pf::LevenbergMarquardt{});

  const pf::RandomFourier<double, pf::MaternKernel> redrawn(2, 40, {}, Key{1});
  const auto everything_drawn = [&](const auto& target) {
    return pf::PushforwardObjective(
        pf::Gaussian<double>(2),
        pf::MeanDiscrepancy(redrawn, target, {.redraw_every = 7, .target = {.batch = 150}}),
        {.batch = 150});
  };
  const auto plane = [] { return pf::Mlp<double, pf::Silu>({2, 12, 2}, Key{8}); };
  run("double silu redrawn gaussian", plane, everything_drawn(pf::Gaussian<double>(2)),
      pf::Adam{.rate = 1e-2});
  run("double silu redrawn mixture", plane, everything_drawn(boxes), pf::Adam{.rate = 1e-2});
  run("double silu redrawn lm", plane, everything_drawn(pf::Empirical<double>(centres)),
      pf::LevenbergMarquardt{});

  const auto coulomb = 0.5 * pf::LogarithmicKernel{} + pf::EnergyKernel{};
  run(
      "float silu coulomb fresh",
      [] {
        return pf::Mlp<float, pf::Silu>({2, 12, 2}, Key{9});
      },
      pf::PushforwardObjective(
          pf::Gaussian<float>(2),
          pf::KernelDiscrepancy(coulomb, pf::Gaussian<float>(2), {.target = {.batch = 150}}),
          {.batch = 200}),
      pf::Adam{.rate = 1e-2});
  run("double silu mmd annealed", plane,
      pf::PushforwardObjective(
          pf::Gaussian<double>(2),
          pf::KernelDiscrepancy(pf::Empirical<double>(centres), {.coarse = 4, .anneal = 20}),
          {.batch = 150}),
      pf::Adam{.rate = 1e-2});

  const auto pairs = [](auto loss) {
    return pf::RegressionObjective(pf::Gaussian<float>(4), loss, {.batch = 200});
  };
  const auto relu = [] { return pf::Mlp<float, pf::Relu>({2, 16, 16, 2}, Key{9}); };
  const pf::Uniform<float> square(pf::Vector<float>{{0, 0}}, pf::Vector<float>{{1, 1}});
  run("float relu l1 adam average", relu, pairs(pf::AbsoluteError{}), square, pf::Adam{},
      pf::Average{.decay = 0.9});
  run("float relu l2 sgd", relu, pairs(pf::SquaredError{}), square,
      pf::Sgd{.rate = 0.01, .momentum = 0.5});
  run("float relu huber both", relu, pairs(pf::HuberError{.width = 0.5}), square,
      pf::Both{pf::Adam{}, pf::Sgd{}, 100}, pf::Average{});
  laws<float>("float");
  laws<double>("double");

  const auto sliced = [&](const auto& line) {
    return pf::PushforwardObjective(
        pf::Gaussian<float>(2),
        pf::SlicedDiscrepancy(square, line, {.directions = 12, .target = {.batch = 200}}),
        {.batch = 200});
  };
  const auto small = [] { return pf::Mlp<float, pf::Relu>({2, 12, 2}, Key{10}); };
  run("float relu sliced energy", small, sliced(pf::EnergyLine{.unbiased = true}), pf::Adam{});
  run("float relu sliced wasserstein", small, sliced(pf::WassersteinLine{1.5}), pf::Adam{});
  run("double silu max sliced", plane,
      pf::PushforwardObjective(
          pf::Gaussian<double>(2),
          pf::MaxSlicedDiscrepancy(boxes, pf::WassersteinLine{}, {.target = {.batch = 150}}),
          {.batch = 150}),
      pf::Adam{.rate = 1e-2});
  run(
      "double tanh energy line",
      [] {
        return pf::Mlp<double, pf::Tanh>({1, 12, 1}, Key{11});
      },
      pf::PushforwardObjective(
          pf::Gaussian<double>(1),
          pf::LineDiscrepancy(unit, pf::EnergyLine{.unbiased = true}, {.batch = 200}),
          {.batch = 200}),
      pf::Adam{.rate = 1e-2});

  run("float relu sinkhorn", small,
      pf::PushforwardObjective(
          pf::Gaussian<float>(2),
          pf::SinkhornDivergence(square, {.epsilon = 0.1, .target = {.batch = 150}}),
          {.batch = 150}),
      pf::Adam{.rate = 1e-2});
  run("double silu sinkhorn distance", plane,
      pf::PushforwardObjective(
          pf::Gaussian<double>(2),
          pf::SinkhornDivergence(pf::Empirical<double>(centres), pf::Distance{}, {.epsilon = 0.1}),
          {.batch = 150}),
      pf::Adam{.rate = 1e-2});
  run("float relu supremum", small,
      pf::PushforwardObjective(pf::Gaussian<float>(2), pf::SupremumDiscrepancy(waves, square),
                               {.batch = 200}),
      pf::Adam{});
  run("double silu soft supremum", plane,
      pf::PushforwardObjective(
          pf::Gaussian<double>(2),
          pf::SupremumDiscrepancy(redrawn, boxes, pf::SoftMaximum{},
                                  {.redraw_every = 7, .target = {.batch = 150}}),
          {.batch = 150}),
      pf::Adam{.rate = 1e-2});
  run("double silu power supremum", plane,
      pf::PushforwardObjective(pf::Gaussian<double>(2),
                               pf::SupremumDiscrepancy(redrawn, boxes, pf::PowerMean{}),
                               {.batch = 150}),
      pf::Adam{.rate = 1e-2});

  const auto generator = [](auto critic) {
    return [critic] {
      using Scalar = typename decltype(critic)::Scalar;
      return pf::Players(pf::Mlp<Scalar, pf::Silu>({1, 10, 2}, Key{10}), critic);
    };
  };
  const auto game = [](auto rules, auto penalty, auto source, pf::Index batch) {
    using Scalar = typename decltype(source)::Scalar;
    const pf::Uniform<Scalar> target(pf::Vector<Scalar>{{0, 0}}, pf::Vector<Scalar>{{1, 1}});
    return pf::AdversarialObjective(source, target, rules, penalty, {.batch = batch});
  };
  const pf::Both twice{pf::Adam{}, pf::Adam{.rate = 1e-2}, 42, 2};
  run("float silu wgan penalty", generator(pf::Mlp<float, pf::Silu>({2, 13, 9, 1}, Key{11})),
      game(pf::WassersteinGame{}, pf::GradientPenalty{}, pf::Gaussian<float>(1), 200), twice);
  run("float leaky wgan spectral",
      generator(pf::SpectralNorm(pf::Mlp<float, pf::LeakyRelu>({2, 70, 9, 1}, Key{11}))),
      game(pf::WassersteinGame{}, pf::NoPenalty{}, pf::Gaussian<float>(1), 200), twice);
  run("double softplus gan pack r1",
      generator(pf::SpectralNorm(pf::Mlp<double, pf::Softplus>({4, 13, 9, 1}, Key{11}))),
      game(pf::ClassicalGame{}, pf::R1Penalty{}, pf::Gaussian<double>(1), 150), twice);

  run(
      "float convex gradient", [] { return pf::ConvexGradient<float>(2, 20, Key{10}); },
      pf::RegressionObjective(pf::Gaussian<float>(4), pf::SquaredError{}, {.batch = 150}),
      pf::Gaussian<float>(2), pf::Adam{.rate = 1e-2});
  run(
      "double spline",
      [] { return pf::RationalQuadraticSpline<double>(pf::Vector<double>::LinSpaced(9, -2, 2)); },
      pf::RegressionObjective(pf::Gaussian<double>(2), pf::SquaredError{}, {.batch = 150}),
      pf::Gaussian<double>(1), pf::Adam{.rate = 1e-2});
  const auto field = [](auto zero) {
    return [] { return pf::Mlp<decltype(zero), pf::Silu>({3, 13, 9, 2}, Key{12}); };
  };
  const auto points = [](auto zero) {
    using Scalar = decltype(zero);
    return pf::Product(pf::Gaussian<Scalar>(2), pf::Uniform<Scalar>(Scalar(0.1), Scalar(0.9)));
  };
  const pf::Mixture<pf::Gaussian<double>> ovals(
      {pf::Gaussian<double>(pf::Vector<double>{{1, -2}}, pf::Matrix<double>{{1.5, 0}, {-1, 0.5}}),
       pf::Gaussian<double>(2)},
      {1, 2});
  run("float silu flow minibatch", field(0.0F),
      pf::flow_matching(pf::MinibatchCoupling(pf::Gaussian<float>(2), square, {.batch = 32})),
      points(0.0F), pf::Adam{});
  run("double silu flow preserving", field(0.0),
      pf::flow_matching(pf::Product(pf::Gaussian<double>(2), ovals), pf::VariancePreserving{}),
      points(0.0), pf::Adam{});
  run(
      "float silu mean velocity",
      [] {
        return pf::Mlp<float, pf::Silu>({4, 13, 9, 2}, Key{12});
      },
      pf::RegressionObjective(
          pf::MeanVelocity(pf::PathPairs(pf::Product(pf::Gaussian<float>(2), square)))),
      pf::Gaussian<float>(4), pf::Adam{});
  run("double silu consistency", field(0.0),
      pf::RegressionObjective(
          pf::Consistency(pf::PathPairs(pf::Product(pf::Gaussian<double>(2), ovals)))),
      points(0.0), pf::Adam{});
  run("float silu denoising", field(0.0F), pf::score_matching(square), points(0.0F), pf::Adam{});
  run("double silu implicit score", plane, pf::ImplicitScoreMatching(ovals),
      pf::Gaussian<double>(2), pf::Adam{});
  const pf::Image exact(pf::ConditionalMean(ovals, pf::VariancePreserving{}), points(0.0));
  support::Digest velocities;
  velocities.add(pf::draw(exact, 200, Key{1}));
  print("double exact velocity", "samples", velocities.value());
  flows<float>("float");
  flows<double>("double");
  return agreed ? 0 : 1;
}
