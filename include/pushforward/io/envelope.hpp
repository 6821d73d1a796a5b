#pragma once

#include "pushforward/io/crc32.hpp"
#include "pushforward/io/reader.hpp"

/// \file
/// What every file of this library starts with, whatever it holds. All numbers are little-endian.
///
///     byte  bytes
///     0     8      magic: 89 'p' 'f' 'm' 0d 0a 1a 0a
///     8     2      major version
///     10    2      minor version
///     12    4      scalar type: 4 for float, 8 for double, the size of a number
///     16    16     kind: "map" or "checkpoint", then zero bytes
///     32    8      payload size P
///     40    4      CRC-32 of the payload
///     44    4      CRC-32 of bytes 0 to 43
///     48    P      payload: one value (see archive.hpp); nothing comes after it
///
/// These 48 bytes stay as they are in every version. A new minor version adds kinds of objects; a
/// file that has none of them is read by older programs. A new major version changes what a kind
/// says of itself; it is refused by older programs, and newer ones read all older files.

namespace pushforward::inline PUSHFORWARD_ISA {

inline constexpr std::uint16_t kFileMajor = 1;
inline constexpr std::uint16_t kFileMinor = 0;

namespace detail {

inline constexpr std::string_view kFileMagic("\x89pfm\r\n\x1a\n", 8);
inline constexpr std::size_t kFileHeader = 48;
inline constexpr std::size_t kFileKind = 16;

/// Puts the header into the first 48 bytes of `bytes`, behind which the payload stands.
template <Real Scalar>
void seal(std::string& bytes, std::string_view kind) {
  std::size_t at = 0;
  const auto put = [&](std::string_view part) {
    bytes.replace(at, part.size(), part);
    at += part.size();
  };
  const auto put_number = [&](auto number) {
    const auto ordered = file_order(number);
    put({ordered.data(), ordered.size()});
  };
  put(kFileMagic);
  put_number(kFileMajor);
  put_number(kFileMinor);
  put_number(static_cast<std::uint32_t>(sizeof(Scalar)));
  put(std::string(kind).append(kFileKind - kind.size(), '\0'));
  put_number(std::uint64_t{bytes.size() - kFileHeader});
  put_number(crc32(std::string_view(bytes).substr(kFileHeader)));
  put_number(crc32(std::string_view(bytes).substr(0, at)));
}

constexpr std::string_view scalar_text(std::uint32_t size) {
  return size == 4 ? "float" : size == 8 ? "double" : "of no known type";
}

/// Checks everything about a file but what its payload means. Returns the size of its scalar type.
/// Throws format_error naming the first place that is not as it must be.
inline std::uint32_t check_envelope(std::string_view function, std::string_view file,
                                    std::string_view bytes, std::string_view kind) {
  Reader in(function, file, bytes);
  const auto must = [&](bool holds, std::size_t at, std::string_view name, std::string_view value,
                        std::string_view requirement) {
    if (!holds) in.fail(at, name, value, requirement);
  };
  const auto checksum = [&](std::size_t at, std::string_view name, std::uint32_t found,
                            std::uint32_t expected) {
    must(found == expected, at, name, to_text(found), to_text(expected));
  };
  must(bytes.size() >= kFileHeader, bytes.size(), "number of bytes", to_text(bytes.size()),
       "at least " + to_text(kFileHeader));
  const std::string_view magic = bytes.substr(0, kFileMagic.size());
  must(magic == kFileMagic, 0, "start of file", token_text(magic), token_text(kFileMagic));
  in = Reader(function, file, bytes, kFileMagic.size());
  const auto major = in.number<std::uint16_t>(), minor = in.number<std::uint16_t>();
  const auto scalar = in.number<std::uint32_t>();
  std::string_view found = bytes.substr(in.position(), kFileKind);
  found = found.substr(0, found.find_last_not_of('\0') + 1);
  in = Reader(function, file, bytes, in.position() + kFileKind);
  const auto size = in.number<std::uint64_t>();
  const auto payload_crc = in.number<std::uint32_t>(), header_crc = in.number<std::uint32_t>();

  checksum(kFileHeader - 4, "checksum of the header", header_crc,
           crc32(bytes.substr(0, kFileHeader - 4)));
  must(major == kFileMajor, 8, "version", to_text(major) + "." + to_text(minor),
       to_text(kFileMajor) + ".x, which this program reads");
  must(found == kind, 16, "kind of file", token_text(found), token_text(kind));
  must(scalar == 4 || scalar == 8, 12, "scalar type", to_text(scalar), "4 or 8");
  must(in.left() == size, 32, "number of bytes after the header", to_text(in.left()),
       to_text(size));
  checksum(40, "checksum of the payload", payload_crc, crc32(bytes.substr(kFileHeader)));
  return scalar;
}

/// A reader at the start of the payload of a file of this kind and scalar type.
template <Real Scalar>
Reader open_envelope(std::string_view function, std::string_view file, std::string_view bytes,
                     std::string_view kind) {
  const std::uint32_t scalar = check_envelope(function, file, bytes, kind);
  Reader in(function, file, bytes, kFileHeader);
  if (scalar != sizeof(Scalar))
    in.fail(12, "scalar type", scalar_text(scalar), scalar_text(sizeof(Scalar)));
  return in;
}

}  // namespace detail

}  // namespace pushforward::inline PUSHFORWARD_ISA
