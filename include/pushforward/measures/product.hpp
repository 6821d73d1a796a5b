#pragma once

#include "pushforward/measures/measure.hpp"

#include <numeric>
#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The law of (x, y) for independent x ~ A and y ~ B, on R^(d + e). Nest it for more. \code
///   pf::Product noise_and_context(pf::Gaussian<float>(2), pf::Empirical<float>(contexts));
/// \endcode
template <class A, class B>
class Product {
  static_assert(explain_measure<A>() && explain_measure<B>());
  static_assert(std::same_as<typename A::Scalar, typename B::Scalar>,
                "Product: both measures must have the same Scalar");

 public:
  using Scalar = typename A::Scalar;
  static constexpr std::string_view kName = "Product";

  struct Scratch {
    ScratchOf<A> first;
    ScratchOf<B> second;
    Lane<Scalar> log_density;
  };

  Product(A first, B second) : first_(std::move(first)), second_(std::move(second)) {}

  [[nodiscard]] auto description() const { return describe("first", first_, "second", second_); }
  [[nodiscard]] const A& first() const { return first_; }
  [[nodiscard]] const B& second() const { return second_; }
  [[nodiscard]] Index dimension() const { return d() + e(); }
  /// Of the part that has some, or of both together.
  [[nodiscard]] Index nodes() const requires HasNodes<A> || HasNodes<B> {
    const Index a = nodes_of(first_), b = nodes_of(second_);
    return a == 0 || b == 0 ? a + b : std::lcm(a, b);
  }

  /// Streams key.part(0) of A and key.part(1) of B.
  void sample(Key key, std::uint64_t first, BlockRef<Scalar> x, Scratch& scratch) const {
    pushforward::sample(first_, key.part(0), first, x.leftCols(d()), scratch.first);
    pushforward::sample(second_, key.part(1), first, x.rightCols(e()), scratch.second);
  }

  void quantile(ConstBlockRef<Scalar> u,
                BlockRef<Scalar> x) const requires HasQuantile<A> && HasQuantile<B> {
    first_.quantile(u.leftCols(d()), x.leftCols(d()));
    second_.quantile(u.rightCols(e()), x.rightCols(e()));
  }

  /// log p(x) + log q(y).
  void log_density(ConstBlockRef<Scalar> x, Lane<Scalar>& out,
                   Scratch& scratch) const requires HasDensity<A> && HasDensity<B> {
    pushforward::log_density(first_, x.leftCols(d()), out, scratch.first);
    pushforward::log_density(second_, x.rightCols(e()), scratch.log_density, scratch.second);
    out += scratch.log_density;
  }

  void score(ConstBlockRef<Scalar> x, BlockRef<Scalar> dx,
             Scratch& scratch) const requires HasScore<A> && HasScore<B> {
    pushforward::score(first_, x.leftCols(d()), dx.leftCols(d()), scratch.first);
    pushforward::score(second_, x.rightCols(e()), dx.rightCols(e()), scratch.second);
  }

  /// E exp(i u.X) E exp(i v.Y), w = (u, v).
  [[nodiscard]] std::complex<Scalar> characteristic_function(ConstVectorRef<Scalar> w)
      const requires HasCharacteristicFunction<A> && HasCharacteristicFunction<B> {
    const std::complex<Scalar> a = first_.characteristic_function(w.head(d()));
    const std::complex<Scalar> b = second_.characteristic_function(w.tail(e()));
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
  }

  /// The product of both.
  [[nodiscard]] Scalar
  gaussian_mean(ConstVectorRef<Scalar> c,
                Scalar s) const requires HasGaussianMean<A> && HasGaussianMean<B> {
    return first_.gaussian_mean(c.head(d()), s) * second_.gaussian_mean(c.tail(e()), s);
  }

 private:
  [[nodiscard]] Index d() const { return first_.dimension(); }
  [[nodiscard]] Index e() const { return second_.dimension(); }

  A first_;
  B second_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
