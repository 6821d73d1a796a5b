#include "pushforward/maps/affine.hpp"

#include "support/laws.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

template <pf::Real S>
pf::Affine<S> affine(Index d, Index e, std::uint64_t seed = 5) {
  return {support::random_matrix<S>(e, d, seed), support::random_vector<S>(e, seed + 1)};
}

/// Square, and not near a singular one.
template <pf::Real S>
pf::Affine<S> square(Index d, std::uint64_t seed = 5) {
  pf::Matrix<S> a = support::random_matrix<S>(d, d, seed, 1 / std::sqrt(double(d)));
  for (Index j = 0; j < d; ++j) a(j, d - 1 - j) += j % 2 == 0 ? S(2) : S(-1.5);
  return {a, support::random_vector<S>(d, seed + 1)};
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

TEMPLATE_TEST_CASE("Affine of a square matrix inverts, and trains by its volume", "[maps][laws]",
                   float, double) {
  for (const Index d : {1, 2, 3, 63, 64, 65}) {
    INFO("dimension " << d);
    laws::trainable_invertible_map(square<TestType>(d), {.step = 1.0 / 64});
  }
  laws::one_tape(square<TestType>(3), square<TestType>(5));
}

TEST_CASE("Affine works out the inverse anew when its parameters are set", "[maps]") {
  pf::Affine<double> map = square<double>(4, 1);
  const pf::Affine<double> other = square<double>(4, 2);
  map.set_parameters(other.parameters());
  laws::trainable_invertible_map(map);
  const pf::Block<double> y = support::random_block(4, 3);
  pf::Block<double> x(pf::kBlockSize, 4), z(pf::kBlockSize, 4);
  pf::NoScratch none;
  map.inverse(y, x, none);
  other.inverse(y, z, none);
  CHECK(laws::same_bits(x, z));
}

TEST_CASE("Affine of a singular matrix has volume 0 and no inverse", "[maps][errors]") {
  pf::Matrix<double> a(3, 3);
  a << 1, 2, 3, 2, 4, 6, 5, 5, 5;
  const pf::Affine<double> map(a, pf::Vector<double>::Ones(3));
  laws::trainable_map(map);
  const pf::Block<double> x = support::random_block(3, 1);
  pf::Block<double> y(pf::kBlockSize, 3);
  pf::Lane<double> log_det;
  pf::NoScratch none;
  map.apply(x, y, log_det, none);
  CHECK(laws::same_bits(y, laws::apply(map, x)));
  CHECK((log_det == -std::numeric_limits<double>::infinity()).all());
  CHECK(support::error_of<std::domain_error>([&] { map.inverse(x, y, none); }) ==
        "Affine::inverse: log |det A| is -inf, but must be finite");
}

TEST_CASE("Affine that is not square is no bijection", "[maps][errors]") {
  const pf::Affine<double> map = affine<double>(3, 2);
  const pf::Block<double> x = support::random_block(3, 1);
  pf::Block<double> y(pf::kBlockSize, 2);
  pf::Lane<double> log_det;
  pf::NoScratch none;
  pf::Affine<double>::Tape tape;
  const auto error = [](auto body) { return support::error_of<std::invalid_argument>(body); };
  const std::string text = "Affine: rows of A is 2, but must be 3";
  CHECK(error([&] { map.apply(x, y, log_det, none); }) == text);
  CHECK(error([&] { map.forward(x, y, log_det, tape); }) == text);
  CHECK(error([&] { map.inverse(x, y, none); }) == text);
}

TEST_CASE("Affine inverts matrices that need pivots, and those of all sizes of entries", "[maps]") {
  for (const double scale : {1e-150, 1e-3, 1e150}) {
    pf::Matrix<double> a = pf::Matrix<double>::Zero(4, 4);
    a(0, 2) = a(1, 0) = a(2, 3) = a(3, 1) = scale;
    a(0, 0) = 1e-20 * scale;
    const pf::Affine<double> map(a, pf::Vector<double>::Zero(4));
    const pf::Block<double> x = support::random_block(4, 1);
    pf::Block<double> y(pf::kBlockSize, 4), back(pf::kBlockSize, 4);
    pf::Lane<double> log_det;
    pf::NoScratch none;
    map.apply(x, y, log_det, none);
    CHECK_THAT(log_det[7], WithinRel(4 * std::log(scale), 1e-14));
    map.inverse(y, back, none);
    CHECK(laws::relative_gap(back, x) < 1e-14);
  }
}

TEST_CASE("Affine keeps its laws where all is zero and where all is large", "[maps][laws]") {
  laws::trainable_map(
      pf::Affine<double>(pf::Matrix<double>::Zero(9, 3), pf::Vector<double>::Zero(9)));
  laws::trainable_map(affine<double>(3, 9), {.scale = 40});
}

TEST_CASE("Affine in float has the gradient of Affine in double", "[maps]") {
  for (const Index e : {3, 65}) laws::same_gradient(affine<float>(8, e), affine<double>(8, e));
  for (const Index d : {1, 8, 65}) laws::same_gradient(square<float>(d), square<double>(d));
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
