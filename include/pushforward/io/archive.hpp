#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/description.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

/// \file
/// Values as bytes and back. The bytes say what they hold, so that a reader who knows no type of
/// this library can read them, and one who expects another type says what it found.
///
/// A value is a tag, one letter, and then
///
///     b  bool                          u8, 0 or 1
///     i  signed integer                i64
///     u  unsigned integer              u64
///     f  float                         f32
///     d  double                        f64
///     s  text                          u64 bytes, then the bytes
///     a  array, rows x columns         the tag of its numbers (i u f d), u64 rows, u64 columns,
///                                      the numbers column by column
///     l  list                          u64 values, then the values
///     o  object                        its kind, u64 fields, then for each a name and a value
///
/// Numbers are little-endian on every machine; kinds and names are a u8 and as many bytes, 1 to
/// 255. An enum is a text. A std::vector of numbers is an array of one column, a Batch d x n one of
/// d rows.

namespace pushforward::inline PUSHFORWARD_ISA {

namespace detail {

/// How a number is stored, whatever its type here.
template <class T>
using Stored =
    std::conditional_t<std::is_floating_point_v<T>, T,
                       std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>;

template <class T>
concept Number = Real<T> ||(std::integral<T> && !std::same_as<T, bool> && sizeof(T) <= 8);

template <Number T>
inline constexpr char kNumberTag = std::floating_point<T> ? (sizeof(T) == 4 ? 'f' : 'd')
                                                          : (std::is_signed_v<T> ? 'i' : 'u');

/// Size in bytes of a number with this tag; 0 if none has it.
constexpr std::size_t number_size(char tag) {
  return tag == 'f' ? 4 : tag == 'd' || tag == 'i' || tag == 'u' ? 8 : 0;
}

constexpr std::string_view tag_text(char tag) {
  constexpr std::string_view tags = "biufdsalo";
  constexpr std::string_view texts[] = {"bool",  "signed integer", "unsigned integer",
                                        "float", "double",         "text",
                                        "array", "list",           "object"};
  const std::size_t which = tags.find(tag);
  return which < tags.size() ? texts[which] : "of no known type";
}

/// The bytes of a number in the order of the file; its own inverse.
template <std::endian order = std::endian::native, class T>
[[nodiscard]] constexpr std::array<char, sizeof(T)> file_order(T number) {
  auto bytes = std::bit_cast<std::array<char, sizeof(T)>>(number);
  if constexpr (order == std::endian::big) std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;

template <class T>
inline constexpr bool kIsBatch = false;
template <class S>
inline constexpr bool kIsBatch<Batch<S>> = true;

template <class T>
concept PlainMatrix = std::derived_from<T, Eigen::PlainObjectBase<T>>;

/// An enum whose values 0, 1, ... have names, found as `enumerators(value)`.
template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value) {
  enumerators(value).size();
};

/// A type that writes and reads itself: what is only known at run time.
template <class T, class Archive>
concept WritesItself = requires(const T& value, Archive& archive) {
  value.write(archive);
};
template <class T, class Archive>
concept ReadsItself = requires(Archive& archive) {
  { T::read(archive) } -> std::same_as<T>;
};

}  // namespace detail

}  // namespace pushforward::inline PUSHFORWARD_ISA
