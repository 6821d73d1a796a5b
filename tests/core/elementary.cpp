#include "pushforward/core/detail/elementary.hpp"

#include "support/catch.hpp"

#include "pushforward/core/detail/pack.hpp"

namespace pf = pushforward;
namespace detail = pushforward::detail;

namespace {

/// Largest relative error of f against g over numbers from 2^low to 2^high, in units of epsilon.
template <class Scalar, class F, class G>
double worst(int low, int high, F f, G g) {
  double most = 0;
  for (int i = 0; i < 400'000; ++i) {
    const double at = low + (high - low) * (i + 0.5) / 400'000;
    const auto x = static_cast<Scalar>(std::exp2(at));
    const long double exact = g(static_cast<long double>(x));
    const auto error = std::abs((static_cast<long double>(f(x)) - exact) / exact);
    most = (std::max)(most, double(error) / double(std::numeric_limits<Scalar>::epsilon()));
  }
  return most;
}

}  // namespace

TEMPLATE_TEST_CASE("Inverse roots have 5 units in the last place, and are finite at 0", "[core]",
                   float, double) {
  const auto f = [](TestType x) { return detail::inverse_square_root(x); };
  const auto g = [](long double x) { return 1 / std::sqrt(x); };
  using Limits = std::numeric_limits<TestType>;
  CHECK(worst<TestType>(-3, 3, f, g) < 5);
  CHECK(worst<TestType>(Limits::min_exponent, Limits::max_exponent - 1, f, g) < 5);
  for (const TestType x : {TestType(0), Limits::denorm_min(), Limits::min() / 3}) {
    CHECK(std::isfinite(f(x)));
    CHECK(f(x) > 0);
    CHECK(std::sqrt(x) * f(x) < 4);
  }
  CHECK(!std::isfinite(f(Limits::infinity())));
}

TEMPLATE_TEST_CASE("Exponentials of what is negative are right, and no subnormal numbers", "[core]",
                   float, double) {
  const auto f = [](TestType x) { return detail::exp_of_negative(-x); };
  const auto g = [](long double x) { return std::exp(-x); };
  CHECK(worst<TestType>(-20, 6, f, g) < 1.5);
  using Limits = std::numeric_limits<TestType>;
  CHECK(f(0) == 1);
  for (const TestType x : {detail::kLastExponent<TestType>, Limits::max(), Limits::infinity()}) {
    CHECK(f(x) == f(detail::kLastExponent<TestType>));
    CHECK(f(x) >= Limits::min());
    CHECK(f(x) < 8 * Limits::min());
  }
  CHECK(std::isnan(f(Limits::quiet_NaN())));
}

TEMPLATE_TEST_CASE("Sums of packs at once have the bits of one after another", "[core][bits]",
                   float, double) {
  using Pack = detail::Pack<TestType>;
  const auto check = [](auto count) {
    constexpr std::size_t n = decltype(count)::value;
    std::array<Pack, n> packs;
    std::array<TestType, n> sums;
    TestType numbers[std::size_t(detail::kPackSize<TestType>)];
    for (std::size_t q = 0; q < n; ++q) {
      for (std::size_t i = 0; i < std::size(numbers); ++i)
        numbers[i] = std::sin(TestType(7 * q + 3 * i + 1));
      detail::load<TestType>(numbers, packs[q]);
    }
    detail::sums<TestType>(packs, sums);
    for (std::size_t q = 0; q < n; ++q) CHECK(sums[q] == detail::sum<TestType>(packs[q]));
  };
  check(std::integral_constant<std::size_t, 1>());
  check(std::integral_constant<std::size_t, 4>());
  check(std::integral_constant<std::size_t, 8>());
}
