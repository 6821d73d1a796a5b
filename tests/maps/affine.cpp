#include "pushforward/maps/affine.hpp"

#include "support/laws.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

template <pf::Real S>
pf::Affine<S> affine(Index d, Index e, std::uint64_t seed = 5) {
  return {support::random_matrix<S>(e, d, seed), support::random_vector<S>(e, seed + 1)};
}

}  // namespace

TEMPLATE_TEST_CASE("Affine is a trainable map", "[maps][laws]", float, double) {
  for (const Index d : {1, 2, 3, 8})
    for (const Index e : {1, 2, 7, 8, 17, 64, 65}) {
      INFO(d << " -> " << e);
      laws::trainable_map(affine<TestType>(d, e));
    }
  laws::one_tape(affine<TestType>(3, 17), affine<TestType>(5, 2));
}

TEST_CASE("Affine keeps its laws where all is zero and where all is large", "[maps][laws]") {
  laws::trainable_map(
      pf::Affine<double>(pf::Matrix<double>::Zero(9, 3), pf::Vector<double>::Zero(9)));
  laws::trainable_map(affine<double>(3, 9), {.scale = 40});
}

TEST_CASE("Affine in float has the gradient of Affine in double", "[maps]") {
  for (const Index e : {3, 65}) laws::same_gradient(affine<float>(8, e), affine<double>(8, e));
}

TEST_CASE("Affine returns A x + b", "[maps]") {
  const pf::Matrix<double> a = support::random_matrix(5, 3, 1);
  const pf::Vector<double> b = support::random_vector(5, 2);
  const pf::Block<double> x = support::random_block(3, 3);
  const pf::Affine<double> map(a, b);
  const pf::Block<double> y = laws::apply(map, x);
  for (Index i = 0; i < pf::kBlockSize; ++i)
    CHECK(laws::relative_gap(y.row(i).matrix().transpose(), a * x.row(i).matrix().transpose() + b) <
          1e-15);
  CHECK(laws::same_bits(map.parameters().head(15), a.reshaped()));
  CHECK(laws::same_bits(map.parameters().tail(5), b));
}

TEST_CASE("Affine refuses shapes that do not meet, and numbers that are none", "[maps][errors]") {
  using support::error_of;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto make = [](const pf::Matrix<double>& a, const pf::Vector<double>& b) {
    return [&] { pf::Affine<double>(a, b); };
  };
  pf::Matrix<double> a = pf::Matrix<double>::Ones(2, 3);
  pf::Vector<double> b = pf::Vector<double>::Ones(2);
  CHECK(error_of<std::invalid_argument>(make({}, {})) ==
        "Affine: size of A is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>(make(a, pf::Vector<double>::Ones(3))) ==
        "Affine: size of b is 3, but must be 2");
  b[1] = nan;
  CHECK(error_of<std::domain_error>(make(a, b)) ==
        "Affine: b at row 1, column 0 is nan, but must be finite");
  a(0, 2) = -std::numeric_limits<double>::infinity();
  CHECK(error_of<std::domain_error>(make(a, b)) ==
        "Affine: A at row 0, column 2 is -inf, but must be finite");
}
