#include "pushforward/core/detail/dense.hpp"

#include "support/laws.hpp"

namespace pf = pushforward;
namespace detail = pushforward::detail;
using pf::Index;

namespace {

/// Integers from -8 to 8, whose sums of products are exact in any order.
template <pf::Real S>
pf::Vector<S> integers(Index size, std::uint64_t seed) {
  return support::random_vector<S>(size, seed, 8).array().round();
}

constexpr Index kGap = 3;  // strides are longer than columns by this much

}  // namespace

TEMPLATE_TEST_CASE("scaled_lanes is the sum it says, whatever the sizes", "[core]", float, double) {
  using S = TestType;
  for (const Index lanes : {16, 32, 48, 64, 80})
    for (const Index inner : {0, 1, 2, 17, 150})
      for (const Index outputs : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 23}) {
        INFO(lanes << " lanes, " << inner << " inner, " << outputs << " outputs");
        const Index stride = lanes + kGap;
        const pf::Vector<S> x = integers<S>(stride * (inner + 1), 1),
                            w = integers<S>(outputs * (inner + 1), 2),
                            start = integers<S>(outputs, 3), y = integers<S>(stride * outputs, 4);
        const detail::Weights<S> by_column{w.data(), 1, outputs}, by_row{w.data(), inner + 1, 1};
        const auto naive = [&](const detail::Weights<S>& weights, auto first) {
          pf::Vector<S> sum = y;  // what lies between the columns stays
          for (Index o = 0; o < outputs; ++o)
            for (Index l = 0; l < lanes; ++l) {
              sum[l + o * stride] = first(l, o);
              for (Index k = 0; k < inner; ++k)
                sum[l + o * stride] +=
                    weights.data[o * weights.row + k * weights.column] * x[l + k * stride];
            }
          return sum;
        };
        for (const auto& weights : {by_column, by_row}) {
          pf::Vector<S> out = y;
          detail::scaled_lanes(x.data(), stride, lanes, inner, weights, nullptr, outputs,
                               out.data(), stride);
          CHECK(out == naive(weights, [](Index, Index) { return S(0); }));
          out = y;
          detail::scaled_lanes(x.data(), stride, lanes, inner, weights, start.data(), outputs,
                               out.data(), stride);
          CHECK(out == naive(weights, [&](Index, Index o) { return start[o]; }));
          out = y;
          detail::scaled_lanes<true>(x.data(), stride, lanes, inner, weights, nullptr, outputs,
                                     out.data(), stride);
          CHECK(out == naive(weights, [&](Index l, Index o) { return y[l + o * stride]; }));
        }
      }
}

TEMPLATE_TEST_CASE("transpose_block turns a block over and pads it with zeros", "[core]", float,
                   double) {
  using S = TestType;
  for (const Index n : {1, 2, 7, 8, 9, 15, 16, 17, 31, 64, 65}) {
    const pf::Block<S> block = support::random_block<S>(n, 1);
    pf::Matrix<S> turned = pf::Matrix<S>::Constant(detail::padded(n), pf::kBlockSize, S(7));
    detail::transpose_block(block.data(), n, turned.data());
    CHECK(laws::same_bits(turned.topRows(n), block.matrix().transpose()));
    CHECK((turned.bottomRows(turned.rows() - n).array() == 0).all());
  }
}

TEST_CASE("Lanes are padded to the next multiple of 16", "[core]") {
  static_assert(detail::padded(1) == 16 && detail::padded(16) == 16 && detail::padded(17) == 32);
  static_assert(detail::kLaneMultiple % detail::kPackSize<float> == 0);
  static_assert(detail::kLaneMultiple % detail::kPackSize<double> == 0);
  SUCCEED();
}
