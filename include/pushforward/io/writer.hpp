#pragma once

#include "pushforward/io/archive.hpp"

#include <string>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Writes values to a sink: a std::string, or whatever has `append(const char*, std::size_t)`.
template <class Sink>
class Writer {
 public:
  explicit Writer(Sink& sink) : sink_(sink) {}

  template <class T>
  void write(const T& value) {
    if constexpr (detail::WritesItself<T, Writer>) {
      value.write(*this);
    } else if constexpr (std::same_as<T, bool>) {
      tag('b');
      tag(value ? '\1' : '\0');
    } else if constexpr (detail::Number<T>) {
      tag(detail::kNumberTag<T>);
      number(static_cast<detail::Stored<T>>(value));
    } else if constexpr (std::same_as<T, std::string>) {
      text(value);
    } else if constexpr (detail::NamedEnum<T>) {
      text(enumerators(value)[static_cast<std::size_t>(value)]);
    } else if constexpr (detail::kIsVector<T>) {
      if constexpr (detail::Number<typename T::value_type>) {
        array(value.data(), value.size(), 1);
      } else {
        list(value.size());
        for (const auto& element : value) write(element);
      }
    } else if constexpr (detail::kIsBatch<T>) {
      write(value.matrix());
    } else if constexpr (detail::PlainMatrix<T>) {
      static_assert(!T::IsRowMajor || T::IsVectorAtCompileTime);
      array(value.data(), static_cast<std::size_t>(value.rows()),
            static_cast<std::size_t>(value.cols()));
    } else if constexpr (explain_described<T>()) {
      const auto fields = fields_of(value);
      object(T::kName, fields.size);
      for_each_field(fields, [this](const auto& each) { this->field(each); });
    }
  }

  /// What comes before the values of a list, and before the named values of an object.
  void list(std::size_t count) {
    tag('l');
    number(std::uint64_t{count});
  }
  void object(std::string_view kind, std::size_t fields) {
    tag('o');
    name(kind);
    number(std::uint64_t{fields});
  }
  void text(std::string_view text) {
    tag('s');
    number(std::uint64_t{text.size()});
    append(text);
  }
  /// Throws std::invalid_argument unless a name has 1 to 255 bytes.
  void name(std::string_view name) {
    check_argument(!name.empty() && name.size() <= 255, "Writer", "size of a name", name.size(),
                   "between 1 and 255");
    tag(static_cast<char>(name.size()));
    append(name);
  }

  /// What has been written elsewhere.
  void append(std::string_view bytes) { sink_.append(bytes.data(), bytes.size()); }

 private:
  void tag(char tag) { sink_.append(&tag, 1); }

  template <class T>
  void number(T value) {
    const auto bytes = detail::file_order(value);
    sink_.append(bytes.data(), bytes.size());
  }

  template <class V>
  void field(const Field<V>& field) {
    name(field.name);
    write(field.value);
  }

  template <detail::Number T>
  void array(const T* values, std::size_t rows, std::size_t columns) {
    tag('a');
    tag(detail::kNumberTag<T>);
    number(std::uint64_t{rows});
    number(std::uint64_t{columns});
    if constexpr (sizeof(T) == sizeof(detail::Stored<T>) &&
                  std::endian::native == std::endian::little) {
      if (rows * columns > 0)
        sink_.append(reinterpret_cast<const char*>(values), rows * columns * sizeof(T));
    } else {
      for (std::size_t i = 0; i < rows * columns; ++i)
        number(static_cast<detail::Stored<T>>(values[i]));
    }
  }

  Sink& sink_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
