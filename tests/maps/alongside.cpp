#include "pushforward/maps/alongside.hpp"

#include "support/laws.hpp"
#include "support/models.hpp"

#include "pushforward/maps/compose.hpp"
#include "pushforward/maps/mlp.hpp"
#include "pushforward/maps/pin.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

template <pf::Real S>
pf::Mlp<S> net(Index d, Index k, Index e) {
  return pf::Mlp<S>({d + k, 7, e}, pf::Key{1});
}

}  // namespace

static_assert(pf::HasTangentBackward<pf::Alongside<pf::Mlp<float>>> &&
              pf::HasTangentBackward<pf::Pin<pf::Mlp<float>>>);

TEMPLATE_TEST_CASE("Alongside and Pin are trainable maps", "[maps][laws]", float, double) {
  using S = TestType;
  for (const auto& [d, k, e] :
       {std::array<Index, 3>{1, 1, 1}, {2, 63, 2}, {64, 1, 1}, {1, 3, 65}}) {
    INFO("z in R^" << d << ", c in R^" << k << ", y in R^" << e);
    const pf::Alongside along(net<S>(d, k, e), k);
    CHECK(along.input_dimension() == d + k);
    CHECK(along.output_dimension() == e + k);
    laws::trainable_map(along);
    laws::one_tape(along, pf::Alongside(net<S>(2, 2, 1), 2));
    const pf::Pin pinned(net<S>(d, k, e), support::random_vector<S>(k, 4));
    CHECK(pinned.input_dimension() == d);
    CHECK(pinned.output_dimension() == e);
    laws::trainable_map(pinned);
    laws::one_tape(pinned, pf::Pin(net<S>(2, 2, 1), pf::Vector<S>(pf::Vector<S>::Ones(2))));
  }
  const pf::Alongside first(net<S>(2, 1, 3), 1), second(net<S>(3, 1, 2), 1);
  laws::trainable_map(pf::Compose(first, second));
  laws::same_gradient(pf::Alongside(net<float>(2, 1, 3), 1),
                      pf::Alongside(net<double>(2, 1, 3), 1));
}

TEST_CASE("Alongside hands the context on, and Pin fixes it", "[maps]") {
  const pf::Mlp<double> m = net<double>(2, 3, 4);
  const pf::Block<double> x = support::random_block(5, 1), y = laws::apply(pf::Alongside(m, 3), x);
  CHECK(laws::same_bits(y.leftCols(4), laws::apply(m, x)));
  CHECK(laws::same_bits(y.rightCols(3), x.rightCols(3)));
  const pf::Vector<double> c = x.row(5).tail(3).transpose().matrix();
  const pf::Block<double> z = x.leftCols(2);
  CHECK(laws::same_bits(laws::apply(pf::Pin(m, c), z).row(5), y.row(5).head(4)));
}

TEST_CASE("Alongside and Pin refuse a context that leaves nothing", "[maps][errors]") {
  using support::error_of;
  for (const Index k : {0, 5, 6}) {
    const std::string is = " is " + std::to_string(k) +
                           ", but must be at least 1 and less than the 5 inputs of the map";
    CHECK(error_of<std::invalid_argument>([&] { pf::Alongside(net<double>(2, 3, 4), k); }) ==
          "Alongside: context" + is);
    CHECK(error_of<std::invalid_argument>([&] {
            pf::Pin(net<double>(2, 3, 4), pf::Vector<double>(pf::Vector<double>::Zero(k)));
          }) == "Pin: size of context" + is);
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(error_of<std::domain_error>([&] {
          pf::Pin(net<double>(2, 1, 4), pf::Vector<double>(pf::Vector<double>::Constant(1, nan)));
        }) == "Pin: context at row 0, column 0 is nan, but must be finite");
}
