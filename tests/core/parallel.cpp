#include "pushforward/core/parallel.hpp"

#include "pushforward/core/random.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

#include <chrono>
#include <numeric>

namespace pf = pushforward;
using pf::Index, pf::Matrix, pf::Pool, pf::Vector;
using support::error_of;

namespace {

/// How often a pool calls body(i), i = 0 .. count - 1, and on how many threads.
std::vector<int> calls(Pool& pool, Index count) {
  std::vector<int> called(static_cast<std::size_t>(count), 0);
  pool.for_each(count, [&](Index i) { ++called[static_cast<std::size_t>(i)]; });
  return called;
}

/// Sleeps for up to 200 microseconds, at random.
void sleep(Index i) {
  pf::RandomSequence<double> random({7, 0}, static_cast<std::uint64_t>(i));
  std::this_thread::sleep_for(std::chrono::microseconds(int(200 * random.uniform())));
}

}  // namespace

TEST_CASE("a pool does every task once", "[core][threads]") {
  const int threads = GENERATE(range(1, 17));
  Pool pool(threads);
  CHECK(pool.threads() == threads);
  for (const Index count : {0, 1, 2, 3, 16, 17, 1000})
    for (int again = 0; again < 20; ++again)
      CHECK(calls(pool, count) == std::vector<int>(static_cast<std::size_t>(count), 1));
}

TEST_CASE("tasks of uneven length", "[core][threads]") {
  Pool pool(5);
  std::vector<int> called(100, 0);
  pool.for_each(100, [&](Index i) {
    sleep(i);
    ++called[static_cast<std::size_t>(i)];
  });
  CHECK(called == std::vector<int>(100, 1));
}

TEST_CASE("a pool wakes again after a pause", "[core][threads]") {
  Pool pool(3);
  for (int round = 0; round < 3; ++round) {
    CHECK(calls(pool, 50) == std::vector<int>(50, 1));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

TEST_CASE("threads do share the work", "[core][threads]") {
  Pool pool(2);
  std::atomic<int> waiting{0};
  pool.for_each(2, [&](Index) {  // each task ends when both have begun
    ++waiting;
    while (waiting < 2) std::this_thread::yield();
  });
  CHECK(waiting == 2);
}

TEST_CASE("the exception of the lowest task is rethrown", "[core][threads]") {
  const int threads = GENERATE(1, 2, 4, 16);
  Pool pool(threads);
  for (int again = 0; again < 20; ++again) {
    const auto text = error_of<std::runtime_error>([&] {
      pool.for_each(100, [](Index i) {
        if (i % 2 == 0) sleep(i);
        if (i >= 17 && i % 3 == 2) throw std::runtime_error(std::to_string(i));
      });
    });
    CHECK(text == "17");
    CHECK(calls(pool, 40) == std::vector<int>(40, 1));
  }
}

TEST_CASE("an exception of the only or the last task", "[core][threads]") {
  Pool pool(3);
  for (const Index count : {1, 2, 64})
    CHECK_THROWS_AS(pool.for_each(count,
                                  [&](Index i) {
                                    if (i + 1 == count) throw 5;
                                  }),
                    int);
  CHECK(calls(pool, 9) == std::vector<int>(9, 1));
}

TEST_CASE("pools live and die quickly", "[core][threads]") {
  for (int again = 0; again < 50; ++again) Pool(1 + again % 16);
  Pool one(4), two(3);  // side by side
  CHECK(calls(one, 10) == calls(two, 10));
}

TEST_CASE("runs are a cut of the blocks that depends on their number alone", "[core]") {
  for (Index blocks = 0; blocks <= 200; ++blocks) {
    const Index runs = pf::run_count(blocks);
    CHECK(runs == std::min<Index>((blocks + 1) / 2, pf::kMaxRuns));
    CHECK(pf::run_begin(0, blocks) == 0);
    if (blocks > 0) CHECK(pf::run_begin(runs, blocks) == blocks);
    for (Index run = 0; run < runs; ++run)
      CHECK(pf::run_begin(run, blocks) < pf::run_begin(run + 1, blocks));

    Pool pool(1 + int(blocks % 4));
    std::vector<int> called(static_cast<std::size_t>(blocks), 0);
    pf::for_each_block(pool, blocks, [&](Index run, Index b) {
      if (pf::run_begin(run, blocks) <= b && b < pf::run_begin(run + 1, blocks))
        ++called[static_cast<std::size_t>(b)];
    });
    CHECK(called == std::vector<int>(static_cast<std::size_t>(blocks), 1));
  }
}

TEMPLATE_TEST_CASE("columns are summed in one fixed tree", "[core][threads]", float, double) {
  using Scalar = TestType;
  const Index rows = GENERATE(0, 1, 4096, 4097, 10000), columns = GENERATE(1, 2, 3, 7, 32);
  Matrix<Scalar> terms(rows, columns);
  for (Index j = 0; j < columns; ++j)
    for (Index i = 0; i < rows; ++i)
      terms(i, j) = Scalar(1) / static_cast<Scalar>(1 + (i * 7 + j * 13) % 97);

  const auto pairwise = [&](auto&& self, Index i, Index from, Index width) -> Scalar {
    if (from >= columns) return 0;
    if (width == 1) return terms(i, from);
    return self(self, i, from, width / 2) + self(self, i, from + width / 2, width / 2);
  };
  for (const int threads : {1, 2, 3, 4, 7, 16}) {
    Pool pool(threads);
    Matrix<Scalar> partials = terms;
    Vector<Scalar> total(rows);
    pf::sum_columns<Scalar>(pool, partials, total);
    bool same = true;
    for (Index i = 0; i < rows; ++i) same = same && total[i] == pairwise(pairwise, i, 0, 32);
    CHECK(same);
  }
}

TEST_CASE("numbers of threads that cannot be", "[core][hostile]") {
  for (const int threads : {0, -1, 1025, std::numeric_limits<int>::min()})
    CHECK(error_of<std::invalid_argument>([&] { Pool pool(threads); }) ==
          "Pool: threads is " + std::to_string(threads) + ", but must be between 1 and 1024");
}
