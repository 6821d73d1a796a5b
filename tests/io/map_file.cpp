#include "pushforward/io/map_file.hpp"

#include "pushforward/maps.hpp"
#include "pushforward/measures.hpp"
#include "pushforward/transport/power_cells.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/temporary_directory.hpp"

namespace pf = pushforward;
using support::error_of;

namespace {

template <class S>
using Net = pf::Mlp<S, pf::Tanh, pf::Linear>;

template <class S>
pf::Sampler<Net<S>, pf::Gaussian<S>> small_sampler() {
  return {Net<S>({1, 4, 1}, pf::Key{7}), pf::Gaussian<S>(S(0.5), S(2)), pf::Key{3, 1}};
}

template <class S>
std::string read_error(const std::string& bytes) {
  return error_of<pf::format_error>([&] { (void)pf::read_map<S>(bytes, "a.map"); });
}

template <class S>
void check_same_bits(const pf::Matrix<S>& a, const pf::Matrix<S>& b) {
  REQUIRE(a.rows() == b.rows());
  REQUIRE(a.cols() == b.cols());
  CHECK(std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(S)) == 0);
}

/// A sampler comes back from its file, bit for bit.
template <class Map, class Source>
void check_round_trip(const pf::Sampler<Map, Source>& sampler) {
  using S = pf::Sampler<Map, Source>;
  const std::string bytes = pf::map_bytes(sampler, {.columns = {}, .summary = "a summary"});
  const pf::MapFile<S> file = pf::read_map<S>(bytes);
  CHECK(file.exact);
  CHECK(file.summary == "a summary");
  check_same_bits<typename S::Scalar>(file.sampler.sample(200, 5), sampler.sample(200, 5));
  CHECK(pf::map_bytes(file.sampler, {file.columns, file.summary}) == bytes);
}

/// Puts right checksums into the header of a changed file.
std::string resealed(std::string bytes) {
  const auto put = [&](std::size_t at, std::uint32_t number) {
    const auto four = pf::detail::file_order(number);
    bytes.replace(at, 4, four.data(), 4);
  };
  put(40, pf::crc32(std::string_view(bytes).substr(48)));
  put(44, pf::crc32(std::string_view(bytes).substr(0, 44)));
  return bytes;
}

}  // namespace

TEMPLATE_TEST_CASE("every built-in sampler comes back from its file", "[io]", float, double) {
  using S = TestType;
  const pf::Matrix<S> two = pf::Matrix<S>::Identity(2, 2) * 3;
  const pf::Vector<S> one_two = pf::Vector<S>::LinSpaced(2, 1, 2);
  const pf::Gaussian<S> source(2);
  const pf::Key key{9, 4};
  check_round_trip(small_sampler<S>());
  const auto with = [&](const auto& map) { check_round_trip(pf::Sampler(map, source, key)); };
  with(pf::Identity<S>(2));
  with(pf::Affine<S>(two, one_two));
  const pf::Standardize<S> units = pf::Standardize<S>::of(two);
  with(units);
  with(units.inverse_map());
  with(pf::ConvexGradient<S>(two.leftCols(1), one_two, two, one_two, S(0.5)));
  check_round_trip(
      pf::Sampler(pf::RationalQuadraticSpline<S>(one_two, one_two * 3), pf::Gaussian<S>(1), key));
  with(pf::Mlp<S, pf::Relu, pf::Logistic>({2, 5, 3}, key));
  with(pf::Mlp<S, pf::LeakyRelu, pf::Softplus>({2, 5, 5, 3}, key));
  with(pf::Mlp<S, pf::Silu, pf::Tanh>({2, 1}, key));
  with(pf::Compose(Net<S>({2, 3, 2}, key), units.inverse_map()));
  with(pf::PowerCells<S>(two, one_two));
  const auto from = [&](const auto& measure) {
    check_round_trip(pf::Sampler(pf::Identity<S>(2), measure, key));
  };
  const pf::Uniform<S> square(-one_two, one_two / 3);
  from(square);
  from(pf::Mixture<pf::Gaussian<S>>({source, pf::Gaussian<S>(one_two, two)}, {S(0.3), S(0.1)}));
  from(pf::Empirical<S>(two));
  from(pf::Empirical<S>(two, one_two / 7));
  from(pf::QuasiRandom(square, 100, key));
}

TEST_CASE("a map file is saved, and read by type", "[io]") {
  const support::TemporaryDirectory directory;
  const auto path = directory / "a.map";
  const auto sampler = small_sampler<double>();
  using S = std::remove_const_t<decltype(sampler)>;
  pf::save(path, sampler, {.columns = {"x"}, .summary = "one"});
  const auto file = pf::load<S>(path);
  CHECK(file.columns == std::vector<std::string>{"x"});
  CHECK(file.summary == "one");
  check_same_bits<double>(file.sampler.sample(3), sampler.sample(3));
  CHECK(error_of<std::invalid_argument>([&] {
          pf::save(path, sampler, {.columns = {"x", "y"}});
        }) == "save: number of columns is 2, but must be 1");
  CHECK(error_of<std::system_error>([&] { (void)pf::load<S>(directory / "none"); }) ==
        "load: " + (directory / "none").string() + ": No such file or directory");
}

TEST_CASE("a map file of another type is refused by name", "[io]") {
  const std::string bytes = pf::map_bytes(small_sampler<double>());
  using pf::Gaussian, pf::Sampler;
  CHECK(read_error<Sampler<Net<float>, Gaussian<float>>>(bytes) ==
        "load: a.map, byte 12: scalar type is double, but must be float");
  CHECK(read_error<Sampler<pf::Affine<double>, Gaussian<double>>>(bytes) ==
        R"(load: a.map, byte 94: kind of sampler.map is "Mlp", but must be "Affine")");
  CHECK(read_error<Sampler<pf::Mlp<double, pf::Relu>, Gaussian<double>>>(bytes) ==
        R"(load: a.map, byte 114: kind of sampler.map.hidden is "Tanh", but must be "Relu")");
  CHECK_THAT(
      (read_error<Sampler<pf::Mlp<double, pf::Tanh, pf::Logistic>, Gaussian<double>>>(bytes)),
      EndsWith(R"(kind of sampler.map.output is "Linear", but must be "Logistic")"));
  CHECK_THAT((read_error<Sampler<Net<double>, pf::Uniform<double>>>(bytes)),
             EndsWith(R"(kind of sampler.source is "Gaussian", but must be "Uniform")"));
}

TEST_CASE("a damaged map file is refused, and the error says where", "[io]") {
  using S = pf::Sampler<Net<float>, pf::Gaussian<float>>;
  const std::string bytes = pf::map_bytes(small_sampler<float>(), {.columns = {"x"}});
  REQUIRE(bytes.size() < 800);

  SECTION("cut") {
    for (std::size_t n = 0; n < bytes.size(); ++n)
      CHECK_THAT(read_error<S>(bytes.substr(0, n)), StartsWith("load: a.map, byte "));
    CHECK(read_error<S>("") ==
          "load: a.map, byte 0: number of bytes is 0, but must be at least 48");
    CHECK(read_error<S>(bytes.substr(0, 100)) ==
          "load: a.map, byte 32: number of bytes after the header is 52, but must be " +
              pf::to_text(bytes.size() - 48));
  }
  SECTION("longer") {
    for (std::size_t n = 1; n <= 16; ++n)
      CHECK_THAT(read_error<S>(bytes + std::string(n, '\0')),
                 StartsWith("load: a.map, byte 32: number of bytes after the header is "));
  }
  SECTION("in any bit") {
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      std::string flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      const std::string error = read_error<S>(flipped);
      CHECK_THAT(error, StartsWith("load: a.map, byte "));
      CHECK_THAT(error, ContainsSubstring(bit < 64       ? "start of file"
                                          : bit < 8 * 48 ? "checksum of the header"
                                                         : "checksum of the payload"));
    }
  }
  SECTION("in any bit, with the checksums that belong to it: refused, or another map") {
    int refused = 0, exact = 0, close = 0;
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      std::string flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      try {
        const auto file = pf::read_map<S>(resealed(flipped), "a.map");
        (file.exact ? exact : close) += 1;
        const std::string again = pf::map_bytes(file.sampler, {file.columns, file.summary});
        CHECK((again == resealed(flipped)) == (file.exact && bit / 8 != 10 && bit / 8 != 11));
        CHECK(pf::map_bytes(pf::read_map<S>(again).sampler, {file.columns, file.summary}) == again);
      } catch (const pf::format_error& error) {
        CHECK_THAT(error.what(), StartsWith("load: a.map, byte "));
        ++refused;
      }
    }
    CHECK(refused > 3000);
    CHECK(exact >= 24);  // the minor version and the name of the column
    CHECK(close > 100);  // the last bits of parameters and samples
  }
}

TEST_CASE("a map file says its version", "[io]") {
  using S = pf::Sampler<Net<float>, pf::Gaussian<float>>;
  std::string bytes = pf::map_bytes(small_sampler<float>());
  bytes[10] = 9;
  CHECK(pf::read_map<S>(resealed(bytes)).exact);
  bytes[8] = 2;
  CHECK(read_error<S>(resealed(bytes)) ==
        "load: a.map, byte 8: version is 2.9, but must be 1.x, which this program reads");
  bytes[8] = 1;
  bytes.replace(16, 4, "mapp");
  CHECK(read_error<S>(resealed(bytes)) ==
        R"(load: a.map, byte 16: kind of file is "mapp", but must be "map")");
  bytes.replace(16, 5, std::string("map\0x", 5));
  CHECK(read_error<S>(resealed(bytes)) ==
        R"(load: a.map, byte 16: kind of file is "map\x00x", but must be "map")");
}

TEST_CASE("sizes in a map file are believed only if the file is as large", "[io]") {
  using S = pf::Sampler<Net<float>, pf::Gaussian<float>>;
  const std::string bytes = pf::map_bytes(small_sampler<float>(), {.columns = {"x"}});
  for (std::size_t at = 48; at + 8 <= bytes.size(); ++at)
    for (const std::uint64_t n :
         {std::uint64_t(0), std::uint64_t(1), std::uint64_t(1) << 31, std::uint64_t(1) << 32,
          std::uint64_t(1) << 61, std::uint64_t(1) << 63, ~std::uint64_t(0)}) {
      std::string changed = bytes;
      const auto eight = pf::detail::file_order(n);
      changed.replace(at, 8, eight.data(), 8);
      try {
        (void)pf::read_map<S>(resealed(changed));
      } catch (const pf::format_error&) {
      }
    }
  SUCCEED("nothing but format_error");
}

TEST_CASE("parameters keep their bits, whatever they are", "[io]") {
  auto net = Net<double>({1, 2, 1}, pf::Key{1});
  pf::Vector<double> theta = net.parameters();
  theta[0] = -0.0;
  theta[1] = std::bit_cast<double>(0x7ff8000000000123U);
  theta[2] = std::numeric_limits<double>::denorm_min();
  net.set_parameters(theta);
  const pf::Sampler sampler(net, pf::Gaussian<double>(1));
  using S = std::remove_const_t<decltype(sampler)>;
  const auto file = pf::read_map<S>(pf::map_bytes(sampler));
  check_same_bits<double>(file.sampler.map().parameters(), theta);
}

TEST_CASE("a file whose samples do not come out again is refused, or said to be inexact", "[io]") {
  using S = pf::Sampler<pf::Identity<double>, pf::Uniform<double>>;
  const S sampler(pf::Identity<double>(1), pf::Uniform<double>(0, 1));
  const std::string bytes = pf::map_bytes(sampler);
  const double last = sampler[3][0];
  const auto with_last = [&](double value) {
    const auto eight = pf::detail::file_order(value);
    return resealed(std::string(bytes).replace(bytes.size() - 8, 8, eight.data(), 8));
  };
  CHECK(pf::read_map<S>(with_last(last)).exact);
  CHECK_FALSE(pf::read_map<S>(with_last(std::nextafter(last, 2))).exact);
  CHECK_FALSE(pf::read_map<S>(with_last(last + 1e-9)).exact);
  CHECK_THAT(read_error<S>(with_last(last + 1e-7)),
             ContainsSubstring("samples at row 0, column 3 is " + pf::to_text(last) +
                               ", but must be " + pf::to_text(last + 1e-7)));
  CHECK(read_error<S>(with_last(std::nan(""))) != "nothing was thrown");
}

TEST_CASE("a file of version 1.0 is read for ever", "[io]") {
  constexpr std::string_view hex =
      "8970666d0d0a1a0a01000000040000006d6170000000000000000000000000005002000000000000e73d0431"
      "f0d5ce966f074d617046696c6505000000000000000773616d706c65726f0753616d706c6572030000000000"
      "0000036d61706f07436f6d706f736502000000000000000566697273746f034d6c7004000000000000000668"
      "696464656e6f0454616e680000000000000000066f75747075746f064c696e65617200000000000000000573"
      "697a657361690300000000000000010000000000000001000000000000000400000000000000010000000000"
      "000005746865746161660d0000000000000001000000000000000000c0bf0000a0bf000080bf000040bf0000"
      "00bf000080be000000000000803e0000003f0000403f0000803f0000a03f0000c03f067365636f6e646f0b53"
      "74616e64617264697a6503000000000000000573686966746166010000000000000001000000000000000000"
      "004004756e69746166010000000000000001000000000000000000003f046261636b620106736f757263656f"
      "07556e69666f726d02000000000000000161616601000000000000000100000000000000000080bf01626166"
      "010000000000000001000000000000000000803f036b65796f034b6579020000000000000004736565647507"
      "000000000000000673747265616d75010000000000000007636f6c756d6e736c010000000000000073010000"
      "0000000000780773756d6d617279730600000000000000676f6c64656e06696e707574736166010000000000"
      "000004000000000000004a4c2d3fec58f53e16ce3c3f8c7fc73e0773616d706c657361660100000000000000"
      "0400000000000000f8afe23fe2c2fe3fab2ddb3fe2a90640";
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(16 * digit(hex[i]) + digit(hex[i + 1]));

  const pf::Compose map(pf::Mlp<float>(pf::Tanh{}, pf::Linear{}, {1, 4, 1},
                                       pf::Vector<float>::LinSpaced(13, -1.5F, 1.5F)),
                        pf::Standardize<float>(pf::Vector<float>::Constant(1, 2),
                                               pf::Vector<float>::Constant(1, 0.5F), true));
  const pf::Sampler sampler(map, pf::Uniform<float>(-1, 1), pf::Key{7, 1});
  const auto file = pf::read_map<std::remove_const_t<decltype(sampler)>>(bytes);
  CHECK(file.columns == std::vector<std::string>{"x"});
  CHECK(file.summary == "golden");
  check_same_bits<float>(file.sampler.sample(9), sampler.sample(9));
  // The samples at the end may differ in their last bits where there are other instructions.
  const std::string again = pf::map_bytes(sampler, {file.columns, file.summary});
  CHECK((again == bytes) == file.exact);
  CHECK(again.substr(48, again.size() - 64) == bytes.substr(48, bytes.size() - 64));
}
