#pragma once

#include "pushforward/io/file.hpp"
#include "pushforward/io/text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

/// \file
/// Samples as comma-separated values (RFC 4180): a row of the file is a sample, and so a column of
/// the matrix.

namespace pushforward {

/// What a CSV file holds.
template <Real Scalar>
struct Table {
  std::vector<std::string> header;  ///< the d names above the numbers; empty when there are none
  Matrix<Scalar> data;              ///< d x n, one sample per column
};

namespace detail {

/// `text` without the spaces and tabs around it.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
  text.remove_prefix((std::min)(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// Whether a cell is neither empty nor a number (be it one to refuse): what makes a row a header.
template <Real Scalar>
[[nodiscard]] bool is_csv_name(std::string_view cell) {
  Scalar ignored{};
  const std::string_view text = trimmed(cell);
  return !text.empty() && read_number(text, ignored) == std::errc::invalid_argument;
}

/// Goes through the bytes of a CSV file, row by row and cell by cell.
class CsvReader {
 public:
  CsvReader(std::string file, std::string_view bytes) : file_(std::move(file)), bytes_(bytes) {
    if (bytes_.starts_with("\xEF\xBB\xBF")) bytes_.remove_prefix(3);  // the mark of UTF-8
  }

  /// Goes to the next row that is not blank. False at the end of the file.
  bool next_row() {
    at_ = find_not(" \t\r\n");
    column_ = 0;
    return at_ < bytes_.size();
  }

  /// Reads the next cell of the row. False at the end of the row.
  bool next_cell() {
    if (column_ > 0 && !at(",")) return false;
    if (column_ > 0) ++at_;
    ++column_;
    at_ = begin_ = find_not(" \t");
    if (at("\"")) {
      read_quoted();
    } else {
      at_ = find(",\r\n");
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
    if (error == std::errc::invalid_argument) fail_cell(cell_, "a number");
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

  [[nodiscard]] bool at(std::string_view characters) const {
    return at_ < bytes_.size() && characters.find(bytes_[at_]) != std::string_view::npos;
  }
  [[nodiscard]] std::size_t find(std::string_view characters) const {
    return (std::min)(bytes_.find_first_of(characters, at_), bytes_.size());
  }
  [[nodiscard]] std::size_t find_not(std::string_view characters) const {
    return (std::min)(bytes_.find_first_not_of(characters, at_), bytes_.size());
  }

  /// From the opening quote to the comma or the end of the row; `""` is a quote.
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
    at_ = find_not(" \t");
    if (at_ < bytes_.size() && !at(",\r\n"))
      fail_cell(bytes_.substr(begin_, find(",\r\n") - begin_), "ended by its closing quote");
  }

  std::string file_;
  std::string_view bytes_;
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

/// Throws std::invalid_argument unless `header` has d names that would be read back as a header.
template <Real Scalar>
void check_csv_header(const std::vector<std::string>& header, Index d) {
  check_size("write_csv", "number of names in header", static_cast<Index>(header.size()), d);
  bool named = false;
  for (const std::string& name : header) {
    if (name.find('\0') != std::string::npos)
      throw std::invalid_argument(
          error_text("write_csv", "name in header", token_text(name), "text without a zero byte"));
    named = named || is_csv_name<Scalar>(name);
  }
  if (!named)
    throw std::invalid_argument(error_text("write_csv", "first name in header",
                                           token_text(header.front()),
                                           "text, if all others are empty or numbers"));
}

}  // namespace detail

/// Reads samples from a file: n rows of d numbers, separated by commas, under a header or none.
///
/// The first row is a header if one of its cells is neither empty nor a number. Allowed: the mark
/// of UTF-8 in front, lines that end in LF, CRLF or CR, the last in nothing, blank lines, spaces
/// around cells, cells in quotes (with commas, line ends and doubled quotes), a leading `+`.
/// Numbers are decimal with a point, in whatever locale, and rounded to the nearest Scalar: 1e-400
/// is 0.
///
/// Throws std::system_error (errno and path) if the file cannot be read; format_error
/// (`read_csv: FILE, line 7, column 3: cell is "abc", but must be a number`) if a cell is not a
/// number, is empty, NaN or infinite, is too large for Scalar, has a zero byte, or its quote is not
/// closed or is followed by more; if a row has not as many cells as the first; if there is no row
/// of numbers. A column is the number of the cell in its row. Cost and memory O(bytes).
template <Real Scalar>
[[nodiscard]] Table<Scalar> read_csv(const std::filesystem::path& path) {
  const std::string bytes = read_file("read_csv", path);
  detail::CsvReader in(path.string(), bytes);
  if (!in.next_row()) in.fail("", "number of rows", "0", "at least 1");

  Table<Scalar> table;
  const detail::CsvReader start = in;
  bool named = false;
  while (in.next_cell()) {
    table.header.push_back(in.cell());
    named = named || detail::is_csv_name<Scalar>(in.cell());
  }
  const auto d = static_cast<Index>(table.header.size());
  const std::string as_first = to_text(d) + ", as on line " + to_text(in.line());
  if (!named) {
    table.header.clear();
    in = start;
  }

  std::vector<Scalar> numbers;
  while (in.next_row()) {
    Index cells = 0;
    for (; in.next_cell(); ++cells) numbers.push_back(in.template number<Scalar>());
    if (cells != d)
      in.fail(", line " + to_text(in.line()), "number of cells", to_text(cells), as_first);
  }
  if (numbers.empty()) in.fail("", "number of rows below the header", "0", "at least 1");
  table.data =
      Eigen::Map<const Matrix<Scalar>>(numbers.data(), d, static_cast<Index>(numbers.size()) / d);
  return table;
}

/// Writes samples, d x n, to a file of n rows, under a header of d names or of none.
///
/// Every number is the shortest decimal that reads back the same, so that `read_csv<Scalar>`
/// returns the same header and the same bits. The file is replaced as a whole (see write_file).
/// Throws std::invalid_argument if d or n is 0, if there are names but not d, if a name has a zero
/// byte or all of them are empty or numbers (none could be told from data); std::domain_error if a
/// number is NaN or infinite; std::system_error (errno and path) if the file cannot be written. The
/// file is then as it was. Cost O(d n), memory that of the file.
template <class Derived>
requires Real<typename Derived::Scalar>
void write_csv(const std::filesystem::path& path, const std::vector<std::string>& header,
               const AnyMatrix<Derived>& data) {
  using Scalar = typename Derived::Scalar;
  const Matrix<Scalar> samples = data;
  check_count("write_csv", "number of rows of data", samples.rows());
  check_count("write_csv", "number of columns of data", samples.cols());
  check_finite("write_csv", "data", samples);

  std::string text;
  const auto end_cell = [&](Index i) { text += i + 1 < samples.rows() ? ',' : '\n'; };
  if (!header.empty()) {
    detail::check_csv_header<Scalar>(header, samples.rows());
    for (Index i = 0; i < samples.rows(); ++i) {
      text += detail::csv_cell(header[static_cast<std::size_t>(i)]);
      end_cell(i);
    }
  }
  for (Index j = 0; j < samples.cols(); ++j)
    for (Index i = 0; i < samples.rows(); ++i) {
      text += to_text(samples(i, j));
      end_cell(i);
    }
  write_file("write_csv", path, text);
}

}  // namespace pushforward
