#include "support/arguments.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/run_guarded.hpp"

#include <cstdint>

using Tokens = std::vector<const char*>;

namespace {

/// A program with an argument of each kind.
struct Program {
  std::uint64_t seed = 7;
  int steps = 40;
  std::string view = "mean";
  std::filesystem::path out = "here", data, more = "more.csv";
  support::Arguments arguments{"fit", "Learns a map."};

  Program() {
    arguments.option("DATA", data, "CSV file")
        .option("MORE", more, "another")
        .option("--seed", seed, "names all that is random")
        .option("--steps", steps, "steps of training", {1, 1000})
        .option("--view", view, "what is minimised", {"mean", "supremum"})
        .option("--out", out, "folder");
  }

  bool read(Tokens tokens) {
    tokens.insert(tokens.begin(), "fit");
    return arguments.read(static_cast<int>(tokens.size()), tokens.data());
  }
};

std::string read_error(const Tokens& tokens) {
  return support::error_of<std::invalid_argument>([&] { (void)Program().read(tokens); });
}

}  // namespace

TEST_CASE("arguments set the variables they were declared with", "[examples]") {
  Program program;
  CHECK(program.read({"a.csv", "--seed", "18446744073709551615", "--view", "supremum", "--steps",
                      "1000", "b.csv", "--out", "over there"}));
  CHECK(program.data == "a.csv");
  CHECK(program.more == "b.csv");
  CHECK(program.seed == 18446744073709551615U);
  CHECK(program.steps == 1000);
  CHECK(program.view == "supremum");
  CHECK(program.out == "over there");
}

TEST_CASE("arguments left out keep what they hold", "[examples]") {
  Program program;
  CHECK(program.read({"a.csv"}));
  CHECK(program.more == "more.csv");
  CHECK(program.seed == 7);
  CHECK(program.steps == 40);
  CHECK(program.view == "mean");
  CHECK(program.out == "here");
  CHECK(support::Arguments("none", "Takes no argument.").read(0, nullptr));
}

TEST_CASE("a wrong argument is refused in a line that names it", "[examples]") {
  const std::string integer = ", but must be an integer from 0 to 18446744073709551615";
  for (const char* token : {"18446744073709551616", "-1", "1.5", "abc", "", "0x10"})
    CHECK(read_error({"a", "--seed", token}) ==
          "--seed is \"" + std::string(token) + "\"" + integer);
  for (const char* token : {"0", "1001"})
    CHECK(read_error({"a", "--steps", token}) ==
          "--steps is \"" + std::string(token) + "\", but must be an integer from 1 to 1000");
  CHECK(read_error({"a", "--view", "me\nan"}) ==
        R"(--view is "me\x0aan", but must be mean|supremum)");
  CHECK(read_error({"a", "--out", ""}) == R"(--out is "", but must be a path)");
  CHECK(read_error({"a", "--steps"}) == "--steps is not followed by a value, INTEGER");
  CHECK(read_error({"a", "--out", "--seed", "3"}) == "--out is not followed by a value, PATH");
  CHECK(read_error({"a", "--seed", "3", "--seed", "3"}) == "--seed is given twice");
  for (const char* token : {"--sead", "--seed=3", "-s", "--"})
    CHECK(read_error({"a", token}) ==
          "unknown argument \"" + std::string(token) + "\"; see --help");
  CHECK(read_error({"a", "b", "c"}) == R"(unknown argument "c"; see --help)");
  CHECK(read_error({}) == "DATA is missing: CSV file");
}

TEST_CASE("help lists the arguments and their defaults", "[examples]") {
  CHECK(Program().arguments.help() == R"(Usage: fit [--flag VALUE]... DATA [MORE]
Learns a map.

  DATA                      CSV file
  MORE                      another (default more.csv)
  --seed INTEGER            names all that is random (default 7)
  --steps INTEGER           steps of training (default 40)
  --view mean|supremum      what is minimised (default mean)
  --out PATH                folder (default here)
)");
  CHECK_FALSE(Program().read({"--help"}));
}

TEST_CASE("an exception ends a program with status 2", "[examples]") {
  CHECK(support::run_guarded("test", [] { return 3; }) == 3);
  CHECK(support::run_guarded(
            "test", []() -> int { throw std::runtime_error("expected here,\non one line"); }) == 2);
}
