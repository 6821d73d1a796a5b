#include "pushforward/objectives/adversarial.hpp"

#include "support/laws.hpp"

#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/compose.hpp"
#include "pushforward/maps/mlp.hpp"
#include "pushforward/maps/spectral_norm.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/quasi_random.hpp"

namespace pf = pushforward;
using pf::Index;
using Vector = pf::Vector<double>;
using Matrix = pf::Matrix<double>;
using Net = pf::Mlp<double>;

namespace {

constexpr pf::Key kKey{5, 2};
const pf::Gaussian<double> kSource(2);
const pf::Gaussian<double> kTarget(Vector{{0.5, -1, 0.25}},
                                   Matrix{{0.5, 0, 0}, {0.1, 1, 0}, {0, -0.3, 0.8}});

/// A generator from R^2 to R^3, and a critic of `pack` samples.
template <class Critic = Net>
pf::Players<Net, Critic> players(Index pack = 1) {
  const Net net({3 * pack, 7, 6, 1}, pf::Key{2});
  return {Net({2, 5, 3}, pf::Key{1}), Critic(net)};
}

template <class Rules, class Penalty>
auto game(Rules rules, Penalty penalty, Index batch = 100) {
  return pf::AdversarialObjective(kSource, kTarget, rules, penalty, {.batch = batch, .key = kKey});
}

struct Played {
  pf::Play<double> play;
  Vector dtheta;
};

template <class O, class M>
Played play(const O& objective, const M& map, Index step = 3, int threads = 1) {
  typename O::template Workspace<M> work;
  pf::Team team(threads);
  Vector dtheta(map.parameter_count());
  const pf::Play<double> play = objective.play(map, {step, team}, dtheta, work);
  return {play, dtheta};
}

/// By its definition, pack by pack, critic's gradients by differences of its values.
struct Plain {
  double value = 0, penalty = 0, generator = 0;
};
double softplus(double x) { return std::log1p(std::exp(x)); }

template <class M, class Rules, class Penalty>
Plain by_packs(const M& map, Rules, Penalty penalty, Index n, Index step) {
  const Index m = map.pack(), d = map.input_dimension(), e = map.output_dimension();
  const auto critic = [&](const Vector& x) {
    pf::Block<double> in = pf::Block<double>::Zero(pf::kBlockSize, x.size());
    in.row(0) = x.transpose();
    return laws::apply(map.critic(), in)(0, 0);
  };
  Plain sum;
  for (Index i = 0; i < n; ++i) {
    Vector fake(m * e), real(m * e);
    for (Index k = 0; k < m; ++k) {
      const auto number = std::uint64_t((step * m + k) * n + i);
      pf::Block<double> z(pf::kBlockSize, d), x(pf::kBlockSize, e);
      kSource.sample(kKey.part(1), number, z);
      kTarget.sample(kKey.part(2), number, x);
      fake.segment(k * e, e) = laws::apply(map.generator(), z).row(0).transpose();
      real.segment(k * e, e) = x.row(0).transpose();
    }
    const double d_fake = critic(fake), d_real = critic(real), share = 1 / double(n);
    if constexpr (std::is_same_v<Rules, pf::WassersteinGame>) {
      sum.value += share * (d_real - d_fake);
      sum.generator -= share * d_fake;
    } else {
      sum.value -= share * (softplus(-d_real) + softplus(d_fake));
      sum.generator += share * softplus(-d_fake);
    }
    if constexpr (!std::is_same_v<Penalty, pf::NoPenalty>) {
      Vector at = real, gradient(m * e);
      if (Penalty::kBetween) {
        pf::Block<double> u(pf::kBlockSize, 1);
        pf::uniforms<double>(kKey.part(3), std::uint64_t(step * n + i), u);
        at = (1 - u(0, 0)) * real + u(0, 0) * fake;
      }
      for (Index j = 0; j < m * e; ++j)
        gradient[j] = support::derivative(
            [&](double t) { return critic(at + t * Vector::Unit(m * e, j)); }, 0.125);
      const double length = gradient.norm();
      sum.penalty += share * penalty.weight *
                     (Penalty::kBetween ? (length - 1) * (length - 1) : length * length / 2);
    }
  }
  return sum;
}

/// Each player's loss as a function of its own parameters has its part of dtheta as its gradient.
template <class M, class Rules, class Penalty>
void check_game(const M& map, Rules rules, Penalty penalty) {
  const Index split = map.split(), rest = map.parameter_count() - split;
  for (const Index n : {1, 65, 150}) {
    const auto objective = game(rules, penalty, n);
    const Played at = play(objective, map);
    const Plain plain = by_packs(map, rules, penalty, n, 3);
    CHECK_THAT(at.play.value, WithinRel(plain.value, 1e-12));
    CHECK_THAT(at.play.generator, WithinRel(plain.generator, 1e-12));
    CHECK_THAT(at.play.penalty, WithinAbs(plain.penalty, 1e-10 * (1 + plain.penalty)));
    for (const int threads : {2, 3, 7}) {
      const Played again = play(objective, map, 3, threads);
      CHECK(again.play.value == at.play.value);
      CHECK(again.play.penalty == at.play.penalty);
      CHECK(laws::same_bits(again.dtheta, at.dtheta));
    }
    if (n == 150) continue;
    const Vector theta = map.parameters();
    const auto moved = [&](const Vector& generator, const Vector& critic) {
      M copy = map;
      Vector joined(theta.size());
      joined << generator, critic;
      copy.set_parameters(joined);
      return play(objective, copy).play;
    };
    const auto generator_loss = [&](const Vector& of) {
      return moved(of, theta.tail(rest)).generator;
    };
    const auto critic_loss = [&](const Vector& of) {
      const pf::Play<double> now = moved(theta.head(split), of);
      return now.penalty - now.value;
    };
    CHECK(support::gradient_gap(generator_loss, theta.head(split), at.dtheta.head(split), 0.125) <
          support::kGradientGap);
    CHECK(support::gradient_gap(critic_loss, theta.tail(rest), at.dtheta.tail(rest), 1.0 / 32) <
          support::kGradientGap);
  }
}

}  // namespace

TEST_CASE("Both players of a game have the gradients of their losses", "[objectives]") {
  check_game(players(), pf::WassersteinGame{}, pf::NoPenalty{});
  check_game(players(), pf::WassersteinGame{}, pf::GradientPenalty{.weight = 3});
  check_game(players(), pf::ClassicalGame{}, pf::R1Penalty{.weight = 3});
  check_game(players(2), pf::ClassicalGame{}, pf::GradientPenalty{});
  check_game(players<pf::SpectralNorm<Net>>(2), pf::WassersteinGame{}, pf::R1Penalty{});
}

TEST_CASE("A workspace serves games of any size", "[objectives]") {
  using Objective = decltype(game(pf::ClassicalGame{}, pf::GradientPenalty{}));
  Objective::Workspace<pf::Players<Net, Net>> used;
  pf::Team team(2);
  for (const auto& [batch, pack] : {std::pair<Index, Index>{300, 1}, {1, 3}, {65, 2}, {300, 1}}) {
    const auto objective = game(pf::ClassicalGame{}, pf::GradientPenalty{}, batch);
    const auto map = players(pack);
    const Played at = play(objective, map, 2);
    Vector again(map.parameter_count());
    CHECK(objective.value_and_gradient(map, {2, team}, again, used) == at.play.value);
    CHECK(laws::same_bits(again, at.dtheta));
  }
}

namespace {

/// D(x) = w x + c on the line, and T(x) = m + x.
pf::Players<pf::Affine<double>, pf::Affine<double>> on_the_line(double m, double w, double c) {
  const auto affine = [](double a, double b) {
    return pf::Affine<double>(Matrix::Constant(1, 1, a), Vector::Constant(1, b));
  };
  return {affine(1, m), affine(w, c)};
}

/// Nodes of N(0, 1) for source and target: expectations are sums of 2^14 values.
template <class Rules, class Penalty>
auto quadrature(Rules rules, Penalty penalty) {
  constexpr Index n = 1 << 14;
  const pf::QuasiRandom<pf::Gaussian<double>> nodes(pf::Gaussian<double>(1), n);
  return pf::AdversarialObjective(nodes, nodes, rules, penalty, {.batch = n});
}

/// The Jensen-Shannon divergence of N(0, 1) and N(m, 1), by the trapezoidal rule.
double jensen_shannon(double m) {
  double sum = 0;
  const double h = 1.0 / 64;
  for (double x = -12; x <= 12 + m; x += h) {
    const double p = std::exp(-x * x / 2), q = std::exp(-(x - m) * (x - m) / 2);
    if (p > 0) sum += p * std::log(2 * p / (p + q)) / 2;
    if (q > 0) sum += q * std::log(2 * q / (p + q)) / 2;
  }
  return sum * h / std::sqrt(2 * std::acos(-1.0));
}

}  // namespace

TEST_CASE("The classical game comes to 2 JS - log 4 at the best critic", "[objectives]") {
  const auto objective = quadrature(pf::ClassicalGame{}, pf::NoPenalty{});
  for (const double m : {0.0, 0.5, 1.0, 3.0}) {
    // log p / q = m^2 / 2 - m x for p = N(0, 1), q = N(m, 1)
    const Played best = play(objective, on_the_line(m, -m, m * m / 2));
    CHECK_THAT(best.play.value, WithinAbs(2 * jensen_shannon(m) - std::log(4.0), 1e-3));
    CHECK(best.dtheta.tail(2).norm() < 1e-3);
    for (const double w : {-0.1, 0.1})
      CHECK(play(objective, on_the_line(m, w - m, m * m / 2)).play.value < best.play.value);
  }
}

TEST_CASE("The Wasserstein game comes to W_1 at the best critic", "[objectives]") {
  const double m = 1.5, weight = 10;
  const auto objective = quadrature(pf::WassersteinGame{}, pf::GradientPenalty{.weight = weight});
  CHECK_THAT(play(objective, on_the_line(m, -1, 0.3)).play.value, WithinRel(m, 1e-6));
  CHECK(play(objective, on_the_line(m, -1, 0.3)).play.penalty < 1e-25);
  // with the penalty, w = -1 - W_1 / (2 weight) is best: W_1 / (2 weight) of W_1 too much
  const Played best = play(objective, on_the_line(m, -1 - m / (2 * weight), 0));
  CHECK(best.dtheta.tail(2).norm() < 1e-6);
  CHECK_THAT(best.play.value, WithinRel(m + m * m / (2 * weight), 1e-6));
  // no gradient has no direction
  CHECK(play(objective, on_the_line(m, 0, 1)).play.penalty == weight);
  CHECK(pf::all_finite(play(objective, on_the_line(m, 0, 1)).dtheta));
}

namespace {

/// `value` at samples i < count, 0 / 0 after.
struct Few {
  using Scalar = double;
  double value;
  std::uint64_t count;
  Index dimension() const { return 1; }
  void sample(pf::Key, std::uint64_t first, pf::BlockRef<double> x) const {
    for (Index i = 0; i < pf::kBlockSize; ++i)
      x.row(i).setConstant(
          first + std::uint64_t(i) < count ? value : std::numeric_limits<double>::quiet_NaN());
  }
};

}  // namespace

TEST_CASE("Samples past the batch do not count", "[objectives]") {
  const auto one = on_the_line(0.25, 2, 0);
  for (const Index n : {1, 63, 64, 65}) {
    const Few three{3, std::uint64_t(n)}, four{4, std::uint64_t(n)};
    const pf::AdversarialObjective objective(three, four, pf::WassersteinGame{},
                                             pf::R1Penalty{.weight = 5}, {.batch = n});
    const Played at = play(objective, one, 0);
    CHECK_THAT(at.play.value, WithinRel(2 * (4 - 3.25), 1e-14));
    CHECK_THAT(at.play.penalty, WithinRel(10.0, 1e-14));
    CHECK_THAT(at.play.generator, WithinRel(-6.5, 1e-14));
    CHECK(laws::relative_gap(at.dtheta, Vector{{-6, -2, 10 - 0.75, 0}}) < 1e-14);
  }
}

TEST_CASE("Games that cannot be", "[objectives][errors]") {
  using support::error_of;
  using Limits = std::numeric_limits<double>;
  CHECK(error_of<std::invalid_argument>([] { game(pf::WassersteinGame{}, pf::NoPenalty{}, 0); }) ==
        "AdversarialObjective: batch is 0, but must be at least 1");
  CHECK(error_of<std::domain_error>([] {
          game(pf::WassersteinGame{}, pf::GradientPenalty{.weight = -1});
        }) == "GradientPenalty: weight is -1, but must be finite and at least 0");
  for (const double weight : {Limits::quiet_NaN(), Limits::infinity()})
    CHECK_THROWS_AS(game(pf::WassersteinGame{}, pf::R1Penalty{.weight = weight}),
                    std::domain_error);
  CHECK_NOTHROW(game(pf::WassersteinGame{}, pf::GradientPenalty{.weight = 0}));
  const pf::QuasiRandom<pf::Gaussian<double>> nodes(kSource, 100), node(kSource, 1);
  CHECK(error_of<std::invalid_argument>([&] {
          pf::AdversarialObjective(nodes, kTarget, {}, pf::NoPenalty{}, {.batch = 50});
        }) == "AdversarialObjective: batch is 50, but must be a multiple of the 100 nodes of the "
              "source");
  CHECK_THROWS_AS(pf::AdversarialObjective(kTarget, nodes, {}, pf::NoPenalty{}, {.batch = 50}),
                  std::invalid_argument);
  const auto packs = [&](const auto& source, const auto& target, Index pack) {
    return error_of<std::invalid_argument>([&] {
      pf::AdversarialObjective(source, target, pf::WassersteinGame{}, pf::NoPenalty{},
                               {.batch = 100})
          .check(players(pack));
    });
  };
  const std::string copies =
      "AdversarialObjective: pack of the critic over nodes is 2, but must be 1";
  const pf::QuasiRandom<pf::Gaussian<double>> target_nodes(pf::Gaussian<double>(3), 100);
  CHECK(packs(nodes, kTarget, 2) == copies);
  CHECK(packs(node, kTarget, 2) == copies);
  CHECK(packs(kSource, target_nodes, 2) == copies);
  CHECK(packs(kSource, kTarget, 2) == "nothing was thrown");
  CHECK(packs(nodes, target_nodes, 1) == "nothing was thrown");
  const auto check = [](const std::vector<Index>& sizes) {
    return error_of<std::invalid_argument>([&] {
      const Net critic({sizes.back(), 1}, pf::Key{});
      game(pf::WassersteinGame{}, pf::NoPenalty{})
          .check(pf::Players(Net(sizes, pf::Key{}), critic));
    });
  };
  CHECK(check({2, 3}) == "nothing was thrown");
  CHECK(check({3, 3}) ==
        "AdversarialObjective: input dimension of the generator is 3, but must be 2");
  CHECK(check({2, 2}) ==
        "AdversarialObjective: output dimension of the generator is 2, but must be 3");
}
