#include "pushforward/maps/chain.hpp"

#include "support/laws.hpp"

#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/compose.hpp"
#include "pushforward/maps/mlp.hpp"
#include "pushforward/maps/residual.hpp"
#include "pushforward/maps/standardize.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

template <pf::Real S>
using Net = pf::Mlp<S>;

/// A chain of affine maps through these dimensions; square ones are not near singular.
template <pf::Real S>
pf::Chain<pf::Affine<S>> affine_chain(const std::vector<Index>& sizes) {
  std::vector<pf::Affine<S>> layers;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    const Index d = sizes[l], e = sizes[l + 1];
    pf::Matrix<S> a = support::random_matrix<S>(e, d, l + 1, 1 / std::sqrt(double(d)));
    for (Index j = 0; j < (std::min)(d, e); ++j) a(j, j) += S(1.5);
    layers.emplace_back(a, support::random_vector<S>(e, l + 10));
  }
  return pf::Chain<pf::Affine<S>>(std::move(layers));
}

}  // namespace

static_assert(pf::TrainableInvertibleMap<pf::Chain<pf::Affine<float>>>);
static_assert(pf::HasTangent<pf::Chain<Net<float>>> && pf::HasCotangent<pf::Chain<Net<float>>> &&
              pf::HasTangentBackward<pf::Chain<Net<float>>> &&
              pf::HasApplyOne<pf::Chain<Net<float>>>);
static_assert(!pf::InvertibleMap<pf::Chain<Net<float>>>);

TEMPLATE_TEST_CASE("Chain is a trainable map at any depth and width", "[maps][laws]", float,
                   double) {
  using S = TestType;
  for (const std::vector<Index>& sizes :
       {std::vector<Index>{2, 3}, {1, 65, 2}, {3, 63, 1, 64}, {2, 2, 5, 3, 4, 1}}) {
    INFO(sizes.size() - 1 << " layers");
    laws::trainable_map(affine_chain<S>(sizes), {.step = 1.0 / 64});
  }
  const Net<S> first({2, 7, 5}, pf::Key{1}), second({5, 3, 2}, pf::Key{2});
  laws::trainable_map(pf::Chain<Net<S>>({first}));
  laws::trainable_map(pf::Chain<Net<S>>({second, first, second, first}));
  laws::trainable_map(pf::Chain<pf::Residual<Net<S>>>(
      {pf::Residual(Net<S>({3, 8, 3}, pf::Key{1})), pf::Residual(Net<S>({3, 3}, pf::Key{2}))}));
  laws::one_tape(affine_chain<S>({2, 5, 3}), affine_chain<S>({4, 1, 7, 2}));
}

TEMPLATE_TEST_CASE("Chain of invertible maps inverts, and its log-determinants add up",
                   "[maps][laws]", float, double) {
  using S = TestType;
  for (const Index d : {1, 2, 63, 64, 65})
    laws::trainable_invertible_map(affine_chain<S>({d, d, d, d}), {.step = 1.0 / 64});
  const auto units = pf::Standardize<S>::of(support::random_matrix<S>(2, 100, 1, 3));
  using Layer = pf::Compose<pf::Standardize<S>, pf::Affine<S>>;
  const pf::Affine<S> turn = affine_chain<S>({2, 2}).layers()[0];
  laws::trainable_invertible_map(pf::Chain<Layer>({Layer(units, turn), Layer(units, turn)}),
                                 {.step = 1.0 / 64});
  laws::same_gradient(affine_chain<float>({3, 3, 3}), affine_chain<double>({3, 3, 3}));
}

TEST_CASE("Chain is its layers one after another, with their parameters in turn", "[maps]") {
  const Net<double> first({2, 5, 3}, pf::Key{1}), second({3, 4, 1}, pf::Key{2});
  const pf::Chain<Net<double>> map({first, second});
  const pf::Block<double> x = support::random_block(2, 1);
  CHECK(laws::same_bits(laws::apply(map, x), laws::apply(second, laws::apply(first, x))));
  CHECK(laws::same_bits(map.parameters().head(first.parameter_count()), first.parameters()));
  CHECK(laws::same_bits(map.parameters().tail(second.parameter_count()), second.parameters()));
}

TEST_CASE("Chain of ten thousand layers", "[maps]") {
  std::vector<pf::Affine<double>> layers(
      10000, pf::Affine<double>(pf::Matrix<double>::Constant(1, 1, 1 + 1e-4),
                                pf::Vector<double>::Zero(1)));
  const pf::Chain<pf::Affine<double>> map(std::move(layers));
  const pf::Block<double> x = support::random_block(1, 1);
  const double grown = std::pow(1 + 1e-4, 10000);
  CHECK(laws::relative_gap(laws::apply(map, x), grown * x) < 1e-11);
  pf::Chain<pf::Affine<double>>::Tape tape;
  const laws::Gradient<double> g = laws::gradient(map, x, x, tape);
  CHECK(laws::relative_gap(g.dx, grown * x) < 1e-11);
}

TEST_CASE("Chain refuses no layers, and layers that do not meet", "[maps][errors]") {
  using support::error_of;
  using Chain = pf::Chain<Net<double>>;
  CHECK(error_of<std::invalid_argument>([] { Chain(std::vector<Net<double>>{}); }) ==
        "Chain: number of layers is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([] {
          Chain({Net<double>({2, 3}, pf::Key{}), Net<double>({2, 3}, pf::Key{})});
        }) == "Chain: input dimension of layer 1 is 2, but must be 3");
}
