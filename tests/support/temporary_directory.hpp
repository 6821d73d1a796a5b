#pragma once

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

namespace support {

/// A new directory for the files of one test; it goes when the test does.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    const auto base = std::filesystem::temp_directory_path() / "pushforward-test-";
    for (auto n = now; path_.empty(); ++n) {
      std::filesystem::path path = base;
      path += std::to_string(n);
      if (std::filesystem::create_directory(path)) path_ = std::filesystem::canonical(path);
    }
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  /// The number of files in it.
  std::ptrdiff_t size() const {
    return std::distance(std::filesystem::directory_iterator(path_), {});
  }

  /// A file of these bytes in it; the path.
  std::filesystem::path file(const std::string& name, std::string_view bytes) const {
    std::FILE* const file = std::fopen((path_ / name).string().c_str(), "wb");
    std::fwrite(bytes.data(), 1, bytes.size(), file);
    std::fclose(file);
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace support
