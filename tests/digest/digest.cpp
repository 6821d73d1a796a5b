#include <pushforward/pushforward.hpp>

#include "support/training.hpp"

#include <cstdio>
#include <functional>

/// \file
/// Prints the bits of small runs, for comparing compilers, optimisation levels, instruction sets
/// and threads: one line a run, the same on one thread and on three. Each kind of arithmetic is
/// here once, in one scalar: the file is compiled for every compiler and machine.

namespace pf = pushforward;

namespace {

using pf::Key;
using support::Digest;

constexpr pf::Index kSteps = 20;
bool agreed = true;

/// Prints the digest of what `work` adds to it.
void print(const char* name, const std::function<void(Digest&, pf::Team&)>& work) {
  std::uint64_t values[2];
  for (const int threads : {1, 3}) {
    Digest digest;
    pf::Team team(threads);
    work(digest, team);
    values[threads / 2] = digest.value();
  }
  std::printf("%-32s %016llx\n", name, static_cast<unsigned long long>(values[0]));
  if (values[0] == values[1]) return;
  std::printf("%-32s THREADS DIFFER\n", name);
  agreed = false;
}

/// The parameters of a map, and samples drawn in a batch and one by one.
template <class Map, class Source>
void add(Digest& digest, const Map& map, const Source& source) {
  const pf::Sampler sampler(map, source, {11, 0});
  digest.add(map.parameters());
  digest.add(sampler.sample(200));
  for (std::uint64_t i = 0; i < 20; ++i) digest.add(sampler[i]);
}

/// Trains a copy of `start`; the bits of all losses, and of the map that it becomes.
template <class Map, class Objective, class Source, class Optimizer>
void train(const char* name, const Map& start, const Objective& objective, const Source& source,
           const Optimizer& optimizer) {
  using Scalar = typename Map::Scalar;
  print(name, [&](Digest& digest, pf::Team& team) {
    Map map = start;
    const auto result = pf::fit(
        map, objective, optimizer, {.steps = kSteps, .threads = team.threads()},
        [&](const pf::StepEnd<Scalar>& event) { digest.add(&event.loss, 1); }, pf::Average{});
    digest.add(&result.loss, 1);
    add(digest, map, source);
  });
}

/// The same by plain gradient steps.
template <class Map, class Objective, class Source>
void descend(const char* name, const Map& start, const Objective& objective, const Source& source) {
  using Scalar = typename Map::Scalar;
  print(name, [&](Digest& digest, pf::Team& team) {
    Map map = start;
    typename Objective::template Workspace<Map> work;
    pf::Vector<Scalar> theta = map.parameters(), gradient(theta.size());
    for (pf::Index step = 0; step < kSteps; ++step) {
      const Scalar loss = objective.value_and_gradient(map, pf::Step{step, team}, gradient, work);
      digest.add(&loss, 1);
      for (pf::Index i = 0; i < theta.size(); ++i) theta[i] -= Scalar(0.01) * gradient[i];
      map.set_parameters(theta);
    }
    add(digest, map, source);
  });
}

template <class Map, class Objective>
void descend(const char* name, const Map& start, const Objective& objective) {
  descend(name, start, objective, objective.source());
}

const pf::Uniform<float> square(pf::Vector<float>{{0, 0}}, pf::Vector<float>{{1, 1}});
const pf::Gaussian<float> disc(2);
const pf::Gaussian<double> plane(2);
const pf::Mixture<pf::Gaussian<double>> ovals(
    {pf::Gaussian<double>(pf::Vector<double>{{1, -2}}, pf::Matrix<double>{{1.5, 0}, {-1, 0.5}}),
     plane},
    {1, 2});

/// A network to R^2, or to a critic's values.
template <class Scalar>
pf::Mlp<Scalar, pf::Silu> network(pf::Index from, pf::Index to = 2) {
  return pf::Mlp<Scalar, pf::Silu>({from, 13, 9, to}, Key{8});
}

template <class Discrepancy>
auto in_plane(const Discrepancy& discrepancy) {
  return pf::PushforwardObjective(pf::Gaussian<typename Discrepancy::Scalar>(2), discrepancy,
                                  {.batch = 150});
}

void optimizers() {
  const pf::Gaussian<double> line(1);
  train("adam, tanh, fourier", pf::Mlp<double, pf::Tanh, pf::Logistic>({1, 16, 16, 1}, Key{42}),
        pf::PushforwardObjective(line,
                                 pf::MeanDiscrepancy<pf::Fourier<double>, pf::Uniform<double>,
                                                     pf::InverseSquareWeights, pf::SplitHalves>(
                                     pf::Fourier<double>::harmonics(10), pf::Uniform<double>(0, 1)),
                                 {.batch = 500}),
        line, pf::Adam{.rate = 1e-2});
  train(
      "two optimizers, huber", pf::Mlp<float, pf::Softplus>({2, 16, 16, 2}, Key{9}),
      pf::RegressionObjective(pf::Gaussian<float>(4), pf::HuberError{.width = 0.5}, {.batch = 200}),
      disc, pf::Both{pf::Adam{}, pf::Sgd{.rate = 0.01, .momentum = 0.5}, 100});
  const pf::RandomFourier<double, pf::MaternKernel> waves(2, 40, {}, Key{1});
  train("levenberg-marquardt, redrawn", network<double>(2),
        pf::PushforwardObjective(
            pf::QuasiRandom(plane, 150),
            pf::MeanDiscrepancy(waves, ovals, {.redraw_every = 7, .target = {.batch = 150}}),
            {.batch = 150}),
        plane, pf::LevenbergMarquardt{});
}

void discrepancies() {
  const pf::Matrix<double> centres{{-1, 0, 1, 2}, {0, 1, 0, -1}};
  const pf::Mixture<pf::Uniform<double>> boxes(
      {{pf::Vector<double>{{0, 0}}, pf::Vector<double>{{1, 1}}},
       {pf::Vector<double>{{1, 1}}, pf::Vector<double>{{2, 3}}}},
      {1, 2});
  descend("composed, rbf",
          pf::Compose(network<double>(2), pf::Affine<double>(pf::Matrix<double>{{1, 2}, {0, 1}},
                                                             pf::Vector<double>{{0, 1}})),
          in_plane(pf::MeanDiscrepancy(pf::Rbf<double>(centres, {0.5, 2}), boxes)));
  const pf::RandomFourier<float> waves(2, 12, {}, Key{1});
  descend("supremum, redrawn", pf::Mlp<float, pf::Softplus>({2, 12, 2}, Key{5}),
          in_plane(pf::SupremumDiscrepancy(waves, disc, pf::SoftMaximum{}, {.redraw_every = 7})));
  descend("coulomb", network<float>(2),
          in_plane(pf::KernelDiscrepancy(0.5 * pf::LogarithmicKernel{} + pf::EnergyKernel{}, disc,
                                         {.target = {.batch = 150}})));
  descend(
      "gauss kernel, annealed", network<double>(2),
      in_plane(pf::KernelDiscrepancy(pf::Empirical<double>(centres), {.coarse = 4, .anneal = 10})));
  descend("sliced energy", network<float>(2),
          in_plane(pf::SlicedDiscrepancy(square, pf::EnergyLine{.unbiased = true},
                                         {.directions = 12, .target = {.batch = 200}})));
  descend("max-sliced wasserstein", network<double>(2),
          in_plane(pf::MaxSlicedDiscrepancy(boxes, pf::WassersteinLine{1.5},
                                            {.target = {.batch = 150}})));
  descend("sinkhorn", network<float>(2),
          in_plane(pf::SinkhornDivergence(square, pf::Distance{},
                                          {.epsilon = 1, .target = {.batch = 70}})));
}

void objectives() {
  descend("gan in pairs, penalty, spectral",
          pf::Players(network<double>(2), pf::SpectralNorm(network<double>(4, 1))),
          pf::AdversarialObjective(plane, ovals, pf::ClassicalGame{}, pf::GradientPenalty{},
                                   {.batch = 150}));
  descend("convex gradient", pf::ConvexGradient<float>(2, 20, Key{10}),
          pf::RegressionObjective(pf::Gaussian<float>(4), pf::SquaredError{}, {.batch = 150}),
          disc);
  descend("semi-dual", pf::ConvexGradient<double>(2, 20, Key{10}),
          pf::SemiDualObjective(plane, ovals, {.batch = 150, .key = Key{2}}), plane);
  descend("spline", pf::RationalQuadraticSpline<double>(pf::Vector<double>::LinSpaced(9, -2, 2)),
          pf::RegressionObjective(plane, pf::AbsoluteError{}, {.batch = 150}),
          pf::Gaussian<double>(1));
  descend("mean velocity, minibatches", network<float>(4),
          pf::RegressionObjective(
              pf::MeanVelocity(pf::PathPairs(pf::MinibatchCoupling(disc, square, {.batch = 32})))),
          pf::Gaussian<float>(4));
  descend("consistency", network<double>(3),
          pf::RegressionObjective(
              pf::Consistency(pf::PathPairs(pf::Product(plane, ovals), pf::VariancePreserving{}))),
          pf::Gaussian<double>(3));
  descend("implicit score", network<double>(2), pf::ImplicitScoreMatching(ovals), plane);
}

/// Flows with log |det|, and stochastic samplers, of a network.
void flows() {
  const auto net = network<double>(3);
  const auto levels = pf::TimeGrid<double>::noise(6, {.largest = 4, .smallest = 0.1});
  const auto flow = [&](const char* name, const auto& method, const auto& divergence) {
    print(name, [&](Digest& digest, pf::Team&) {
      const pf::Image law(pf::OdeFlow(net, levels, method, divergence), plane);
      typename std::remove_cvref_t<decltype(law)>::Scratch scratch;
      pf::Block<double> x(pf::kBlockSize, 2);
      pf::Lane<double> log_density;
      law.sample(Key{12}, 0, x, scratch);
      law.log_density(x, log_density, scratch);
      digest.add(x);
      digest.add(log_density);
    });
  };
  flow("runge-kutta, hutchinson", pf::RungeKutta4{}, pf::HutchinsonDivergence{.probes = 2});
  flow("dormand-prince, exact", pf::DormandPrince{.relative = 1e-4, .absolute = 1e-4},
       pf::ExactDivergence{});
  const auto diffusion = [&](const char* name, const auto& method) {
    print(name, [&](Digest& digest, pf::Team&) {
      digest.add(pf::draw(
          pf::SdeSampler(network<float>(3),
                         pf::TimeGrid<float>::noise(6, {.largest = 4, .smallest = 0.1}), method),
          100, Key{12}));
    });
  };
  diffusion("predictor-corrector", pf::PredictorCorrector{});
  diffusion("churned heun", pf::ChurnedHeun{});
  print("exact velocity", [&](Digest& digest, pf::Team&) {
    const pf::Product points(plane, pf::Uniform<double>(0.1, 0.9));
    digest.add(pf::draw(pf::Image(pf::ConditionalMean(ovals, pf::VariancePreserving{}), points),
                        200, Key{1}));
  });
}

/// The problems' samples, what the metrics say of some, and pairs made of them.
void samples() {
  namespace problems = pf::problems;
  print("problems", [&](Digest& digest, pf::Team&) {
    problems::for_each_problem<float>(
        [&](std::string_view, const auto& law) { digest.add(pf::draw(law, 500, Key{12})); });
  });
  const pf::Matrix<double> x = pf::draw(problems::Moons<double>{}, 150, Key{1});
  const pf::Matrix<double> y = pf::draw(problems::ring<double>(), 150, Key{2});
  print("metrics", [&](Digest& digest, pf::Team&) {
    const pf::TwoSampleTest mmd = pf::mmd_test(x, y);
    const double values[] = {mmd.statistic,
                             mmd.width,
                             pf::energy_test(x, y).p_value,
                             pf::energy_test(x.topRows(1).eval(), y.topRows(1).eval()).statistic,
                             pf::wasserstein2(x, y),
                             pf::memorisation(x, y, x).samples};
    digest.add(values, pf::Index(std::size(values)));
  });
  print("mixture", [&](Digest& digest, pf::Team&) {
    const auto fit = pf::fit_mixture(y, {.components = 7, .at_most = 8, .key = Key{3}});
    for (const auto& component : fit.mixture.components()) {
      digest.add(component.mean());
      digest.add(component.factor());
    }
  });
  const pf::Matrix<float> from = x.cast<float>(), to = y.leftCols(140).cast<float>();
  print("transport", [&](Digest& digest, pf::Team& team) {
    const auto add_pairing = [&](const auto& pairing) {
      digest.add(pairing.target);
      digest.add(&pairing.cost, 1);
      digest.add(&pairing.floor, 1);
    };
    add_pairing(pf::optimal_pairing(from.leftCols(140).eval(), to));
    add_pairing(pf::knothe_rosenblatt(from, to));
    add_pairing(pf::iterative_transfer(from, to, {.turns = 10, .step = 0.9}, team));
    add_pairing(pf::entropic_pairing(from, to, {}, team));
    const pf::Empirical<float> cells(to.leftCols(30).eval());
    add_pairing(pf::semi_discrete(disc, cells, {.start = 200, .steps = 40, .batch = 200}, team)
                    .map.pairing(from));
    digest.add(pf::gelbrich_map(x, y).parameters());
  });
  print("learn", [&](Digest& digest, pf::Team& team) {
    const auto learned =
        pf::learn(x, {.seconds = 1, .steps = kSteps, .threads = team.threads(), .key = Key{4}});
    digest.add(learned.sampler.sample(200));
    const auto& [model, mixture, training] = learned.energy_distance;
    for (const double value : {model, mixture, training}) digest.add(&value, 1);
  });
}

}  // namespace

int main() {
  optimizers();
  discrepancies();
  objectives();
  flows();
  samples();
  return agreed ? 0 : 1;
}
