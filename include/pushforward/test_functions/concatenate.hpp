#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/core/random.hpp"
#include "pushforward/test_functions/test_functions.hpp"

#include <concepts>
#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How many test functions a family has: `f.functions()` where it says so (a complex exponential is
/// one test function and two real ones), else `f.size()`.
template <class Family>
[[nodiscard]] Index function_count(const Family& f) {
  if constexpr (requires { f.functions(); })
    return f.functions();
  else
    return f.size();
}

/// A family of random functions: `f.redraw(key)` takes new ones, a pure function of the key.
template <class Family>
concept HasRedraw = requires(Family& f, Key key) {
  { f.redraw(key) } -> std::same_as<void>;
};

/// The functions of one family, then those of another. Nest it for more. Expectation, gradients and
/// redraw of each are its own.
template <class First, class Second>
class Concatenate {
  static_assert(explain_test_functions<First>() && explain_test_functions<Second>());
  static_assert(std::same_as<typename First::Scalar, typename Second::Scalar>,
                "Concatenate: both families must have the same Scalar");

 public:
  using Scalar = typename First::Scalar;
  static constexpr std::string_view kName = "Concatenate";

  /// Throws std::invalid_argument if the dimensions differ, with both.
  Concatenate(First first, Second second) : first_(std::move(first)), second_(std::move(second)) {
    check_size("Concatenate", "dimension of the second family", second_.dimension(),
               first_.dimension());
  }

  [[nodiscard]] auto description() const { return describe("first", first_, "second", second_); }
  [[nodiscard]] const First& first() const { return first_; }
  [[nodiscard]] const Second& second() const { return second_; }
  [[nodiscard]] Index dimension() const { return first_.dimension(); }
  [[nodiscard]] Index size() const { return first_.size() + second_.size(); }
  [[nodiscard]] Index functions() const { return function_count(first_) + function_count(second_); }

  /// Redraws each part that can be, with keys of its own.
  void redraw(Key key) requires HasRedraw<First> || HasRedraw<Second> {
    if constexpr (HasRedraw<First>) first_.redraw(key.part(0));
    if constexpr (HasRedraw<Second>) second_.redraw(key.part(1));
  }

  void add_sums(ConstBlockRef<Scalar> y, const Lane<Scalar>& weight, VectorRef<Scalar> sums) const {
    first_.add_sums(y, weight, sums.head(first_.size()));
    second_.add_sums(y, weight, sums.tail(second_.size()));
  }

  void add_pullback(ConstBlockRef<Scalar> y, const Lane<Scalar>& weight, ConstVectorRef<Scalar> v,
                    BlockRef<Scalar> dy) const {
    first_.add_pullback(y, weight, v.head(first_.size()), dy);
    second_.add_pullback(y, weight, v.tail(second_.size()), dy);
  }

 private:
  First first_;
  Second second_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
