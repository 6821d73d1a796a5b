#include "pushforward/maps/inverse_of.hpp"

#include "support/laws.hpp"

#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/chain.hpp"
#include "pushforward/maps/compose.hpp"
#include "pushforward/maps/standardize.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

template <pf::Real S>
pf::Affine<S> turn(Index d) {
  pf::Matrix<S> a = support::random_matrix<S>(d, d, 3, 1 / std::sqrt(double(d)));
  for (Index j = 0; j < d; ++j) a(j, d - 1 - j) += S(2);
  return {a, support::random_vector<S>(d, 4)};
}

}  // namespace

static_assert(!pf::TrainableMap<pf::InverseOf<pf::Affine<double>>>);

TEMPLATE_TEST_CASE("The inverse of an invertible map is one", "[maps][laws]", float, double) {
  using S = TestType;
  for (const Index d : {1, 2, 7})
    laws::invertible_map(pf::InverseOf(pf::Compose(turn<S>(d), turn<S>(d))), {.step = 1.0 / 64},
                         std::is_same_v<S, double> ? 1e-8 : 1e-2);
  laws::invertible_map(pf::InverseOf(pf::Chain<pf::Affine<S>>({turn<S>(2), turn<S>(2)})));
  laws::invertible_map(pf::InverseOf(pf::InverseOf(turn<S>(2))));
}

TEST_CASE("An inverse across a block undoes its map, and has the volume of one", "[maps]") {
  for (const Index d : {63, 64, 65}) {
    const auto map = turn<double>(d);
    const pf::InverseOf back(map);
    const pf::Block<double> x = support::random_block(d, 1);
    pf::Block<double> y(pf::kBlockSize, d), z(pf::kBlockSize, d);
    pf::Lane<double> there, here;
    pf::ScratchOf<pf::Affine<double>> scratch;
    decltype(back)::Scratch room;
    map.apply(x, y, there, scratch);
    back.apply(y, z, here, room);
    CHECK(laws::relative_gap(z, x) < 1e-9);
    CHECK((here + there).abs().maxCoeff() < 1e-9);
    back.inverse(x, z, room);
    CHECK(laws::same_bits(z, y));
  }
}

TEST_CASE("The inverse of Standardize is its inverse_map", "[maps]") {
  const auto units = pf::Standardize<double>::of(support::random_matrix(3, 50, 1, 3));
  const pf::InverseOf back(units);
  const pf::Block<double> x = support::random_block(3, 1);
  CHECK(laws::same_bits(laws::apply(back, x), laws::apply(units.inverse_map(), x)));
  pf::Block<double> y(pf::kBlockSize, 3);
  pf::Lane<double> log_det, expected;
  decltype(back)::Scratch scratch;
  pf::NoScratch none;
  back.apply(x, y, log_det, scratch);
  units.inverse_map().apply(x, y, expected, none);
  CHECK(laws::relative_gap(log_det, expected) < 1e-14);
}
