#include "pushforward/transport/sorted_pairing.hpp"

#include "transport/pairings.hpp"

#include <cmath>

namespace pf = pushforward;
using pf::Index, pf::Matrix, pf::sorted_pairing;
using support::gaussian, support::in_order;

namespace {

const auto pair = [](const auto& x, const auto& y) { return sorted_pairing(x, y); };

}  // namespace

TEST_CASE("sorting is optimal for every convex cost", "[transport][identity]") {
  for (Index n = 1; n <= 7; ++n)
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      INFO("n = " << n << ", seed = " << seed);
      const Matrix<double> x = gaussian(1, n, seed), y = gaussian(1, n, seed + 50).array() + 0.3;
      const auto pairing = sorted_pairing(x, y);
      CHECK(laws::same_bits(in_order(pairing.target), in_order(y)));
      CHECK(pairing.floor == pairing.cost);
      for (const double power : {1.0, 1.5, 2.0, 7.0}) {
        const auto cost = [&](const Matrix<double>& to) {
          return (x - to).array().abs().pow(power).sum();
        };
        Matrix<double> other = in_order(y);
        double least = cost(other);
        while (std::next_permutation(other.data(), other.data() + n))
          least = (std::min)(least, cost(other));
        CHECK_THAT(cost(pairing.target), WithinRel(least, 1e-12));
      }
    }
}

TEST_CASE("sorting is the closed form of Gaussian laws", "[transport][identity]") {
  const Matrix<double> x = support::gaussian_quantiles(20000), y = 2 * x.array() + 1;
  const auto pairing = sorted_pairing(support::reversed(x), y);
  CHECK(laws::same_bits(pairing.target, support::reversed(y)));
  CHECK_THAT(pairing.cost, WithinAbs(2, 1e-3));  // (m1 - m2)^2 + (s1 - s2)^2
  CHECK_THAT(pf::gelbrich_bound(x, y), WithinRel(pairing.cost, 1e-12));
}

TEST_CASE("with other sizes a number goes to the quantile of its rank", "[transport]") {
  const Matrix<double> x{{3, 1, 2}}, four{{10, 40, 20, 30}}, two{{7, 5}},
      nine{{1, 2, 3, 4, 5, 6, 7, 8, 9}};
  CHECK(sorted_pairing(x, four).target == Matrix<double>{{40, 10, 30}});
  CHECK(sorted_pairing(x, two).target == Matrix<double>{{7, 5, 7}});
  CHECK(sorted_pairing(x, nine).target == Matrix<double>{{8, 2, 5}});
  CHECK(sorted_pairing(x, Matrix<double>{{6}}).target == Matrix<double>{{6, 6, 6}});
  CHECK(sorted_pairing(Matrix<double>{{6}}, x).target == Matrix<double>{{2}});
  for (const Index m : {1, 7, 99, 101, 5000}) {
    const Matrix<double> y = gaussian(1, m, 3);
    laws::pairing(sorted_pairing(gaussian(1, 100, 1), y), gaussian(1, 100, 1));
  }
}

TEST_CASE("what every pairing owes, of the sorted one", "[transport]") {
  laws::pairing_function("sorted_pairing", 1, pair);
}

TEST_CASE("sorted pairings that cannot be", "[transport][hostile]") {
  laws::pairing_errors("sorted_pairing", 1, pair);
  CHECK(support::error_of<std::invalid_argument>([&] {
          (void)sorted_pairing(Matrix<double>::Zero(2, 3), Matrix<double>::Zero(2, 3));
        }) == "sorted_pairing: number of rows of x is 2, but must be 1");
}
