#include "pushforward/core/team.hpp"

#include "pushforward/core/random.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

#include <chrono>
#include <numeric>

namespace pf = pushforward;
using pf::Index, pf::Team, pf::Vector;
using support::error_of;

namespace {

/// How often a team calls body(i), i = 0 .. count - 1, and on how many threads.
std::vector<int> calls(Team& team, Index count) {
  std::vector<int> called(static_cast<std::size_t>(count), 0);
  team.for_each(count, [&](Index, Index i) { ++called[static_cast<std::size_t>(i)]; });
  return called;
}

/// Sleeps for up to 200 microseconds, at random.
void sleep(Index i) {
  pf::RandomSequence<double> random({7, 0}, static_cast<std::uint64_t>(i));
  std::this_thread::sleep_for(std::chrono::microseconds(int(200 * random.uniform())));
}

}  // namespace

TEST_CASE("a team does every task once", "[core][threads]") {
  const int threads = GENERATE(range(1, 17));
  Team team(threads);
  CHECK(team.threads() == threads);
  for (const Index count : {0, 1, 2, 3, 16, 17, 1000})
    for (int again = 0; again < 20; ++again)
      CHECK(calls(team, count) == std::vector<int>(static_cast<std::size_t>(count), 1));
}

TEST_CASE("tasks of uneven length", "[core][threads]") {
  Team team(5);
  std::vector<int> called(100, 0);
  team.for_each(100, [&](Index, Index i) {
    sleep(i);
    ++called[static_cast<std::size_t>(i)];
  });
  CHECK(called == std::vector<int>(100, 1));
}

TEST_CASE("a team wakes again after a pause", "[core][threads]") {
  Team team(3);
  for (int round = 0; round < 3; ++round) {
    CHECK(calls(team, 50) == std::vector<int>(50, 1));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

TEST_CASE("threads do share the work", "[core][threads]") {
  Team team(2);
  std::atomic<int> waiting{0};
  team.for_each(2, [&](Index, Index) {  // each task ends when both have begun
    ++waiting;
    while (waiting < 2) std::this_thread::yield();
  });
  CHECK(waiting == 2);
}

TEST_CASE("the exception of the lowest task is rethrown", "[core][threads]") {
  const int threads = GENERATE(1, 2, 4, 16);
  Team team(threads);
  for (int again = 0; again < 20; ++again) {
    const auto text = error_of<std::runtime_error>([&] {
      team.for_each(100, [](Index, Index i) {
        if (i % 2 == 0) sleep(i);
        if (i >= 17 && i % 3 == 2) throw std::runtime_error(std::to_string(i));
      });
    });
    CHECK(text == "17");
    CHECK(calls(team, 40) == std::vector<int>(40, 1));
  }
}

TEST_CASE("a later task that fails first does not hide an earlier one", "[core][threads]") {
  Team team(GENERATE(2, 4));
  const auto text = error_of<std::runtime_error>([&] {
    team.for_each(100, [](Index, Index i) {
      if (i == 17) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      if (i == 17 || i == 20) throw std::runtime_error(std::to_string(i));
    });
  });
  CHECK(text == "17");
}

TEST_CASE("an exception of the only or the last task", "[core][threads]") {
  Team team(3);
  for (const Index count : {1, 2, 64})
    CHECK_THROWS_AS(team.for_each(count,
                                  [&](Index, Index i) {
                                    if (i + 1 == count) throw 5;
                                  }),
                    int);
  CHECK(calls(team, 9) == std::vector<int>(9, 1));
}

TEST_CASE("teams live and die quickly", "[core][threads]") {
  for (int again = 0; again < 50; ++again) Team(1 + again % 16);
  Team one(4), two(3);  // side by side
  CHECK(calls(one, 10) == calls(two, 10));
}

TEST_CASE("a worker's number is its own while it works", "[core][threads]") {
  const int threads = GENERATE(1, 2, 3, 7, 64);
  Team team(threads);
  std::vector<std::atomic<int>> inside(static_cast<std::size_t>(threads));
  std::atomic<int> clashes{0};
  team.for_each(300, [&](Index worker, Index i) {
    auto& own = inside.at(static_cast<std::size_t>(worker));
    if (own.fetch_add(1) != 0) ++clashes;
    if (i % 50 == 0) sleep(i);
    --own;
  });
  CHECK(clashes == 0);
}

TEST_CASE("a call from within a task is worked on by its caller", "[core][threads]") {
  const int threads = GENERATE(1, 2, 4, 16);
  Team team(threads);
  for (int again = 0; again < 20; ++again) {
    std::vector<std::atomic<int>> called(12 * 34);
    std::atomic<int> elsewhere{0};
    team.for_each(12, [&](Index, Index i) {
      const auto self = std::this_thread::get_id();
      team.for_each(34, [&](Index worker, Index j) {
        if (std::this_thread::get_id() != self || (threads > 1 && worker != 0)) ++elsewhere;
        ++called[static_cast<std::size_t>(34 * i + j)];
      });
    });
    CHECK(std::all_of(called.begin(), called.end(), [](const auto& n) { return n == 1; }));
    CHECK(elsewhere == 0);
  }
  CHECK(error_of<std::runtime_error>([&] {
          team.for_each(5, [&](Index, Index i) {
            team.for_each(5, [&](Index, Index j) {
              if (i == 2 && j == 3) throw std::runtime_error("inner");
            });
          });
        }) == "inner");
  CHECK(calls(team, 40) == std::vector<int>(40, 1));
}

TEST_CASE("two threads may call at once", "[core][threads]") {
  Team team(3);
  std::atomic<int> wrong{0};
  const auto work = [&] {
    for (int again = 0; again < 200; ++again)
      if (calls(team, 20) != std::vector<int>(20, 1)) ++wrong;
  };
  std::thread one(work), two(work);
  work();
  one.join();
  two.join();
  CHECK(wrong == 0);
}

TEST_CASE("blocks are worked on once, neighbours in one task", "[core][threads]") {
  const int threads = GENERATE(1, 2, 3, 7, 64);
  Team team(threads);
  for (Index blocks = 0; blocks <= 40; ++blocks) {
    std::vector<int> called(static_cast<std::size_t>(blocks), 0);
    std::vector<std::thread::id> by(static_cast<std::size_t>(blocks));
    pf::for_each_block(team, blocks, [&](Index worker, Index b) {
      if (worker < 0 || worker >= threads) return;
      ++called[static_cast<std::size_t>(b)];
      by[static_cast<std::size_t>(b)] = std::this_thread::get_id();
    });
    CHECK(called == std::vector<int>(static_cast<std::size_t>(blocks), 1));
    for (std::size_t b = 0; b + 1 < by.size(); b += 2) CHECK(by[b] == by[b + 1]);
  }
}

namespace {

/// What block b adds to entry i: numbers whose sums depend on the order.
template <class Scalar>
Scalar term(Index b, Index i) {
  return Scalar(1) / static_cast<Scalar>(1 + (i * 7 + b * 13) % 97) - Scalar(b % 3) / 7;
}

/// The sum of leaves first .. first + width - 1 of entry i along the binary tree of their numbers.
template <class Scalar>
Scalar tree(Index i, Index first, Index width, Index blocks) {
  if (width == 1) {
    Scalar sum = 0;
    for (Index b = 2 * first; b < (std::min)(2 * first + 2, blocks); ++b) sum += term<Scalar>(b, i);
    return sum;
  }
  const Index middle = first + width / 2;
  const Scalar low = tree<Scalar>(i, first, width / 2, blocks);
  return 2 * middle < blocks ? low + tree<Scalar>(i, middle, width / 2, blocks) : low;
}

template <class Scalar>
Vector<Scalar> tree_sum(Team& team, Index blocks, Index p, pf::TreeSum<Scalar>& room) {
  Vector<Scalar> total = Vector<Scalar>::Constant(p, -7);
  pf::tree_sum<Scalar>(team, blocks, room, total,
                       [&](Index, Index b, pf::VectorRef<Scalar> partial) {
                         for (Index i = 0; i < p; ++i) partial[i] += term<Scalar>(b, i);
                       });
  return total;
}

}  // namespace

TEMPLATE_TEST_CASE("blocks are summed in one tree, whoever works", "[core][threads]", float,
                   double) {
  using Scalar = TestType;
  const Index p = 3;
  std::vector<Vector<Scalar>> expected;
  for (Index blocks = 0; blocks <= 200; ++blocks) {
    expected.push_back(Vector<Scalar>::Zero(p));
    for (Index i = 0; blocks > 0 && i < p; ++i)
      expected.back()[i] = tree<Scalar>(i, 0, 128, blocks);
  }
  for (const int threads : {1, 2, 3, 7, 64}) {
    Team team(threads);
    pf::TreeSum<Scalar> room;  // grows and serves all
    bool same = true;
    for (Index blocks = 0; blocks <= 200; ++blocks)
      same = same && tree_sum(team, blocks, p, room) == expected[std::size_t(blocks)];
    for (Index blocks = 200; blocks-- > 0;)
      same = same && tree_sum(team, blocks, p, room) == expected[std::size_t(blocks)];
    INFO("threads " << threads);
    CHECK(same);
  }
}

TEST_CASE("blocks are summed in one tree, whoever is slow", "[core][threads]") {
  const Index blocks = 100, p = 2;
  for (const int threads : {2, 3}) {
    Team team(threads);
    pf::TreeSum<double> room;
    Vector<double> total(p);
    pf::tree_sum<double>(team, blocks, room, total,
                         [&](Index, Index b, pf::VectorRef<double> partial) {
                           sleep(b);  // so that the workers are in the midst of ranges at once
                           for (Index i = 0; i < p; ++i) partial[i] += term<double>(b, i);
                         });
    for (Index i = 0; i < p; ++i) CHECK(total[i] == tree<double>(i, 0, 64, blocks));
  }
}

TEMPLATE_TEST_CASE("long vectors are summed in slices", "[core][threads]", float, double) {
  using Scalar = TestType;
  pf::TreeSum<Scalar> room;
  for (const Index p : {0, 1, 4096, 4097, 10000, 4095})
    for (const int threads : {1, 3}) {
      Team team(threads);
      const Vector<Scalar> total = tree_sum(team, 27, p, room);
      bool same = true;
      for (Index i = 0; i < p; ++i) same = same && total[i] == tree<Scalar>(i, 0, 16, 27);
      CHECK(same);
    }
}

TEST_CASE("a sum needs P log(leaves) numbers a worker", "[core]") {
  const Index p = 10, blocks = 1 << 16;
  for (const int threads : {1, 2, 7}) {
    Team team(threads);
    pf::TreeSum<double> room;
    (void)tree_sum(team, blocks, p, room);
    CHECK(room.levels.size() <= threads * 15 * p);  // 2^15 leaves
    CHECK(room.ranges.size() <= 8 * threads * p);
  }
}

TEST_CASE("what throws within a sum comes out, and the room is as good as before", "[core]") {
  for (const int threads : {1, 3}) {
    Team team(threads);
    pf::TreeSum<double> room;
    const Vector<double> expected = tree_sum(team, 50, 4, room);
    Vector<double> total(4);
    CHECK(error_of<std::runtime_error>([&] {
            pf::tree_sum<double>(team, 50, room, total,
                                 [](Index, Index b, pf::VectorRef<double> partial) {
                                   partial.setConstant(1e9);
                                   if (b == 21) throw std::runtime_error("21");
                                 });
          }) == "21");
    CHECK(tree_sum(team, 50, 4, room) == expected);
  }
}

TEST_CASE("numbers of threads that cannot be", "[core][hostile]") {
  for (const int threads : {0, -1, 1025, std::numeric_limits<int>::min()})
    CHECK(error_of<std::invalid_argument>([&] { Team team(threads); }) ==
          "Team: threads is " + std::to_string(threads) + ", but must be between 1 and 1024");
}
