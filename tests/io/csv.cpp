#include "pushforward/io/csv.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/temporary_directory.hpp"

#include <clocale>
#include <cstring>
#include <locale>

namespace fs = std::filesystem;
namespace pf = pushforward;
using support::error_of;
using Names = std::vector<std::string>;

namespace {

/// Reads a file of these bytes.
template <class Scalar = double>
pf::Table<Scalar> read(std::string_view bytes) {
  const support::TemporaryDirectory directory;
  return pf::read_csv<Scalar>(directory.file("data.csv", bytes));
}

/// What reading a file of these bytes throws, without `read_csv: ` and the path in front.
template <class Scalar = double>
std::string read_error(std::string_view bytes) {
  const support::TemporaryDirectory directory;
  const fs::path path = directory.file("data.csv", bytes);
  const std::string text = error_of<pf::format_error>([&] { (void)pf::read_csv<Scalar>(path); });
  const std::string front = "read_csv: " + path.string();
  CHECK(text.find('\n') == std::string::npos);
  return text.starts_with(front) ? text.substr(front.size()) : text;
}

/// The samples 1 2 3 and 4 5 6, written a row each.
pf::Matrix<double> two_samples() { return pf::Matrix<double>{{1, 4}, {2, 5}, {3, 6}}; }

template <class Scalar>
bool same_bits(const pf::Matrix<Scalar>& a, const pf::Matrix<Scalar>& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(Scalar)) == 0;
}

/// Numbers that are hard to print, then any bits that make a finite number.
template <class Scalar>
pf::Matrix<Scalar> hard_numbers() {
  using Limits = std::numeric_limits<Scalar>;
  using Bits = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;
  pf::Matrix<Scalar> x = pf::Matrix<Scalar>::Constant(3, 1000, -Scalar(0));
  x.col(0) << (Limits::max)(), (Limits::min)(), Limits::denorm_min();
  x.col(1) << Scalar(0.1), -Scalar(1) / 3, Limits::lowest();
  x.col(2) << Limits::epsilon(), Scalar(1e22), Scalar(123456789);
  std::uint64_t state = 1;
  for (pf::Index i = 9; i < x.size(); ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    const Scalar number =
        std::bit_cast<Scalar>(static_cast<Bits>(state >> (64 - 8 * sizeof(Scalar))));
    if (pf::is_finite(number)) x(i) = number;
  }
  return x;
}

template <class Scalar>
void check_round_trip() {
  const support::TemporaryDirectory directory;
  const pf::Matrix<Scalar> x = hard_numbers<Scalar>();
  for (const Names& header : {Names{}, Names{"a", "b", "c"}}) {
    pf::write_csv(directory / "x.csv", header, x);
    const pf::Table<Scalar> table = pf::read_csv<Scalar>(directory / "x.csv");
    CHECK(table.header == header);
    CHECK(same_bits(table.data, x));
    const std::string bytes = pf::read_file("test", directory / "x.csv");
    pf::write_csv(directory / "again.csv", table.header, table.data);
    CHECK(pf::read_file("test", directory / "again.csv") == bytes);
  }
}

}  // namespace

TEST_CASE("a row of the file is a column of the matrix", "[io][csv]") {
  const auto table = read("x,y,z\n1,2,3\n4,5,6\n");
  CHECK(table.header == Names{"x", "y", "z"});
  CHECK(table.data == two_samples());
  CHECK(read("1,2,3\n4,5,6\n").header.empty());
  CHECK(read("1\n").data == pf::Matrix<double>::Ones(1, 1));
}

TEST_CASE("a CSV file may be written in many ways", "[io][csv]") {
  for (const char* bytes : {
           "1,2,3\n4,5,6",                              // no last line end
           "1,2,3\r\n4,5,6\r\n",                        // CRLF
           "1,2,3\r4,5,6\r",                            // CR
           "\n\r\n  \n1,2,3\n\t\n\n4,5,6\n\n \n",       // blank lines
           " 1 ,\t2\t, 3 \n4 , 5,6 ",                   // spaces
           "\"1\",\"2\",\" 3 \"\n \"4\" ,5,\"6\"\r\n",  // quotes
           "+1,+2.0,3.\n4e0,0.5e+1,.6E1\n",             // signs, points, exponents
           "\xEF\xBB\xBF"
           "1,2,3\n4,5,6\n",  // the mark of UTF-8
           "\xEF\xBB\xBF\"1\",2,3\n4,5,6\n",
       }) {
    INFO(bytes);
    const auto table = read(bytes);
    CHECK(table.header.empty());
    CHECK(table.data == two_samples());
  }
}

TEST_CASE("a first row with a cell that is not a number is a header", "[io][csv]") {
  const auto header = [](const std::string& row) { return read(row + "\n1,2,3\n4,5,6\n").header; };
  CHECK(header("x, y ,\tz") == Names{"x", "y", "z"});
  CHECK(header("\n\n\"a, b\",\"say \"\"c\"\"\",\" d \"") == Names{"a, b", "say \"c\"", " d "});
  CHECK(header("\"\"\"\",\"\",\"two\nlines\"") == Names{"\"", "", "two\nlines"});
  CHECK(header("height 5\",it's,\xFF") == Names{"height 5\"", "it's", "\xFF"});
  CHECK(header(",a,b") == Names{"", "a", "b"});
  CHECK(header("2019,2020,all") == Names{"2019", "2020", "all"});
  CHECK(header("\xEF\xBB\xBFx,y,z") == Names{"x", "y", "z"});
}

TEST_CASE("a cell that is not a finite number is refused, and named", "[io][csv]") {
  const auto cell = [](const std::string& token) {
    return read_error("x,y\n1,2\n3," + token + "\n");
  };
  const auto refused = [](const std::string& shown, const std::string& requirement) {
    return ", line 3, column 2: cell is " + shown + ", but must be " + requirement;
  };
  CHECK(cell("abc") == refused(R"("abc")", "a number"));
  CHECK(cell("") == refused(R"("")", "a number"));
  CHECK(cell("\"\"") == refused(R"("")", "a number"));
  CHECK(cell("0x10") == refused(R"("0x10")", "a number"));
  CHECK(cell("1 2") == refused(R"("1 2")", "a number"));
  CHECK(cell("\"1,5\"") == refused(R"("1,5")", "a number"));
  CHECK(cell("4;5") == refused(R"("4;5")", "a number (a semicolon as separator?)"));
  CHECK(cell("+-4") == refused(R"("+-4")", "a number"));
  CHECK(cell("4\t5\v") == refused(R"("4\x095\x0b")", "a number (a tab as separator?)"));
  CHECK(cell("\xFF\x1b[31m") == refused(R"("\xff\x1b[31m")", "a number"));
  CHECK(cell(std::string(50, 'a')) == refused('"' + std::string(40, 'a') + "\"...", "a number"));
  CHECK(cell("nan") == refused(R"("nan")", "finite"));
  CHECK(cell("-Inf") == refused(R"("-Inf")", "finite"));
  CHECK(cell("1e400") == refused(R"("1e400")", "at most 1.7976931348623157e+308 in size"));
  CHECK(cell(std::string("4\0005", 3)) == refused(R"("4\x005")", "text without a zero byte"));
  CHECK(cell("\"45") == refused(R"("\"45\x0a")", "closed by a quote"));
  CHECK(cell("\"4\"5") == refused(R"("\"4\"5")", "ended by its closing quote"));
  CHECK(read_error<float>("x\n1e39\n") ==
        R"(, line 2, column 1: cell is "1e39", but must be at most 3.4028235e+38 in size)");
}

TEST_CASE("another separator is read when asked for, and guessed in errors", "[io][csv]") {
  const auto read_with = [](char separator, std::string_view bytes) {
    const support::TemporaryDirectory directory;
    return pf::read_csv<double>(directory.file("data.csv", bytes), {.separator = separator});
  };
  for (const char separator : {',', ';', '\t', '|'}) {
    INFO(separator);
    std::string bytes = "x~ \"y, 2;\t\" ~z\r\n 1~ \"2\" ~3\n\n4~5 ~6";
    std::replace(bytes.begin(), bytes.end(), '~', separator);
    const auto table = read_with(separator, bytes);
    CHECK(table.header == Names{"x", "y, 2;\t", "z"});
    CHECK(table.data == two_samples());
  }
  CHECK(read_with('\t', "\tx\n7\t1\n8\t2\n").header == Names{"", "x"});
  CHECK(read_with(';', "a,b;c\n1;2").header == Names{"a,b", "c"});
  for (const char* bytes : {"\t1\n", "1\t\n", "1;\n", "1,2\n3,4\n"})
    CHECK_THROWS_AS(read_with(bytes[1] == ';' ? ';' : '\t', bytes), pf::format_error);

  CHECK(read_error("x;y\n1;2\n") ==
        R"(, line 2, column 1: cell is "1;2", but must be a number (a semicolon as separator?))");
  CHECK(read_error("1,5;2,5\n1,5;2,5\n") ==
        R"(, line 2, column 2: cell is "5;2", but must be a number (a semicolon as separator?))");
  CHECK(read_error("x\ty\n1\t2\n") ==
        R"(, line 2, column 1: cell is "1\x092", but must be a number (a tab as separator?))");

  const support::TemporaryDirectory directory;
  for (const char separator : {'.', 'e', '1', '"', ' ', '\n', '\0', ':'}) {
    const std::string error = error_of<std::invalid_argument>(
        [&] { (void)pf::read_csv<double>(directory / "none", {.separator = separator}); });
    CHECK(error == "read_csv: separator is " + pf::token_text({&separator, 1}) +
                       ", but must be a comma, a semicolon, a tab or a bar");
  }
}

TEMPLATE_TEST_CASE("a column without a name that counts the rows is left out", "[io][csv]", float,
                   double) {
  using Scalar = TestType;
  const auto left_out = [](std::string_view bytes) {
    const auto table = read<Scalar>(bytes);
    const support::TemporaryDirectory directory;
    const auto whole =
        pf::read_csv<Scalar>(directory.file("data.csv", bytes), {.keep_index = true});
    CHECK_FALSE(whole.index_left_out);
    const pf::Index more = whole.data.rows() - table.data.rows();
    CHECK(more == (table.index_left_out ? 1 : 0));
    CHECK(whole.data.bottomRows(table.data.rows()) == table.data);
    CHECK(static_cast<pf::Index>(whole.header.size() - table.header.size()) == more);
    CHECK(std::equal(table.header.begin(), table.header.end(), whole.header.begin() + more));
    return table.index_left_out;
  };
  CHECK(left_out(",x,y\n0,5,6\n1,7,8\n2,9,9\n"));     // pandas
  CHECK(left_out("\"\",\"x\"\n\"1\",5\n\"2\",6\n"));  // R
  CHECK(left_out(",x\n0,5\n"));
  CHECK(left_out(",x\n1.0,5\n2e0,5\n"));
  CHECK_FALSE(left_out("x,y\n0,5\n1,6\n"));      // has a name
  CHECK_FALSE(left_out("0,5\n1,6\n"));           // no header
  CHECK_FALSE(left_out("x,\n5,0\n6,1\n"));       // not the first
  CHECK_FALSE(left_out(",x\n2,5\n3,6\n"));       // from 2
  CHECK_FALSE(left_out(",x\n0,5\n1,6\n3,7\n"));  // a row is missing
  CHECK_FALSE(left_out(",x\n7,5\n1,6\n2,7\n"));
  CHECK_FALSE(left_out(",x\n1,5\n0,6\n"));
  CHECK_FALSE(left_out(",x\n0,5\n0,6\n"));
  CHECK_FALSE(left_out(",x\n0.5,5\n1.5,6\n"));
  CHECK_FALSE(left_out("\" \",x\n0,5\n1,6\n"));
}

TEST_CASE("a first row of numbers to refuse is no header", "[io][csv]") {
  CHECK(read_error("nan,1\n2,3\n") == R"(, line 1, column 1: cell is "nan", but must be finite)");
  CHECK(read_error("1,,3\n") == R"(, line 1, column 2: cell is "", but must be a number)");
  CHECK(read_error(",\n") == R"(, line 1, column 1: cell is "", but must be a number)");
  CHECK(read_error("1e400\n").starts_with(R"(, line 1, column 1: cell is "1e400")"));
}

TEST_CASE("the line in an error is the line of the file", "[io][csv]") {
  const std::string refused = ", column 1: cell is \"a\", but must be a number";
  CHECK(read_error("x\n1\na\n") == ", line 3" + refused);
  CHECK(read_error("x\r\n\r\n1\r\na") == ", line 4" + refused);
  CHECK(read_error("x\r\r1\ra") == ", line 4" + refused);
  CHECK(read_error("\"two\nlines\"\n \n\n1\na\n") == ", line 6" + refused);
  CHECK(read_error("x\n1\n\n\"2\n3\n") ==
        R"(, line 4, column 1: cell is "\"2\x0a3\x0a", but must be closed by a quote)");
}

TEST_CASE("rows have as many cells as the first", "[io][csv]") {
  CHECK(read_error("x,y\n1,2\n3,4,5\n") ==
        ", line 3: number of cells is 3, but must be 2, as on line 1");
  CHECK(read_error("\n1,2\n3\n") == ", line 3: number of cells is 1, but must be 2, as on line 2");
  CHECK(read_error("x\n1,5\n") == ", line 2: number of cells is 2, but must be 1, as on line 1");
  CHECK(read_error("# points\n1,5\n").starts_with(", line 2: number of cells is 2"));
}

TEST_CASE("a file has a row of numbers", "[io][csv]") {
  for (const char* bytes : {"", "\n", " \r\n\t\n", "\xEF\xBB\xBF"})
    CHECK(read_error(bytes) == ": number of rows is 0, but must be at least 1");
  for (const char* bytes : {"x", "x,y\n\n"})
    CHECK(read_error(bytes) == ": number of rows below the header is 0, but must be at least 1");
  CHECK(read_error(std::string("\xFF\xFE"
                               "1\0,\0"
                               "2\0",
                               8)) ==  // UTF-16
        R"(, line 1, column 1: cell is "\xff\xfe1\x00", but must be text without a zero byte)");
}

TEST_CASE("a CSV file that cannot be opened is a system_error", "[io][csv]") {
  const support::TemporaryDirectory directory;
  const fs::path none = directory / "none.csv", folder = directory / "";
  CHECK(error_of<std::system_error>([&] { (void)pf::read_csv<double>(none); }) ==
        "read_csv: " + none.string() + ": No such file or directory");
  CHECK(error_of<std::system_error>([&] { (void)pf::read_csv<double>(folder); }) ==
        "read_csv: " + folder.string() + ": Is a directory");
  CHECK(error_of<std::system_error>([&] { pf::write_csv(folder, {}, two_samples()); }) ==
        "write_csv: " + folder.string() + ": Is a directory");
}

TEST_CASE("a line of ten megabytes is a line", "[io][csv]") {
  std::string line;
  while (line.size() < 10'000'000) line += "2.5,";
  line += "1";
  const auto cells = static_cast<pf::Index>(line.size() / 4 + 1);
  const auto table = read<float>(line);
  CHECK(table.data.rows() == cells);
  CHECK(table.data.cols() == 1);
  CHECK(table.data(cells - 2) == 2.5F);
  CHECK(read_error<float>(line + ",") ==
        ", line 1, column " + pf::to_text(cells + 1) + R"(: cell is "", but must be a number)");
}

TEST_CASE("a decimal that is nearest to zero is zero", "[io][csv]") {
  CHECK(read("1e-400,-1e-400\n").data.isZero(0));
  CHECK(read<float>("1e-46\n").data.isZero(0));
}

TEST_CASE("what is written is read back to the bit", "[io][csv]") {
  SECTION("double") { check_round_trip<double>(); }
  SECTION("float") { check_round_trip<float>(); }
}

TEST_CASE("names are read back as they were", "[io][csv]") {
  const support::TemporaryDirectory directory;
  for (const Names& header :
       {Names{"a,b", "c\"d\"", ""}, Names{" a", "b\t", "two\r\nlines"}, Names{"1", "", "x"},
        Names{"\xEF\xBB\xBF"
              "bom",
              "\xC3\xA9", "\xFF"},
        Names{"\"", "\"\"", ","}}) {
    pf::write_csv(directory / "x.csv", header, two_samples());
    CHECK(pf::read_csv<double>(directory / "x.csv").header == header);
  }
}

TEST_CASE("the decimals are the shortest, a sample per row", "[io][csv]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory / "x.csv";
  pf::write_csv(path, {"x", "y"}, pf::Matrix<double>{{0.1, 1e300}, {-2, 1.0 / 3}});
  CHECK(pf::read_file("test", path) == "x,y\n0.1,-2\n1e+300,0.3333333333333333\n");
  pf::write_csv(path, {}, pf::Matrix<float>{{0.1F, 16777216}});
  CHECK(pf::read_file("test", path) == "0.1\n16777216\n");
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const RowMajor rows = two_samples();
  pf::write_csv(path, {}, rows.bottomRows(2) * 2);
  CHECK(pf::read_file("test", path) == "4,6\n10,12\n");
}

TEST_CASE("numbers have a point in every locale", "[io][csv]") {
  struct Comma : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  const std::string before = std::setlocale(LC_ALL, nullptr);
  const std::locale old = std::locale::global(std::locale(std::locale(), new Comma));
  for (const char* name : {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8"})
    if (std::setlocale(LC_ALL, name) != nullptr) break;
  const support::TemporaryDirectory directory;
  pf::write_csv(directory / "x.csv", {}, pf::Matrix<double>{{1234567.5}, {0.25}});
  const std::string bytes = pf::read_file("test", directory / "x.csv");
  const pf::Matrix<double> data = pf::read_csv<double>(directory / "x.csv").data;
  const std::string error = read_error("x\n1e400\n");
  std::locale::global(old);
  std::setlocale(LC_ALL, before.c_str());
  CHECK(bytes == "1234567.5,0.25\n");
  CHECK(data == pf::Matrix<double>{{1234567.5}, {0.25}});
  CHECK(error.ends_with("at most 1.7976931348623157e+308 in size"));
}

TEST_CASE("what could not be read back is not written", "[io][csv]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory.file("x.csv", "old");
  const auto refused = [&]<class Error>(Error*, const Names& header, const pf::Matrix<double>& x) {
    const std::string text = error_of<Error>([&] { pf::write_csv(path, header, x); });
    CHECK(pf::read_file("test", path) == "old");
    CHECK(directory.size() == 1);
    return text;
  };
  const auto argument = static_cast<std::invalid_argument*>(nullptr);
  const auto domain = static_cast<std::domain_error*>(nullptr);
  pf::Matrix<double> x = two_samples();
  CHECK(refused(argument, {}, pf::Matrix<double>(0, 3)) ==
        "write_csv: number of rows of data is 0, but must be at least 1");
  CHECK(refused(argument, {"x"}, pf::Matrix<double>(1, 0)) ==
        "write_csv: number of columns of data is 0, but must be at least 1");
  CHECK(refused(argument, {"x", "y"}, x) ==
        "write_csv: number of names in header is 2, but must be 3");
  CHECK(refused(argument, {"x", std::string("y\0", 2), "z"}, x) ==
        R"(write_csv: name in header is "y\x00", but must be text without a zero byte)");
  CHECK(
      refused(argument, {"1", "", " "}, x) ==
      R"(write_csv: first name in header is "1", but must be text, if all others are empty or numbers)");
  x(1, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK(refused(domain, {}, x) == "write_csv: data at row 1, column 0 is nan, but must be finite");
  x(1, 0) = -std::numeric_limits<double>::infinity();
  CHECK(refused(domain, {}, x) == "write_csv: data at row 1, column 0 is -inf, but must be finite");
}
