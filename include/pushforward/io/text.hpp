#pragma once

#include "pushforward/core/check.hpp"

#include <algorithm>
#include <limits>
#include <system_error>

/// \file
/// Text that comes from outside: how an error prints it, and how it is read as a number.

namespace pushforward::inline PUSHFORWARD_ISA {

/// A token as the error texts print it: in quotes, on one line, in printable ASCII, cut at 40
/// bytes.
///
/// `"` and `\` are written `\"` and `\\`, any other byte that is not printable `\xNN`; three dots
/// after the closing quote say that there was more.
[[nodiscard]] inline std::string token_text(std::string_view token) {
  constexpr std::size_t longest = 40;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "\"";
  for (const char character : token.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte < 0x20 || byte > 0x7e)
      text.append("\\x").append({digits[byte >> 4U], digits[byte & 15U]});
    else
      text.append(character == '"' || character == '\\' ? "\\" : "").append({character});
  }
  return text.append(token.size() > longest ? "\"..." : "\"");
}

namespace detail {

/// Whether a decimal outside the range of its type is too small, rather than too large: the sign
/// of its order of magnitude, the place of its first digit that is not 0.
[[nodiscard]] inline bool is_tiny(std::string_view decimal) {
  constexpr long long huge = (std::numeric_limits<long long>::max)() / 2;
  const std::size_t e = (std::min)(decimal.find_first_of("eE"), decimal.size());
  const std::string_view digits = decimal.substr(0, e);
  const std::size_t point = (std::min)(digits.find('.'), digits.size());
  long long exponent = 0;
  if (e < decimal.size()) {
    const char* first = decimal.data() + e + (decimal[e + 1] == '+' ? 2 : 1);
    if (std::from_chars(first, decimal.data() + decimal.size(), exponent).ec != std::errc())
      exponent = *first == '-' ? -huge : huge;
  }
  return exponent <
         static_cast<long long>(digits.find_first_of("123456789")) - static_cast<long long>(point);
}

}  // namespace detail

/// Reads the whole of `text` as a decimal number, in no locale; a leading `+` is allowed.
///
/// A real number is rounded to the nearest one there is, which for 1e-400 is 0. Returns
/// std::errc() after setting `value`. Else `value` is unchanged, and the result says why:
/// invalid_argument (not a number: empty, `abc`, `1,5`, `0x10`, spaces around it),
/// argument_out_of_domain (NaN or infinite), result_out_of_range (too large).
template <class T>
requires std::is_arithmetic_v<T>
[[nodiscard]] std::errc read_number(std::string_view text, T& value) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const char* const last = text.data() + text.size();
  T number{};
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error == std::errc::invalid_argument || end != last) return std::errc::invalid_argument;
  if constexpr (std::is_floating_point_v<T>) {
    if (error == std::errc::result_out_of_range) {
      if (!detail::is_tiny(text)) return error;
      number = text.starts_with('-') ? -T{} : T{};
    } else if (!is_finite(number)) {
      return std::errc::argument_out_of_domain;
    }
  } else if (error != std::errc()) {
    return error;
  }
  value = number;
  return {};
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
