#pragma once

#include "pushforward/core/concepts.hpp"
#include "pushforward/core/stack_block.hpp"

#include <utility>

namespace pushforward {

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
  struct Tape {
    typename First::Tape first;
    typename Second::Tape second;
    Block<Scalar> middle;
    Block<Scalar> dmiddle;
  };

  /// Throws std::invalid_argument unless the dimensions meet, at most kMaxStackDimension.
  Compose(First first, Second second) : first_(std::move(first)), second_(std::move(second)) {
    check_size("Compose", "input dimension of the second map", second_.input_dimension(),
               first_.output_dimension());
    StackBlock<Scalar>::check_dimension("Compose", first_.output_dimension());
  }

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
  void set_parameters(ConstVectorRef<Scalar> theta) {
    check_size("Compose::set_parameters", "size of theta", theta.size(), parameter_count());
    first_.set_parameters(theta.head(first_.parameter_count()));
    second_.set_parameters(theta.tail(second_.parameter_count()));
  }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y) const {
    StackBlock<Scalar> stack;
    auto middle = stack.columns(first_.output_dimension());
    first_.apply(x, middle);
    second_.apply(middle, y);
  }

  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Tape& tape) const {
    set_size(tape.middle, kBlockSize, first_.output_dimension());
    set_size(tape.dmiddle, kBlockSize, first_.output_dimension());
    first_.forward(x, tape.middle, tape.first);
    second_.forward(tape.middle, y, tape.second);
  }

  /// The chain rule: through `second`, then through `first`.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dx) const {
    second_.backward(tape.second, dy, dtheta.tail(second_.parameter_count()), tape.dmiddle);
    first_.backward(tape.first, tape.dmiddle, dtheta.head(first_.parameter_count()), dx);
  }

  /// first^-1(second^-1(y)), where both maps are invertible.
  void inverse(ConstBlockRef<Scalar> y,
               BlockRef<Scalar> x) const requires InvertibleMap<First> && InvertibleMap<Second> {
    StackBlock<Scalar> stack;
    auto middle = stack.columns(first_.output_dimension());
    second_.inverse(y, middle);
    first_.inverse(middle, x);
  }

  /// log |det| adds up: that of `first` at x plus that of `second` at first(x).
  void
  log_det_jacobian(ConstBlockRef<Scalar> x,
                   Lane<Scalar>& out) const requires InvertibleMap<First> && InvertibleMap<Second> {
    StackBlock<Scalar> stack;
    auto middle = stack.columns(first_.output_dimension());
    first_.apply(x, middle);
    Lane<Scalar> of_second;
    first_.log_det_jacobian(x, out);
    second_.log_det_jacobian(middle, of_second);
    out += of_second;
  }

 private:
  First first_;
  Second second_;
};

}  // namespace pushforward
