#include "pushforward/io/text.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

namespace pf = pushforward;

TEST_CASE("a token is shown on one line of ASCII, and cut", "[io]") {
  CHECK(pf::token_text("") == R"("")");
  CHECK(pf::token_text("abc 1.5") == R"("abc 1.5")");
  CHECK(pf::token_text("a\"b\\c") == R"("a\"b\\c")");
  CHECK(pf::token_text(std::string_view("\0\n\x1b\x7f\xff~ ", 7)) == R"("\x00\x0a\x1b\x7f\xff~ ")");
  CHECK(pf::token_text(std::string(40, 'a')) == '"' + std::string(40, 'a') + '"');
  CHECK(pf::token_text(std::string(41, 'a')) == '"' + std::string(40, 'a') + "\"...");
}

TEST_CASE("the whole of a text is read as a number", "[io]") {
  double x = 42;
  const auto reads = [&x](std::string_view text, double expected) {
    INFO(text);
    CHECK(pf::read_number(text, x) == std::errc());
    CHECK(x == expected);
  };
  reads("1.5", 1.5);
  reads("+1.5", 1.5);
  reads("-1e-3", -1e-3);
  reads("5.", 5);
  reads(".5", 0.5);
  reads("1E+5", 1e5);
  reads("1.7976931348623157e308", (std::numeric_limits<double>::max)());
  reads("4.9e-324", std::numeric_limits<double>::denorm_min());

  const auto refuses = [](std::string_view text, std::errc reason) {
    INFO(text);
    double unchanged = 42;
    CHECK(pf::read_number(text, unchanged) == reason);
    CHECK(unchanged == 42);
  };
  for (const char* text : {"",  " ", "abc", "1,5", "1 ",  " 1",  "0x10",  "1e",  "e5",  ".",
                           "+", "-", "++1", "+-1", "--1", "1-1", "1_000", "1d5", "one", "1;2"})
    refuses(text, std::errc::invalid_argument);
  for (const char* text : {"nan", "NaN", "-nan", "nan(1)", "inf", "+inf", "-Infinity"})
    refuses(text, std::errc::argument_out_of_domain);
  for (const char* text : {"1e400", "-1e400", "0.00001e999", "1e99999999999999999999", "1.8e308"})
    refuses(text, std::errc::result_out_of_range);
  refuses(std::string(400, '9'), std::errc::result_out_of_range);
  refuses(std::string(400, '9').append(".5e-2"), std::errc::result_out_of_range);
}

TEST_CASE("a decimal too small to be another number is zero, with its sign", "[io]") {
  for (const char* text : {"1e-400", "0.1e-324", "123456e-999", "1e-99999999999999999999"}) {
    INFO(text);
    double x = 42;
    CHECK(pf::read_number(text, x) == std::errc());
    CHECK((x == 0 && !std::signbit(x)));
    CHECK(pf::read_number("-" + std::string(text), x) == std::errc());
    CHECK((x == 0 && std::signbit(x)));
  }
  double x = 42;
  CHECK(pf::read_number("0." + std::string(400, '0') + "1e+3", x) == std::errc());
  CHECK(x == 0);
  float y = 42;
  CHECK(pf::read_number("1e-46", y) == std::errc());
  CHECK(y == 0);
  CHECK(pf::read_number("3.5e38", y) == std::errc::result_out_of_range);
}

TEST_CASE("integers are read in the range of their type", "[io]") {
  std::uint64_t seed = 42;
  CHECK(pf::read_number("18446744073709551615", seed) == std::errc());
  CHECK(seed == 18446744073709551615U);
  CHECK(pf::read_number("18446744073709551616", seed) == std::errc::result_out_of_range);
  CHECK(pf::read_number("-1", seed) == std::errc::invalid_argument);
  CHECK(pf::read_number("1.0", seed) == std::errc::invalid_argument);
  CHECK(seed == 18446744073709551615U);
  int steps = 0;
  CHECK(pf::read_number("-7", steps) == std::errc());
  CHECK(steps == -7);
}
