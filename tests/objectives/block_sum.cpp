#include "pushforward/objectives/block_sum.hpp"

#include "support/catch.hpp"

#include <utility>
#include <vector>

namespace pf = pushforward;
using pf::Index;

TEST_CASE("Room of the workers that came to no block is made all the same", "[objectives]") {
  for (const int threads : {1, 2, 3}) {
    pf::Team team(threads);
    pf::BlockSum<double, int> sum;
    std::vector<std::pair<Index, Index>> calls;  // worker and block
    pf::Vector<double> dtheta(2);
    const auto add = [&](Index worker, int& uses, Index b, pf::VectorRef<double> partial) {
      calls.emplace_back(worker, b);
      ++uses;
      partial += pf::Vector<double>{{1, 2, 3}};
    };
    CHECK(sum({0, team}, 1, dtheta, add) == 3);  // one block, of the caller alone
    CHECK(dtheta == pf::Vector<double>{{1, 2}});
    REQUIRE(calls.size() == std::size_t(threads) + 1);
    for (int w = 0; w < threads; ++w) CHECK(calls[std::size_t(w)] == std::pair(Index(w), Index(0)));
    calls.clear();
    CHECK(sum({1, team}, 1, dtheta, add) == 3);
    CHECK(calls.size() == 1);
  }
}

TEST_CASE("A sum over blocks is that of what each adds", "[objectives]") {
  for (const int threads : {1, 4}) {
    pf::Team team(threads);
    pf::BlockSum<double, int> sum;
    pf::Vector<double> dtheta(1);
    for (const Index blocks : {1, 2, 7, 100}) {
      const double total =
          sum({0, team}, blocks, dtheta, [](Index, int&, Index b, pf::VectorRef<double> partial) {
            partial[0] += 1;
            partial[1] += double(b);
          });
      CHECK(dtheta[0] == double(blocks));
      CHECK(total == double(blocks * (blocks - 1)) / 2);
    }
  }
}
