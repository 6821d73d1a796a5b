#include "pushforward/transport/knothe_rosenblatt.hpp"

#include "transport/pairings.hpp"

namespace pf = pushforward;
using pf::Index, pf::knothe_rosenblatt, pf::Matrix;
using support::gaussian, support::in_order;

namespace {

const auto pair = [](const auto& x, const auto& y) { return knothe_rosenblatt(x, y); };

}  // namespace

TEST_CASE("the triangular rearrangement takes every sample of the target once", "[transport]") {
  for (const Index d : {1, 2, 3, 5})
    for (const Index n : {1, 2, 9, 64, 1000}) {
      INFO("d = " << d << ", n = " << n);
      const Matrix<double> x = gaussian(d, n, 1), y = gaussian(d, n, 2).array().square();
      for (const Index bins : {0, 1, 4, 5000}) {
        const auto pairing = knothe_rosenblatt(x, y, {.bins = bins});
        laws::pairing(pairing, x);
        CHECK(laws::same_bits(in_order(pairing.target), in_order(y)));
      }
    }
}

TEST_CASE("on the line, and with as many bins as samples, it sorts the first coordinate",
          "[transport][identity]") {
  const Matrix<double> x = gaussian(1, 300, 1), y = gaussian(1, 70, 2);
  CHECK(laws::same_bits(knothe_rosenblatt(x, y).target, pf::sorted_pairing(x, y).target));
  const Matrix<double> u = gaussian(3, 200, 1), v = gaussian(3, 200, 2);
  CHECK(laws::same_bits(knothe_rosenblatt(u, v, {.bins = 200}).target.row(0),
                        pf::sorted_pairing(u.row(0), v.row(0)).target));
  CHECK(laws::same_bits(knothe_rosenblatt(u, v, {.bins = 1}).target.row(2),
                        pf::sorted_pairing(u.row(2), v.row(2)).target));
}

TEST_CASE("a triangular map is found again as samples grow", "[transport][identity]") {
  double last = 1;
  for (const Index n : {400, 6400, 102400}) {
    const Matrix<double> x = gaussian(2, n, 1);
    Matrix<double> y(2, n), other(2, n);
    const auto banana = [](const Matrix<double>& z, Matrix<double>& to) {
      to.row(0) = 2 * z.row(0);
      to.row(1) = z.row(1).array() + 0.5 * z.row(0).array().square();
    };
    banana(x, y);
    banana(gaussian(2, n, 2), other);
    const double gap = (knothe_rosenblatt(x, other).target - y).norm() / y.norm();
    CHECK(gap < 0.6 * last);
    last = gap;
  }
  CHECK(last < 0.1);
}

TEST_CASE("triangular rearrangements of other sizes", "[transport]") {
  for (const Index m : {1, 3, 50, 99, 101, 700}) {
    INFO("m = " << m);
    const Matrix<double> x = gaussian(2, 100, 1), y = gaussian(2, m, 2);
    laws::pairing(knothe_rosenblatt(x, y), x);
  }
}

TEST_CASE("what every pairing owes, of the triangular one", "[transport]") {
  for (const Index d : {1, 2, 3}) laws::pairing_function("knothe_rosenblatt", d, pair);
}

TEST_CASE("triangular rearrangements that cannot be", "[transport][hostile]") {
  laws::pairing_errors("knothe_rosenblatt", 2, pair);
  const Matrix<double> x = gaussian(2, 9, 1);
  CHECK(support::error_of<std::invalid_argument>([&] {
          (void)knothe_rosenblatt(x, x, {.bins = -1});
        }) == "knothe_rosenblatt: bins is -1, but must be at least 0");
}
