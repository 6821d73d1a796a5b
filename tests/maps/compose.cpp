#include "pushforward/maps/compose.hpp"

#include "support/laws.hpp"

#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/alongside.hpp"
#include "pushforward/maps/chain.hpp"
#include "pushforward/maps/identity.hpp"
#include "pushforward/maps/inverse_of.hpp"
#include "pushforward/maps/mlp.hpp"
#include "pushforward/maps/pin.hpp"
#include "pushforward/maps/residual.hpp"
#include "pushforward/maps/standardize.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

using Network = pf::Mlp<double, pf::Tanh, pf::Logistic>;
using Units = pf::Standardize<double>;

Units units(Index d, std::uint64_t seed = 1) {
  return Units::of(support::random_matrix(d, 100, seed, 3));
}

}  // namespace

static_assert(pf::TrainableMap<pf::Compose<Network, Units>>);
static_assert(pf::InvertibleMap<pf::Compose<Units, Units>>);
using Untrained = pf::InverseOf<Units>;  // has no tape
static_assert(pf::Map<pf::Compose<Network, Untrained>> &&
              !pf::TrainableMap<pf::Compose<Network, Untrained>> &&
              !pf::TrainableMap<pf::Chain<Untrained>> &&
              !pf::TrainableMap<pf::Residual<Untrained>> && !pf::TrainableMap<pf::Pin<Untrained>> &&
              !pf::TrainableMap<pf::Alongside<Untrained>>);
static_assert(!pf::InvertibleMap<pf::Compose<Network, Units>>);
static_assert(pf::TrainableInvertibleMap<pf::Compose<Units, pf::Affine<double>>>);
static_assert(pf::HasTangent<pf::Compose<Network, Units>> &&
              pf::HasCotangent<pf::Compose<Network, Units>> &&
              pf::HasApplyOne<pf::Compose<Network, Units>>);

TEST_CASE("Compose is a trainable map, however it is nested", "[maps][laws]") {
  const Network first({2, 17, 3}, pf::Key{1}), wide({4, 5, 65}, pf::Key{2});
  const pf::Affine<double> last(support::random_matrix(2, 3, 3), support::random_vector(2, 4));
  laws::trainable_map(pf::Compose(first, units(3)));
  laws::trainable_map(pf::Compose(units(2), first));
  laws::trainable_map(pf::Compose(pf::Compose(units(2), first), last));
  laws::trainable_map(pf::Compose(units(2), pf::Compose(first, last)));
  laws::trainable_map(pf::Compose(pf::Identity<double>(3), pf::Identity<double>(3)));
  laws::one_tape(pf::Compose(first, units(3)), pf::Compose(wide, units(65)));
}

TEST_CASE("Compose of invertible maps inverts, and its log-determinants add up", "[maps][laws]") {
  laws::trainable_invertible_map(pf::Compose(units(3), units(3, 2).inverse_map()));
  laws::trainable_invertible_map(
      pf::Compose(units(2), pf::Compose(pf::Identity<double>(2), units(2, 3))));
  const auto affine = [](Index d, std::uint64_t seed) {
    return pf::Affine<double>(support::random_matrix(d, d, seed), support::random_vector(d, 4));
  };
  for (const Index d : {1, 2, 5})
    laws::trainable_invertible_map(pf::Compose(pf::Compose(affine(d, 2), units(d)), affine(d, 3)),
                                   {.step = 1.0 / 64});
}

TEST_CASE("Compose is the second map of the first, and holds their parameters in turn", "[maps]") {
  const Network first({2, 5, 3}, pf::Key{1}), second({3, 4, 1}, pf::Key{2});
  const pf::Compose map(first, second);
  const pf::Block<double> x = support::random_block(2, 1);
  CHECK(laws::same_bits(laws::apply(map, x), laws::apply(second, laws::apply(first, x))));
  CHECK(laws::same_bits(map.parameters().head(first.parameter_count()), first.parameters()));
  CHECK(laws::same_bits(map.parameters().tail(second.parameter_count()), second.parameters()));
}

namespace {

/// A map that counts its passes with log_det.
struct Counted : pf::Identity<double> {
  explicit Counted(long& count) : Identity(1), passes(&count) {}
  using Identity::apply;
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y, pf::Lane<double>& log_det,
             pf::NoScratch&) const {
    ++*passes;
    y = x;
    log_det.setOnes();
  }
  long* passes;
};

}  // namespace

TEST_CASE("Log-determinants of nested maps cost one pass of each", "[maps]") {
  long passes = 0;
  const Counted one(passes);
  const pf::Compose two(one, one);
  const pf::Compose left(pf::Compose(two, two), one);
  const pf::Compose right(one, left);
  const pf::Block<double> x = support::random_block(1, 1);
  pf::Block<double> y(pf::kBlockSize, 1);
  pf::Lane<double> log_det;
  decltype(right)::Scratch scratch;
  right.apply(x, y, log_det, scratch);
  CHECK(passes == 6);
  CHECK((log_det == 6).all());
}

TEST_CASE("Compose refuses maps that do not meet", "[maps][errors]") {
  using support::error_of;
  const auto meet = [](Index d, Index e) {
    return [=] { pf::Compose(pf::Identity<double>(d), pf::Identity<double>(e)); };
  };
  CHECK(error_of<std::invalid_argument>(meet(3, 2)) ==
        "Compose: input dimension of the second map is 2, but must be 3");
  laws::map(pf::Compose(pf::Identity<double>(300), pf::Identity<double>(300)));
}
