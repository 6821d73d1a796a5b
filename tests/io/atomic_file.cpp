#include "pushforward/io/file.hpp"

#include "support/as_nobody.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/temporary_directory.hpp"

#include <cstdlib>
#include <string>
#include <thread>

#if !defined(_WIN32)
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace fs = std::filesystem;
namespace pf = pushforward;
using support::error_of;

namespace {

/// What happens to one call of the system, and what calls there were.
struct Plan {
  enum class Fault { error, interruption, writes_half, writes_nothing };

  Fault fault = Fault::error;
  int error = 0;       ///< errno of the calls that fail
  int first = 0;       ///< the first call that fails, from 1; 0: none does
  int last = 0;        ///< the last one
  int taken = 0;       ///< as many names of new files are taken
  int calls = 0;       ///< how many there were
  std::string log{};   ///< the initials of those that succeeded
  std::string lost{};  ///< and of those that failed
  fs::path asked{};    ///< the last name of a new file
  bool asks_again = false;
  fs::perms new_mode{};

  /// Whether the next call fails; sets errno.
  bool fails(char initial) {
    ++calls;
    const bool now = first <= calls && calls <= last &&
                     (initial == 'w' || fault == Fault::error || fault == Fault::interruption);
    (now && fault != Fault::writes_half ? lost : log) += initial;
    errno = now ? error : 0;
    return now;
  }
};

/// The real system, but for what is planned. It writes 4 bytes at once.
struct Planned {
  using System = pf::detail::FileSystem;
  using Path = fs::path;
  Plan* plan;

  int open_to_read(const Path& path) const {
    return plan->fails('o') ? -1 : System().open_to_read(path);
  }
  int open_to_write(const Path& path) const {
    return plan->fails('o') ? -1 : System().open_to_write(path);
  }
  int create(const Path& path, bool for_owner_only) const {
    plan->asks_again = plan->asks_again || path == plan->asked;
    plan->asked = path;
    if (plan->taken > 0) {
      --plan->taken;
      errno = EEXIST;
      return -1;
    }
    if (plan->fails('c')) return -1;
    const int file = System().create(path, for_owner_only);
    plan->new_mode = fs::status(path).permissions();
    return file;
  }
  int keep_owner_and_mode(int file, const Path& of) const {
    return plan->fails('k') ? -1 : System().keep_owner_and_mode(file, of);
  }
  std::ptrdiff_t read(int file, char* bytes, std::size_t size) const {
    return plan->fails('r') ? -1 : System().read(file, bytes, (std::min)(size, std::size_t(4)));
  }
  std::ptrdiff_t write(int file, const char* bytes, std::size_t size) const {
    size = (std::min)(size, std::size_t(4));
    if (!plan->fails('w')) return System().write(file, bytes, size);
    if (plan->fault == Plan::Fault::writes_half) return System().write(file, bytes, (size + 1) / 2);
    return plan->fault == Plan::Fault::writes_nothing ? 0 : -1;
  }
  int synchronize(int file) const { return plan->fails('s') ? -1 : System().synchronize(file); }
  int synchronize_folder(const Path& folder) const {
    return plan->fails('f') ? -1 : System().synchronize_folder(folder);
  }
  int close(int file) const {
    const bool fails = plan->fails('x');
    const int error = errno;
    const int closed = System().close(file);
    CHECK(closed == 0);  // never twice
    errno = error;
    return fails ? -1 : 0;
  }
  int rename(const Path& from, const Path& to) const {
    return plan->fails('n') ? -1 : System().rename(from, to);
  }
  int remove(const Path& path) const { return plan->fails('d') ? -1 : System().remove(path); }
  int process() const { return System().process(); }
};

const std::string new_bytes("new\0\n bytes", 11);

/// Saves under a plan; the error, or 0.
int save(const fs::path& path, Plan& plan) {
  try {
    pf::BasicAtomicFile<Planned> file("save", path, Planned{&plan});
    file.write(std::string_view(new_bytes).substr(0, 5));
    file.write("");
    file.write(std::string_view(new_bytes).substr(5));
    file.commit();
    return 0;
  } catch (const std::system_error& error) {
    CHECK(error.what() == "save: " + path.string() + ": " +
                              std::make_error_code(static_cast<std::errc>(plan.error)).message());
    return error.code().value();
  }
}

/// The number of open files of this process, if the system tells.
std::ptrdiff_t open_files() {
  std::error_code failure;
  const fs::directory_iterator files("/proc/self/fd", failure);
  return failure ? 0 : std::distance(files, {});
}

/// Lets each call of a save fail in turn, once or from then on, until none is left to fail.
void check_every_call(Plan plan, bool for_ever, bool replaces) {
  const std::ptrdiff_t open_before = open_files();
  int k = 0;
  for (bool failed = true; failed;) {
    const support::TemporaryDirectory directory;
    const fs::path path = directory / "file";
    if (replaces) directory.file("file", "old");
    Plan now = plan;
    now.first = ++k;
    now.last = for_ever ? 1000 : k;
    const int error = save(path, now);
    failed = now.calls >= k;
    INFO("call " << k << " of " << now.log << " and " << now.lost);

    const bool in_spite = plan.fault == Plan::Fault::interruption ||
                          plan.fault == Plan::Fault::writes_half || now.lost.empty() ||
                          now.lost == "d";
    CHECK(error == (in_spite ? 0 : plan.error));
    const bool renamed = now.log.find('n') != std::string::npos;
    CHECK(renamed == (error == 0 || now.lost == "f"));
    CHECK(fs::exists(path) == (replaces || renamed));
    if (fs::exists(path)) CHECK(pf::read_file("test", path) == (renamed ? new_bytes : "old"));
    const bool left = now.lost.find('d') != std::string::npos;
    CHECK(directory.size() == (fs::exists(path) ? 1 : 0) + (left ? 1 : 0));
    if (renamed) {  // what is renamed was written, synchronized and closed before
      const std::size_t written = now.log.find_last_of('w'), synchronized = now.log.find('s'),
                        closed = now.log.find('x'), is_renamed = now.log.find('n');
      CHECK(written < synchronized);
      CHECK(synchronized < is_renamed);
      if (plan.fault != Plan::Fault::interruption) CHECK(closed < is_renamed);
    }
    if (error == 0) CHECK(now.log.ends_with("nf"));
  }
  CHECK(k > (replaces ? 9 : 8));
  CHECK(open_files() == open_before);
}

}  // namespace

TEST_CASE("whatever call of a save fails, the file is the old one or the new one", "[io][save]") {
  for (const bool replaces : {true, false}) {
    INFO((replaces ? "over a file" : "a new file"));
    for (const bool for_ever : {false, true}) {
      for (const int error : {EIO, ENOSPC, EACCES})
        check_every_call({.fault = Plan::Fault::error, .error = error}, for_ever, replaces);
      check_every_call({.fault = Plan::Fault::writes_half, .error = 0}, for_ever, replaces);
      check_every_call({.fault = Plan::Fault::writes_nothing, .error = EIO}, for_ever, replaces);
    }
    check_every_call({.fault = Plan::Fault::interruption, .error = EINTR}, false, replaces);
  }
}

TEST_CASE("a save is a fixed sequence of calls", "[io][save]") {
  const support::TemporaryDirectory directory;
  Plan plan;
  CHECK(save(directory / "file", plan) == 0);
  CHECK(plan.log == "cwwwwsxnf");
  plan.log.clear();
  CHECK(save(directory / "file", plan) == 0);
  CHECK(plan.log == "ckwwwwsxnf");
}

TEST_CASE("a call may be interrupted many times", "[io][save]") {
  const support::TemporaryDirectory directory;
  Plan plan{.fault = Plan::Fault::interruption, .error = EINTR, .first = 1, .last = 100};
  CHECK(save(directory / "file", plan) == 0);
  plan.calls = 0;
  CHECK(pf::read_file("test", directory / "file", Planned{&plan}) == new_bytes);
  CHECK(plan.lost.size() == 200);
}

TEST_CASE("a read that fails is an error, at whatever call", "[io]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory.file("file", new_bytes);
  const std::ptrdiff_t open_before = open_files();
  for (int k = 1; k <= 6; ++k) {
    Plan plan{.error = EIO, .first = k, .last = k};
    std::string bytes;
    const std::string error =
        error_of<std::system_error>([&] { bytes = pf::read_file("load", path, Planned{&plan}); });
    CHECK(error == (k < 6 ? "load: " + path.string() + ": Input/output error"
                          : std::string("nothing was thrown")));
    CHECK(bytes == (k < 6 ? "" : new_bytes));
  }
  CHECK(open_files() == open_before);
}

TEST_CASE("names that are taken, however many, do not stop a save", "[io][save]") {
  const support::TemporaryDirectory directory;
  Plan plan{.taken = 100'000};
  CHECK(save(directory / "file", plan) == 0);
  CHECK_FALSE(plan.asks_again);
  CHECK(pf::read_file("test", directory / "file") == new_bytes);
  CHECK(directory.size() == 1);
}

TEST_CASE("a name that is taken is not written to", "[io][save]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory.file("file", "theirs");
  for (const bool for_owner_only : {true, false}) {
    CHECK(pf::detail::FileSystem().create(path, for_owner_only) == -1);
    CHECK(errno == EEXIST);
  }
}

TEST_CASE("a file is written piece by piece, and there when it is committed", "[io][save]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory.file("file", "old");
  {
    pf::AtomicFile file("save", path);
    CHECK(directory.size() == 2);
    for (int piece = 0; piece < 1000; ++piece) file.write("piece\n");
    CHECK(pf::read_file("test", path) == "old");
    file.commit();
    CHECK(pf::read_file("test", path).size() == 6000);
    CHECK(error_of<std::system_error>([&] { file.write(""); }) ==
          "save: " + path.string() + ": Bad file descriptor");
    CHECK(error_of<std::system_error>([&] { file.commit(); }) ==
          "save: " + path.string() + ": Bad file descriptor");
  }
  CHECK(pf::read_file("test", path).size() == 6000);
  CHECK(directory.size() == 1);
  {
    pf::AtomicFile file("save", path);
    file.write("never committed");
  }
  CHECK(pf::read_file("test", path).size() == 6000);
  CHECK(directory.size() == 1);
}

TEST_CASE("after an error nothing is committed", "[io][save]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory.file("file", "old");
  Plan plan{.error = ENOSPC, .first = 4, .last = 4};
  pf::BasicAtomicFile<Planned> file("save", path, Planned{&plan});
  file.write("1234");
  CHECK_THROWS_AS(file.write("5678"), std::system_error);
  CHECK(directory.size() == 1);
  CHECK_THROWS_AS(file.write("9"), std::system_error);
  CHECK_THROWS_AS(file.commit(), std::system_error);
  CHECK(pf::read_file("test", path) == "old");
}

TEST_CASE("a path that cannot be written is known before anything is", "[io][save]") {
  const support::TemporaryDirectory directory;
  const auto refused = [](const fs::path& path) {
    return error_of<std::system_error>([&] { const pf::AtomicFile file("fit", path); });
  };
  CHECK(refused(directory / "none" / "file").ends_with("/file: No such file or directory"));
  CHECK(refused(directory / "").ends_with("/: Is a directory"));
  CHECK(refused(directory / "file") == "nothing was thrown");
  CHECK(directory.size() == 0);
}

TEST_CASE("a name as long as the system takes is saved under", "[io][save]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory / std::string(255, 'x');
  pf::write_file("save", path, "new");
  CHECK(pf::read_file("test", path) == "new");
}

TEST_CASE("a relative path means the same when the program changes its folder", "[io][save]") {
  const support::TemporaryDirectory directory;
  fs::create_directory(directory / "elsewhere");
  const fs::path before = fs::current_path();
  fs::current_path(directory / "");
  pf::AtomicFile file("save", "file");
  file.write("new");
  fs::current_path(directory / "elsewhere");
  file.commit();
  fs::current_path(before);
  CHECK(pf::read_file("test", directory / "file") == "new");
  CHECK(fs::is_empty(directory / "elsewhere"));
}

TEST_CASE("two who save one file at once leave the whole of one", "[io][save]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory.file("file", std::string(20'000, 'a'));
  const auto save_often = [&path](char letter) {
    for (int n = 0; n < 40; ++n) pf::write_file("save", path, std::string(20'000, letter));
  };
  std::thread first(save_often, 'a');
  std::thread second(save_often, 'b');
  bool whole = true;
  for (int n = 0; n < 200; ++n) {
    const std::string bytes = pf::read_file("test", path);
    whole = whole && bytes == std::string(20'000, bytes.empty() ? '?' : bytes[0]);
  }
  first.join();
  second.join();
  CHECK(whole);
  CHECK(directory.size() == 1);
}

#if !defined(_WIN32)
namespace {

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

}  // namespace

TEST_CASE("a link to a file that is not there makes the file, and stays", "[io][save]") {
  const support::TemporaryDirectory directory;
  fs::create_directory(directory / "folder");
  fs::create_symlink("folder/file", directory / "link");
  fs::create_symlink("link", directory / "link to the link");
  for (const char* name : {"link to the link", "link"}) {
    pf::write_file("save", directory / name, name);
    CHECK(fs::is_symlink(directory / "link"));
    CHECK(fs::is_symlink(directory / "link to the link"));
    CHECK(pf::read_file("test", directory / "folder/file") == name);
    CHECK(directory.size() == 3);
    fs::remove(directory / "folder/file");
  }
  fs::create_symlink("none/file", directory / "lost");
  CHECK(error_of<std::system_error>([&] { pf::write_file("save", directory / "lost", "new"); }) ==
        "save: " + (directory / "lost").string() + ": No such file or directory");
  CHECK(fs::is_symlink(directory / "lost"));
}

TEST_CASE("a link is followed, also through folders that are links", "[io][save]") {
  const support::TemporaryDirectory directory;
  fs::create_directories(directory / "a/b");
  fs::create_directory_symlink("a/b", directory / "short");
  directory.file("a/file", "old");
  fs::create_symlink("../file", directory / "a/b/link");
  pf::write_file("save", directory / "short/link", "new");
  CHECK(pf::read_file("test", directory / "a/file") == "new");
  CHECK(fs::is_symlink(directory / "a/b/link"));
  CHECK(directory.size() == 2);
}

TEST_CASE("permissions are those of the file replaced, or of any new file", "[io][save]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory / "file";
  const mode_t before = umask(026);
  Plan plan;
  save(path, plan);
  umask(before);
  CHECK(mode_of(path) == 0640);
  for (const unsigned mode : {0600U, 0644U, 0666U, 0777U, 0400U, 04755U}) {
    REQUIRE(chmod(path.c_str(), mode) == 0);
    save(path, plan);
    CHECK(mode_of(path) == mode);
    CHECK(plan.new_mode == (fs::perms::owner_read | fs::perms::owner_write));
  }
}

TEST_CASE("the owner is that of the file replaced, or it is not replaced", "[io][save]") {
  if (geteuid() != 0) return;  // only root can give files away
  const support::TemporaryDirectory directory;
  const fs::path path = directory.file("file", "old");
  REQUIRE(chown(path.c_str(), 1234, 2345) == 0);
  REQUIRE(chmod(path.c_str(), 02750) == 0);
  pf::write_file("save", path, "new");
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK(status.st_uid == 1234);
  CHECK(status.st_gid == 2345);
  CHECK((status.st_mode & 07777U) == 02750);
  CHECK(pf::read_file("test", path) == "new");

  fs::permissions(directory / "", fs::perms::all);
  REQUIRE(chmod(path.c_str(), 0666) == 0);
  const std::string error = [&] {
    const support::AsNobody nobody;
    return error_of<std::system_error>([&] { pf::write_file("save", path, "theirs"); });
  }();
  CHECK(error == "save: " + path.string() + ": Operation not permitted");
  CHECK(pf::read_file("test", path) == "new");
  CHECK(directory.size() == 1);
}

TEST_CASE("in a folder that may not be written nothing is", "[io][save]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory.file("file", "old");
  fs::permissions(directory / "", fs::perms(0555));
  const auto [over, anew] = [&] {
    const support::AsNobody nobody;
    const auto error = [](const fs::path& file) {
      return error_of<std::system_error>([&] { const pf::AtomicFile early("save", file); });
    };
    return std::pair(error(path), error(directory / "new"));
  }();
  fs::permissions(directory / "", fs::perms::owner_all);
  CHECK(over == "save: " + path.string() + ": Permission denied");
  CHECK(anew == "save: " + (directory / "new").string() + ": Permission denied");
  CHECK(pf::read_file("test", path) == "old");
  CHECK(directory.size() == 1);
}

TEST_CASE("a folder that may be written but not listed will do", "[io][save]") {
  const support::TemporaryDirectory directory;
  fs::permissions(directory / "", fs::perms(0333));
  {
    const support::AsNobody nobody;
    pf::write_file("save", directory / "file", "new");
  }
  fs::permissions(directory / "", fs::perms::owner_all);
  CHECK(pf::read_file("test", directory / "file") == "new");
}

TEST_CASE("a device is written to, and tells when it is full", "[io][save]") {
  if (!fs::is_character_file("/dev/full")) return;
  const support::TemporaryDirectory directory;
  fs::permissions(directory / "", fs::perms::all);
  const support::AsNobody nobody;
  pf::write_file("save", "/dev/null", "new");
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(error_of<std::system_error>([] { pf::write_file("save", "/dev/full", "new"); }) ==
        "save: /dev/full: No space left on device");
  fs::create_symlink("/dev/full", directory / "link");
  CHECK(error_of<std::system_error>([&] { pf::write_file("save", directory / "link", "new"); }) ==
        "save: " + (directory / "link").string() + ": No space left on device");
  CHECK(directory.size() == 1);
}

TEST_CASE("a device that fails to close is an error", "[io][save]") {
  const support::AsNobody nobody;
  Plan plan{.error = EIO, .first = 6, .last = 6};
  CHECK(save("/dev/null", plan) == EIO);
  CHECK(plan.lost == "x");
  CHECK(plan.log == "owwww");
}
#endif
