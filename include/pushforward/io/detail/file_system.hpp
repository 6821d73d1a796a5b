#pragma once

#include "pushforward/core/instruction_set.hpp"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

#if defined(_WIN32)
#include <io.h>
#include <process.h>
#else
#include <unistd.h>
#endif

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// What the system does for files. Every call gives -1 and sets errno when it fails.
///
/// Files are read and saved by a template parameter in this place, so that tests can have any call
/// fail.
struct FileSystem {
  using Path = std::filesystem::path;

#if defined(_WIN32)
  [[nodiscard]] int open_to_read(const Path& path) const {
    return _wopen(path.c_str(), _O_RDONLY | _O_BINARY | _O_NOINHERIT);
  }
  [[nodiscard]] int open_to_write(const Path& path) const {
    return _wopen(path.c_str(), _O_WRONLY | _O_BINARY | _O_NOINHERIT);
  }
  [[nodiscard]] int create(const Path& path, bool /*for_owner_only*/) const {
    return _wopen(path.c_str(), _O_WRONLY | _O_CREAT | _O_EXCL | _O_BINARY | _O_NOINHERIT,
                  _S_IREAD | _S_IWRITE);
  }
  [[nodiscard]] int keep_owner_and_mode(int /*file*/, const Path& /*of*/) const { return 0; }
  [[nodiscard]] std::ptrdiff_t read(int file, char* bytes, std::size_t size) const {
    return _read(file, bytes, static_cast<unsigned>(size));
  }
  [[nodiscard]] std::ptrdiff_t write(int file, const char* bytes, std::size_t size) const {
    return _write(file, bytes, static_cast<unsigned>(size));
  }
  [[nodiscard]] int synchronize(int file) const { return _commit(file); }
  [[nodiscard]] int synchronize_folder(const Path& /*folder*/) const { return 0; }
  [[nodiscard]] int close(int file) const { return _close(file); }
  [[nodiscard]] int remove(const Path& path) const { return _wunlink(path.c_str()); }
  [[nodiscard]] int process() const { return _getpid(); }
#else
  [[nodiscard]] int open_to_read(const Path& path) const {
    return ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  }
  [[nodiscard]] int open_to_write(const Path& path) const {
    return ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  }
  /// A file that was not there, for its owner only, or for whom any new file is.
  [[nodiscard]] int create(const Path& path, bool for_owner_only) const {
    return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                  for_owner_only ? 0600 : 0666);
  }
  /// Changes nothing that is right already: some disks know no owners.
  [[nodiscard]] int keep_owner_and_mode(int file, const Path& of) const {
    struct stat from {};
    struct stat to {};
    if (::stat(of.c_str(), &from) != 0 || ::fstat(file, &to) != 0) return -1;
    const bool owned = from.st_uid == to.st_uid && from.st_gid == to.st_gid;
    if (!owned && ::fchown(file, from.st_uid, from.st_gid) != 0) return -1;
    return from.st_mode == to.st_mode ? 0 : ::fchmod(file, from.st_mode & 07777U);
  }
  [[nodiscard]] std::ptrdiff_t read(int file, char* bytes, std::size_t size) const {
    return ::read(file, bytes, size);
  }
  [[nodiscard]] std::ptrdiff_t write(int file, const char* bytes, std::size_t size) const {
    return ::write(file, bytes, size);
  }
  [[nodiscard]] int synchronize(int file) const { return ::fsync(file); }
  /// Where a folder cannot be synchronized (one that may not be listed, some disks), all was done.
  [[nodiscard]] int synchronize_folder(const Path& folder) const {
    const int file = ::open(folder.c_str(), O_RDONLY | O_CLOEXEC);
    if (file == -1) return errno == EACCES ? 0 : -1;
    const int error = ::fsync(file) == 0 || errno == EINVAL || errno == ENOTSUP ? 0 : errno;
    ::close(file);
    errno = error;
    return error == 0 ? 0 : -1;
  }
  [[nodiscard]] int close(int file) const { return ::close(file); }
  [[nodiscard]] int remove(const Path& path) const { return ::unlink(path.c_str()); }
  [[nodiscard]] int process() const { return ::getpid(); }
#endif

  /// Also over a file that is there, on every system.
  [[nodiscard]] int rename(const Path& from, const Path& to) const {
    std::error_code failure;
    std::filesystem::rename(from, to, failure);
    errno = failure.default_error_condition().value();
    return failure ? -1 : 0;
  }
};

/// `function: path: what the system says`.
[[noreturn]] inline void throw_file_error(std::string_view function,
                                          const std::filesystem::path& path, int error) {
  throw std::system_error(error, std::generic_category(),
                          std::string(function).append(": ").append(path.string()));
}

/// The result of a call of the system, -1 if it failed; again and again while signals come between.
template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

/// Closes a file at the end of a scope.
template <class System>
struct Closing {
  System& system;
  int file;
  ~Closing() { static_cast<void>(system.close(file)); }
};

/// The file that a path means, whether it is there or not: links are followed.
[[nodiscard]] inline std::filesystem::path linked_file(const std::filesystem::path& path,
                                                       std::error_code& failure) {
  namespace fs = std::filesystem;
  fs::path file = fs::absolute(path, failure);
  std::error_code ignored;
  for (int links = 0; !failure && fs::is_symlink(fs::symlink_status(file, ignored)); ++links)
    if (links == 40)
      failure = std::make_error_code(std::errc::too_many_symbolic_link_levels);
    else
      file = file.parent_path() / fs::read_symlink(file, failure);
  return file;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
