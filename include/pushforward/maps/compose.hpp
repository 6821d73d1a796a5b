#pragma once

#include "pushforward/maps/map.hpp"

#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// T(x) = second(first(x)). The flat parameter vector is that of `first`, then that of `second`.
/// \code
///   pf::Compose generator(pf::Mlp<double>({2, 32, 4}, pf::Key{1}), units.inverse_map());
/// \endcode
template <class First, class Second>
class Compose {
  static_assert(explain_map<First>() && explain_map<Second>());
  static_assert(std::same_as<typename First::Scalar, typename Second::Scalar>,
                "Compose: both maps must have the same Scalar");

 public:
  using Scalar = typename First::Scalar;
  static constexpr std::string_view kName = "Compose";
  struct Tape {
    TapeOf<First> first;
    TapeOf<Second> second;
    Block<Scalar> middle;
    Block<Scalar> dmiddle;
    std::vector<Lane<Scalar>> log_det;
    Block<Scalar> second_order[4];  ///< room of tangent_backward
  };

  struct Scratch {
    ScratchOf<First> first;
    ScratchOf<Second> second;
    Block<Scalar> middle;
    Vector<Scalar> one;
    std::vector<Lane<Scalar>> log_det;  ///< not here, so that deep nestings are small on a stack
  };

  /// Throws std::invalid_argument unless the dimensions meet.
  Compose(First first, Second second) : first_(std::move(first)), second_(std::move(second)) {
    check_size("Compose", "input dimension of the second map", second_.input_dimension(),
               first_.output_dimension());
  }

  [[nodiscard]] auto description() const { return describe("first", first_, "second", second_); }
  [[nodiscard]] const First& first() const { return first_; }
  [[nodiscard]] const Second& second() const { return second_; }
  [[nodiscard]] Index input_dimension() const { return first_.input_dimension(); }
  [[nodiscard]] Index output_dimension() const { return second_.output_dimension(); }
  [[nodiscard]] Index parameter_count() const requires TrainableMap<First> && TrainableMap<Second> {
    return first_.parameter_count() + second_.parameter_count();
  }

  [[nodiscard]] Vector<Scalar>
  parameters() const requires TrainableMap<First> && TrainableMap<Second> {
    Vector<Scalar> theta(parameter_count());
    theta << first_.parameters(), second_.parameters();
    return theta;
  }

  /// Throws std::invalid_argument unless theta has parameter_count() entries.
  void set_parameters(ConstVectorRef<Scalar> theta) requires TrainableMap<First> &&
      TrainableMap<Second> {
    check_size("Compose::set_parameters", "size of theta", theta.size(), parameter_count());
    first_.set_parameters(theta.head(first_.parameter_count()));
    second_.set_parameters(theta.tail(second_.parameter_count()));
  }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    set_size(scratch.middle, kBlockSize, first_.output_dimension());
    pushforward::apply(first_, x, scratch.middle, scratch.first);
    pushforward::apply(second_, scratch.middle, y, scratch.second);
  }

  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y,
               Tape& tape) const requires TrainableMap<First> && TrainableMap<Second> {
    prepare(tape);
    first_.forward(x, tape.middle, tape.first);
    second_.forward(tape.middle, y, tape.second);
  }

  /// The chain rule: through `second`, then through `first`.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dx) const requires TrainableMap<First> && TrainableMap<Second> {
    second_.backward(tape.second, dy, dtheta.tail(second_.parameter_count()), tape.dmiddle);
    first_.backward(tape.first, tape.dmiddle, dtheta.head(first_.parameter_count()), dx);
  }

  void tangent(Tape& tape, ConstBlockRef<Scalar> dx,
               BlockRef<Scalar> dy) const requires HasTangent<First> && HasTangent<Second> {
    first_.tangent(tape.first, dx, tape.dmiddle);
    second_.tangent(tape.second, tape.dmiddle, dy);
  }

  void cotangent(Tape& tape, ConstBlockRef<Scalar> dy,
                 BlockRef<Scalar> dx) const requires HasCotangent<First> && HasCotangent<Second> {
    second_.cotangent(tape.second, dy, tape.dmiddle);
    first_.cotangent(tape.first, tape.dmiddle, dx);
  }

  /// With m = first(x), dm = J_1 dx and s = <dy, J_2(m) dm>: ds/dm goes back through `first`, and
  /// ds/d(dm) = J_2' dy through its tangent.
  void tangent_backward(Tape& tape, ConstBlockRef<Scalar> dx, ConstBlockRef<Scalar> dy,
                        VectorRef<Scalar> dtheta, BlockRef<Scalar> ddx) const requires
      HasTangentBackward<First> && HasTangentBackward<Second> {
    auto& [dm, s_of_m, s_of_dm, through_dm] = tape.second_order;
    for (auto* block : {&dm, &s_of_m, &s_of_dm})
      set_size(*block, kBlockSize, first_.output_dimension());
    set_size(through_dm, kBlockSize, input_dimension());
    auto dfirst = dtheta.head(first_.parameter_count());
    first_.tangent(tape.first, dx, dm);
    second_.tangent_backward(tape.second, dm, dy, dtheta.tail(second_.parameter_count()), s_of_m);
    second_.cotangent(tape.second, dy, s_of_dm);
    first_.backward(tape.first, s_of_m, dfirst, ddx);
    first_.tangent_backward(tape.first, dx, s_of_dm, dfirst, through_dm);
    ddx += through_dm;
  }

  void apply_one(ConstVectorRef<Scalar> x, VectorRef<Scalar> y,
                 Scratch& scratch) const requires HasApplyOne<First> && HasApplyOne<Second> {
    set_size(scratch.one, first_.output_dimension());
    first_.apply_one(x, scratch.one, scratch.first);
    second_.apply_one(scratch.one, y, scratch.second);
  }

  /// log |det| adds up: that of `first` at x plus that of `second` at first(x).
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det,
             Scratch& scratch) const requires InvertibleMap<First> && InvertibleMap<Second> {
    set_size(scratch.middle, kBlockSize, first_.output_dimension());
    scratch.log_det.resize(1);
    first_.apply(x, scratch.middle, log_det, scratch.first);
    second_.apply(scratch.middle, y, scratch.log_det[0], scratch.second);
    log_det += scratch.log_det[0];
  }

  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det, Tape& tape)
      const requires TrainableInvertibleMap<First> && TrainableInvertibleMap<Second> {
    prepare(tape);
    tape.log_det.resize(1);
    first_.forward(x, tape.middle, log_det, tape.first);
    second_.forward(tape.middle, y, tape.log_det[0], tape.second);
    log_det += tape.log_det[0];
  }

  /// Both have the gradient in log |det|.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, const Lane<Scalar>& dlog_det,
                VectorRef<Scalar> dtheta, BlockRef<Scalar> dx) const requires
      TrainableInvertibleMap<First> && TrainableInvertibleMap<Second> {
    second_.backward(tape.second, dy, dlog_det, dtheta.tail(second_.parameter_count()),
                     tape.dmiddle);
    first_.backward(tape.first, tape.dmiddle, dlog_det, dtheta.head(first_.parameter_count()), dx);
  }

  /// first^-1(second^-1(y)).
  void inverse(ConstBlockRef<Scalar> y, BlockRef<Scalar> x,
               Scratch& scratch) const requires InvertibleMap<First> && InvertibleMap<Second> {
    set_size(scratch.middle, kBlockSize, first_.output_dimension());
    second_.inverse(y, scratch.middle, scratch.second);
    first_.inverse(scratch.middle, x, scratch.first);
  }

 private:
  void prepare(Tape& tape) const {
    set_size(tape.middle, kBlockSize, first_.output_dimension());
    set_size(tape.dmiddle, kBlockSize, first_.output_dimension());
  }

  First first_;
  Second second_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
