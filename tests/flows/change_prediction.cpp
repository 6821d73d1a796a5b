#include "pushforward/flows/change_prediction.hpp"

#include "pushforward/flows/conditional_mean.hpp"
#include "pushforward/maps/mlp.hpp"

#include "support/allocations.hpp"
#include "support/laws.hpp"

namespace pf = pushforward;
using pf::ChangePrediction, pf::ConditionalMean, pf::Gaussian, pf::Index, pf::Matrix, pf::Vector;
using support::error_of;

namespace {

template <class S>
pf::Mixture<Gaussian<S>> two() {
  return {{Gaussian<S>(Vector<S>{{1, -2}}, Matrix<S>{{S(1.5), 0}, {-1, S(0.5)}}),
           Gaussian<S>(Vector<S>{{2, 1}}, Matrix<S>{{S(0.4), 0}, {0, S(0.4)}})},
          {1, 2}};
}

/// Rows (x, t), t in (.1, .9).
template <class S = double>
pf::Block<S> points(Index d) {
  pf::Block<S> x = support::random_block<S>(d + 1, 3, 2);
  x.col(d) = S(0.5) + x.col(d) / 5;
  return x;
}

/// The exact field of one prediction makes that of another.
template <class P, class From, class To>
void check_change(const P& path, const From& from, const To& to) {
  const ChangePrediction changed(ConditionalMean(two<double>(), path, from), path, from, to);
  const ConditionalMean exact(two<double>(), path, to);
  static_assert(pf::HasDivergence<std::remove_const_t<decltype(changed)>>);
  static_assert(pf::Described<std::remove_const_t<decltype(changed)>>);
  const pf::Block<double> x = points(2);
  CHECK(laws::relative_gap(laws::apply(changed, x), laws::apply(exact, x)) < 1e-12);
  pf::Lane<double> one, other;
  typename decltype(changed)::Scratch scratch;
  typename decltype(exact)::Scratch room;
  changed.divergence(x, one, scratch);
  exact.divergence(x, other, room);
  CHECK(laws::relative_gap(one, other) < 1e-12);
  laws::map(changed);
}

template <class P>
void check_path(const P& path) {
  const auto to_all = [&](const auto& from) {
    check_change(path, from, pf::PredictVelocity{});
    check_change(path, from, pf::PredictData{});
    check_change(path, from, pf::PredictNoise{});
    check_change(path, from, pf::PredictScore{});
  };
  to_all(pf::PredictVelocity{});
  to_all(pf::PredictData{});
  to_all(pf::PredictNoise{});
  to_all(pf::PredictScore{});
}

}  // namespace

TEST_CASE("each prediction of a path makes every other", "[flows]") {
  check_path(pf::LinearPath{});
  check_path(pf::VariancePreserving{.beta_max = 4});
  check_path(pf::VarianceExploding{});
}

TEST_CASE("the score of the linear path is (t u - x) / (1 - t)", "[flows]") {
  const pf::Mlp<double> u({3, 8, 2}, pf::Key{1});
  const ChangePrediction score(u, pf::LinearPath{}, pf::PredictVelocity{}, pf::PredictScore{});
  const pf::Block<double> x = points(2), y = laws::apply(u, x), s = laws::apply(score, x);
  for (Index j = 0; j < 2; ++j)
    CHECK(((x.col(2) * y.col(j) - x.col(j)) / (1 - x.col(2)) - s.col(j)).abs().maxCoeff() < 1e-13);
}

TEST_CASE("the probability flow of a denoiser is (x - D) / q, and Tweedie's score (D - x) / q^2",
          "[flows]") {
  const pf::Mlp<double> d({3, 8, 2}, pf::Key{1});
  const auto flow = pf::probability_flow(d);
  const ChangePrediction score(d, pf::VarianceExploding{}, pf::PredictData{}, pf::PredictScore{});
  const pf::Block<double> x = points(2), y = laws::apply(d, x);
  for (Index j = 0; j < 2; ++j) {
    const auto rest = ((x.col(j) - y.col(j)) / x.col(2)).eval();
    CHECK((rest - laws::apply(flow, x).col(j)).abs().maxCoeff() < 1e-13);
    CHECK((rest / x.col(2) + laws::apply(score, x).col(j)).abs().maxCoeff() < 1e-12);
  }
}

TEST_CASE("a net's divergence is that of its tangents", "[flows]") {
  const auto flow = pf::probability_flow(pf::Mlp<double>({3, 8, 2}, pf::Key{1}));
  static_assert(pf::HasDivergence<std::remove_const_t<decltype(flow)>>);
  const pf::Block<double> x = points(2);
  pf::Lane<double> out, sum = pf::Lane<double>::Zero();
  std::remove_const_t<decltype(flow)>::Scratch scratch;
  flow.divergence(x, out, scratch);
  for (Index j = 0; j < 2; ++j)
    for (Index i = 0; i < 64; ++i)
      sum[i] += support::derivative(
          [&](double h) {
            pf::Block<double> moved = x;
            moved(i, j) += h;
            return laws::apply(flow, moved)(i, j);
          },
          0.1);
  CHECK((out - sum).abs().maxCoeff() < 1e-9);
  const long before = support::allocations();
  flow.divergence(x, out, scratch);
  CHECK(support::allocations() == before);
}

TEST_CASE("changes of prediction that cannot be", "[flows][errors]") {
  CHECK(error_of<std::invalid_argument>([] {
          (void)pf::probability_flow(pf::Mlp<double>({2, 3, 2}, pf::Key{1}));
        }) == "ChangePrediction: input dimension of the field is 2, but must be 3");
  CHECK(error_of<std::domain_error>([] {
          ChangePrediction(pf::Mlp<double>({3, 2}, pf::Key{1}),
                           pf::VariancePreserving{.beta_min = 0}, pf::PredictData{},
                           pf::PredictNoise{});
        }) == "VariancePreserving: beta_min is 0, but must be positive and finite");
}
