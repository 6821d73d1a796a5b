#include "pushforward/io/crc32.hpp"
#include "pushforward/io/reader.hpp"
#include "pushforward/io/writer.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"

namespace pf = pushforward;
using support::error_of;

namespace {

enum class Axis { first, second };
constexpr std::array<std::string_view, 2> enumerators(Axis) { return {"first", "second"}; }

struct Nothing {
  static constexpr std::string_view kName = "Nothing";
};

template <class Inner>
struct Plain {
  static constexpr std::string_view kName = "Plain";
  [[nodiscard]] auto description() const { return pf::describe("inner", inner, "count", count); }
  Inner inner;
  int count = 0;
};

class Checked {
 public:
  static constexpr std::string_view kName = "Checked";
  [[nodiscard]] auto description() const { return pf::describe("half", 2 * half_); }
  explicit Checked(double twice) : half_(twice / 2) {
    pf::check_positive("Checked", "twice", twice);
  }
  [[nodiscard]] double half() const { return half_; }

 private:
  double half_;
};

struct NoName {};
struct NoDescription {
  static constexpr std::string_view kName = "NoDescription";
  int state = 0;
};
struct NoConstructor {
  static constexpr std::string_view kName = "NoConstructor";
  [[nodiscard]] auto description() const { return pf::describe("a", a, "b", a); }
  int a = 0;
};
static_assert(pf::Described<Nothing> && pf::Described<Plain<Nothing>> && pf::Described<Checked>);
static_assert(!pf::Described<NoName> && !pf::Described<NoDescription>);
static_assert(!pf::Described<NoConstructor>);

template <class T>
std::string bytes_of(const T& value) {
  std::string bytes;
  pf::Writer(bytes).write(value);
  return bytes;
}

template <class T>
T read(std::string_view bytes) {
  pf::Reader in("load", "file", bytes);
  T value = in.read<T>();
  in.finish();
  return value;
}

/// What reading a T from these bytes says.
template <class T>
std::string read_error(std::string_view bytes) {
  return error_of<pf::format_error>([&] { (void)read<T>(bytes); });
}

std::string u64(std::uint64_t value) {
  const auto bytes = pf::detail::file_order(value);
  return {bytes.begin(), bytes.end()};
}

template <class T>
void check_round_trip(const T& value) {
  const std::string bytes = bytes_of(value);
  CHECK(bytes_of(read<T>(bytes)) == bytes);
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK(read_error<T>(std::string_view(bytes).substr(0, n)) != "nothing was thrown");
  CHECK(read_error<T>(bytes + 'x') == "load: file, byte " + pf::to_text(bytes.size()) +
                                          ": number of bytes after the end is 1, but must be 0");
}

}  // namespace

TEST_CASE("values are written as the table of bytes says", "[io]") {
  using namespace std::string_literals;
  CHECK(bytes_of(true) == "b\1");
  CHECK(bytes_of(-2) == "i\xfe\xff\xff\xff\xff\xff\xff\xff");
  CHECK(bytes_of(std::uint32_t(258)) == "u\2\1\0\0\0\0\0\0"s);
  CHECK(bytes_of(1.0F) == "f\0\0\x80\x3f"s);
  CHECK(bytes_of(-2.0) == "d\0\0\0\0\0\0\0\xc0"s);
  CHECK(bytes_of("ab"s) == "s\2\0\0\0\0\0\0\0ab"s);
  CHECK(bytes_of(Axis::second) == bytes_of("second"s));
  CHECK(bytes_of(std::vector<float>{1}) == "af" + u64(1) + u64(1) + "\0\0\x80\x3f"s);
  CHECK(bytes_of(std::vector<std::string>{"a"}) == "l" + u64(1) + bytes_of("a"s));
  pf::Matrix<float> m(1, 2);
  m << 1, 2;
  CHECK(bytes_of(m) == "af" + u64(1) + u64(2) + "\0\0\x80\x3f\0\0\0\x40"s);
  CHECK(bytes_of(pf::Batch<float>(m)) == bytes_of(m));
  CHECK(bytes_of(Plain<Nothing>{{}, 3}) ==
        "o\5Plain" + u64(2) + "\5innero\7Nothing" + u64(0) + "\5count" + bytes_of(3));
}

TEST_CASE("a machine of the other byte order writes the same bytes", "[io]") {
  constexpr std::uint32_t value = 0x01020304, swapped = 0x04030201;
  CHECK(pf::detail::file_order<std::endian::big>(swapped) ==
        pf::detail::file_order<std::endian::little>(value));
}

TEST_CASE("what was written is read, whole and nothing but", "[io]") {
  check_round_trip(true);
  check_round_trip((std::numeric_limits<std::int64_t>::min)());
  check_round_trip((std::numeric_limits<std::uint64_t>::max)());
  check_round_trip(-0.0F);
  check_round_trip(std::bit_cast<double>(0x7ff8000000000123U));
  check_round_trip(std::string("a\0b", 3));
  check_round_trip(Axis::second);
  check_round_trip(std::vector<pf::Index>{1, -2, 3});
  check_round_trip(std::vector<std::string>{"a", "", "bc"});
  check_round_trip(std::vector<Checked>{Checked(1), Checked(2)});
  check_round_trip(pf::Vector<double>(pf::Vector<double>::LinSpaced(5, 0, 1)));
  check_round_trip(pf::Matrix<float>(pf::Matrix<float>::Identity(3, 2)));
  check_round_trip(pf::Matrix<float>());
  check_round_trip(pf::Batch<double>(pf::Matrix<double>::Identity(2, 70)));
  check_round_trip(Plain<Plain<Checked>>{{Checked(5), 1}, 2});
  CHECK(read<Checked>(bytes_of(Checked(3))).half() == 1.5);
}

TEST_CASE("what is not what it must be is refused by name", "[io]") {
  CHECK(read_error<Plain<Checked>>(bytes_of(Plain<Nothing>{})) ==
        R"(load: file, byte 21: kind of inner is "Nothing", but must be "Checked")");
  CHECK(read_error<Plain<Plain<float>>>(bytes_of(Plain<Plain<double>>{})) ==
        "load: file, byte 42: inner.inner is double, but must be float");
  CHECK(read_error<Nothing>(bytes_of(1)) ==
        "load: file, byte 0: value is signed integer, but must be object");
  CHECK(read_error<int>(bytes_of(std::int64_t{1} << 31)) ==
        "load: file, byte 1: value is 2147483648, but must be between -2147483648 and 2147483647");
  CHECK(read_error<Axis>(bytes_of(std::string("thi\nrd"))) ==
        R"(load: file, byte 0: value is "thi\x0ard", but must be first or second)");
  CHECK(read_error<bool>("b\2") == "load: file, byte 1: value is 2, but must be 0 or 1");
  CHECK(read_error<pf::Vector<float>>(bytes_of(pf::Matrix<float>(2, 3))) ==
        "load: file, byte 0: columns of value is 3, but must be 1");
  CHECK(read_error<pf::Vector<float>>(bytes_of(pf::Vector<double>(2))) ==
        "load: file, byte 1: type of value is double, but must be float");
  CHECK(read_error<pf::Vector<float>>("ao" + u64(1) + u64(1) + "1234") ==
        "load: file, byte 1: type of value is object, but must be a number");

  SECTION("the constructor has the last word") {
    std::string bytes = bytes_of(Plain<Checked>{Checked(1), 0});
    bytes.replace(bytes.find('d', 30) + 1, 8, u64(0));
    CHECK_THAT(read_error<Plain<Checked>>(bytes),
               ContainsSubstring(": inner: Checked: twice is 0, but must be positive and finite"));
  }
  SECTION("fields have their names and their number") {
    std::string bytes = bytes_of(Checked(1));
    bytes[bytes.find("half")] = 'c';
    CHECK(read_error<Checked>(bytes) ==
          R"(load: file, byte 0: name of field 0 of value is "calf", but must be "half")");
    bytes[bytes.find("calf")] = '\n';
    bytes[bytes.find("alf") + 4] = '?';
    CHECK_THAT(read_error<Checked>(bytes), ContainsSubstring(R"("\x0aalf")"));
    CHECK(read_error<Nothing>("o\7Nothing" + u64(1) + "\1x" + bytes_of(1)) ==
          "load: file, byte 0: number of fields of value is 1, but must be 0");
  }
}

TEST_CASE("no size takes memory that the bytes do not fill", "[io]") {
  for (const std::uint64_t n :
       {std::uint64_t(2), std::uint64_t(1) << 31, std::uint64_t(1) << 32, std::uint64_t(1) << 61,
        std::uint64_t(1) << 62, std::uint64_t(1) << 63, ~std::uint64_t(0)}) {
    CAPTURE(n);
    const std::string four = "1234";
    CHECK(read_error<std::string>("s" + u64(n) + "a") != "nothing was thrown");
    CHECK(read_error<std::vector<std::string>>("l" + u64(n)) != "nothing was thrown");
    CHECK(read_error<std::vector<float>>("af" + u64(n) + u64(1) + four) != "nothing was thrown");
    CHECK(read_error<pf::Matrix<float>>("af" + u64(n) + u64(n) + four) != "nothing was thrown");
    CHECK(read_error<pf::Matrix<float>>("af" + u64(n) + u64(4) + four) != "nothing was thrown");
    CHECK(read_error<pf::Matrix<float>>("af" + u64(4) + u64(n) + four) != "nothing was thrown");
    if (n > 2) {
      CHECK(read_error<pf::Matrix<float>>("af" + u64(0) + u64(n)) != "nothing was thrown");
      CHECK(read_error<pf::Matrix<float>>("af" + u64(n) + u64(0)) != "nothing was thrown");
    }
    CHECK(read_error<Nothing>("o\7Nothing" + u64(n)) != "nothing was thrown");
  }
}

TEST_CASE("the checksum is that of zlib", "[io]") {
  CHECK(pf::crc32("") == 0);
  CHECK(pf::crc32("123456789") == 0xCBF43926U);
  CHECK(pf::crc32("The quick brown fox jumps over the lazy dog") == 0x414FA339U);
}
