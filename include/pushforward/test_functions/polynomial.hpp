#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/test_functions/test_functions.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The monomials x_1^a_1 ... x_d^a_d of total degree 1 .. p, by degree, and within a degree in
/// descending lexicographic order of (a_1, ..., a_d): the powers of x_1 first.
template <Real S>
class Polynomial {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = "Polynomial";

  /// Throws std::invalid_argument unless dimension >= 1, degree >= 1, and there are at most 100,000
  /// monomials.
  Polynomial(std::integral auto dimension, std::integral auto degree) {
    check_count("Polynomial", "dimension", dimension);
    check_count("Polynomial", "degree", degree);
    dimension_ = static_cast<Index>(dimension), degree_ = static_cast<Index>(degree);
    check_count_of_monomials();
    std::vector<Power> powers;
    for (Index total = 1; total <= degree_; ++total)
      for (powers = {{0, total}}; !powers.empty(); next(powers)) {
        powers_.insert(powers_.end(), powers.begin(), powers.end());
        ends_.push_back(powers_.size());
      }
  }

  [[nodiscard]] auto description() const {
    return describe("dimension", dimension_, "degree", degree_);
  }
  [[nodiscard]] Index dimension() const { return dimension_; }
  [[nodiscard]] Index size() const { return static_cast<Index>(ends_.size()); }
  /// Total degree of monomial k.
  [[nodiscard]] Index order(Index k) const {
    Index sum = 0;
    for (const Power& power : powers(k)) sum += power.exponent;
    return sum;
  }
  /// (a_1, ..., a_d) of monomial k.
  [[nodiscard]] std::vector<Index> exponents(Index k) const {
    std::vector<Index> a(static_cast<std::size_t>(dimension_), 0);
    for (const Power& power : powers(k)) a[static_cast<std::size_t>(power.j)] = power.exponent;
    return a;
  }

  void add_sums(ConstBlockRef<Scalar> y, const Lane<Scalar>& weight, VectorRef<Scalar> sums) const {
    for (Index k = 0; k < size(); ++k) sums[k] += weighted_sum(weight, monomial(y, k, -1));
  }

  /// d/dx_j x^a = a_j x^a / x_j.
  void add_pullback(ConstBlockRef<Scalar> y, const Lane<Scalar>& weight, ConstVectorRef<Scalar> v,
                    BlockRef<Scalar> dy) const {
    for (Index k = 0; k < size(); ++k)
      for (const auto& [j, exponent] : powers(k))
        dy.col(j) += (v[k] * static_cast<Scalar>(exponent)) * (weight * monomial(y, k, j));
  }

  /// Calls visit(k, dy) with dy = weight grad f_k(y).
  template <class Visit>
  void gradients(ConstBlockRef<Scalar> y, const Lane<Scalar>& weight, BlockRef<Scalar> dy,
                 Visit&& visit) const {
    for (Index k = 0; k < size(); ++k) {
      dy.setZero();
      for (const auto& [j, exponent] : powers(k))
        dy.col(j) = static_cast<Scalar>(exponent) * (weight * monomial(y, k, j));
      visit(k, dy);
    }
  }

 private:
  /// x_j^exponent, exponent >= 1.
  struct Power {
    Index j, exponent;
  };

  /// The factors of monomial k, by coordinate.
  [[nodiscard]] std::span<const Power> powers(Index k) const {
    const auto at = static_cast<std::size_t>(k);
    const std::size_t begin = at == 0 ? 0 : ends_[at - 1];
    return {powers_.data() + begin, ends_[at] - begin};
  }

  /// binomial(d + p, p) - 1, built up as far as it is at most 100,000.
  void check_count_of_monomials() const {
    constexpr Index most = 100000;
    Index count = 1;
    for (Index total = 1; total <= degree_ && count <= most + 1; ++total)
      count = dimension_ > most ? most + 2 : count * (dimension_ + total) / total;
    if (count > most + 1)
      throw std::invalid_argument(error_text("Polynomial", "number of monomials",
                                             "more than " + to_text(most),
                                             "at most " + to_text(most)));
  }

  /// The next monomial of the same degree, or none: one power moves from the last coordinate that
  /// is not d - 1 to the one behind it, with all that d - 1 has.
  void next(std::vector<Power>& monomial) const {
    Index moved = 1;
    if (monomial.back().j == dimension_ - 1) {
      moved += monomial.back().exponent;
      monomial.pop_back();
      if (monomial.empty()) return;
    }
    const Index j = monomial.back().j;
    if (--monomial.back().exponent == 0) monomial.pop_back();
    monomial.push_back({j + 1, moved});
  }

  /// x^a of monomial k, with one power of x_less taken off unless less is -1.
  [[nodiscard]] Lane<Scalar> monomial(ConstBlockRef<Scalar> y, Index k, Index less) const {
    Lane<Scalar> product = Lane<Scalar>::Ones();
    for (const auto& [j, exponent] : powers(k))
      for (Index p = j == less ? 1 : 0; p < exponent; ++p) product *= y.col(j);
    return product;
  }

  Index dimension_ = 0;
  Index degree_ = 0;
  std::vector<Power> powers_;      ///< of all monomials, one after another
  std::vector<std::size_t> ends_;  ///< where those of monomial k end
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
