#include "pushforward/flows/divergence.hpp"

#include "support/laws.hpp"
#include "support/statistics.hpp"

#include "pushforward/flows/ode_flow.hpp"
#include "pushforward/maps.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

using Net = pf::Mlp<double, pf::Tanh>;

/// A policy that is asked nothing before it is used.
struct Unchecked {
  template <class U>
  using Room = pf::NoScratch;
  template <class U>
  static void prepare(const U&, pf::NoScratch&) {}
  template <class U>
  static void apply(const U&, pf::ConstBlockRef<double>, pf::BlockRef<double>, pf::Lane<double>&,
                    pf::ScratchOf<U>&, pf::NoScratch&) {}
};
static_assert(pf::Divergence<pf::ExactDivergence, Net>);
static_assert(pf::Divergence<pf::HutchinsonDivergence, Net>);
static_assert(!pf::Divergence<Unchecked, Net>);

Net net_field(Index d) {
  Net net({d + 1, 7, d}, pf::Key{5});
  net.set_parameters(support::random_vector(net.parameter_count(), 6));
  return net;
}

/// What a policy says of a field at x; v is the field.
template <class D, class U>
pf::Lane<double> divergence(const D& policy, const U& field, const pf::Block<double>& x) {
  pf::Block<double> v(pf::kBlockSize, pf::dimension_of(field));
  pf::Lane<double> out = pf::Lane<double>::Constant(7);
  pf::ScratchOf<U> scratch;
  typename D::template Room<U> room;
  policy.check("test");
  policy.prepare(field, room);
  policy.apply(field, x, v, out, scratch, room);
  CHECK(laws::same_bits(v, laws::apply(field, x)));
  return out;
}

}  // namespace

TEST_CASE("The exact divergence is the trace of the Jacobian in x", "[flows]") {
  for (const Index d : {1, 2, 5}) {
    const Net field = net_field(d);
    const pf::Block<double> x = support::random_block(d + 1, 1);
    const pf::Lane<double> exact = divergence(pf::ExactDivergence{}, field, x);
    for (const Index i : {0, 29, 63}) {
      double trace = 0;
      for (Index j = 0; j < d; ++j)
        trace += pf::detail::derivative(
            [&](double t) {
              pf::Block<double> moved = x;
              moved(i, j) += t;
              return laws::apply(field, moved)(i, j);
            },
            0.25);
      CHECK_THAT(exact[i], WithinAbs(trace, 1e-9));
    }
  }
}

TEST_CASE("Hutchinson's divergence is the exact one in the mean over keys", "[flows][statistics]") {
  const Index d = 3, n = 4096;
  const Net field = net_field(d);
  const pf::Block<double> x = support::random_block(d + 1, 1);
  const pf::Lane<double> exact = divergence(pf::ExactDivergence{}, field, x);
  pf::Lane<double> sum = pf::Lane<double>::Zero(), squares = sum;
  for (std::uint64_t seed = 0; seed < std::uint64_t(n); ++seed) {
    const pf::Lane<double> one =
        divergence(pf::HutchinsonDivergence{1, pf::Key{seed}}, field, x) - exact;
    sum += one;
    squares += one.square();
  }
  const pf::Lane<double> deviation = (squares / double(n)).sqrt();
  CHECK(deviation.minCoeff() > 1e-2);
  CHECK((sum.abs() / double(n) <= support::kNormalBound * deviation / std::sqrt(double(n))).all());
  CHECK(((sum / double(n) - 0.1 * exact.abs()).abs() >
         support::kNormalBound * deviation / std::sqrt(double(n)))
            .any());

  INFO("its variance falls with the probes");
  pf::Lane<double> of_mean = pf::Lane<double>::Zero();
  for (std::uint64_t seed = 0; seed < 256; ++seed)
    of_mean += (divergence(pf::HutchinsonDivergence{16, pf::Key{seed}}, field, x) - exact).square();
  const pf::Lane<double> ratio = (of_mean / 256) / deviation.square() * 16;
  CHECK(ratio.minCoeff() > 0.5);
  CHECK(ratio.maxCoeff() < 2);
}

TEST_CASE("On the line, and for diagonal Jacobians, one probe is exact", "[flows]") {
  const Net field = net_field(1);
  const pf::Block<double> x = support::random_block(2, 1);
  const pf::Lane<double> exact = divergence(pf::ExactDivergence{}, field, x);
  CHECK(laws::relative_gap(divergence(pf::HutchinsonDivergence{3, pf::Key{4}}, field, x), exact) <
        1e-14);
  pf::Matrix<double> a = pf::Matrix<double>::Zero(3, 4);
  a.diagonal() << 1, -2, 4;
  const pf::Affine<double> diagonal(a, pf::Vector<double>::Ones(3));
  CHECK((divergence(pf::HutchinsonDivergence{}, diagonal, support::random_block(4, 1)) - 3)
            .abs()
            .maxCoeff() < 1e-14);
}

TEST_CASE("A flow's log-determinant by probes is the exact one in the mean over keys",
          "[flows][statistics]") {
  const auto grid = pf::TimeGrid<double>::uniform(0, 1, 4);
  const pf::Block<double> x = support::random_block(2, 1);
  const auto log_det = [&](const auto& policy) {
    const pf::OdeFlow flow(net_field(2), grid, pf::Heun{}, policy);
    typename std::remove_const_t<decltype(flow)>::Scratch scratch;
    pf::Block<double> y(pf::kBlockSize, 2);
    pf::Lane<double> out, again;
    flow.apply(x, y, out, scratch);
    flow.apply(x, y, again, scratch);
    CHECK(laws::same_bits(out, again));
    return out;
  };
  const pf::Lane<double> exact = log_det(pf::ExactDivergence{});
  pf::Lane<double> sum = pf::Lane<double>::Zero(), squares = sum;
  const Index n = 1000;
  for (std::uint64_t seed = 0; seed < std::uint64_t(n); ++seed) {
    const pf::Lane<double> one = log_det(pf::HutchinsonDivergence{1, pf::Key{seed}}) - exact;
    sum += one;
    squares += one.square();
  }
  const pf::Lane<double> deviation = (squares / double(n)).sqrt();
  CHECK(deviation.minCoeff() > 1e-3);
  CHECK((sum.abs() / double(n) <= support::kNormalBound * deviation / std::sqrt(double(n))).all());
}
