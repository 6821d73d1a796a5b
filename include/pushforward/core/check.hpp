#pragma once

#include "pushforward/core/block.hpp"

#include <bit>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// \file
/// Errors. Every text reads `function: name is VALUE, but must be REQUIREMENT`.

#if !defined(__cpp_exceptions)
#error "pushforward reports errors by exceptions: compile it without -fno-exceptions."
#endif

namespace pushforward::inline PUSHFORWARD_ISA {

/// The bytes of a file are not what they should be. what() names the file, the place and the token.
class format_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// True unless x is NaN or infinite; by the bits, so that it holds under -ffast-math too.
[[nodiscard]] constexpr bool is_finite(float x) noexcept {
  return (std::bit_cast<std::uint32_t>(x) & 0x7f800000U) != 0x7f800000U;
}
[[nodiscard]] constexpr bool is_finite(double x) noexcept {
  constexpr std::uint64_t exponent = 0x7ff0000000000000U;
  return (std::bit_cast<std::uint64_t>(x) & exponent) != exponent;
}

/// True if no entry of x is NaN or infinite. Cost O(size).
template <class Derived>
[[nodiscard]] bool all_finite(const Eigen::DenseBase<Derived>& x) {
  for (Index j = 0; j < x.cols(); ++j)
    for (Index i = 0; i < x.rows(); ++i)
      if (!is_finite(x.derived().coeff(i, j))) return false;
  return true;
}

/// A number as the error texts print it: the shortest decimal that reads back the same.
template <class T>
[[nodiscard]] std::string to_text(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (!is_finite(value)) {
      using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
      constexpr int mantissa = sizeof(T) == 4 ? 23 : 52;
      const Bits bits = std::bit_cast<Bits>(value);
      if ((bits << (sizeof(T) * 8 - mantissa)) != 0) return "nan";
      return (bits >> (sizeof(T) * 8 - 1)) != 0 ? "-inf" : "inf";
    }
  }
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value);
  return {text, end.ptr};
}

/// `function: name is value, but must be requirement`.
[[nodiscard]] inline std::string error_text(std::string_view function, std::string_view name,
                                            std::string_view value, std::string_view requirement) {
  std::string text(function);
  text.append(": ").append(name).append(" is ").append(value).append(", but must be ");
  return text.append(requirement);
}

/// Throws std::invalid_argument (a size or a setting) unless `holds`.
template <class T>
void check_argument(bool holds, std::string_view function, std::string_view name, T value,
                    std::string_view requirement) {
  if (!holds) throw std::invalid_argument(error_text(function, name, to_text(value), requirement));
}

/// A number of things as an Index. Throws std::length_error if it is too large for one.
template <std::integral T>
[[nodiscard]] Index to_index(std::string_view function, std::string_view name, T count) {
  if (!std::in_range<Index>(count))
    throw std::length_error(error_text(function, name, to_text(count),
                                       "at most " + to_text((std::numeric_limits<Index>::max)())));
  return static_cast<Index>(count);
}

/// Throws std::invalid_argument unless a number of things is at least 1, std::length_error if it is
/// too large for an Index.
template <std::integral T>
void check_count(std::string_view function, std::string_view name, T count) {
  check_argument(count >= 1, function, name, count, "at least 1");
  static_cast<void>(to_index(function, name, count));
}

/// Throws std::length_error if a rows x columns matrix is more than memory has addresses for.
template <Real Scalar>
void check_length(std::string_view function, std::string_view name, Index rows, Index columns) {
  constexpr Index most = (std::numeric_limits<Index>::max)() / Index(sizeof(Scalar));
  if (rows > 0 && columns > most / rows)
    throw std::length_error(error_text(function, name, to_text(rows) + " x " + to_text(columns),
                                       "at most " + to_text(most) + " numbers"));
}

/// Throws std::invalid_argument unless two sizes agree; the text has both.
inline void check_size(std::string_view function, std::string_view name, Index size,
                       Index expected) {
  if (size != expected)
    throw std::invalid_argument(error_text(function, name, to_text(size), to_text(expected)));
}

/// Throws std::domain_error (a value outside the domain) unless `holds`.
template <class T>
void check_domain(bool holds, std::string_view function, std::string_view name, T value,
                  std::string_view requirement) {
  if (!holds) throw std::domain_error(error_text(function, name, to_text(value), requirement));
}

/// Throws std::domain_error unless x is positive and finite.
template <Real Scalar>
void check_positive(std::string_view function, std::string_view name, Scalar x) {
  check_domain(is_finite(x) && x > 0, function, name, x, "positive and finite");
}

/// Throws what the `check<Scalar>()` of the settings throws, if they have one.
template <Real Scalar, class Settings>
void check_settings(const Settings& settings) {
  if constexpr (requires { settings.template check<Scalar>(); }) settings.template check<Scalar>();
}

namespace detail {

/// Throws std::domain_error naming an entry of a matrix that is not finite.
template <Real Scalar>
[[noreturn]] void fail_finite(std::string_view function, std::string_view name, Index row,
                              Index column, Scalar value) {
  throw std::domain_error(error_text(
      function, std::string(name) + " at row " + to_text(row) + ", column " + to_text(column),
      to_text(value), "finite"));
}

}  // namespace detail

/// Throws std::domain_error naming the first entry (column by column) that is NaN or infinite.
template <class Derived>
void check_finite(std::string_view function, std::string_view name,
                  const Eigen::DenseBase<Derived>& x) {
  for (Index j = 0; j < x.cols(); ++j)
    for (Index i = 0; i < x.rows(); ++i)
      if (!is_finite(x.derived().coeff(i, j)))
        detail::fail_finite(function, name, i, j, x.derived().coeff(i, j));
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
