#include "flows/fields.hpp"
#include "support/allocations.hpp"
#include "support/catch.hpp"
#include "support/gradient.hpp"
#include "support/small_stack.hpp"

#include "pushforward/flows.hpp"
#include "pushforward/maps.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

using Net = pf::Mlp<double, pf::Silu>;

Net net_field() { return Net({4, 65, 3}, pf::Key{1}); }

pf::TimeGrid<double> levels() { return pf::TimeGrid<double>::noise(4, {.largest = 2}); }

/// All that a flow can do, once.
template <class Flow>
struct Everything {
  explicit Everything(Flow of) : flow(std::move(of)) {}

  void operator()() {
    flow.apply(x, y, scratch);
    flow.apply(x, y, report, scratch);
    flow.apply(x, y, log_det, scratch);
    flow.inverse(y, x, scratch);
  }

  Flow flow;
  pf::Block<double> x = support::random_block(3, 1), y = x;
  pf::Lane<double> log_det;
  pf::FlowReport report;
  typename Flow::Scratch scratch;
};

template <class Law>
struct Drawing {
  explicit Drawing(Law of) : law(std::move(of)) {}

  void operator()() { law.sample(pf::Key{2}, 5, y, scratch); }

  Law law;
  pf::Block<double> y = support::random_block(3, 1);
  typename Law::Scratch scratch;
};

/// visit(work) for something to do of every kind.
template <class Visit>
void for_each_work(Visit visit) {
  const pf::HutchinsonDivergence probes{.probes = 2};
  visit(Everything(pf::OdeFlow(net_field(), levels())));
  visit(Everything(pf::OdeFlow(net_field(), levels(), pf::Heun{}, probes)));
  visit(Everything(pf::OdeFlow(net_field(), levels(), pf::DormandPrince{})));
  visit(Everything(pf::OdeFlow(
      fields::ToGaussian<double>{pf::Vector<double>::Ones(3), pf::Vector<double>::Ones(3)},
      pf::TimeGrid<double>::uniform(0, 1, 3), pf::Euler{})));
  visit(Drawing(pf::SdeSampler(net_field(), levels())));
  visit(Drawing(pf::SdeSampler(net_field(), levels(), pf::PredictorCorrector{})));
  visit(Drawing(pf::SdeSampler(net_field(), levels(), pf::ChurnedHeun{})));
}

}  // namespace

TEST_CASE("Flows and stochastic samplers allocate nothing once warm", "[flows]") {
  for_each_work([](auto work) {
    work();
    const long before = support::allocations();
    work();
    CHECK(support::allocations() == before);
  });
}

TEST_CASE("Flows and stochastic samplers run on a stack of 64 KiB", "[flows]") {
  for_each_work([](const auto& work) {
    auto expected = work, y = work;
    expected();
    support::on_a_small_stack([&] { y(); });
    CHECK((y.y == expected.y).all());
  });
}
