#include "pushforward/maps/residual.hpp"

#include "support/laws.hpp"
#include "support/models.hpp"

#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/compose.hpp"
#include "pushforward/maps/identity_network.hpp"
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

TEST_CASE("an identity network starts as the identity, with a gradient", "[maps]") {
  for (const std::vector<Index>& sizes : {std::vector<Index>{3, 3}, {3, 9, 5, 3}}) {
    auto map = pf::identity_network<double, pf::Relu>(sizes, pf::Key{1});
    const pf::Block<double> x = support::random_block(3, 1);
    CHECK(laws::same_bits(laws::apply(map, x), x));
    pf::TapeOf<decltype(map)> tape;
    pf::Block<double> y(64, 3), dx(64, 3);
    map.forward(x, y, tape);
    pf::Vector<double> dtheta = pf::Vector<double>::Zero(map.parameter_count());
    map.backward(tape, x, dtheta, dx);
    CHECK(dtheta.tail(3).cwiseAbs().minCoeff() > 0);
    // As Mlp draws them, but for the last layer.
    const auto drawn = pf::Mlp<double, pf::Relu>(sizes, pf::Key{1}).parameters();
    const Index kept = map.parameter_count() - 3 * (sizes[sizes.size() - 2] + 1);
    CHECK(map.parameters().head(kept) == drawn.head(kept));
    CHECK(map.parameters().tail(map.parameter_count() - kept).isZero(0));
  }
  CHECK_THROWS_AS((pf::identity_network<double, pf::Relu>({2, 9, 3}, pf::Key{1})),
                  std::invalid_argument);
}

TEST_CASE("Residual refuses a map that changes the dimension", "[maps][errors]") {
  CHECK(support::error_of<std::invalid_argument>([] {
          pf::Residual(pf::Mlp<double>({3, 2}, pf::Key{}));
        }) == "Residual: output dimension of the map is 2, but must be 3");
}
