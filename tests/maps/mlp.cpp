#include "pushforward/maps/mlp.hpp"

#include "support/laws.hpp"

namespace pf = pushforward;
using pf::Index;
using Sizes = std::vector<Index>;

TEMPLATE_TEST_CASE("Mlp is a trainable map at every size about a block and a register",
                   "[maps][laws]", pf::Mlp<float>, pf::Mlp<double>) {
  for (const Index width : {1, 2, 17, 63, 64, 65, 128})
    for (const Sizes& sizes : {Sizes{1, width, 1}, Sizes{2, width, 8}, Sizes{3, width, width, 2},
                               Sizes{8, width, 3}, Sizes{width, 1, width}}) {
      INFO("width " << width << ", in " << sizes.front() << ", out " << sizes.back());
      laws::trainable_map(TestType(sizes, pf::Key{1}));
    }
  laws::trainable_map(TestType({3, 2}, pf::Key{1}));
}

TEST_CASE("Mlp of each activation is a trainable map", "[maps][laws]") {
  const Sizes sizes{2, 17, 9, 3};
  const pf::Key key{7};
  laws::trainable_map(pf::Mlp<double, pf::Tanh, pf::Logistic>(sizes, key));
  laws::trainable_map(pf::Mlp<double, pf::Softplus, pf::Tanh>(sizes, key));
  laws::trainable_map(pf::Mlp<double, pf::Silu, pf::Softplus>(sizes, key));
  laws::trainable_map(pf::Mlp<double, pf::Logistic, pf::Silu>(sizes, key));
  // Piecewise linear: differences within a piece, away from the kinks.
  laws::trainable_map(pf::Mlp<double, pf::Relu>(sizes, key), {.step = 1e-4});
  laws::trainable_map(pf::Mlp<double, pf::LeakyRelu, pf::Linear>(sizes, key), {.step = 1e-4});
}

TEST_CASE("Mlp keeps its laws with all parameters zero and with saturated units", "[maps][laws]") {
  pf::Mlp<double, pf::Tanh, pf::Logistic> map({2, 17, 9, 3}, pf::Key{7});
  laws::trainable_map(map, {.scale = 40});
  map.set_parameters(40 * map.parameters());
  laws::trainable_map(map, {.step = 1.0 / 512});
  map.set_parameters(0 * map.parameters());
  laws::trainable_map(map);
  pf::Mlp<double, pf::Silu, pf::Softplus> smooth({2, 17, 9, 3}, pf::Key{7});
  laws::trainable_map(smooth, {.scale = 40});
}

TEMPLATE_TEST_CASE("Mlp of any width keeps its laws", "[maps][laws]", float, double) {
  for (const Sizes& sizes :
       {Sizes{3, 255, 257, 2}, Sizes{2, 300, 1}, Sizes{5, 1500, 3}, Sizes{1, 700, 1024, 2}}) {
    const pf::Mlp<TestType> map(sizes, pf::Key{1});
    laws::map(map);
    const pf::Block<TestType> x = support::random_block<TestType>(sizes.front(), 1);
    pf::Block<TestType> y(pf::kBlockSize, sizes.back());
    typename pf::Mlp<TestType>::Tape tape;
    map.forward(x, y, tape);
    CHECK(laws::same_bits(laws::apply(map, x), y));
  }
}

TEST_CASE("A tape serves networks of any size", "[maps][laws]") {
  using Map = pf::Mlp<double>;
  const Map one({2, 17, 3}, pf::Key{1});
  for (const Sizes& sizes :
       {Sizes{2, 17, 3}, Sizes{1, 1}, Sizes{2, 16, 16, 16, 3}, Sizes{8, 65, 2}, Sizes{2, 3, 17}})
    laws::one_tape(one, Map(sizes, pf::Key{2}));
}

TEST_CASE("Mlp in float has the gradient of Mlp in double", "[maps]") {
  for (const Sizes& sizes : {Sizes{1, 1}, Sizes{2, 17, 3}, Sizes{8, 64, 64, 2}, Sizes{3, 128, 65}})
    laws::same_gradient(pf::Mlp<float, pf::Tanh, pf::Softplus>(sizes, pf::Key{1}),
                        pf::Mlp<double, pf::Tanh, pf::Softplus>(sizes, pf::Key{2}));
}

TEST_CASE("Mlp is its formula, layer by layer", "[maps]") {
  const pf::Mlp<double, pf::Tanh, pf::Logistic> map({2, 3, 4}, pf::Key{1});
  const pf::Vector<double> theta = support::random_vector(map.parameter_count(), 5);
  auto moved = map;
  moved.set_parameters(theta);
  const pf::Matrix<double> w1 = theta.segment(0, 6).reshaped(3, 2),
                           w2 = theta.segment(9, 12).reshaped(4, 3);
  const pf::Block<double> x = support::random_block(2, 1), y = laws::apply(moved, x);
  for (Index i = 0; i < pf::kBlockSize; ++i) {
    const pf::Vector<double> a = x.row(i).matrix().transpose();
    const pf::Vector<double> b = (w1 * a + theta.segment(6, 3)).array().tanh();
    const pf::Vector<double> z = w2 * b + theta.tail(4);
    CHECK(laws::relative_gap(y.row(i).transpose(), 1 / (1 + (-z.array()).exp())) < 1e-15);
  }
}

namespace {

/// The weights of layer 1 of a network of one layer; and its biases.
template <class Map>
auto weights(const Map& map) {
  return map.parameters().head(map.input_dimension() * map.output_dimension());
}
template <class Map>
auto biases(const Map& map) {
  return map.parameters().tail(map.output_dimension());
}

}  // namespace

TEMPLATE_TEST_CASE("Glorot weights are uniform on their bound, He weights normal, biases zero",
                   "[maps][statistics]", float, double) {
  // n = 60,000 draws with key 1: mean and variance within 5 standard errors.
  using Map = pf::Mlp<TestType>;
  const Sizes sizes{300, 200};
  const double n = 60000;
  const auto check = [&](const Map& map, double variance, double kurtosis) {
    const pf::Vector<double> w = weights(map).template cast<double>();
    CHECK_THAT(w.mean(), WithinAbs(0, 5 * std::sqrt(variance / n)));
    CHECK_THAT(w.squaredNorm() / n, WithinRel(variance, 5 * std::sqrt((kurtosis - 1) / n)));
    CHECK_THAT(w.array().square().square().mean(), WithinRel(kurtosis * variance * variance, 0.1));
    CHECK((biases(map).array() == 0).all());
  };
  const double bound = std::sqrt(6.0 / 500);
  const Map glorot(sizes, pf::Key{1});
  check(glorot, bound * bound / 3, 1.8);
  CHECK(double(weights(glorot).cwiseAbs().maxCoeff()) <= bound * (1 + 1e-6));
  CHECK(double(weights(glorot).cwiseAbs().maxCoeff()) > 0.999 * bound);
  check(Map(sizes, pf::Key{1}, pf::Initialisation::he), 2.0 / 300, 3);
}

TEST_CASE("The activation names its initialisation, and the key alone draws it", "[maps]") {
  const Sizes sizes{4, 100, 100, 100};
  const auto drawn = [&](std::uint64_t seed) {
    return pf::Mlp<double>(sizes, pf::Key{seed}).parameters();
  };
  CHECK(laws::same_bits(drawn(1), drawn(1)));
  CHECK_FALSE(laws::same_bits(drawn(1), drawn(2)));
  const pf::Vector<double> theta = drawn(1);
  const auto second = theta.segment(500, 10000), third = theta.segment(10600, 10000);
  CHECK(std::abs(second.dot(third)) < 5 * second.norm() * third.norm() / 100);
  const pf::Matrix<double> w = second.reshaped(100, 100);
  CHECK((w.row(0) - w.row(64)).norm() > 0.1);
  CHECK((w.col(0) - w.col(64)).norm() > 0.1);

  const pf::Mlp<double, pf::Relu> he(sizes, pf::Key{1});
  CHECK(laws::same_bits(
      he.parameters(),
      pf::Mlp<double, pf::Tanh>(sizes, pf::Key{1}, pf::Initialisation::he).parameters()));
  CHECK_FALSE(laws::same_bits(he.parameters(), theta));
}

TEST_CASE("Mlp refuses sizes that are no network", "[maps][errors]") {
  const auto error = [](const Sizes& sizes) {
    return support::error_of<std::invalid_argument>([&] { pf::Mlp<double>(sizes, pf::Key{}); });
  };
  CHECK(error({}) == "Mlp: number of sizes is 0, but must be at least 2");
  CHECK(error({3}) == "Mlp: number of sizes is 1, but must be at least 2");
  CHECK(error({0, 1}) == "Mlp: sizes[0] is 0, but must be at least 1");
  CHECK(error({1, -5, 1}) == "Mlp: sizes[1] is -5, but must be at least 1");
  CHECK_THROWS_AS(pf::Mlp<double>({1, Index(1) << 40, Index(1) << 40, 1}, pf::Key{}),
                  std::length_error);
}

TEST_CASE("Mlp is made of sizes and parameters too", "[maps][errors]") {
  using Map = pf::Mlp<double, pf::Tanh, pf::Logistic>;
  const Map map({2, 3, 4}, pf::Key{1});
  const Map same({}, {}, map.sizes(), map.parameters());
  const pf::Block<double> x = support::random_block(2, 1);
  CHECK(laws::same_bits(laws::apply(same, x), laws::apply(map, x)));
  CHECK(same.sizes() == Sizes{2, 3, 4});
  CHECK(support::error_of<std::invalid_argument>([&] {
          Map({}, {}, map.sizes(), pf::Vector<double>::Zero(24));
        }) == "Mlp: size of theta is 24, but must be 25");
}
