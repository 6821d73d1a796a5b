#include "pushforward/core/lane.hpp"

#include "support/catch.hpp"

namespace pf = pushforward;
using pf::Index, pf::kBlockSize, pf::Lane;

namespace {

/// The same sum by its definition: halves, then halves of the halves.
template <class Scalar>
Scalar halved(const Lane<Scalar>& terms) {
  std::vector<Scalar> sum(terms.data(), terms.data() + kBlockSize);
  for (std::size_t half = 32; half > 0; half /= 2)
    for (std::size_t i = 0; i < half; ++i) sum[i] += sum[i + half];
  return sum[0];
}

}  // namespace

TEMPLATE_TEST_CASE("a lane is summed in one fixed order", "[core]", float, double) {
  using Scalar = TestType;
  Lane<Scalar> a, b;
  for (Index i = 0; i < kBlockSize; ++i) {
    a[i] = static_cast<Scalar>(i * i % 11) + Scalar(0.5);
    b[i] = static_cast<Scalar>(1 << i % 20) - Scalar(31) * static_cast<Scalar>(i);  // exact sums
  }
  CHECK(pf::weighted_sum(a, b) == halved<Scalar>(a * b));

  const Lane<Scalar> two = Lane<Scalar>::Constant(2);
  for (int shift = 1; shift < 10; ++shift) {  // sums that round, products that do not
    for (Index i = 0; i < kBlockSize; ++i) b[i] = Scalar(1) / static_cast<Scalar>(shift + i);
    CHECK(pf::weighted_sum(two, b) == 2 * halved(b));
  }

  std::vector<Scalar> unaligned(kBlockSize + 1);
  std::copy(b.data(), b.data() + kBlockSize, unaligned.begin() + 1);
  CHECK(pf::lane_dot(a.data(), unaligned.data() + 1) == pf::weighted_sum(a, b));
}

TEST_CASE("every row of a lane counts once", "[core]") {
  for (Index i = 0; i < kBlockSize; ++i) {
    Lane<double> a = Lane<double>::Zero();
    a[i] = 3;
    CHECK(pf::weighted_sum(a, Lane<double>::Constant(7).eval()) == 21);
  }
}
