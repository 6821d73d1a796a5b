#pragma once

#include "pushforward/maps/map.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// A generator and the critic it is trained against, as one map: that of the generator. The flat
/// parameter vector is [theta_G, theta_D]; so `fit` trains both, `Both` moves each by an optimizer
/// of its own, and `generator()` is what is kept in the end. \code
///   pf::Players players(pf::Mlp<float>({2, 64, 64, 2}, pf::Key{1}),
///                       pf::Mlp<float, pf::Silu>({2, 64, 64, 1}, pf::Key{2}));
/// \endcode
/// A critic of m e inputs, for a generator of e outputs, judges m samples at once (PacGAN; Lin,
/// Khetan, Fanti & Oh 2018): a generator that drops a mode is told by m samples sooner than by one.
template <class Generator_, class Critic_>
class Players {
  static_assert(explain_map<Generator_>() && explain_map<Critic_>());
  static_assert(std::same_as<typename Generator_::Scalar, typename Critic_::Scalar>,
                "Players: both maps must have the same Scalar");
  static constexpr bool kTrainable = TrainableMap<Generator_> && TrainableMap<Critic_>;

 public:
  using Generator = Generator_;
  using Critic = Critic_;
  using Scalar = typename Generator::Scalar;
  using Scratch = ScratchOf<Generator>;
  static constexpr std::string_view kName = "Players";
  struct Tape {
    TapeOf<Generator> generator;
  };

  /// Throws std::invalid_argument unless the critic has one output, and a multiple of the
  /// generator's outputs as inputs.
  Players(Generator generator, Critic critic)
      : generator_(std::move(generator)), critic_(std::move(critic)) {
    check_size("Players", "output dimension of the critic", critic_.output_dimension(), 1);
    check_argument(critic_.input_dimension() % output_dimension() == 0, "Players",
                   "input dimension of the critic", critic_.input_dimension(),
                   "a multiple of the " + to_text(output_dimension()) +
                       " outputs of the generator");
  }

  [[nodiscard]] auto description() const {
    return describe("generator", generator_, "critic", critic_);
  }
  [[nodiscard]] const Generator& generator() const { return generator_; }
  [[nodiscard]] const Critic& critic() const { return critic_; }
  /// m
  [[nodiscard]] Index pack() const { return critic_.input_dimension() / output_dimension(); }
  [[nodiscard]] Index input_dimension() const { return generator_.input_dimension(); }
  [[nodiscard]] Index output_dimension() const { return generator_.output_dimension(); }
  [[nodiscard]] Index parameter_count() const requires kTrainable {
    return split() + critic_.parameter_count();
  }
  /// The parameters of the generator, which come first.
  [[nodiscard]] Index split() const requires kTrainable { return generator_.parameter_count(); }

  [[nodiscard]] Vector<Scalar> parameters() const requires kTrainable {
    Vector<Scalar> theta(parameter_count());
    theta << generator_.parameters(), critic_.parameters();
    return theta;
  }
  /// Throws std::invalid_argument unless theta has parameter_count() entries.
  void set_parameters(ConstVectorRef<Scalar> theta) requires kTrainable {
    check_size("Players::set_parameters", "size of theta", theta.size(), parameter_count());
    generator_.set_parameters(theta.head(split()));
    critic_.set_parameters(theta.tail(critic_.parameter_count()));
  }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    pushforward::apply(generator_, x, y, scratch);
  }
  void apply_one(ConstVectorRef<Scalar> x, VectorRef<Scalar> y,
                 Scratch& scratch) const requires HasApplyOne<Generator> {
    generator_.apply_one(x, y, scratch);
  }
  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Tape& tape) const requires kTrainable {
    generator_.forward(x, y, tape.generator);
  }
  /// The critic has no part in T, and no gradient.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dx) const requires kTrainable {
    generator_.backward(tape.generator, dy, dtheta.head(split()), dx);
  }

 private:
  Generator generator_;
  Critic critic_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
