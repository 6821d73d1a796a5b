#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

/// \file
/// Runs a fuzz target, by any compiler, on every file of the folders it is given, and on every
/// beginning of each. The target ends the program when it finds something; the last name printed is
/// that of the file.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

int main(int count, char** arguments) {
  std::size_t files = 0;
  for (int i = 1; i < count; ++i)
    for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[i])) {
      if (!entry.is_regular_file()) continue;
      std::printf("%s\n", entry.path().string().c_str());
      std::fflush(stdout);
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      const std::basic_string<std::uint8_t> bytes(text.begin(), text.end());
      for (std::size_t size = 0; size <= bytes.size(); ++size)
        LLVMFuzzerTestOneInput(bytes.substr(0, size).c_str(), size);
      ++files;
    }
  std::printf("%zu files\n", files);
  return files > 0 ? 0 : 1;
}
