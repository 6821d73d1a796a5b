#include "pushforward/core/check.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"

#include <limits>

namespace pf = pushforward;
using support::error_of;

TEMPLATE_TEST_CASE("finite numbers are told by their bits", "[core][hostile]", float, double) {
  using Limits = std::numeric_limits<TestType>;
  const TestType nan = Limits::quiet_NaN(), infinity = Limits::infinity();
  for (const TestType x : {TestType(0), TestType(-0.0), Limits::max(), Limits::lowest(),
                           Limits::denorm_min(), Limits::min()})
    CHECK(pf::is_finite(x));
  for (const TestType x : {nan, TestType(-nan), Limits::signaling_NaN(), infinity, -infinity})
    CHECK_FALSE(pf::is_finite(x));
  static_assert(pf::is_finite(TestType(1)) && !pf::is_finite(Limits::infinity()));

  for (const TestType bad : {nan, infinity, -infinity})
    for (const auto& [row, column] : {std::pair<int, int>{0, 0}, {1, 2}, {2, 4}}) {
      pf::Matrix<TestType> x = pf::Matrix<TestType>::Ones(3, 5);
      CHECK(pf::all_finite(x));
      x(row, column) = bad;
      CHECK_FALSE(pf::all_finite(x));
      CHECK_FALSE(pf::all_finite(x.array()));
      CHECK(error_of<std::domain_error>([&] { pf::check_finite("f", "x", x); }) ==
            "f: x at row " + std::to_string(row) + ", column " + std::to_string(column) + " is " +
                pf::to_text(bad) + ", but must be finite");
    }
  CHECK(pf::to_text(nan) == "nan");
  CHECK(pf::to_text(infinity) == "inf");
  CHECK(pf::to_text(TestType(-infinity)) == "-inf");
}

TEST_CASE("a number is printed as the shortest that reads back", "[core]") {
  CHECK(pf::to_text(0.1) == "0.1");
  CHECK(pf::to_text(0.1F) == "0.1");
  CHECK(pf::to_text(-2.5e300) == "-2.5e+300");
  CHECK(pf::to_text(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(pf::to_text(std::size_t(7)) == "7");
}

TEST_CASE("errors name function, name, value and requirement", "[core]") {
  CHECK_NOTHROW(pf::check_argument(true, "f", "x", 1, "small"));
  CHECK_NOTHROW(pf::check_domain(true, "f", "x", 1, "small"));
  CHECK_NOTHROW(pf::check_size("f", "x", 2, 2));
  CHECK(error_of<std::invalid_argument>([] { pf::check_argument(false, "f", "x", 9, "small"); }) ==
        "f: x is 9, but must be small");
  CHECK(error_of<std::domain_error>([] { pf::check_domain(false, "f", "x", -1.5, "positive"); }) ==
        "f: x is -1.5, but must be positive");
  CHECK(error_of<std::invalid_argument>([] { pf::check_size("f", "x", 2, 3); }) ==
        "f: x is 2, but must be 3");
  CHECK_NOTHROW(pf::check_count("f", "x", 1));
  CHECK(error_of<std::invalid_argument>([] { pf::check_count("f", "x", 0); }) ==
        "f: x is 0, but must be at least 1");
  CHECK(error_of<std::length_error>([] { pf::check_count("f", "x", ~std::uint64_t{0}); }) ==
        "f: x is 18446744073709551615, but must be at most 9223372036854775807");
  CHECK_NOTHROW(pf::check_positive("f", "x", std::numeric_limits<double>::denorm_min()));
  for (const float bad : {0.0F, -1.5F, std::numeric_limits<float>::infinity()})
    CHECK(error_of<std::domain_error>([&] { pf::check_positive("f", "x", bad); }) ==
          "f: x is " + pf::to_text(bad) + ", but must be positive and finite");
  constexpr pf::Index most = (std::numeric_limits<pf::Index>::max)() / 8;
  CHECK_NOTHROW(pf::check_length<double>("f", "r x c", most / 1000, 1000));
  CHECK_NOTHROW(pf::check_length<double>("f", "r x c", 0, most));
  CHECK(error_of<std::length_error>(
            [] { pf::check_length<double>("f", "r x c", most / 1000 + 1, 1000); }) ==
        "f: r x c is 1152921504606847 x 1000, but must be at most 1152921504606846975 numbers");
}
