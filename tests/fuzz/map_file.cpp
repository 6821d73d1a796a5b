#include "pushforward/io/load_any.hpp"

#include <cstdlib>

/// \file
/// Fuzz target: read_any_map on any bytes, as they are and under a header that belongs to them. A
/// file is either refused by a format_error, or what was read draws the same samples after it has
/// been written and read again.

namespace pf = pushforward;

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz map_file: not so: %s\n", what);
  std::abort();
}

void check_error(std::string_view error) {
  require(error.starts_with("load: FILE, byte ") || error.starts_with("load_any: FILE, byte "),
          "the error names the function, the file and the place");
  require(error.find(" is ") < error.rfind(", but must be "), "the error says what and what not");
  for (const char c : error) require(c >= 0x20 && c < 0x7f, "the error is a line of ASCII");
}

template <class S>
void check_accepted(const pf::MapFile<S>& file) {
  const auto samples = file.sampler.sample(3);
  const std::string bytes = pf::map_bytes(file.sampler, {file.columns, file.summary});
  const auto again = pf::read_map<S>(bytes);
  const auto size = static_cast<std::size_t>(samples.size()) * sizeof(typename S::Scalar);
  require(again.exact, "what was written is read exactly");
  require(std::memcmp(again.sampler.sample(3).data(), samples.data(), size) == 0,
          "the samples are the same");
  require(pf::map_bytes(again.sampler, {again.columns, again.summary}) == bytes,
          "the bytes are the same");
}

void check(std::string_view bytes) {
  try {
    const pf::AnyMapFile file = pf::read_any_map(bytes, "FILE");
    std::visit([](const auto& read) { check_accepted(read); }, file);
  } catch (const pf::format_error& error) {
    check_error(error.what());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  if (size < 48) return 0;
  const bool single = bytes[12] == 4;
  if (single)
    pf::detail::seal<float>(bytes, "map");
  else
    pf::detail::seal<double>(bytes, "map");
  check(bytes);
  return 0;
}
