#include "pushforward/maps/residual.hpp"

#include "support/laws.hpp"
#include "support/models.hpp"

#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/compose.hpp"
#include "pushforward/maps/mlp.hpp"

namespace pf = pushforward;
using pf::Index;

static_assert(pf::HasTangent<pf::Residual<pf::Mlp<float>>>);
static_assert(!pf::HasTangent<pf::Residual<models::Scale>>);
static_assert(!pf::InvertibleMap<pf::Residual<pf::Affine<float>>>);

TEMPLATE_TEST_CASE("Residual is a trainable map", "[maps][laws]", float, double) {
  using S = TestType;
  for (const Index d : {1, 2, 63, 64, 65}) {
    const pf::Residual map(pf::Mlp<S>({d, 5, d}, pf::Key{1}));
    laws::trainable_map(map);
    laws::one_tape(map, pf::Residual(pf::Mlp<S>({3, 2, 3}, pf::Key{1})));
  }
  const pf::Residual inner(pf::Mlp<S>({2, 9, 2}, pf::Key{1}));
  laws::trainable_map(pf::Residual(pf::Compose(inner, inner)));
  laws::trainable_map(pf::Residual(models::Scale{0.5}));
  laws::same_gradient(pf::Residual(pf::Mlp<float>({3, 9, 3}, pf::Key{1})),
                      pf::Residual(pf::Mlp<double>({3, 9, 3}, pf::Key{1})));
}

TEST_CASE("Residual adds x to its map, and near zero it is near the identity", "[maps]") {
  pf::Residual map(pf::Mlp<double>({3, 9, 3}, pf::Key{1}));
  const pf::Block<double> x = support::random_block(3, 1);
  CHECK(laws::same_bits(laws::apply(map, x), laws::apply(map.map(), x) + x));
  map.set_parameters(0 * map.parameters());
  CHECK(laws::same_bits(laws::apply(map, x), x));
}

TEST_CASE("Residual refuses a map that changes the dimension", "[maps][errors]") {
  CHECK(support::error_of<std::invalid_argument>([] {
          pf::Residual(pf::Mlp<double>({3, 2}, pf::Key{}));
        }) == "Residual: output dimension of the map is 2, but must be 3");
}
