#pragma once

#include "pushforward/io/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// `text` without the spaces and tabs around it.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  text.remove_prefix((std::min)(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// Whether a cell is neither empty nor a number (be it one to refuse): what makes a row a header.
[[nodiscard]] inline bool is_csv_name(std::string_view cell) {
  double ignored = 0;
  const std::string_view text = trimmed(cell);
  return !text.empty() && read_number(text, ignored) == std::errc::invalid_argument;
}

/// Goes through the bytes of a CSV file, row by row and cell by cell.
class CsvReader {
 public:
  /// `separator` is one of `,;|` and the tab.
  CsvReader(std::string file, std::string_view bytes, char separator)
      : file_(std::move(file)), bytes_(bytes), separator_(1, separator), ends_(separator_ + "\r\n"),
        spaces_(separator == '\t' ? " " : " \t") {
    if (bytes_.starts_with("\xEF\xBB\xBF")) bytes_.remove_prefix(3);  // the mark of UTF-8
  }

  /// Goes to the next row that is not blank. False at the end of the file.
  bool next_row() {
    at_ = find_not(spaces_ + "\r\n");
    column_ = 0;
    return at_ < bytes_.size();
  }

  /// Reads the next cell of the row. False at the end of the row.
  bool next_cell() {
    if (column_ > 0 && !at(separator_)) return false;
    if (column_ > 0) ++at_;
    ++column_;
    at_ = begin_ = find_not(spaces_);
    if (at("\"")) {
      read_quoted();
    } else {
      at_ = find(ends_);
      cell_ = trimmed(bytes_.substr(begin_, at_ - begin_));
    }
    if (cell_.find('\0') != std::string::npos) fail_cell(cell_, "text without a zero byte");
    return true;
  }

  /// The cell, without the spaces around it or without its quotes.
  [[nodiscard]] const std::string& cell() const noexcept { return cell_; }

  template <Real Scalar>
  [[nodiscard]] Scalar number() const {
    Scalar value{};
    const std::errc error = read_number(trimmed(cell_), value);
    if (error == std::errc::invalid_argument) fail_cell(cell_, "a number" + hint());
    if (error == std::errc::argument_out_of_domain) fail_cell(cell_, "finite");
    if (error == std::errc::result_out_of_range)
      fail_cell(cell_, "at most " + to_text((std::numeric_limits<Scalar>::max)()) + " in size");
    return value;
  }

  /// The line, from 1, on which the last cell begins. Cost O(bytes before it).
  [[nodiscard]] Index line() const {
    Index line = 1;
    for (std::size_t i = 0; i < begin_; ++i)
      if (bytes_[i] == '\n' || (bytes_[i] == '\r' && bytes_[i + 1] != '\n')) ++line;
    return line;
  }

  /// Throws format_error, `read_csv: FILE` + place + `: name is value, but must be requirement`.
  [[noreturn]] void fail(const std::string& place, std::string_view name, std::string_view value,
                         std::string_view requirement) const {
    throw format_error(error_text("read_csv: " + file_ + place, name, value, requirement));
  }

 private:
  [[noreturn]] void fail_cell(std::string_view token, std::string_view requirement) const {
    fail(", line " + to_text(line()) + ", column " + to_text(column_), "cell", token_text(token),
         requirement);
  }

  /// A guess why the cell is not a number.
  [[nodiscard]] std::string hint() const {
    if (cell_.find(';') != std::string::npos) return " (a semicolon as separator?)";
    if (cell_.find('\t') != std::string::npos) return " (a tab as separator?)";
    return {};
  }

  [[nodiscard]] bool at(std::string_view characters) const {
    return at_ < bytes_.size() && characters.find(bytes_[at_]) != std::string_view::npos;
  }
  [[nodiscard]] std::size_t find(std::string_view characters) const {
    return (std::min)(bytes_.find_first_of(characters, at_), bytes_.size());
  }
  [[nodiscard]] std::size_t find_not(std::string_view characters) const {
    return (std::min)(bytes_.find_first_not_of(characters, at_), bytes_.size());
  }

  /// From the opening quote to the separator or the end of the row; `""` is a quote.
  void read_quoted() {
    cell_.clear();
    do {
      const std::size_t first = ++at_;
      at_ = find("\"");
      if (at_ == bytes_.size()) fail_cell(bytes_.substr(begin_), "closed by a quote");
      if (first > begin_ + 1) cell_ += '"';
      cell_.append(bytes_.substr(first, at_ - first));
      ++at_;
    } while (at("\""));
    at_ = find_not(spaces_);
    if (at_ < bytes_.size() && !at(ends_))
      fail_cell(bytes_.substr(begin_, find(ends_) - begin_), "ended by its closing quote");
  }

  std::string file_;
  std::string_view bytes_;
  std::string separator_;
  std::string ends_;    ///< of a cell: the separator and the ends of lines
  std::string spaces_;  ///< around a cell, not part of it
  std::string cell_;
  std::size_t at_ = 0;     ///< the next byte to read
  std::size_t begin_ = 0;  ///< the first byte of the cell
  Index column_ = 0;       ///< the number of the cell in its row, from 1
};

/// A name as it stands in a CSV file, in quotes if it must be.
[[nodiscard]] inline std::string csv_cell(const std::string& name) {
  if (name == trimmed(name) && name.find_first_of(",\"\r\n\xEF") == std::string::npos) return name;
  std::string text = "\"";
  for (const char character : name) text.append(character == '"' ? 2 : 1, character);
  return text + '"';
}

/// Throws std::invalid_argument unless `header` would be read back as a header.
inline void check_csv_header(std::string_view function, const std::vector<std::string>& header) {
  for (const std::string& name : header)
    if (name.find('\0') != std::string::npos)
      throw std::invalid_argument(
          error_text(function, "name in header", token_text(name), "text without a zero byte"));
  if (std::none_of(header.begin(), header.end(), is_csv_name))
    throw std::invalid_argument(error_text(function, "first name in header",
                                           token_text(header.front()),
                                           "text, if all others are empty or numbers"));
}

/// Appends the row of a header.
inline void append_csv(std::string& text, const std::vector<std::string>& header) {
  for (const std::string& name : header) text.append(csv_cell(name)).append({','});
  text.back() = '\n';
}

/// Appends the row of a sample, d x 1, each number the shortest decimal that reads back the same.
template <Real Scalar>
void append_csv(std::string& text, ConstVectorRef<Scalar> sample) {
  char number[32];
  for (const Scalar x : sample) {
    const auto end = std::to_chars(number, number + sizeof number, x);
    text.append(number, end.ptr).append({','});
  }
  text.back() = '\n';
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
