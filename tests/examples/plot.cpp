#include "support/plot.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <cstdlib>

namespace fs = std::filesystem;
using support::gnuplot_path, support::plot;

TEST_CASE("a path is quoted so that gnuplot takes it for nothing else", "[examples]") {
  CHECK(gnuplot_path("/a b/it's \"c\" `d` $(e)") == "'/a b/it''s \"c\" `d` $(e)'");
  for (const char* name : {"< date", "| date", "-", "~", "data"})
    CHECK(gnuplot_path(name) == "'" + (fs::current_path() / name).string() + "'");
  CHECK_THROWS_WITH(gnuplot_path("a\nb"),
                    "gnuplot_path: path is a\nb, but must be free of control characters");
}

TEST_CASE("a script is written, and drawn where there is gnuplot", "[examples]") {
  const support::TemporaryDirectory directory;
  const fs::path odd = directory / "it's \"a\" $(touch bad) `touch bad`; é\\n";
  fs::create_directory(odd);
  const auto script = [&](const std::string& terminal) {
    return "set terminal " + terminal + "\nset output " + gnuplot_path(odd / "picture") +
           "\nplot x\n";
  };

  const bool drawn = plot(odd / "a script", script("svg"));
  CHECK(pushforward::read_file("test", odd / "a script") == script("svg"));
  CHECK(fs::exists(odd / "picture") == drawn);
  CHECK_FALSE(plot(odd / "a script", script("of no such name")));
  CHECK_THROWS_AS(plot(odd / "none" / "script", script("svg")), std::system_error);
  CHECK(directory.size() == 1);
  CHECK_FALSE(fs::exists("bad"));
}

#if __has_include(<spawn.h>)
TEST_CASE("without gnuplot there is a script and no picture", "[examples]") {
  const support::TemporaryDirectory directory;
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nowhere", 1);
  const bool drawn = plot(directory / "script", "plot x\n");
  setenv("PATH", path.c_str(), 1);
  CHECK_FALSE(drawn);
  CHECK(fs::exists(directory / "script"));
}
#endif
