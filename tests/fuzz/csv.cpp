#include "pushforward/io/csv.hpp"

#include <cstdlib>
#include <cstring>

/// \file
/// Fuzz target: read_csv on any bytes, as libFuzzer or replay.cpp hands them over. A file is either
/// refused by a format_error that says so in one line of ASCII, or what was read is written and
/// read again to the same bits.

namespace pf = pushforward;

namespace {

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz csv: not so: %s\n", what);
  std::abort();
}

template <class Scalar>
bool same(const pf::Table<Scalar>& a, const pf::Table<Scalar>& b) {
  const auto size = static_cast<std::size_t>(a.data.size()) * sizeof(Scalar);
  return a.header == b.header && a.data.rows() == b.data.rows() && a.data.cols() == b.data.cols() &&
         std::memcmp(a.data.data(), b.data.data(), size) == 0;
}

template <class Scalar>
std::string text_of(const pf::Table<Scalar>& table) {
  std::string text;
  if (!table.header.empty()) {
    pf::detail::check_csv_header("write_csv", table.header);
    pf::detail::append_csv(text, table.header);
  }
  for (pf::Index j = 0; j < table.data.cols(); ++j)
    pf::detail::append_csv<Scalar>(text, table.data.col(j));
  return text;
}

void check_error(std::string_view error) {
  require(error.starts_with("read_csv: FILE"), "the error names the function and the file");
  require(error.find(" is ") < error.find(", but must be "), "the error says what and what not");
  for (const char c : error) require(c >= 0x20 && c < 0x7f, "the error is a line of ASCII");
  require(error.size() < 300, "the error is short");
}

template <class Scalar>
pf::Table<Scalar> parse(std::string_view bytes, char separator, bool keep_index) {
  return pf::detail::parse_csv<Scalar>("FILE", bytes, {separator, keep_index});
}

template <class Scalar>
void check(std::string_view bytes, char separator) {
  pf::Table<Scalar> table;
  try {
    table = parse<Scalar>(bytes, separator, true);
  } catch (const pf::format_error& error) {
    return check_error(error.what());
  }
  require(pf::all_finite(table.data), "numbers are finite");
  require(table.data.size() > 0, "there are numbers");

  pf::Table<Scalar> without = parse<Scalar>(bytes, separator, false);
  if (without.index_left_out) {
    require(table.header.front().empty(), "an index has no name");
    without.header.insert(without.header.begin(), "");
    const pf::Matrix<Scalar> rest = without.data;
    without.data = table.data;
    without.data.bottomRows(rest.rows()) = rest;
  }
  require(same(without, table), "what is read without the index is the rest");

  const std::string text = text_of(table);
  const pf::Table<Scalar> again = parse<Scalar>(text, ',', true);
  require(same(again, table), "what is written reads back the same");
  require(text_of(again) == text, "it is written the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);
  check<double>(bytes, ',');
  check<float>(bytes, ',');
  check<double>(bytes, ';');
  check<double>(bytes, '\t');
  return 0;
}
