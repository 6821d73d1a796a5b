#pragma once

#include "pushforward/io/archive.hpp"
#include "pushforward/io/text.hpp"

#include <cstring>
#include <string>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Reads values from bytes that nobody has checked. Every size is compared with what is left of
/// the bytes before memory is taken for it. What is not what must be there is a format_error
/// `function: file, byte N: name is VALUE, but must be REQUIREMENT`, with the name of a value as in
/// `map.first.theta`. Also when the constructor of an object refuses its values: any
/// std::logic_error of it becomes a format_error.
class Reader {
 public:
  /// Reads `bytes` from position `begin`. All must outlive the reader.
  Reader(std::string_view function, std::string_view file, std::string_view bytes,
         std::size_t begin = 0)
      : function_(function), file_(file), bytes_(bytes), position_(begin) {}

  /// The value that comes next, which must be a T.
  template <class T>
  [[nodiscard]] T read() {
    if constexpr (detail::ReadsItself<T, Reader>) {
      return T::read(*this);
    } else if constexpr (std::same_as<T, bool>) {
      tag('b');
      const std::size_t at = position_;
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      if (byte > 1) fail(at, path(), to_text(unsigned{byte}), "0 or 1");
      return byte == 1;
    } else if constexpr (detail::Number<T>) {
      tag(detail::kNumberTag<T>);
      const std::size_t at = position_;
      return narrow<T>(at, number<detail::Stored<T>>());
    } else if constexpr (std::same_as<T, std::string>) {
      return std::string(text());
    } else if constexpr (detail::NamedEnum<T>) {
      return enumerator<T>();
    } else if constexpr (detail::kIsVector<T>) {
      return vector<T>();
    } else if constexpr (detail::kIsBatch<T>) {
      const std::size_t at = position_;
      const Matrix<typename T::Scalar> samples = read<Matrix<typename T::Scalar>>();
      return checked(at, [&] { return T(samples); });
    } else if constexpr (detail::PlainMatrix<T>) {
      return matrix<T>();
    } else if constexpr (explain_described<T>()) {
      return described<T>(std::make_index_sequence<std::tuple_size_v<DescribedValues<T>>>());
    }
  }

  /// The tag of the value that comes next, unread.
  [[nodiscard]] char peek() const { return Reader(*this).take(1)[0]; }

  /// The kind of the object that comes next, unread.
  [[nodiscard]] std::string_view kind() const { return Reader(*this).object().kind; }

  struct Object {
    std::string_view kind;
    std::uint64_t fields;
  };
  /// Enters an object; what follows are its fields, a name and a value each.
  Object object() {
    tag('o');
    const std::string_view kind = name();
    return {kind, size("number of fields of ", 3)};
  }
  /// Enters a list. The number of its values, each of which has a byte at least.
  std::uint64_t list() {
    tag('l');
    return size("number of values of ", 1);
  }
  std::string_view text() {
    tag('s');
    return take(size("size of ", 1));
  }
  std::string_view name() {
    const std::size_t at = position_;
    const auto count = static_cast<unsigned char>(take(1)[0]);
    if (count == 0) fail(at, "size of a name of " + path(), "0", "at least 1");
    return take(count);
  }

  /// Reads the name of a field of the object that is called `outer`.
  std::string_view enter_field(const std::string& outer) {
    const std::string_view field = name();
    path_ = outer;
    path_.append(outer.empty() ? "" : ".").append(printable(field));
    return field;
  }

  struct Array {
    char tag;
    std::uint64_t rows, columns;
    std::string_view numbers;
  };
  Array array() {
    tag('a');
    const std::size_t at = position_;
    const char numbers = take(1)[0];
    const std::size_t each = detail::number_size(numbers);
    if (each == 0) fail(at, "type of " + path(), detail::tag_text(numbers), "a number");
    const std::uint64_t rows = size("rows of ", 0);
    const std::uint64_t columns = size("columns of ", 0);
    if (rows > 0 && columns > left() / each / rows)
      fail(at + 1, "size of " + path(), to_text(rows) + " x " + to_text(columns),
           "at most " + to_text(left() / each) + " numbers, for as many are left");
    return {numbers, rows, columns, take(rows * columns * each)};
  }
  /// The number i of an array, of which T must be the type.
  template <class T>
  [[nodiscard]] static T element(const Array& array, std::size_t i) {
    std::array<char, sizeof(T)> bytes;
    std::memcpy(bytes.data(), array.numbers.data() + i * sizeof(T), sizeof(T));
    return std::bit_cast<T>(detail::file_order(std::bit_cast<T>(bytes)));
  }
  template <class T>
  [[nodiscard]] T number() {
    return element<T>({'\0', 1, 1, take(sizeof(T))}, 0);
  }

  /// Takes the byte that says what comes next, which must be `expected`.
  void tag(char expected) {
    const std::size_t at = position_;
    const char found = take(1)[0];
    if (found != expected) fail(at, path(), detail::tag_text(found), detail::tag_text(expected));
  }

  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - position_; }
  /// The name of what is being read: map.first.theta.
  [[nodiscard]] std::string path() const { return path_.empty() ? "value" : path_; }

  /// A name from the file, as it is or in quotes.
  [[nodiscard]] static std::string printable(std::string_view name) {
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
    return plain && name.size() <= 40 ? std::string(name) : token_text(name);
  }

  /// Throws unless everything has been read.
  void finish() const {
    if (left() > 0) fail(position_, "number of bytes after the end", to_text(left()), "0");
  }

  /// make(), whose std::logic_error is the fault of the bytes at `at`.
  template <class Make>
  auto checked(std::size_t at, Make make) const {
    try {
      return make();
    } catch (const std::logic_error& error) {
      refuse(at, error);
    }
  }

  [[noreturn]] void fail(std::size_t at, std::string_view name, std::string_view value,
                         std::string_view requirement) const {
    throw format_error(error_text(place(at), name, value, requirement));
  }

 private:
  static constexpr int kMaxDepth = 100;

  [[noreturn]] void refuse(std::size_t at, const std::logic_error& error) const {
    throw format_error(place(at) + ": " + path() + ": " + error.what());
  }

  [[nodiscard]] std::string place(std::size_t at) const {
    return std::string(function_).append(": ").append(file_).append(", byte ") + to_text(at);
  }

  std::string_view take(std::uint64_t count) {
    if (count > left())
      fail(position_, "number of bytes left for " + path(), to_text(left()),
           "at least " + to_text(count));
    position_ += static_cast<std::size_t>(count);
    return bytes_.substr(position_ - static_cast<std::size_t>(count),
                         static_cast<std::size_t>(count));
  }

  /// A size of things that have `each` bytes at least. Never more than there are bytes in all, also
  /// where nothing follows: 0 x 2^60 is no matrix that anyone saved.
  std::uint64_t size(std::string_view name, std::size_t each) {
    const std::size_t at = position_;
    const auto count = number<std::uint64_t>();
    const std::uint64_t most = each == 0 ? bytes_.size() : left() / each;
    if (count > most)
      fail(at, std::string(name) + path(), to_text(count), "at most " + to_text(most));
    return count;
  }

  template <class T, class U>
  T narrow(std::size_t at, U value) const {
    if constexpr (std::integral<T>)
      if (!std::in_range<T>(value))
        fail(at, path(), to_text(value),
             "between " + to_text((std::numeric_limits<T>::min)()) + " and " +
                 to_text((std::numeric_limits<T>::max)()));
    return static_cast<T>(value);
  }

  template <class T>
  T enumerator() {
    const std::size_t at = position_;
    const std::string_view name = text();
    std::string known;
    const auto names = enumerators(T{});
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return static_cast<T>(i);
      known.append(i == 0 ? "" : " or ").append(names[i]);
    }
    fail(at, path(), token_text(name), known);
  }

  template <class T>
  T vector() {
    using Element = typename T::value_type;
    T values;
    if constexpr (detail::Number<Element>) {
      using S = detail::Stored<Element>;
      const std::size_t at = position_;
      const Array numbers = array_of<S>(-1, 1);
      values.resize(static_cast<std::size_t>(numbers.rows));
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = narrow<Element>(at, element<S>(numbers, i));
    } else {
      const std::string outer = path_;
      const std::uint64_t count = list();
      for (std::uint64_t i = 0; i < count; ++i) {
        path_ = outer + "[" + to_text(i) + "]";
        values.push_back(read<Element>());
      }
      path_ = outer;
    }
    return values;
  }

  template <class T>
  T matrix() {
    using S = typename T::Scalar;
    const Array numbers = array_of<S>(T::RowsAtCompileTime, T::ColsAtCompileTime);
    T result(static_cast<Index>(numbers.rows), static_cast<Index>(numbers.columns));
    if constexpr (std::endian::native == std::endian::little) {
      if (result.size() > 0)
        std::memcpy(result.data(), numbers.numbers.data(), numbers.numbers.size());
    } else {
      for (Index i = 0; i < result.size(); ++i)
        result.data()[i] = element<S>(numbers, static_cast<std::size_t>(i));
    }
    return result;
  }

  /// An array of numbers of this type; a size that is not negative is the one it must have.
  template <class S>
  Array array_of(Index rows, Index columns) {
    const std::size_t at = position_;
    const Array found = array();
    if (found.tag != detail::kNumberTag<S>)
      fail(at + 1, "type of " + path(), detail::tag_text(found.tag),
           detail::tag_text(detail::kNumberTag<S>));
    const auto must = [&](std::string_view what, std::uint64_t size, Index expected) {
      if (expected >= 0 && size != static_cast<std::uint64_t>(expected))
        fail(at, std::string(what) + path(), to_text(size), to_text(expected));
    };
    must("rows of ", found.rows, rows);
    must("columns of ", found.columns, columns);
    return found;
  }

  template <class T, std::size_t... k>
  T described(std::index_sequence<k...>) {
    using Values = DescribedValues<T>;
    constexpr std::size_t count = sizeof...(k);
    const std::size_t at = position_;
    enter(T::kName, count);
    const std::string outer = path_;
    std::array<std::string_view, count> names;
    detail::Elements<std::index_sequence<k...>, std::tuple_element_t<k, Values>...> values{
        {(names[k] = enter_field(outer), read<std::tuple_element_t<k, Values>>())}...};
    path_ = outer;
    --depth_;

    T result = checked(at, [&] { return construct<T>(detail::forward_element<k>(values)...); });
    [[maybe_unused]] const auto fields = fields_of(result);
    const std::array<std::string_view, count> expected{detail::element<k>(fields).name...};
    check_names(at, names.data(), expected.data(), count);
    return result;
  }

  /// Enters an object that must be of this kind.
  void enter(std::string_view kind, std::size_t fields) {
    const std::size_t at = position_;
    const Object found = object();
    if (found.kind != kind) fail(at, "kind of " + path(), token_text(found.kind), token_text(kind));
    if (found.fields != fields)
      fail(at, "number of fields of " + path(), to_text(found.fields), to_text(fields));
    if (++depth_ > kMaxDepth)
      fail(at, "depth of " + path(), to_text(depth_), "at most " + to_text(kMaxDepth));
  }

  void check_names(std::size_t at, const std::string_view* found, const std::string_view* expected,
                   std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i)
      if (found[i] != expected[i])
        fail(at, "name of field " + to_text(i) + " of " + path(), token_text(found[i]),
             token_text(expected[i]));
  }

  std::string_view function_;
  std::string_view file_;
  std::string_view bytes_;
  std::size_t position_;
  std::string path_;
  int depth_ = 0;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
