#include "pushforward/maps.hpp"
#include "pushforward/measures.hpp"
#include "pushforward/objectives.hpp"
#include "pushforward/optimizers.hpp"
#include "pushforward/sampling.hpp"
#include "pushforward/training.hpp"

#include "support/catch.hpp"
#include "support/training.hpp"

#include <limits>

namespace pf = pushforward;
using pf::Index;
using Vector = pf::Vector<double>;
using Matrix = pf::Matrix<double>;
using Affine = pf::Affine<double>;
using Net = pf::Mlp<double>;

namespace {

const pf::Gaussian<double> kStandard(1);

Affine affine(double a, double b) { return {Matrix::Constant(1, 1, a), Vector::Constant(1, b)}; }

template <class Rules, class Penalty>
auto game(const pf::Gaussian<double>& target, Rules rules, Penalty penalty) {
  return pf::AdversarialObjective(kStandard, target, rules, penalty,
                                  {.batch = 128, .key = pf::Key{7}});
}

/// Adam for both, at two rates.
template <class Players>
auto two(const Players& players, double generator, double critic) {
  return pf::Both{pf::Adam{.rate = generator, .beta1 = 0.5}, pf::Adam{.rate = critic, .beta1 = 0.5},
                  players.split()};
}

/// The scale and the shift that a generator of N(0, 1) learns of N(2, 0.5^2).
template <class Critic, class Rules, class Penalty>
Vector learned(const Critic& critic, Rules rules, Penalty penalty, double rate, double critic_rate,
               Index steps) {
  const auto goal = game(pf::Gaussian<double>(2, 0.5), rules, penalty);
  pf::Players players(affine(1, 0), critic);
  const auto result =
      pf::fit(players, goal, two(players, rate, critic_rate),
              {.steps = steps, .schedule = pf::Cosine{}}, pf::Average{.decay = 0.99});
  CHECK(result.status == pf::Status::finished);
  CHECK(result.dropped == 0);
  return players.generator().parameters();
}

/// The value of a Wasserstein game of N(0, 1) against N(shift, 1) that the critic alone has trained
/// for.
template <class Critic, class Penalty>
double distance(const Critic& critic, Penalty penalty, double shift) {
  const auto goal = game(pf::Gaussian<double>(shift, 1.0), pf::WassersteinGame{}, penalty);
  pf::Players players(affine(1, 0), critic);
  (void)pf::fit(players, goal, two(players, 0, 1e-2), {.steps = 500, .schedule = pf::Cosine{}},
                pf::Average{.decay = 0.95});
  CHECK(players.generator().parameters() == affine(1, 0).parameters());
  const pf::AdversarialObjective held_out(kStandard, goal.target(), pf::WassersteinGame{}, penalty,
                                          {.batch = 1 << 14});
  return pf::evaluate(players, held_out, 0);
}

/// What the game comes to with a gradient penalty: on the line D' = 1 + (F - G) / (2 weight r) is
/// best, r the density of the points between, and so W_1 + int (F - G)^2 / (2 weight r).
double with_penalty(double shift, double weight) {
  const double h = 1.0 / 32, root = std::sqrt(2 * std::acos(-1.0));
  double sum = 0;
  for (double x = -8; x < 8 + shift; x += h) {
    double between = 0;
    for (int k = 0; k < 64; ++k) {
      const double u = (k + 0.5) / 64, v = (1 - u) * (1 - u) + u * u;
      between +=
          std::exp(-(x - u * shift) * (x - u * shift) / (2 * v)) / (root * std::sqrt(v)) / 64;
    }
    const double gap = pf::normal_cdf(x) - pf::normal_cdf(x - shift);
    sum += h * (gap + gap * gap / (2 * weight * between));
  }
  return sum;
}

}  // namespace

TEST_CASE("every game moves N(0, 1) to N(2, 0.5^2) in the one loop", "[training]") {
  const auto check = [](const Vector& theta, double tolerance) {
    CHECK_THAT(theta[0], WithinAbs(0.5, tolerance));
    CHECK_THAT(theta[1], WithinAbs(2.0, tolerance));
  };
  const Net net({1, 16, 16, 1}, pf::Key{2});
  const pf::WassersteinGame wasserstein;
  const pf::ClassicalGame classical;
  check(learned(net, wasserstein, pf::GradientPenalty{.weight = 1}, 3e-3, 1e-2, 1500), 0.05);
  check(learned(pf::SpectralNorm(net), wasserstein, pf::NoPenalty{}, 3e-3, 3e-2, 1500), 0.05);
  check(learned(net, classical, pf::NoPenalty{}, 1e-2, 3e-2, 1000), 0.03);
  check(learned(net, classical, pf::R1Penalty{.weight = 0.1}, 1e-2, 3e-2, 1000), 0.03);
}

TEST_CASE("a trained critic measures W_1", "[training]") {
  const Net net({1, 16, 16, 1}, pf::Key{2});
  const pf::SpectralNorm normed(pf::Mlp<double, pf::LeakyRelu>({1, 16, 16, 1}, pf::Key{2}));
  for (const double m : {1.0, 2.0}) {
    const double below = distance(normed, pf::NoPenalty{}, m);
    CHECK_THAT(below, WithinRel(m, 0.02));
    CHECK(below < 1.01 * m);
    // -m: to the side to which this critic slopes at first; the penalty has a hill at slope 0
    const double weight = 2;
    CHECK_THAT(distance(net, pf::GradientPenalty{.weight = weight}, -m),
               WithinRel(with_penalty(m, weight), 0.02));
  }
}

TEST_CASE("the classical game circles around Dirac's delta, and comes to it with R1",
          "[training]") {
  // T = b, D(x) = w x + c, target 0: the example of Mescheder, Geiger & Nowozin 2018
  const auto end = [](auto penalty) {
    const pf::Empirical<double> zero(Matrix::Zero(1, 1));
    const pf::AdversarialObjective goal(zero, zero, pf::ClassicalGame{}, penalty, {.batch = 1});
    pf::Players players(affine(0, 1), affine(0, 0));
    (void)pf::fit(players, goal, pf::Both{pf::Sgd{.rate = 0.1}, pf::Sgd{.rate = 0.1}, 2},
                  {.steps = 500});
    return players.parameters().segment(1, 2).norm();  // of (b, w)
  };
  CHECK(end(pf::NoPenalty{}) > 0.4);
  CHECK(end(pf::R1Penalty{.weight = 1}) < 1e-3);
}

TEST_CASE("a generator drops modes before a critic of one sample, not of two", "[training]") {
  // four bumps at -3, -1, 1, 3; PacGAN, with as many samples a step
  const auto modes = [](Index pack, std::uint64_t seed) {
    std::vector<pf::Gaussian<float>> bumps;
    for (int k = 0; k < 4; ++k) bumps.emplace_back(float(2 * k - 3), 0.1F);
    const pf::Gaussian<float> source(1);
    const pf::AdversarialObjective goal(source, pf::Mixture(bumps, {1, 1, 1, 1}),
                                        pf::ClassicalGame{}, pf::NoPenalty{},
                                        {.batch = 128 / pack, .key = pf::Key{seed}});
    pf::Players players(pf::Mlp<float>({1, 16, 16, 1}, pf::Key{seed}),
                        pf::Mlp<float>({pack, 32, 32, 1}, pf::Key{seed + 100}));
    (void)pf::fit(players, goal, two(players, 4e-3, 2e-3), {.steps = 800});
    const auto y = pf::Sampler(players.generator(), source, pf::Key{99}).sample(1000);
    int found = 0;
    for (int k = 0; k < 4; ++k)
      found += ((y.array() - float(2 * k - 3)).abs() < 0.3F).count() > 1000 / 16;
    return found;
  };
  int one = 0, packed = 0;
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    one += modes(1, seed);
    packed += modes(2, seed);
  }
  INFO(one << " and " << packed << " modes of 12");
  CHECK(one <= 8);
  CHECK(packed >= 10);
}

namespace {

const pf::Players<Net, pf::SpectralNorm<Net>>
    kPlayers(Net({1, 5, 1}, pf::Key{1}), pf::SpectralNorm(Net({2, 6, 1}, pf::Key{2})));

template <class Goal>
void continues_bit_for_bit(const Goal& goal) {
  pf::Both optimizer = two(kPlayers, 1e-2, 2e-2);
  optimizer.every = 2;
  const auto options = [](int threads) {
    return pf::FitOptions{.steps = 12, .threads = threads, .schedule = pf::Cosine{}};
  };
  auto whole = kPlayers;
  pf::Run run(whole, goal, optimizer, options(1));
  std::vector<typename decltype(run)::State> states{run.state()};
  while (run.step()) states.push_back(run.state());
  const double loss = run.finish().loss;
  for (std::size_t s = 0; s < states.size(); ++s) {
    auto map = kPlayers;
    pf::Run second(map, goal, optimizer, options(1 + int(s % 7)));
    second.resume(states[s]);
    while (second.step()) continue;
    CHECK(second.finish().loss == loss);
    CHECK(map.parameters() == whole.parameters());
  }
}

}  // namespace

TEST_CASE("a game continues bit for bit from every step, on any threads", "[training][threads]") {
  const pf::Gaussian<double> target(1.0, 2.0);
  continues_bit_for_bit(pf::AdversarialObjective(kStandard, target, pf::WassersteinGame{},
                                                 pf::GradientPenalty{}, {.batch = 300}));
  continues_bit_for_bit(pf::AdversarialObjective(kStandard, target, pf::ClassicalGame{},
                                                 pf::R1Penalty{}, {.batch = 65}));
}

namespace {

/// N(0, 1), but NaN where number(sample) says so.
struct Broken {
  using Scalar = double;
  std::uint64_t from;
  Index dimension() const { return 1; }
  void sample(pf::Key key, std::uint64_t first, pf::BlockRef<double> x) const {
    kStandard.sample(key, first, x);
    for (Index i = 0; i < pf::kBlockSize; ++i)
      if (first + std::uint64_t(i) >= from) x.row(i).setConstant(std::nan(""));
  }
};

}  // namespace

TEST_CASE("a game with NaN ends as diverged, with the last finite players", "[training][hostile]") {
  const auto run = [](const auto& source, const auto& target) {
    const pf::AdversarialObjective goal(source, target, pf::ClassicalGame{}, pf::R1Penalty{},
                                        {.batch = 100});
    auto players = kPlayers;
    const auto result = pf::fit(players, goal, two(players, 1e-2, 1e-2), {.steps = 40});
    CHECK(pf::all_finite(players.parameters()));
    return std::pair(result.status, result.steps);
  };
  const auto diverged = pf::Status::diverged;
  CHECK(run(kStandard, Broken{0}).first == diverged);
  CHECK(run(Broken{0}, kStandard).first == diverged);
  CHECK(run(kStandard, Broken{200 * 7}).first == diverged);
  CHECK(run(kStandard, Broken{200 * 41}) == std::pair(pf::Status::finished, Index(40)));
}
