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
  double rate = 0.5;
  bool quiet = false;
  std::optional<std::uint32_t> key;
  std::string view = "mean";
  std::filesystem::path out = "here", data, more = "more.csv";
  support::Arguments arguments{"fit", "Learns a map."};

  Program() {
    arguments.option("DATA", data, "CSV file")
        .required()
        .option("MORE", more, "another")
        .option("--seed", seed, "names all that is random")
        .option("--steps", steps, "steps of training", {1, 1000})
        .option("--rate", rate, "of the optimizer", {0, 1e3})
        .option("--key", key, "another one")
        .option("--quiet", quiet, "no progress")
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
                      "1000", "b=1.csv", "--out", "over there"}));
  CHECK(program.data == "a.csv");
  CHECK(program.more == "b=1.csv");
  CHECK(program.seed == 18446744073709551615U);
  CHECK(program.steps == 1000);
  CHECK(program.view == "supremum");
  CHECK(program.out == "over there");
  CHECK_FALSE(program.quiet);
  CHECK_FALSE(program.key.has_value());
}

TEST_CASE("a value may follow an equals sign, and a switch has none", "[examples]") {
  Program program;
  CHECK(program.read(
      {"--seed=3", "--quiet", "a.csv", "--out=--a=b", "--rate=-0", "--steps", "+7", "--key=0"}));
  CHECK(program.data == "a.csv");
  CHECK(program.seed == 3);
  CHECK(program.quiet);
  CHECK(program.out == "--a=b");
  CHECK(program.rate == 0);
  CHECK(program.key == 0U);
  CHECK(program.steps == 7);
}

TEST_CASE("arguments left out keep what they hold", "[examples]") {
  Program program;
  CHECK(program.read({"a.csv"}));
  CHECK(program.more == "more.csv");
  CHECK(program.seed == 7);
  CHECK(program.steps == 40);
  CHECK(program.rate == 0.5);
  CHECK_FALSE(program.quiet);
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
  for (const char* token : {"-1", "1000.5", "nan", "inf", "1,5", "a"})
    CHECK(read_error({"a", "--rate", token}) ==
          "--rate is \"" + std::string(token) + "\", but must be a number from 0 to 1000");
  CHECK(read_error({"a", "--view", "me\nan"}) ==
        R"(--view is "me\x0aan", but must be mean|supremum)");
  CHECK(read_error({"a", "--out", ""}) == R"(--out is "", but must be a path)");
  CHECK(read_error({"a", "--steps"}) == "--steps is not followed by a value, INTEGER");
  CHECK(read_error({"a", "--out", "--seed", "3"}) == "--out is not followed by a value, PATH");
  CHECK(read_error({"a", "--out", "-h"}) == "--out is not followed by a value, PATH");
  CHECK(read_error({"a", "--out="}) == R"(--out is "", but must be a path)");
  CHECK(read_error({"a", "--quiet=1"}) == R"(--quiet takes no value, but is followed by "=1")");
  CHECK(read_error({"a", "--seed", "3", "--seed=3"}) == "--seed is given twice");
  CHECK(read_error({"a", "--quiet", "--quiet"}) == "--quiet is given twice");
  for (const char* token : {"--sead", "--sead=3", "-s", "--", "-", "-seed", "--=3"})
    CHECK(read_error({"a", token}) ==
          "unknown argument \"" + std::string(token) + "\"; see --help");
  CHECK(read_error({"a", "b", "c"}) == R"(unknown argument "c"; see --help)");
  CHECK(read_error({"--quiet", "--steps", "3"}) ==
        "DATA is missing; usage: fit DATA [MORE] [--flag VALUE]...; see --help");
}

TEST_CASE("help lists the arguments and their defaults", "[examples]") {
  CHECK(Program().arguments.help() == R"(usage: fit DATA [MORE] [--flag VALUE]...
Learns a map.

  DATA                      CSV file
  MORE                      another (default more.csv)
  --seed INTEGER            names all that is random (default 7)
  --steps INTEGER           steps of training (default 40)
  --rate NUMBER             of the optimizer (default 0.5)
  --key INTEGER             another one
  --quiet                   no progress
  --view mean|supremum      what is minimised (default mean)
  --out PATH                folder (default here)
)");
  CHECK_FALSE(Program().read({"--help"}));
  CHECK_FALSE(Program().read({"a.csv", "--seed", "3", "-h", "--nonsense"}));

  support::Arguments none("none", "Takes no argument."), flag("flag", "Must be told where.");
  CHECK(none.help() == "usage: none\nTakes no argument.\n");
  std::filesystem::path in = "here", out;
  flag.option("--in", in, "a folder").option("--out", out, "a folder").required();
  CHECK(flag.usage() == "usage: flag --out PATH [--flag VALUE]...");
}

TEST_CASE("an exception ends a program with status 2", "[examples]") {
  CHECK(support::run_guarded("test", [] { return 3; }) == 3);
  CHECK(support::run_guarded(
            "test", []() -> int { throw std::runtime_error("expected here,\non one line"); }) == 2);
}
