#include "pushforward/io/file.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/temporary_directory.hpp"

#if __has_include(<unistd.h>)
#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace fs = std::filesystem;
namespace pf = pushforward;
using support::error_of;

namespace {

/// What writing these bytes to a path throws.
std::string write_error(const fs::path& path, std::string_view bytes = "new") {
  return error_of<std::system_error>([&] { pf::write_file("save", path, bytes); });
}

}  // namespace

TEST_CASE("a file is read as it is", "[io]") {
  const support::TemporaryDirectory directory;
  for (const std::size_t size : {std::size_t(0), std::size_t(1), std::size_t(65535),
                                 std::size_t(65536), std::size_t(65537), std::size_t(300000)}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7);
    CHECK(pf::read_file("load", directory.file("bytes", bytes)) == bytes);
  }
}

TEST_CASE("a file that cannot be read is a system_error with errno and path", "[io]") {
  const support::TemporaryDirectory directory;
  try {
    (void)pf::read_file("load", directory / "none");
    FAIL("nothing was thrown");
  } catch (const std::system_error& error) {
    CHECK(error.code() == std::errc::no_such_file_or_directory);
    CHECK(error.what() == "load: " + (directory / "none").string() + ": No such file or directory");
  }
  CHECK(error_of<std::system_error>([&] { (void)pf::read_file("load", directory / ""); }) ==
        "load: " + (directory / "").string() + ": Is a directory");
}

TEST_CASE("a file is replaced as a whole", "[io]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory / "file";
  const std::string bytes("a\0\n\xff", 4);
  pf::write_file("save", path, bytes);
  CHECK(pf::read_file("load", path) == bytes);
  pf::write_file("save", path, "");
  CHECK(pf::read_file("load", path).empty());
  CHECK(directory.size() == 1);

  SECTION("its permissions stay") {
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    pf::write_file("save", path, "new");
    CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  }
  SECTION("a link to it stays a link") {
    fs::create_symlink("file", directory / "link");
    pf::write_file("save", directory / "link", "new");
    CHECK(fs::is_symlink(directory / "link"));
    CHECK(pf::read_file("load", path) == "new");
    CHECK(directory.size() == 2);
  }
}

TEST_CASE("a file that cannot be written is a system_error, and nothing is left", "[io]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory.file("file", "old");

  CHECK(write_error(directory / "none" / "file") ==
        "save: " + (directory / "none" / "file").string() + ": No such file or directory");
  CHECK(write_error(path / "file") == "save: " + (path / "file").string() + ": Not a directory");
  fs::create_directory(directory / "folder");
  CHECK(write_error(directory / "folder") ==
        "save: " + (directory / "folder").string() + ": Is a directory");
  fs::remove(directory / "folder");
  fs::create_symlink("loop", directory / "loop");
  CHECK(write_error(directory / "loop") ==
        "save: " + (directory / "loop").string() + ": Too many levels of symbolic links");
  fs::remove(directory / "loop");
  CHECK(directory.size() == 1);

#if __has_include(<unistd.h>)
  SECTION("when the disk is full on the way") {
    rlimit limit;
    REQUIRE(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    const rlimit small = {8192, limit.rlim_max};
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
    const std::string error = write_error(path, std::string(100000, 'x'));
    const std::string error_of_new = write_error(directory / "new", std::string(100000, 'x'));
    setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, handler);
    CHECK(error == "save: " + path.string() + ": File too large");
    CHECK(error_of_new == "save: " + (directory / "new").string() + ": File too large");
    CHECK(pf::read_file("load", path) == "old");
    CHECK(directory.size() == 1);
  }
#endif
}

#if __has_include(<unistd.h>)
TEST_CASE("a pipe is written to directly, and stays a pipe", "[io]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory / "pipe";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const int pipe = open(path.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(pipe >= 0);
  pf::write_file("save", path, "new");
  char got[8] = {};
  CHECK(read(pipe, got, sizeof got) == 3);
  CHECK(got == std::string("new"));
  close(pipe);
  CHECK(fs::is_fifo(path));
  CHECK(directory.size() == 1);
}
#endif
