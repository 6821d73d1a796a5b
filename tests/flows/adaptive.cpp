#include "flows/fields.hpp"
#include "support/laws.hpp"

#include "pushforward/flows/ode_flow.hpp"
#include "pushforward/maps.hpp"

namespace pf = pushforward;
using fields::Growth, fields::Parabola;
using pf::Index;

namespace {

/// Turns by `rate` a unit of time, faster the farther out: rows differ in the steps they need.
struct Whirl {
  using Scalar = double;
  double rate = 1;
  [[nodiscard]] Index input_dimension() const { return 3; }
  [[nodiscard]] Index output_dimension() const { return 2; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> u) const {
    const pf::Lane<double> turn = rate * (x.col(0).square() + x.col(1).square());
    u.col(0) = -turn * x.col(1);
    u.col(1) = turn * x.col(0);
  }
  void divergence(pf::ConstBlockRef<double>, pf::Lane<double>& out, pf::NoScratch&) const {
    out.setZero();
  }
  /// x(1)
  [[nodiscard]] pf::Block<double> flow(const pf::Block<double>& x) const {
    const pf::Lane<double> angle = rate * (x.col(0).square() + x.col(1).square());
    pf::Block<double> y = x;
    y.col(0) = angle.cos() * x.col(0) - angle.sin() * x.col(1);
    y.col(1) = angle.sin() * x.col(0) + angle.cos() * x.col(1);
    return y;
  }
};

/// u = -1e308 tanh(8 x / 1e308)
struct Brake {
  using Scalar = double;
  [[nodiscard]] Index input_dimension() const { return 2; }
  [[nodiscard]] Index output_dimension() const { return 1; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> u) const {
    pf::Lane<double> part = 8 * (x.col(0) / 1e308);
    pf::tanh(part);
    u.col(0) = -1e308 * part;
  }
};

struct Run {
  pf::Block<double> y;
  pf::FlowReport report;
};

template <class U>
Run run(const U& field, const pf::Block<double>& x, const pf::DormandPrince& method,
        Index steps = 4) {
  const pf::OdeFlow flow(field, pf::TimeGrid<double>::uniform(0, 1, steps), method);
  Run result{x, {}};
  typename std::remove_const_t<decltype(flow)>::Scratch scratch;
  flow.apply(x, result.y, result.report, scratch);
  return result;
}

bool all(const pf::FlowReport& report, pf::FlowStatus status) {
  return std::all_of(report.status.begin(), report.status.end(),
                     [&](pf::FlowStatus s) { return s == status; });
}

}  // namespace

TEST_CASE("An adaptive method keeps its error near what it is told", "[flows]") {
  const Whirl field{1};
  const pf::Block<double> x = support::random_block(2, 1, 1.5), expected = field.flow(x);
  Index before = 0;
  for (const double tolerance : {1e-3, 1e-5, 1e-7, 1e-9, 1e-11}) {
    INFO("tolerance " << tolerance);
    const Run result = run(field, x, {.relative = tolerance, .absolute = tolerance});
    CHECK(all(result.report, pf::FlowStatus::finished));
    CHECK((result.y - expected).abs().maxCoeff() < 100 * tolerance);
    CHECK((result.y - expected).abs().maxCoeff() > 0.1 * tolerance);
    CHECK(result.report.evaluations % 6 == 1);
    CHECK(result.report.evaluations > before);
    before = result.report.evaluations;
  }
  CHECK(before < 1900);
}

TEST_CASE("The relative tolerance is of the state, coordinate by coordinate", "[flows]") {
  const auto gap = [](double size, const pf::DormandPrince& method) {
    const pf::Block<double> x = size * (1 + support::random_block(1, 1, 0.1));
    // dx/dt = x: Parabola far out.
    const Run result = run(Parabola{}, x, method, 1);
    double worst = 0;
    for (Index i = 0; i < pf::kBlockSize; ++i)
      worst = (std::max)(worst, std::abs(result.y(i, 0) / Parabola::flow(x(i, 0), 1) - 1));
    return worst;
  };
  CHECK(gap(1e12, {.relative = 1e-6, .absolute = 1e-12}) < 1e-5);
  CHECK(gap(1e12, {.relative = 1e-6, .absolute = 1e-12}) > 1e-10);
  CHECK(gap(1e12, {.relative = 0, .absolute = 1e2}) < 1e-8);
}

TEST_CASE("The error is a mean over coordinates: equal ones take the steps of one", "[flows]") {
  const auto evaluations = [](Index d) {
    pf::Matrix<double> a = pf::Matrix<double>::Zero(d, d + 1);
    a.diagonal().setConstant(3);
    const pf::Block<double> x = support::random_block(1, 1).replicate(1, d);
    return run(pf::Affine<double>(a, pf::Vector<double>::Ones(d)), x, {.relative = 1e-7}, 1)
        .report.evaluations;
  };
  CHECK(evaluations(8) == evaluations(1));
}

TEST_CASE("A first trial that is far too long, to where the field has a bound, is tried again",
          "[flows]") {
  // x goes to 0 from 1e308 at a bounded speed; one step of length 1 would overflow.
  const pf::Block<double> x = pf::Block<double>::Constant(pf::kBlockSize, 1, 1e308);
  const Run result = run(Brake{}, x, {.relative = 1e-6, .absolute = 1e290}, 1);
  CHECK(all(result.report, pf::FlowStatus::finished));
  CHECK_THAT(result.y(9, 0) / 1e308, WithinRel(std::asinh(std::exp(-8) * std::sinh(8)) / 8, 1e-3));
}

TEST_CASE("Rows take steps of their own: none knows the others", "[flows]") {
  const Whirl field{20};
  pf::Block<double> x = support::random_block(2, 1, 0.1), mixed = x;
  mixed.topRows(10) *= 20;
  mixed.middleRows(20, 3).setConstant(std::numeric_limits<double>::quiet_NaN());
  const pf::DormandPrince method{.relative = 1e-6, .absolute = 1e-6};
  const Run slow = run(field, mixed, method), fast = run(field, x, method);
  CHECK(slow.report.evaluations > 5 * fast.report.evaluations);
  CHECK(laws::same_bits(slow.y.bottomRows(41), fast.y.bottomRows(41)));
  CHECK(slow.report.status[21] == pf::FlowStatus::not_finite);
  CHECK(slow.report.status[0] == pf::FlowStatus::finished);
  CHECK((slow.y.topRows(10) - field.flow(mixed).topRows(10)).abs().maxCoeff() < 1e-2);
}

TEST_CASE("A row that runs out of steps says so, and the others arrive", "[flows]") {
  const Whirl field{20};
  pf::Block<double> x = support::random_block(2, 1, 0.1);
  x.row(7) << 3, 2;
  const Run result = run(field, x, {.relative = 1e-6, .absolute = 1e-6, .at_most = 20});
  for (Index i = 0; i < pf::kBlockSize; ++i) {
    CHECK(result.report.status[std::size_t(i)] ==
          (i == 7 ? pf::FlowStatus::out_of_steps : pf::FlowStatus::finished));
    CHECK(pf::is_finite(result.y(i, 0)) == (i != 7));
    CHECK(pf::is_finite(result.y(i, 1)) == (i != 7));
  }
  CHECK(result.report.evaluations == 1 + 6 * 20);

  INFO("with log |det| too, which is NaN then");
  const pf::OdeFlow flow(field, pf::TimeGrid<double>::uniform(0, 1, 4),
                         pf::DormandPrince{.relative = 1e-6, .absolute = 1e-6, .at_most = 20});
  decltype(flow)::Scratch scratch;
  pf::Block<double> y = x;
  pf::Lane<double> log_det;
  flow.apply(x, y, log_det, scratch);
  CHECK(laws::same_bits(y, result.y));
  CHECK(!pf::is_finite(log_det[7]));
  CHECK(log_det[8] == 0);
}

TEST_CASE("A solution that leaves every bound in finite time is given up", "[flows]") {
  // Growth from x < 0 reaches -infinity at t = log(1 - 1 / x), 0.69 from -1.
  pf::Block<double> x = pf::Block<double>::Constant(pf::kBlockSize, 1, 0.5);
  x(3, 0) = -1;
  const Run result = run(Growth{}, x, {.at_most = 100000});
  CHECK(result.report.status[3] != pf::FlowStatus::finished);
  CHECK(!pf::is_finite(result.y(3, 0)));
  CHECK(result.report.status[4] == pf::FlowStatus::finished);
  CHECK(result.report.evaluations < 6 * 1000);
}

TEST_CASE("The first trial is the first step of the grid, however far off", "[flows]") {
  const pf::Block<double> x = (support::random_block(1, 1) + 1) / 2;
  const auto ends = [&](std::initializer_list<double> list) {
    pf::Vector<double> times(Index(list.size()));
    std::copy(list.begin(), list.end(), times.data());
    const pf::OdeFlow flow(Growth{}, pf::TimeGrid<double>(times),
                           pf::DormandPrince{.relative = 1e-9, .absolute = 1e-9});
    return laws::apply(flow, x);
  };
  pf::Block<double> expected = x;
  for (Index i = 0; i < pf::kBlockSize; ++i) expected(i, 0) = Growth::flow(x(i, 0), 1);
  CHECK((ends({0, 1}) - expected).abs().maxCoeff() < 1e-7);
  CHECK((ends({0, 1e-300, 1}) - expected).abs().maxCoeff() < 1e-7);
  CHECK((ends({0, 0.3, 0.4, 1}) - expected).abs().maxCoeff() < 1e-7);
}

TEST_CASE("An adaptive flow is reversible to within its tolerance", "[flows]") {
  const pf::OdeFlow flow(Whirl{7}, pf::TimeGrid<double>::uniform(0, 1, 3),
                         pf::DormandPrince{.relative = 1e-9, .absolute = 1e-9});
  const pf::Block<double> x = support::random_block(2, 1, 1.5), y = laws::apply(flow, x);
  pf::Block<double> back = x;
  decltype(flow)::Scratch scratch;
  pf::FlowReport report;
  flow.inverse(y, back, report, scratch);
  CHECK(all(report, pf::FlowStatus::finished));
  CHECK((back - x).abs().maxCoeff() < 1e-6);
  CHECK((back - x).abs().maxCoeff() > 0);
}
