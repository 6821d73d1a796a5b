#include "pushforward/io/csv.hpp"

#include "support/allocations.hpp"
#include "support/as_nobody.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/temporary_directory.hpp"

namespace fs = std::filesystem;
namespace pf = pushforward;
using support::error_of;
using Matrix = pf::Matrix<double>;

TEST_CASE("samples are written as they come, in bounded memory", "[io][csv]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory.file("x.csv", "old");
  std::string expected = "x,\"y, 2\"\n";
  {
    pf::CsvWriter out(path, {"x", "y, 2"});
    std::uintmax_t least = 0;
    for (int part = 0; part < 100; ++part) {
      const Matrix samples = Matrix::Constant(2, 1000, 0.5 + part);
      out.append(samples);
      for (int i = 0; i < 1000; ++i)
        expected += std::to_string(part) + ".5," + std::to_string(part) + ".5\n";
      if (expected.size() < 70'000) continue;
      std::uintmax_t written = 0;  // what is not yet in the new file is in memory
      for (const auto& entry : fs::directory_iterator(directory / ""))
        if (entry.path() != path) written = entry.file_size();
      least = expected.size() - 70'000;
      CHECK(written >= least);
    }
    CHECK(least > 500'000);
    CHECK(pf::read_file("test", path) == "old");
    out.commit();
  }
  CHECK(pf::read_file("test", path) == expected);
  CHECK(directory.size() == 1);
}

TEST_CASE("it is the same file however the samples come", "[io][csv]") {
  const support::TemporaryDirectory directory;
  const Matrix x{{0.1, 2, 3}, {-4, 5e-300, 6}};
  pf::write_csv(directory / "once.csv", {"a", "b"}, x);
  pf::CsvWriter out(directory / "parts.csv", {"a", "b"});
  out.append(x.leftCols(0));
  out.append(x.leftCols(1));
  out.append(Eigen::Matrix<double, 2, 2, Eigen::RowMajor>(x.rightCols(2)));
  out.commit();
  CHECK(pf::read_file("test", directory / "once.csv") == "a,b\n0.1,-4\n2,5e-300\n3,6\n");
  CHECK(pf::read_file("test", directory / "parts.csv") ==
        pf::read_file("test", directory / "once.csv"));

  pf::write_csv(directory / "product.csv", {}, Matrix::Identity(2, 2) * x.bottomLeftCorner(2, 1));
  CHECK(pf::read_file("test", directory / "product.csv") == "0.1,-4\n");
  const Matrix two = x.replicate(2, 1);
  const Eigen::Map<const Matrix, 0, Eigen::Stride<4, 2>> strided(two.data(), 2, 3);
  pf::write_csv(directory / "strided.csv", {}, strided);
  CHECK(pf::read_file("test", directory / "strided.csv") == "0.1,0.1\n2,2\n3,3\n");
}

TEST_CASE("a sample that cannot be added is refused, and the rest can go on", "[io][csv]") {
  const support::TemporaryDirectory directory;
  const fs::path path = directory / "x.csv";
  pf::CsvWriter out(path);
  const auto refused = [&]<class Error>(Error*, const Matrix& samples) {
    return error_of<Error>([&] { out.append(samples); });
  };
  const auto argument = static_cast<std::invalid_argument*>(nullptr);
  CHECK(refused(argument, Matrix(0, 2)) ==
        "CsvWriter: number of rows of data is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([&] { out.commit(); }) ==
        "CsvWriter: number of columns of data is 0, but must be at least 1");
  out.append(Matrix{{1, 3}, {2, 4}});
  CHECK(refused(argument, Matrix::Ones(3, 1)) ==
        "CsvWriter: number of rows of data is 3, but must be 2");
  Matrix bad{{7, 8}, {9, 10}};
  bad(1, 1) = std::numeric_limits<double>::quiet_NaN();
  CHECK(refused(static_cast<std::domain_error*>(nullptr), bad) ==
        "CsvWriter: data at row 1, column 1 is nan, but must be finite");
  out.append(pf::Matrix<float>{{5}, {0.1F}});
  CHECK_FALSE(fs::exists(path));
  out.commit();
  CHECK(pf::read_file("test", path) == "1,2\n3,4\n5,0.1\n");
}

TEST_CASE("what would stop a CSV file later is refused at its start", "[io][csv]") {
  const support::TemporaryDirectory directory;
  CHECK(error_of<std::system_error>([&] { pf::CsvWriter(directory / "none/x.csv", {}, "fit"); }) ==
        "fit: " + (directory / "none/x.csv").string() + ": No such file or directory");
  CHECK(error_of<std::invalid_argument>([&] {
          pf::CsvWriter(directory / "x.csv", {"1", ""});
        }) == R"(CsvWriter: first name in header is "1", but must be text, )"
              "if all others are empty or numbers");
  pf::CsvWriter out(directory / "x.csv", {"x", "y"});
  CHECK(error_of<std::invalid_argument>([&] { out.append(Matrix::Ones(3, 1)); }) ==
        "CsvWriter: number of rows of data is 3, but must be 2");
}

#if !defined(_WIN32)
TEST_CASE("a full disk is told, at the latest by commit", "[io][csv]") {
  if (!fs::is_character_file("/dev/full")) return;
  const support::AsNobody nobody;
  pf::CsvWriter out("/dev/full");
  out.append(Matrix::Ones(2, 2));
  CHECK(error_of<std::system_error>([&] { out.commit(); }) ==
        "CsvWriter: /dev/full: No space left on device");
  CHECK(error_of<std::system_error>([&] {
          pf::CsvWriter("/dev/full").append(Matrix::Ones(2, 100'000));
        }) == "CsvWriter: /dev/full: No space left on device");
}
#endif

TEST_CASE("when memory runs out a CSV file is the old one or the new one", "[io][csv]") {
  if (!support::kCountsAllocations) return;
  const Matrix x = Matrix::Constant(3, 100, 1.25);
  const auto run_out = [](auto body) {  // at each allocation in turn
    bool failed = true;
    for (long passed = 0; failed; ++passed) failed = body(passed);
  };
  const auto fails = [](long passed, auto body) {
    const support::FailingAllocations one(passed, 1);
    try {
      body();
    } catch (const std::bad_alloc&) {
      return true;
    }
    return false;
  };
  SECTION("written at once") {
    run_out([&](long passed) {
      const support::TemporaryDirectory directory;
      const fs::path path = directory.file("x.csv", "old");
      const bool failed = fails(passed, [&] { pf::write_csv(path, {}, x.transpose()); });
      const std::string bytes = pf::read_file("test", path);
      CHECK((bytes.size() == 1500 || (failed && bytes == "old")));
      CHECK(directory.size() == 1);
      return failed;
    });
  }
  SECTION("or in parts, each of which is there or not") {
    run_out([&](long passed) {
      const support::TemporaryDirectory directory;
      pf::CsvWriter out(directory / "x.csv");
      const bool failed = fails(passed, [&] { out.append(x.transpose()); });
      CHECK(error_of<std::invalid_argument>([&] { out.append(x); }) ==
            (failed ? "nothing was thrown"
                    : "CsvWriter: number of rows of data is 3, but must be 100"));
      out.commit();
      CHECK(pf::read_csv<double>(directory / "x.csv").data == (failed ? x : x.transpose()));
      return failed;
    });
  }
}
