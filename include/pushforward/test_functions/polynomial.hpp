#pragma once

#include "pushforward/core/concepts.hpp"
#include "pushforward/core/lane.hpp"

#include <vector>

namespace pushforward {

/// The monomials x_1^a_1 ... x_d^a_d of total degree 1 .. p, by degree, and within a degree in
/// descending lexicographic order of (a_1, ..., a_d): the powers of x_1 first.
template <Real S>
class Polynomial {
 public:
  using Scalar = S;

  /// Throws std::invalid_argument unless dimension >= 1, degree >= 1, and there are at most 100,000
  /// monomials.
  Polynomial(Index dimension, Index degree) : dimension_(dimension) {
    check_count("Polynomial", "dimension", dimension);
    check_count("Polynomial", "degree", degree);
    std::vector<int> exponents(static_cast<std::size_t>(dimension), 0);
    for (Index total = 1; total <= degree; ++total) list(exponents, 0, static_cast<int>(total));
  }

  [[nodiscard]] Index dimension() const { return dimension_; }
  [[nodiscard]] Index size() const { return static_cast<Index>(exponents_.size()); }
  /// Total degree of monomial k.
  [[nodiscard]] Index order(Index k) const {
    Index sum = 0;
    for (const int a : exponents(k)) sum += a;
    return sum;
  }
  /// (a_1, ..., a_d) of monomial k.
  [[nodiscard]] const std::vector<int>& exponents(Index k) const {
    return exponents_[static_cast<std::size_t>(k)];
  }

  void add_sums(ConstBlockRef<Scalar> y, const Lane<Scalar>& weight, VectorRef<Scalar> sums) const {
    for (Index k = 0; k < size(); ++k) sums[k] += weighted_sum(weight, monomial(y, k, -1));
  }

  /// d/dx_j x^a = a_j x^a / x_j.
  void add_pullback(ConstBlockRef<Scalar> y, const Lane<Scalar>& weight, ConstVectorRef<Scalar> v,
                    BlockRef<Scalar> dy) const {
    for (Index k = 0; k < size(); ++k)
      for (Index j = 0; j < dimension_; ++j)
        if (const int a = exponents(k)[static_cast<std::size_t>(j)]; a > 0)
          dy.col(j) += (v[k] * static_cast<Scalar>(a)) * (weight * monomial(y, k, j));
  }

 private:
  /// Appends every way to spread `left` powers over coordinates j .. d - 1.
  void list(std::vector<int>& exponents, std::size_t j, int left) {
    if (j + 1 == exponents.size()) {
      check_argument(exponents_.size() < 100000, "Polynomial", "number of monomials",
                     exponents_.size() + 1, "at most 100000");
      exponents[j] = left;
      exponents_.push_back(exponents);
      return;
    }
    for (int a = left; a >= 0; --a) {
      exponents[j] = a;
      list(exponents, j + 1, left - a);
    }
  }

  /// x^a of monomial k, with one power of x_less taken off unless less is -1.
  [[nodiscard]] Lane<Scalar> monomial(ConstBlockRef<Scalar> y, Index k, Index less) const {
    Lane<Scalar> product = Lane<Scalar>::Ones();
    for (Index j = 0; j < dimension_; ++j) {
      const int power = exponents(k)[static_cast<std::size_t>(j)] - (j == less ? 1 : 0);
      for (int p = 0; p < power; ++p) product *= y.col(j);
    }
    return product;
  }

  Index dimension_;
  std::vector<std::vector<int>> exponents_;
};

}  // namespace pushforward
