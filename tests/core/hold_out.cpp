#include "support/catch.hpp"

#include <pushforward/core.hpp>

#include <algorithm>
#include <limits>
#include <vector>

namespace pf = pushforward;
using pf::Index;

namespace {

/// 1, 2, ..., n, with a second row of their squares.
pf::Matrix<float> numbered(Index n) {
  pf::Matrix<float> data(2, n);
  for (Index i = 0; i < n; ++i) data.col(i) << float(i + 1), float((i + 1) * (i + 1));
  return data;
}

}  // namespace

TEST_CASE("a key holds out the same columns for ever", "[hold_out]") {
  const pf::HeldOut<float> parts = pf::hold_out(numbered(8), 0.25, {1});
  CHECK(parts.held_out.row(0) == pf::Matrix<float>{{2, 7}});
  CHECK(parts.training.row(0) == pf::Matrix<float>{{3, 5, 6, 1, 4, 8}});
}

TEST_CASE("each column is either held out or not", "[hold_out]") {
  for (const Index n : {0, 1, 4, 5, 100})
    for (const double share : {0.0, 0.2, 0.5, 0.99}) {
      INFO("n = " << n << ", share = " << share);
      const pf::HeldOut<float> parts = pf::hold_out(numbered(n), share, {1, 2});
      CHECK(parts.held_out.cols() == static_cast<Index>(share * double(n)));
      REQUIRE(parts.training.cols() + parts.held_out.cols() == n);
      pf::Matrix<float> all(2, n);
      all << parts.held_out, parts.training;
      std::vector<float> first(all.row(0).begin(), all.row(0).end());
      std::sort(first.begin(), first.end());
      for (Index i = 0; i < n; ++i) {
        CHECK(first[std::size_t(i)] == float(i + 1));
        CHECK(all(1, i) == all(0, i) * all(0, i));
      }
    }
}

TEST_CASE("which are held out is a function of the key", "[hold_out]") {
  const auto data = numbered(1000);
  const auto held = [&](pf::Key key) {
    return pf::Matrix<float>(pf::hold_out(data, 0.5, key).held_out);
  };
  CHECK(held({1, 2}) == held({1, 2}));
  CHECK(held({1, 2}) != held({1, 3}));
  // Half of 1000: 250 of the first half, with a deviation of 7.9 (hypergeometric).
  const auto small = (held({1, 2}).row(0).array() <= 500).count();
  CHECK(std::abs(double(small) - 250) < 40);
}

TEST_CASE("a share that is none is refused", "[hold_out]") {
  for (const double share : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_AS(pf::hold_out(numbered(5), share, {}), std::domain_error);
}
