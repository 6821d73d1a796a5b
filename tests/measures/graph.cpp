#include "pushforward/measures/graph.hpp"

#include "support/error.hpp"
#include "support/measure_laws.hpp"

#include "pushforward/maps.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/marginal.hpp"
#include "pushforward/measures/quasi_random.hpp"

namespace pf = pushforward;
using pf::Gaussian, pf::Graph, pf::Index, pf::Marginal, pf::Matrix;

static_assert(pf::Described<Graph<pf::Mlp<float>, Gaussian<float>>>);
static_assert(pf::Described<Marginal<Gaussian<float>>>);
static_assert(pf::HasNodes<Graph<pf::Mlp<float>, pf::QuasiRandom<Gaussian<float>>>>);
static_assert(!pf::HasNodes<Marginal<Gaussian<float>>>);

TEMPLATE_TEST_CASE("a graph and a marginal are measures", "[measures][laws]", float, double) {
  using S = TestType;
  const Graph graph(pf::Mlp<S>({3, 9, 2}, pf::Key{1}), Gaussian<S>(3));
  laws::measure(graph);
  laws::streams(graph);
  laws::measure(Marginal(graph, 2, 3));
  laws::streams(Marginal(Gaussian<S>(4), 1, 2));
}

TEST_CASE("a graph is x beside T(x), and its marginals are the law and its image", "[measures]") {
  const pf::Mlp<double> map({3, 9, 2}, pf::Key{1});
  const Gaussian<double> source(3);
  const Graph graph(map, source);
  const Matrix<double> x = pf::draw(source, 200, {4, 2}), pairs = pf::draw(graph, 200, {4, 2});
  CHECK(pairs.topRows(3) == x);
  CHECK(pairs.bottomRows(2) == pf::image(map, x));
  CHECK(pf::draw(Marginal(graph, 0, 3), 200, {4, 2}) == x);
  CHECK(pf::draw(Marginal(graph, 3, 2), 200, {4, 2}) == pairs.bottomRows(2));
  const pf::QuasiRandom nodes(source, 64);
  CHECK(Graph(map, nodes).nodes() == 64);
  CHECK(Marginal(Graph(map, nodes), 1, 1).nodes() == 64);
}

TEST_CASE("coordinates that a measure does not have are refused", "[measures][errors]") {
  using support::error_of;
  const Gaussian<double> m(3);
  CHECK(error_of<std::invalid_argument>([&] { Graph(pf::Identity<double>(2), m); }) ==
        "Graph: input dimension of the map is 2, but must be 3");
  CHECK(error_of<std::invalid_argument>([&] { Marginal(m, 3, 1); }) ==
        "Marginal: first is 3, but must be at least 0 and less than the 3 coordinates of the "
        "measure");
  CHECK(error_of<std::invalid_argument>([&] { Marginal(m, -1, 1); }).find("first is -1") !=
        std::string::npos);
  CHECK(error_of<std::invalid_argument>([&] { Marginal(m, 1, 3); }) ==
        "Marginal: count is 3, but must be between 1 and 2");
  CHECK(error_of<std::invalid_argument>([&] { Marginal(m, 0, 0); }) ==
        "Marginal: count is 0, but must be between 1 and 3");
}
