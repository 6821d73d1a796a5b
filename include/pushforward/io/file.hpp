#pragma once

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#if __has_include(<unistd.h>)
#include <unistd.h>
#endif

/// \file
/// The bytes of a file, read or replaced as a whole. The first argument is the public function an
/// error names: `read_csv: data/points.csv: No such file or directory`.

namespace pushforward {

namespace detail {

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { static_cast<void>(std::fclose(file)); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

inline File open_file(const std::filesystem::path& path, const char* mode) {
  return File(std::fopen(path.string().c_str(), mode));
}

[[noreturn]] inline void throw_file_error(std::string_view function,
                                          const std::filesystem::path& path, int error) {
  throw std::system_error(error, std::generic_category(),
                          std::string(function).append(": ").append(path.string()));
}

/// True once what was written lies on the disk, or if this kind of file has none behind it.
inline bool synchronize([[maybe_unused]] std::FILE* file) noexcept {
#if __has_include(<unistd.h>)
  return fsync(fileno(file)) == 0 || errno == EINVAL || errno == ENOTSUP;
#else
  return true;
#endif
}

/// Writes all bytes to an open file and closes it. Returns 0 or errno.
inline int write_and_close(File file, std::string_view bytes) noexcept {
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size() &&
                       std::fflush(file.get()) == 0 && synchronize(file.get());
  const int error = written ? 0 : errno;
  const bool closed = std::fclose(file.release()) == 0;
  return written && !closed ? errno : error;
}

}  // namespace detail

/// All bytes of a file, or of a pipe until its end.
/// Throws std::system_error (errno and path) when it cannot be read; a directory cannot.
[[nodiscard]] inline std::string read_file(std::string_view function,
                                           const std::filesystem::path& path) {
  constexpr std::size_t chunk = 65536;
  const detail::File file = detail::open_file(path, "rb");
  if (!file) detail::throw_file_error(function, path, errno);
  std::string bytes;
  for (std::size_t read = chunk; read > 0;) {
    const std::size_t size = bytes.size();
    bytes.resize(size + chunk);
    read = std::fread(bytes.data() + size, 1, chunk, file.get());
    if (std::ferror(file.get()) != 0) detail::throw_file_error(function, path, errno);
    bytes.resize(size + read);
  }
  return bytes;
}

/// Replaces the bytes of a file, all or none: at every moment, a power cut included, the path
/// holds what it held or `bytes`.
///
/// They go to a new file beside it, `PATH.tmpN`, which is synchronized and renamed. Permissions are
/// kept, and of a symbolic link what it points to is replaced. What is no regular file (a pipe,
/// a device) is written to directly.
/// Throws std::system_error (errno and path); then the file is as it was and no other is left.
inline void write_file(std::string_view function, const std::filesystem::path& path,
                       std::string_view bytes) {
  namespace fs = std::filesystem;
  std::error_code failure;
  const auto check = [&] {
    if (failure) detail::throw_file_error(function, path, failure.value());
  };
  const auto attempt = [&](detail::File file) {
    const int error = file ? detail::write_and_close(std::move(file), bytes) : errno;
    failure.assign(error, std::generic_category());
  };

  const fs::file_status status = fs::status(path, failure);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    attempt(detail::open_file(path, "wb"));
    return check();
  }
  const fs::path target = fs::weakly_canonical(path, failure);
  check();
  fs::path beside;
  detail::File file;
  for (int n = 0; !file && n < 100 && (n == 0 || errno == EEXIST); ++n) {
    beside = fs::path(target).concat(".tmp" + std::to_string(n));
    file = detail::open_file(beside, "wbx");
  }
  const bool created = file != nullptr;
  attempt(std::move(file));
  if (!failure && fs::exists(status)) fs::permissions(beside, status.permissions(), failure);
  if (!failure) fs::rename(beside, target, failure);
  std::error_code ignored;
  if (failure && created) fs::remove(beside, ignored);
  check();
}

}  // namespace pushforward
