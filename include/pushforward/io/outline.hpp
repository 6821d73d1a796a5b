#pragma once

#include "pushforward/io/reader.hpp"
#include "pushforward/io/writer.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

namespace detail {

template <class T>
void append_numbers(std::string& text, const Reader::Array& array) {
  for (std::size_t i = 0; i < array.rows * array.columns; ++i)
    text.append(i == 0 ? "" : " ").append(to_text(Reader::element<T>(array, i)));
}

inline void append_array(std::string& text, const Reader::Array& array) {
  constexpr std::uint64_t most = 8;
  if (array.columns != 1)
    text.append(to_text(array.rows) + " x " + to_text(array.columns) + " numbers");
  else if (array.rows > most)
    text.append(to_text(array.rows) + " numbers");
  else if (array.tag == 'f')
    append_numbers<float>(text, array);
  else if (array.tag == 'd')
    append_numbers<double>(text, array);
  else if (array.tag == 'i')
    append_numbers<std::int64_t>(text, array);
  else
    append_numbers<std::uint64_t>(text, array);
}

/// The value that comes next, and below it what it consists of, each on a line of its own.
inline void append_outline(std::string& text, Reader& in, std::size_t depth) {
  constexpr std::size_t most = 100;
  if (depth > most) in.fail(in.position(), "depth", to_text(depth), "at most " + to_text(most));
  const std::string indent = "\n" + std::string(2 * depth + 2, ' ');
  switch (in.peek()) {
  case 'b':
    text.append(in.read<bool>() ? "true" : "false");
    break;
  case 'i':
    text.append(to_text(in.read<std::int64_t>()));
    break;
  case 'u':
    text.append(to_text(in.read<std::uint64_t>()));
    break;
  case 'f':
    text.append(to_text(in.read<float>()));
    break;
  case 'd':
    text.append(to_text(in.read<double>()));
    break;
  case 's':
    text.append(token_text(in.text()));
    break;
  case 'a':
    append_array(text, in.array());
    break;
  case 'l': {
    const std::uint64_t count = in.list();
    text.append(to_text(count));
    for (std::uint64_t i = 0; i < count; ++i) {
      text.append(indent).append(to_text(i)).append(": ");
      append_outline(text, in, depth + 1);
    }
    break;
  }
  default: {
    const Reader::Object object = in.object();
    text.append(Reader::printable(object.kind));
    for (std::uint64_t i = 0; i < object.fields; ++i) {
      text.append(indent).append(Reader::printable(in.name())).append(": ");
      append_outline(text, in, depth + 1);
    }
  }
  }
}

}  // namespace detail

/// What a value consists of, for people: a line for each field, indented below its object; of more
/// than eight numbers only how many there are. \code
///   Gaussian
///     mean: 0 0
///     factor: 2 x 2 numbers
/// \endcode
template <class T>
[[nodiscard]] std::string outline(const T& value) {
  std::string bytes, text;
  Writer(bytes).write(value);
  Reader in("outline", "value", bytes);
  detail::append_outline(text, in, 0);
  return text;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
