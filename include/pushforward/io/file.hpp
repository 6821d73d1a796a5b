#pragma once

#include "pushforward/io/detail/file_system.hpp"

#include <algorithm>
#include <utility>

/// \file
/// The bytes of a file, read or replaced as a whole. The first argument is the public function an
/// error names: `read_csv: data/points.csv: No such file or directory`.

namespace pushforward::inline PUSHFORWARD_ISA {

/// All bytes of a file, or of a pipe until its end.
/// Throws std::system_error (errno and path) when it cannot be read; a directory cannot.
template <class System = detail::FileSystem>
[[nodiscard]] std::string read_file(std::string_view function, const std::filesystem::path& path,
                                    System system = {}) {
  constexpr std::size_t chunk = 65536;
  const int file = detail::uninterrupted([&] { return system.open_to_read(path); });
  if (file == -1) detail::throw_file_error(function, path, errno);
  const detail::Closing<System> closing{system, file};
  std::string bytes;
  for (std::ptrdiff_t count = 1; count > 0;) {
    const std::size_t size = bytes.size();
    bytes.resize(size + chunk);
    count = detail::uninterrupted([&] { return system.read(file, bytes.data() + size, chunk); });
    if (count == -1) detail::throw_file_error(function, path, errno);
    bytes.resize(size + static_cast<std::size_t>(count));
  }
  return bytes;
}

/// A file to come, written piece by piece: at every moment, a power cut included, the path holds
/// what it held before or, from commit() on, all that was written.
///
///     pf::AtomicFile file("save", path);  // throws if the path cannot be written: before the work
///     file.write(bytes);                  // as often as need be
///     file.commit();
///
/// The bytes go to a new file beside the old one, `pushforward-PROCESS-NUMBER.tmp`, which is
/// synchronized and renamed. Without commit() it is removed; only a program that is killed leaves
/// it. Owner and permissions are those of the file replaced, and nobody else can read the new one
/// before it has them; of a symbolic link, what it points to is replaced, or made. What is no
/// regular file (a pipe, a device) is written to directly.
///
/// Any member throws std::system_error (errno and path). Then the path is as it was, no other file
/// is left, and nothing more can be written or committed; only if the last step of commit() fails,
/// to synchronize the folder, the path holds what was written.
template <class System>
class BasicAtomicFile {
 public:
  /// Makes the new file. `function` and `path` are what errors name.
  BasicAtomicFile(std::string_view function, const std::filesystem::path& path, System system = {})
      : function_(function), path_(path), system_(std::move(system)) {
    namespace fs = std::filesystem;
    std::error_code failure;
    const fs::file_status status = fs::status(path, failure);
    const bool replaces = fs::exists(status);
    if (replaces && !fs::is_regular_file(status)) {
      file_ = checked([&] { return system_.open_to_write(path_); });
      return;
    }
    target_ = detail::linked_file(path, failure);
    if (failure) fail(failure.default_error_condition().value());
    create(replaces);
    if (replaces) checked([&] { return system_.keep_owner_and_mode(file_, target_); });
  }
  BasicAtomicFile(const BasicAtomicFile&) = delete;
  BasicAtomicFile& operator=(const BasicAtomicFile&) = delete;
  ~BasicAtomicFile() { discard(); }

  /// Adds bytes to the end. Nothing is gathered: one call of the system or more for each call.
  void write(std::string_view bytes) {
    constexpr std::size_t most = std::size_t(1) << 30U;  // that systems write at once
    check_open();
    while (!bytes.empty()) {
      const std::ptrdiff_t written = checked(
          [&] { return system_.write(file_, bytes.data(), (std::min)(bytes.size(), most)); });
      if (written == 0) fail(EIO);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  /// Puts the new file in the place of the old one.
  void commit() {
    check_open();
    if (!beside_.empty()) checked([&] { return system_.synchronize(file_); });
    // Interrupted or not, the file is closed; to close it twice could close another one.
    if (system_.close(std::exchange(file_, -1)) == -1 && errno != EINTR) fail(errno);
    if (beside_.empty()) return;
    checked([&] { return system_.rename(beside_, target_); });
    beside_.clear();
    checked([&] { return system_.synchronize_folder(target_.parent_path()); });
  }

 private:
  void create(bool for_owner_only) {
    const std::string front = "pushforward-" + std::to_string(system_.process()) + '-';
    for (auto number = std::chrono::steady_clock::now().time_since_epoch().count();; ++number) {
      auto name = target_.parent_path() / (front + std::to_string(number) + ".tmp");
      file_ = detail::uninterrupted([&] { return system_.create(name, for_owner_only); });
      if (file_ != -1) return beside_.swap(name);
      if (errno != EEXIST) fail(errno);
    }
  }

  void check_open() {
    if (file_ == -1) fail(EBADF);
  }

  template <class Call>
  auto checked(Call call) {
    const auto result = detail::uninterrupted(call);
    if (result == -1) fail(errno);
    return result;
  }

  [[noreturn]] void fail(int error) {
    discard();
    detail::throw_file_error(function_, path_, error);
  }

  void discard() noexcept {
    if (file_ != -1) static_cast<void>(system_.close(std::exchange(file_, -1)));
    if (!beside_.empty())
      static_cast<void>(detail::uninterrupted([&] { return system_.remove(beside_); }));
    beside_.clear();
  }

  std::string function_;
  std::filesystem::path path_;
  std::filesystem::path target_;  ///< the file that path_ means
  std::filesystem::path beside_;  ///< the new file, until it has its name; else empty
  System system_;
  int file_ = -1;  ///< open for writing, or -1
};

using AtomicFile = BasicAtomicFile<detail::FileSystem>;

/// Replaces the bytes of a file, all or none, or makes it: see AtomicFile, also for the errors.
inline void write_file(std::string_view function, const std::filesystem::path& path,
                       std::string_view bytes) {
  AtomicFile file(function, path);
  file.write(bytes);
  file.commit();
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
