#include "support/laws.hpp"

namespace laws {

/// A family is a sum over weighted rows, and its pullback the transposed derivative of that sum.
template <pf::Real S>
void test_functions(const ErasedTestFunctions<S>& f, At at) {
  using Block = pf::Block<S>;
  using Lane = pf::Lane<S>;
  const Index d = f.dimension(), size = f.size();
  CHECK(d >= 1);
  CHECK(size >= 1);
  const Block y = support::random_block<S>(d, 1, at.scale);
  const pf::Vector<S> v = support::random_vector<S>(size, 2);
  Lane weight = support::random_block<S>(1, 3).col(0);
  weight.segment(10, 20).setZero();
  const pf::Vector<S> s = sums(f, y, weight);
  const Block dy = pullback(f, y, weight, v);

  INFO("a family is repeatable, and a copy is the same family");
  CHECK(pf::all_finite(s));
  CHECK(same_bits(sums(ErasedTestFunctions(f), y, weight), s));
  CHECK(same_bits(pullback(ErasedTestFunctions(f), y, weight, v), dy));

  INFO("add_sums adds the weighted sum of the values of the rows");
  CHECK(relative_gap(s, values(f, y) * weight.matrix()) < kRoundOff<S>);
  pf::Vector<S> twice = s;
  f.add_sums(y, weight, twice);
  CHECK(relative_gap(twice, 2 * s) < kRoundOff<S>);

  INFO("a row without weight does not count");
  Block elsewhere = y;
  elsewhere.middleRows(10, 20) += S(0.5);
  CHECK(sums(f, elsewhere, weight) == s);
  CHECK((pullback(f, elsewhere, weight, v) == dy).all());
  CHECK((dy.middleRows(10, 20) == 0).all());

  INFO("add_pullback adds, by rows that do not know where they stand, and is linear in v");
  Block dy_twice = dy;
  f.add_pullback(y, weight, v, dy_twice);
  CHECK(relative_gap(dy_twice, 2 * dy) < kRoundOff<S>);
  const Block upside_down = y.colwise().reverse();
  CHECK(same_bits(pullback(f, upside_down, Lane(weight.reverse()), v), dy.colwise().reverse()));
  const pf::Vector<S> other = support::random_vector<S>(size, 4);
  CHECK(relative_gap(pullback(f, y, weight, pf::Vector<S>(2 * v - 3 * other)),
                     2 * dy - 3 * pullback(f, y, weight, other)) < kRoundOff<S>);

  INFO("gradients gives each function's own, in order, whatever was in dy");
  const pf::Vector<S> units = pf::unit_vectors<S>(size);
  Block one = Block::Constant(pf::kBlockSize, d, std::numeric_limits<S>::quiet_NaN());
  Index next = 0;
  f.gradients(y, weight, units, one, [&](Index k, pf::BlockRef<S> gradient) {
    REQUIRE(k == next++);
    CHECK(relative_gap(gradient,
                       pullback(f, y, weight, pf::Vector<S>(pf::Vector<S>::Unit(size, k)))) <
          kRoundOff<S>);
    gradient.setConstant(std::numeric_limits<S>::quiet_NaN());  // as a visitor may
  });
  CHECK(next == size);

  if constexpr (std::is_same_v<S, double>) {
    INFO("add_pullback is the transposed derivative of add_sums");
    const auto loss = [&](const pf::Vector<double>& flat) {
      return v.dot(sums(f, Block(flat.array().reshaped(pf::kBlockSize, d)), weight));
    };
    CHECK(support::gradient_gap(loss, y.reshaped().matrix(), dy.reshaped().matrix(), at.step) <
          support::kGradientGap);
  }
}

template void test_functions(const ErasedTestFunctions<float>&, At);
template void test_functions(const ErasedTestFunctions<double>&, At);

}  // namespace laws
