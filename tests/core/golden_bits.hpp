#pragma once

#include "pushforward/core/detail/linear_algebra.hpp"
#include "pushforward/core/random.hpp"

#include "support/catch.hpp"
#include "support/contraction.hpp"

#include <array>
#include <bit>
#include <cstdint>

/// \file
/// What the numbers below training and sampling come to, in bits: the same for every compiler,
/// instruction set and kind of pack.

namespace golden::inline PUSHFORWARD_ISA {

namespace pf = pushforward;
namespace detail = pushforward::detail;
using pf::Index;

/// FNV-1a of the bits of numbers.
template <class Numbers>
void add(std::uint64_t& digest, const Numbers& numbers) {
  for (Index i = 0; i < numbers.size(); ++i) {
    auto bits =
        std::uint64_t{std::bit_cast<detail::Bits<typename Numbers::Scalar>>(numbers.data()[i])};
    for (int byte = 0; byte < 8; ++byte, bits >>= 8)
      digest = (digest ^ (bits & 0xFFU)) * 0x100000001b3U;
  }
}

/// Numbers uniform on (-scale, scale).
template <pf::Real S>
pf::Matrix<S> numbers(Index rows, Index columns, S scale) {
  pf::Matrix<S> x(rows, columns);
  pf::Block<S> block(pf::kBlockSize, columns);
  for (Index i = 0; i < rows; i += pf::kBlockSize) {
    pf::uniforms<S>({1, 2}, std::uint64_t(i), block);
    const Index count = (std::min)(pf::kBlockSize, rows - i);
    x.middleRows(i, count) = ((2 * block - 1) * scale).matrix().topRows(count);
  }
  return x;
}

/// Elementary functions where they are finite.
template <pf::Real S>
std::uint64_t functions() {
  std::uint64_t digest = 0xcbf29ce484222325U;
  const auto of_lanes = [&](S low, S high, auto f) {
    const pf::Block<S> x = numbers<S>(pf::kBlockSize, 20, (high - low) / 2).array();
    for (Index j = 0; j < x.cols(); ++j) {
      pf::Lane<S> lane = x.col(j) + (low + high) / 2;
      f(lane);
      add(digest, lane);
    }
  };
  pf::Lane<S> other;
  of_lanes(-80, 80, [](auto& x) { pf::exp(x); });
  of_lanes(0, 8, [](auto& x) { pf::log(x); });
  of_lanes(-3, 3, [](auto& x) { pf::tanh(x); });
  of_lanes(-9, 9, [](auto& x) { pf::logistic(x); });
  of_lanes(-9, 9, [](auto& x) { pf::softplus(x); });
  of_lanes(-9, 9, [&](auto& x) { pf::sincos(x, x, other); });
  of_lanes(-9, 9, [&](auto& x) { pf::sincos(x, other, x); });
  of_lanes(S(-1e30), S(1e30), [&](auto& x) { pf::sincos(x, x, other); });
  of_lanes(0, 1, [](auto& x) { pf::normal_quantile(x); });
  of_lanes(0, S(1e-20), [](auto& x) { pf::normal_from_tail(x); });
  of_lanes(-12, 9, [](auto& x) {
    for (Index i = 0; i < x.size(); ++i) x[i] = pf::normal_cdf(x[i]);
  });
  of_lanes(-1, 1, [](auto& x) {
    for (Index i = 0; i < x.size(); ++i) x[i] = pf::power(x[i], i);
  });
  return digest;
}

/// Normal numbers, and those of sequences.
template <pf::Real S>
std::uint64_t draws() {
  std::uint64_t digest = 0xcbf29ce484222325U;
  pf::Block<S> z(pf::kBlockSize, 33);
  pf::normals<S>({3, 4}, 5, z);
  add(digest, z);
  for (std::uint64_t i = 0; i < 50; ++i) {
    pf::RandomSequence<S> random({3, 4}, i);
    pf::Vector<S> x(3);
    for (S& number : x) number = random.gamma(S(i + 1) / 8) + random.normal() * random.uniform();
    add(digest, x);
  }
  return digest;
}

/// Sums, products and solutions.
template <pf::Real S>
std::uint64_t algebra() {
  std::uint64_t digest = 0xcbf29ce484222325U;
  const pf::Matrix<S> a = numbers<S>(150, 77, 1), x = numbers<S>(77, 1, 2),
                      y = numbers<S>(150, 1, 2);
  for (const Index n : {7, 64, 1300, 5000}) {
    const pf::Matrix<S> v = numbers<S>(n, 2, 1);
    pf::Vector<S> sums(3);
    sums << detail::sum<S>(v.col(0)), detail::dot<S>(v.col(0), v.col(1)), detail::norm<S>(v.col(0));
    add(digest, sums);
  }
  pf::Vector<S> ax(150), ay(77), lx = x;
  detail::multiply<S>(a, x.col(0), ax);
  detail::multiply_transposed<S>(a, y.col(0), ay);
  add(digest, ax);
  add(digest, ay);
  pf::Matrix<S> g = pf::Matrix<S>::Zero(77, 77);
  detail::gram<S>(a, g);
  add(digest, g);
  g.diagonal().array() += S(1);
  REQUIRE(detail::cholesky<S>(g));
  detail::solve_lower<S>(g, lx);
  add(digest, g);
  add(digest, lx);
  detail::solve_lower_transposed<S>(g, lx);
  add(digest, lx);
  return digest;
}

/// Compares all of it with the bits that are promised.
inline void compare() {
  if (support::contracts()) return;
  CHECK(functions<float>() == 0xff35096ac59cb0a9U);
  CHECK(functions<double>() == 0xd7d35554ea4f3b74U);
  CHECK(draws<float>() == 0xeba3beae2b41d5e3U);
  CHECK(draws<double>() == 0xab04972d1079067eU);
  CHECK(algebra<float>() == 0x66a3a04953d4e707U);
  CHECK(algebra<double>() == 0x7926b276b24a379aU);
}

}  // namespace golden::inline PUSHFORWARD_ISA
