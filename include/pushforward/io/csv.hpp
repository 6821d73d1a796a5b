#pragma once

#include "pushforward/io/detail/csv_text.hpp"
#include "pushforward/io/file.hpp"

/// \file
/// Samples as comma-separated values (RFC 4180): a row of the file is a sample, and so a column of
/// the matrix.

namespace pushforward::inline PUSHFORWARD_ISA {

/// What a CSV file holds.
template <Real Scalar>
struct Table {
  std::vector<std::string> header;  ///< the d names above the numbers; empty when there are none
  Matrix<Scalar> data;              ///< d x n, one sample per column
  bool index_left_out = false;      ///< whether the file has one more column, which counts the rows
};

/// How a CSV file is read: `read_csv<double>(path, {.separator = ';'})`.
struct CsvOptions {
  char separator = ',';     ///< a comma, a semicolon, a tab or a bar
  bool keep_index = false;  ///< whether a column that counts the rows is data
};

namespace detail {

/// Whether the first column has no name and counts the samples, from 0 or from 1.
template <Real Scalar>
[[nodiscard]] bool has_index(const Table<Scalar>& table) {
  if (table.header.empty() || !table.header.front().empty()) return false;
  const Index first = table.data(0, 0) == Scalar(1) ? 1 : 0;
  for (Index j = 0; j < table.data.cols(); ++j)
    if (table.data(0, j) != static_cast<Scalar>(first + j)) return false;
  return true;
}

/// read_csv of the bytes of a file that errors name.
template <Real Scalar>
[[nodiscard]] Table<Scalar> parse_csv(std::string file, std::string_view bytes,
                                      CsvOptions options) {
  CsvReader in(std::move(file), bytes, options.separator);
  if (!in.next_row()) in.fail("", "number of rows", "0", "at least 1");

  Table<Scalar> table;
  const CsvReader start = in;
  while (in.next_cell()) table.header.push_back(in.cell());
  const auto d = static_cast<Index>(table.header.size());
  const std::string as_first = to_text(d) + ", as on line " + to_text(in.line());
  if (std::none_of(table.header.begin(), table.header.end(), is_csv_name)) {
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
  if (!options.keep_index && has_index(table)) {
    table.header.erase(table.header.begin());
    table.data = table.data.bottomRows(d - 1).eval();
    table.index_left_out = true;
  }
  return table;
}

}  // namespace detail

/// Reads samples from a file: n rows of d numbers, separated by commas, under a header or none.
///
/// The first row is a header if one of its cells is neither empty nor a number. Allowed: the mark
/// of UTF-8 in front, lines that end in LF, CRLF or CR, the last in nothing, blank lines, spaces
/// around cells, cells in quotes (with commas, line ends and doubled quotes), a leading `+`.
/// Numbers are decimal with a point, in whatever locale, and rounded to the nearest Scalar: 1e-400
/// is 0. A first column without a name that counts the rows, 0, 1, 2, ... or 1, 2, 3, ..., as
/// pandas and R write one, is no data: it is left out, unless options.keep_index.
///
/// Throws std::invalid_argument if no file has such a separator; std::system_error (errno and path)
/// if the file cannot be read; format_error (`read_csv: FILE, line 7, column 3: cell is "abc", but
/// must be a number`) if a cell is not a number, is empty, NaN or infinite, is too large for
/// Scalar, has a zero byte, or its quote is not closed or is followed by more; if a row has not as
/// many cells as the first; if there is no row of numbers. A column is the number of the cell in
/// its row. Cost and memory O(bytes).
template <Real Scalar>
[[nodiscard]] Table<Scalar> read_csv(const std::filesystem::path& path, CsvOptions options = {}) {
  constexpr std::string_view separators(",;\t|");
  if (separators.find(options.separator) == std::string_view::npos)
    throw std::invalid_argument(error_text("read_csv", "separator",
                                           token_text({&options.separator, 1}),
                                           "a comma, a semicolon, a tab or a bar"));
  return detail::parse_csv<Scalar>(path.string(), read_file("read_csv", path), options);
}

/// Writes samples to a CSV file as they come, in bounded memory.
///
///     pf::CsvWriter out("samples.csv", {"x", "y"});  // throws if the path cannot be written
///     out.append(samples);                           // 2 x n, as often as need be
///     out.commit();                                  // now the file is there
///
/// Every number is the shortest decimal that reads back the same, so that `read_csv<Scalar>`
/// returns the same header and the same bits. The file is replaced as a whole: see AtomicFile.
class CsvWriter {
 public:
  /// A header of d names, or of none. Throws std::invalid_argument if a name has a zero byte or all
  /// of them are empty or numbers (none could be told from data); std::system_error (errno and
  /// path) if the path cannot be written. `function` is what errors name.
  explicit CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& header = {},
                     std::string_view function = "CsvWriter")
      : function_(function), dimension_(static_cast<Index>(header.size())), file_(function, path) {
    if (header.empty()) return;
    detail::check_csv_header(function, header);
    detail::append_csv(text_, header);
  }

  /// Adds samples, d x n, in any storage order; n may be 0.
  ///
  /// Throws std::invalid_argument unless d is the number of names, or where there are none that of
  /// the samples before, and at least 1; std::domain_error if a number is NaN or infinite. Then
  /// nothing was added. Throws std::system_error (errno and path) if they cannot be written.
  template <class Derived>
  requires Real<typename Derived::Scalar>
  void append(const AnyMatrix<Derived>& samples) {
    using Scalar = typename Derived::Scalar;
    constexpr std::size_t most = 65536;
    const Eigen::Ref<const Matrix<Scalar>> x(samples.derived());
    check_count(function_, "number of rows of data", x.rows());
    if (dimension_ > 0) check_size(function_, "number of rows of data", x.rows(), dimension_);
    check_finite(function_, "data", x);
    constexpr std::size_t longest = 32;  // number and comma
    text_.reserve((std::max)(text_.size(), most) + longest * static_cast<std::size_t>(x.rows()));
    dimension_ = x.rows();  // from here on memory cannot run out in the middle of a row
    count_ += x.cols();
    for (Index j = 0; j < x.cols(); ++j) {
      detail::append_csv<Scalar>(text_, x.col(j));
      if (text_.size() >= most) flush();
    }
  }

  /// Puts the file in its place. Throws std::invalid_argument if it has no sample (it could not be
  /// read); std::system_error (errno and path) if it cannot be written.
  void commit() {
    check_count(function_, "number of columns of data", count_);
    flush();
    file_.commit();
  }

 private:
  void flush() {
    file_.write(text_);
    text_.clear();
  }

  std::string function_;
  Index dimension_;  ///< d; 0 when it is not known yet
  AtomicFile file_;
  std::string text_;  ///< what is not written yet
  Index count_ = 0;   ///< the number of samples
};

/// Writes samples, d x n, to a file of n rows, under a header of d names or of none: a CsvWriter
/// for all of them at once.
///
/// Throws std::invalid_argument if d or n is 0, if there are names but not d, if a name has a zero
/// byte or all of them are empty or numbers; std::domain_error if a number is NaN or infinite;
/// std::system_error (errno and path) if the file cannot be written. The file is then as it was.
/// Cost O(d n), memory O(d), and that of `data` unless its columns are stored one by one.
template <class Derived>
requires Real<typename Derived::Scalar>
void write_csv(const std::filesystem::path& path, const std::vector<std::string>& header,
               const AnyMatrix<Derived>& data) {
  check_count("write_csv", "number of rows of data", data.rows());
  if (!header.empty())
    check_size("write_csv", "number of names in header", static_cast<Index>(header.size()),
               data.rows());
  CsvWriter out(path, header, "write_csv");
  out.append(data);
  out.commit();
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
