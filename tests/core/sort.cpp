#include "pushforward/core/detail/sort.hpp"

#include "support/catch.hpp"

#include "pushforward/core/random.hpp"

#include <cmath>
#include <numeric>

namespace pf = pushforward;
using pf::Index;

namespace {

template <class S>
constexpr S kNan = std::numeric_limits<S>::quiet_NaN();
template <class S>
constexpr S kInf = std::numeric_limits<S>::infinity();

template <class S>
bool before(S a, S b) {
  return a < b || (std::isnan(b) && !std::isnan(a));
}

/// The order and the numbers that std::stable_sort gives, to the bit.
template <class S>
bool sorts(const std::vector<S>& x, pf::detail::Sorter<S>& sort) {
  std::vector<std::uint32_t> expected(x.size()), order(x.size());
  std::vector<S> sorted(x.size());
  std::iota(expected.begin(), expected.end(), 0U);
  std::stable_sort(expected.begin(), expected.end(),
                   [&](std::uint32_t i, std::uint32_t j) { return before(x[i], x[j]); });
  sort(static_cast<Index>(x.size()), x.data(), order.data(), sorted.data());
  bool same = order == expected;
  std::vector<S> alone(x.size());
  sort(static_cast<Index>(x.size()), x.data(), alone.data());
  const auto bits = [](S number) { return std::bit_cast<pf::detail::Bits<S>>(number); };
  for (std::size_t k = 0; k < x.size(); ++k)
    same = same && bits(sorted[k]) == bits(x[expected[k]]) && bits(alone[k]) == bits(sorted[k]);
  return same;
}

template <class S, class F>
std::vector<S> made(std::size_t n, F f) {
  std::vector<S> x(n);
  for (std::size_t i = 0; i < n; ++i) {
    pf::RandomSequence<double> random({7}, i);
    x[i] = static_cast<S>(f(i, random));
  }
  return x;
}

}  // namespace

TEMPLATE_TEST_CASE("numbers of every kind are sorted, equal ones in the order they come in",
                   "[core]", float, double) {
  using S = TestType;
  using Random = pf::RandomSequence<double>;
  pf::detail::Sorter<S> sort;
  for (const std::size_t n :
       {0U, 1U, 2U, 3U, 24U, 25U, 64U, 100U, 2047U, 4096U, 4097U, 70000U, 9U}) {
    INFO("n = " << n);
    const auto check = [&](const char* what, auto f) {
      INFO(what);
      CHECK(sorts(made<S>(n, f), sort));
    };
    check("normal", [](std::size_t, Random& r) { return r.normal(); });
    check("uniform", [](std::size_t, Random& r) { return r.uniform(); });
    check("few values", [](std::size_t, Random& r) { return std::floor(5 * r.uniform()); });
    check("one value", [](std::size_t, Random&) { return -3.5; });
    check("in order", [](std::size_t i, Random&) { return double(i); });
    check("in reverse", [](std::size_t i, Random&) { return -double(i); });
    check("of every size", [](std::size_t, Random& r) { return std::exp(20 * r.normal()); });
    check("far away", [](std::size_t, Random& r) { return 1e4 + r.uniform(); });
    check("one at infinity, so to say",
          [](std::size_t i, Random& r) { return i == 5 ? 1e30 : r.normal(); });
    check("the first far out", [](std::size_t i, Random& r) { return i == 0 ? 1e30 : r.normal(); });
    check("the first NaN",
          [](std::size_t i, Random& r) { return i == 0 ? kNan<double> : r.normal(); });
    check("the largest", [](std::size_t i, Random& r) {
      return (i % 2 == 0 ? 0.99 : -0.99) * double((std::numeric_limits<S>::max)()) * r.uniform();
    });
    check("subnormal", [](std::size_t, Random& r) {
      return double(std::numeric_limits<S>::denorm_min()) * std::floor(1000 * r.normal());
    });
    check("the smallest range", [](std::size_t, Random& r) {
      return double(std::numeric_limits<S>::denorm_min()) * (r.normal() > 0 ? 1 : 0);
    });
    check("a range just above the smallest numbers", [](std::size_t, Random& r) {
      return std::ldexp(r.normal(), std::numeric_limits<S>::min_exponent + 8);
    });
    check("zeros of both signs", [](std::size_t, Random& r) {
      return r.normal() > 0 ? 0.0 : r.normal() > 0 ? -0.0 : 1.0;
    });
    check("zeros, infinities, NaN", [](std::size_t, Random& r) {
      const double values[] = {-0.0,         0.0,           -1,           1,
                               kNan<double>, -kNan<double>, kInf<double>, -kInf<double>};
      return values[std::size_t(8 * r.uniform())];
    });
    check("NaN alone", [](std::size_t, Random&) { return kNan<double>; });
  }
}

TEMPLATE_TEST_CASE("keys are in the order of the numbers", "[core]", float, double) {
  using S = TestType;
  using pf::detail::order_key;
  const S tiny = std::numeric_limits<S>::denorm_min(), huge = (std::numeric_limits<S>::max)();
  const std::vector<S> ascending{-kInf<S>, -huge, -1, -tiny, 0, tiny, 1, huge, kInf<S>, kNan<S>};
  for (std::size_t i = 0; i + 1 < ascending.size(); ++i)
    CHECK(order_key(ascending[i]) < order_key(ascending[i + 1]));
  CHECK(order_key(S(-0.0)) == order_key(S(0)));
  CHECK(order_key(-kNan<S>) == order_key(kNan<S>));
}
