#pragma once

#include "pushforward/io/writer.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

/// The hash of one value, under its place: objective.source.mean.
struct Fingerprint {
  static constexpr std::string_view kName = "Fingerprint";
  [[nodiscard]] auto description() const { return describe("path", path, "hash", hash); }

  std::string path;
  std::uint64_t hash = 0;

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

namespace detail {

/// A sink that keeps a hash: FNV-1a with words of eight bytes, and the high bits mixed into the
/// low.
class HashSink {
 public:
  void append(const char* bytes, std::size_t size) {
    const auto word = [&](std::size_t from) {
      std::array<char, 8> eight{};
      std::copy_n(bytes + from, (std::min)(std::size_t(8), size - from), eight.begin());
      mix(std::bit_cast<std::uint64_t>(file_order(std::bit_cast<std::uint64_t>(eight))));
    };
    for (std::size_t i = 0; i < size; i += 8) word(i);
    mix(size);
  }
  [[nodiscard]] std::uint64_t hash() const { return hash_; }

 private:
  void mix(std::uint64_t word) {
    hash_ = (hash_ ^ word) * 0x100000001B3U;
    hash_ ^= hash_ >> 32;
  }

  std::uint64_t hash_ = 0xCBF29CE484222325U;
};

}  // namespace detail

/// Appends the hashes of a value and, if it is Described, of all its fields. Two values have the
/// same fingerprints if they have the same description to the bit; else the first that differs says
/// where. Cost: one pass over the bytes.
template <class T>
void add_fingerprints(std::vector<Fingerprint>& prints, const std::string& path, const T& value) {
  detail::HashSink sink;
  Writer writer(sink);
  if constexpr (requirement::name<T>) {
    static_assert(explain_described<T>());
    const auto fields = fields_of(value);
    writer.object(T::kName, fields.size);
    prints.push_back({path, sink.hash()});
    for_each_field(fields, [&](const auto& field) {
      add_fingerprints(prints, path + "." + std::string(field.name), field.value);
    });
  } else {
    writer.write(value);
    prints.push_back({path, sink.hash()});
  }
}

/// The place of the first difference between two lists of fingerprints; empty if there is none.
[[nodiscard]] inline std::string first_difference(const std::vector<Fingerprint>& a,
                                                  const std::vector<Fingerprint>& b) {
  const std::size_t both = (std::min)(a.size(), b.size());
  for (std::size_t i = 0; i < both; ++i)
    if (a[i] != b[i]) return a[i].path;
  if (a.size() == b.size()) return {};
  return (a.size() > both ? a : b)[both].path;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
