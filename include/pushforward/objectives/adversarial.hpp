#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/lane.hpp"
#include "pushforward/maps/players.hpp"
#include "pushforward/measures/measure.hpp"
#include "pushforward/objectives/game.hpp"
#include "pushforward/objectives/gradient_penalty.hpp"
#include "pushforward/objectives/objective.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How an AdversarialObjective draws.
struct AdversarialOptions {
  Index batch = 256;  ///< n, what the critic judges a step, real and fake each; at least 1
  Key key{};          ///< of source, target and points between: step s takes samples s n ...

  static constexpr std::string_view kName = "AdversarialOptions";
  [[nodiscard]] auto description() const { return describe("batch", batch, "key", key); }
};

/// What a step of a game came to, means over the batch.
template <Real Scalar>
struct Play {
  Scalar value;      ///< of the game: an estimate of W_1, or of 2 JS - log 4
  Scalar penalty;    ///< what the critic pays besides; its loss is penalty - value
  Scalar generator;  ///< the loss of the generator
};

/// A generator T_theta and a critic D: theta -> sup over D of how well D tells the law T # mu0 from
/// the target, played step by step. dtheta holds the gradient of the generator's loss in theta_G
/// and of the critic's in theta_D, both at theta: it is the gradient of no one function, and a step
/// is a simultaneous one. Two rates keep the critic ahead (Heusel et al. 2017), or Both::every.
/// \code
///   const pf::AdversarialObjective game(source, target, pf::WassersteinGame{},
///                                       pf::GradientPenalty{.weight = 10}, {.batch = 256});
///   const pf::Both two{pf::Adam{.rate = 1e-4, .beta1 = 0.5}, pf::Adam{.rate = 1e-3, .beta1 = 0.5},
///                      players.split()};
///   const auto result = pf::fit(players, game, two, {.steps = 5000});
/// \endcode
/// The loss that `fit` sees is the value of the game: for a good critic, and a small penalty, an
/// estimate of the distance that is left.
///
/// \tparam Rules    a Game: WassersteinGame, ClassicalGame, or your own
/// \tparam Penalty  NoPenalty, GradientPenalty, R1Penalty, or your own
template <class Source, class Target, class Rules = WassersteinGame, class Penalty = NoPenalty>
class AdversarialObjective {
  static_assert(explain_measure<Source>() && explain_measure<Target>());
  static_assert(std::same_as<typename Source::Scalar, typename Target::Scalar>,
                "AdversarialObjective: source and target must have the same Scalar");
  static_assert(explain_game<Rules, typename Source::Scalar>());
  static_assert(explain_critic_penalty<Penalty, typename Source::Scalar>());

 public:
  using Scalar = typename Source::Scalar;
  static constexpr bool kPenalised = !std::same_as<Penalty, NoPenalty>;

  template <class Map>
  struct Workspace {
    static_assert(
        requires(const Map& m) { Players(m.generator(), m.critic()); },
        "an adversarial objective trains Players(generator, critic)");
    /// The room of a worker.
    struct Room {
      ScratchOf<Source> source;
      ScratchOf<Target> target;
      std::vector<TapeOf<typename Map::Generator>> generator;  ///< one for each sample of a pack
      TapeOf<typename Map::Critic> critic;
      Block<Scalar> fake, between, dx, dz;
      Block<Scalar> t, dt;  ///< 64 x 1
    };
    std::vector<Room> rooms;
    Batch<Scalar> z, real;  ///< n packs of samples of the source and of the target
    TreeSum<Scalar> sums;
    Vector<Scalar> total;
  };

  /// Throws std::invalid_argument unless options.batch >= 1, and a multiple of the nodes of source
  /// and target where they have a number of them; std::domain_error if the penalty's weight is
  /// negative or not finite.
  AdversarialObjective(Source source, Target target, Rules rules = {}, Penalty penalty = {},
                       AdversarialOptions options = {})
      : source_(std::move(source)), target_(std::move(target)), rules_(std::move(rules)),
        penalty_(std::move(penalty)), options_(options) {
    check_count("AdversarialObjective", "batch", options.batch);
    check_nodes("AdversarialObjective", "source", source_, options_.batch);
    check_nodes("AdversarialObjective", "target", target_, options_.batch);
    check_settings<Scalar>(penalty_);
  }

  static constexpr std::string_view kName = "AdversarialObjective";
  [[nodiscard]] auto description() const {
    return describe("source", source_, "target", target_, "rules", rules_, "penalty", penalty_,
                    "options", options_);
  }
  [[nodiscard]] const Source& source() const { return source_; }
  [[nodiscard]] const Target& target() const { return target_; }
  [[nodiscard]] const AdversarialOptions& options() const { return options_; }

  /// Throws std::invalid_argument unless the generator leads from the source to the target; and if
  /// source or target has a number of nodes, but the critic takes packs: they would be copies of
  /// one.
  template <class Map>
  void check(const Map& players) const {
    check_size("AdversarialObjective", "input dimension of the generator",
               players.input_dimension(), source_.dimension());
    check_size("AdversarialObjective", "output dimension of the generator",
               players.output_dimension(), target_.dimension());
    if (nodes_of(source_) > 0 || nodes_of(target_) > 0)
      check_size("AdversarialObjective", "pack of the critic over nodes", players.pack(), 1);
  }

  /// The value of the game.
  template <class Map>
  Scalar value_and_gradient(const Map& players, const Step& step, VectorRef<Scalar> dtheta,
                            Workspace<Map>& work) const {
    return play(players, step, dtheta, work).value;
  }

  /// All that a step came to. Sets dtheta, P, to [dL_G/dtheta_G, dL_D/dtheta_D].
  template <class Map>
  Play<Scalar> play(const Map& players, const Step& step, VectorRef<Scalar> dtheta,
                    Workspace<Map>& work) const {
    static_assert(HasCotangent<typename Map::Critic>, "a critic needs `cotangent`");
    static_assert(!kPenalised || HasTangentBackward<typename Map::Critic>,
                  "a penalty on its gradient needs a critic with `tangent_backward`");
    const Index n = options_.batch, m = players.pack(), p = players.parameter_count();
    work.z.resize(m * players.input_dimension(), n);
    work.real.resize(m * players.output_dimension(), n);
    work.total.setZero(p + 3);
    const auto add = [&](auto& room, Index b, VectorRef<Scalar> sums) {
      prepare(players, room);
      draw(players, step, b, work, room);
      const Play<Scalar> share =
          play_block(players, step, b, work.real.weight(b, 0, n, 1 / static_cast<Scalar>(n)),
                     work.z.block(b), work.real.block(b), room, sums.head(players.split()),
                     sums.segment(players.split(), p - players.split()));
      sums.template tail<3>() +=
          Eigen::Matrix<Scalar, 3, 1>(share.value, share.penalty, share.generator);
    };
    // a new room grows now: its worker may come to no block in the first steps
    std::size_t room = work.rooms.size();
    work.rooms.resize((std::max)(room, static_cast<std::size_t>(step.team.threads())));
    for (; room < work.rooms.size(); ++room) add(work.rooms[room], 0, work.total);
    tree_sum<Scalar>(step.team, work.real.blocks(), work.sums, work.total,
                     [&](Index worker, Index b, VectorRef<Scalar> partial) {
                       add(work.rooms[static_cast<std::size_t>(worker)], b, partial);
                     });
    dtheta = work.total.head(p);
    return {work.total[p], work.total[p + 1], work.total[p + 2]};
  }

 private:
  template <class Map, class Room>
  static void prepare(const Map& players, Room& room) {
    const Index inputs = players.critic().input_dimension();
    room.generator.resize(static_cast<std::size_t>(players.pack()));
    for (Block<Scalar>* block : {&room.fake, &room.between, &room.dx})
      set_size(*block, kBlockSize, inputs);
    set_size(room.dz, kBlockSize, players.input_dimension());
    set_size(room.t, kBlockSize, 1);
    set_size(room.dt, kBlockSize, 1);
  }

  /// Block b of both batches: sample k of pack i is number (s m + k) n + i of its stream.
  template <class Map, class Room>
  void draw(const Map& players, const Step& step, Index b, Workspace<Map>& work, Room& room) const {
    const Index d = players.input_dimension(), e = players.output_dimension();
    for (Index k = 0; k < players.pack(); ++k) {
      const std::uint64_t first = number(step.index * players.pack() + k, b);
      pushforward::sample(source_, options_.key.part(1), first,
                          work.z.block(b).middleCols(k * d, d), room.source);
      pushforward::sample(target_, options_.key.part(2), first,
                          work.real.block(b).middleCols(k * e, e), room.target);
    }
    if (b + 1 < work.z.blocks()) return;
    work.z.pad();
    work.real.pad();
  }

  [[nodiscard]] std::uint64_t number(Index batch, Index b) const {
    return static_cast<std::uint64_t>(batch) * static_cast<std::uint64_t>(options_.batch) +
           static_cast<std::uint64_t>(b * kBlockSize);
  }

  /// The share of a block in what the step comes to, and in both gradients.
  template <class Map, class Room>
  Play<Scalar> play_block(const Map& players, const Step& step, Index b, const Lane<Scalar>& weight,
                          ConstBlockRef<Scalar> z, ConstBlockRef<Scalar> real, Room& room,
                          VectorRef<Scalar> dgenerator, VectorRef<Scalar> dcritic) const {
    const auto& generator = players.generator();
    const auto& critic = players.critic();
    const Index d = players.input_dimension(), e = players.output_dimension();
    const auto tape = [&](Index k) -> auto& { return room.generator[static_cast<std::size_t>(k)]; };
    /// E cost(t), with its derivative in t in room.dt.
    const auto mean = [&](auto cost) {
      Lane<Scalar> t = room.t.col(0), slope;
      cost(t, slope);
      room.dt.col(0) = weight * slope;
      return weighted_sum(weight, t);
    };
    Play<Scalar> share{};

    for (Index k = 0; k < players.pack(); ++k)
      generator.forward(z.middleCols(k * d, d), room.fake.middleCols(k * e, e), tape(k));
    critic.forward(room.fake, room.t, room.critic);
    share.value -= mean([&](auto& t, auto& slope) { rules_.fake(t, slope); });
    critic.backward(room.critic, room.dt, dcritic, room.dx);
    share.generator = mean([&](auto& t, auto& slope) { rules_.generator(t, slope); });
    critic.cotangent(room.critic, room.dt, room.dx);
    for (Index k = 0; k < players.pack(); ++k)
      generator.backward(tape(k), room.dx.middleCols(k * e, e), dgenerator, room.dz);

    critic.forward(real, room.t, room.critic);
    share.value -= mean([&](auto& t, auto& slope) { rules_.real(t, slope); });
    critic.backward(room.critic, room.dt, dcritic, room.dx);

    if constexpr (kPenalised) {
      if constexpr (Penalty::kBetween) {
        uniforms<Scalar>(options_.key.part(3), number(step.index, b), room.dt);
        for (Index j = 0; j < real.cols(); ++j)
          room.between.col(j) = real.col(j) + room.dt.col(0) * (room.fake.col(j) - real.col(j));
        critic.forward(room.between, room.t, room.critic);
      }
      share.penalty = add_penalty(critic, weight, room, dcritic);
    }
    return share;
  }

  /// E of the penalty on q = |g|^2, g = grad D where room.critic has been: its gradient in theta_D
  /// is that of <g, u> with u = dq/dg times the penalty's slope held fixed.
  template <class Critic, class Room>
  Scalar add_penalty(const Critic& critic, const Lane<Scalar>& weight, Room& room,
                     VectorRef<Scalar> dcritic) const {
    room.dt.setOnes();
    critic.cotangent(room.critic, room.dt, room.dx);
    Lane<Scalar> q = Lane<Scalar>::Zero(), slope;
    for (Index j = 0; j < room.dx.cols(); ++j) q += room.dx.col(j) * room.dx.col(j);
    penalty_(q, slope);
    for (Index j = 0; j < room.dx.cols(); ++j) room.dx.col(j) *= 2 * weight * slope;
    critic.tangent_backward(room.critic, room.dx, room.dt, dcritic, room.between);
    return weighted_sum(weight, q);
  }

  Source source_;
  Target target_;
  Rules rules_;
  Penalty penalty_;
  AdversarialOptions options_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
