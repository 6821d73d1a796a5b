#include "pushforward/flows/denoiser.hpp"

#include "pushforward/flows/conditional_mean.hpp"
#include "pushforward/flows/denoising_pairs.hpp"
#include "pushforward/maps/affine.hpp"
#include "pushforward/maps/compose.hpp"
#include "pushforward/maps/mlp.hpp"
#include "pushforward/measures/uniform.hpp"

#include "support/allocations.hpp"
#include "support/laws.hpp"
#include "support/measure_laws.hpp"

namespace pf = pushforward;
using pf::Denoiser, pf::DenoisingPairs, pf::EdmScaling, pf::Gaussian, pf::Index, pf::Matrix,
    pf::Vector;
using support::error_of;

namespace {

template <class S>
using Net = pf::Mlp<S, pf::Silu>;

template <class S>
Denoiser<Net<S>> denoiser(Index d, Index units = 6) {
  return Denoiser(Net<S>({d + 1, units, d}, pf::Key{3}), {.data_deviation = 0.7});
}

/// (x, q) -> (x, 1.5 + q / 2): the laws look at levels on (-1, 1).
template <class S>
auto at_positive_levels(Index d, Index units = 6) {
  Matrix<S> a = Matrix<S>::Identity(d + 1, d + 1);
  Vector<S> b = Vector<S>::Zero(d + 1);
  a(d, d) = S(0.5);
  b[d] = S(1.5);
  return pf::Compose(pf::Affine<S>(a, b), denoiser<S>(d, units));
}

template <class S>
Gaussian<S> tilted() {
  return {Vector<S>{{1, -2}}, Matrix<S>{{S(1.5), 0}, {-1, S(0.5)}}};
}

}  // namespace

TEST_CASE("the scaling is that of Karras et al., and its derivatives", "[flows]") {
  const EdmScaling scaling{.data_deviation = 0.7};
  for (const double q : {0.01, 0.5, 1.0, 80.0}) {
    const double s = 0.7, r = std::sqrt(q * q + s * s);
    const auto c = scaling.at(q);
    CHECK_THAT(c.skip, WithinRel(s * s / (r * r), 1e-14));
    CHECK_THAT(c.out, WithinRel(q * s / r, 1e-14));
    CHECK_THAT(c.in, WithinRel(1 / r, 1e-14));
    CHECK_THAT(c.noise, WithinRel(std::log(q) / 4, 1e-14) || WithinAbs(0, 1e-16));
    const auto slope = scaling.slope(q);
    const auto check = [&](auto member, double value) {
      const double step = q / 4;
      CHECK_THAT(support::derivative([&](double h) { return scaling.at(q + h).*member; }, step),
                 WithinAbs(value, 1e-9 * (1 + std::abs(value))));
    };
    check(&pf::EdmPoint<double>::skip, slope.skip);
    check(&pf::EdmPoint<double>::out, slope.out);
    check(&pf::EdmPoint<double>::in, slope.in);
    check(&pf::EdmPoint<double>::noise, slope.noise);
  }
}

TEMPLATE_TEST_CASE("a denoiser is a trainable map", "[flows][laws]", float, double) {
  using S = TestType;
  static_assert(pf::TrainableMap<Denoiser<Net<S>>> && pf::HasTangent<Denoiser<Net<S>>>);
  static_assert(pf::HasCotangent<Denoiser<Net<S>>> && pf::Described<Denoiser<Net<S>>>);
  laws::map(denoiser<S>(2));
  laws::trainable_map(at_positive_levels<S>(1));
  laws::trainable_map(at_positive_levels<S>(3));
  laws::one_tape(denoiser<S>(2), denoiser<S>(3, 17));
}

TEST_CASE("a denoiser in float has the gradient of one in double", "[flows]") {
  laws::same_gradient(at_positive_levels<float>(2), at_positive_levels<double>(2));
}

TEMPLATE_TEST_CASE("without noise nothing is changed", "[flows]", float, double) {
  using S = TestType;
  pf::Block<S> x = support::random_block<S>(3, 1);
  x.col(2).setZero();
  for (const double s : {0.1, 0.5, 0.7, 3.0, 1e5}) {
    const Denoiser same(Net<S>({3, 6, 2}, pf::Key{3}), {.data_deviation = s});
    CHECK((laws::apply(same, x) == x.leftCols(2)).all());
  }
}

TEMPLATE_TEST_CASE("denoising pairs are a measure", "[flows][laws]", float, double) {
  using S = TestType;
  const DenoisingPairs pairs(tilted<S>(), {.data_deviation = 1});
  static_assert(pf::Described<std::remove_const_t<decltype(pairs)>>);
  laws::measure(pairs);
  laws::streams(pairs);
  laws::measure(DenoisingPairs(Gaussian<S>(1), {}, pf::Uniform<S>(1, 2)));
  pf::Block<S> x(64, 5);
  typename std::remove_const_t<decltype(pairs)>::Scratch scratch;
  pairs.sample({}, 0, x, scratch);
  const long before = support::allocations();
  pairs.sample({}, 64, x, scratch);
  CHECK(support::allocations() == before);
}

TEST_CASE("rows of denoising pairs are scaled as a denoiser takes them", "[flows]") {
  const pf::Key key{5, 6};
  const Index n = 200;
  const EdmScaling scaling{.data_deviation = 0.7};
  const Matrix<double> rows = support::draw(DenoisingPairs(tilted<double>(), scaling), n, key);
  const Matrix<double> x1 = support::draw(tilted<double>(), n, key.part(0)),
                       z = support::draw(Gaussian<double>(2), n, key.part(1)),
                       q = support::draw(pf::LogNormal<double>(-1.2, 1.2), n, key.part(2));
  for (Index i = 0; i < n; ++i) {
    const auto c = scaling.at(q(0, i));
    const Vector<double> x = x1.col(i) + q(0, i) * z.col(i);
    CHECK((rows.col(i).head(2) - c.in * x).norm() < 1e-13);
    CHECK(rows(2, i) == c.noise);
    CHECK((rows.col(i).tail(2) - (x1.col(i) - c.skip * x) / c.out).norm() <
          1e-11 / q(0, i) * (1 + x.norm()));
  }
}

TEST_CASE("inputs and targets have variance 1 at every level", "[flows][statistics]") {
  const Index n = 1 << 15;
  const DenoisingPairs pairs(Gaussian<double>(0, 0.5), {});
  const Matrix<double> rows = support::draw(pairs, n);
  const double bound = support::kNormalBound * std::sqrt(2.0 / double(n));  // of chi-squared means
  CHECK_THAT(rows.row(0).array().square().mean(), WithinAbs(1, bound));
  CHECK_THAT(rows.row(2).array().square().mean(), WithinAbs(1, bound));
}

TEST_CASE("a denoiser of the exact network is exact", "[flows]") {
  // N(0, s^2): D = s^2 x / (s^2 + q^2) = c_skip x, so that F = 0
  const Denoiser zero(pf::Affine<double>(Matrix<double>::Zero(1, 2), Vector<double>::Zero(1)),
                      {.data_deviation = 0.7});
  const pf::ConditionalMean exact(Gaussian<double>(0, 0.7), pf::VarianceExploding{},
                                  pf::PredictData{});
  pf::Block<double> x = support::random_block(2, 1);
  x.col(1) += 1.5;
  CHECK(laws::relative_gap(laws::apply(zero, x), laws::apply(exact, x)) < 1e-14);
}

TEST_CASE("a deviation of data whose square is no number is refused", "[flows][errors]") {
  const auto error = [](double deviation) {
    return error_of<std::domain_error>([=] {
      Denoiser(Net<float>({3, 4, 2}, pf::Key{1}), {.data_deviation = deviation});
    });
  };
  CHECK(error(1e30) ==
        "EdmScaling: square of data_deviation is inf, but must be positive and finite");
  CHECK(error(1e-30) ==
        "EdmScaling: square of data_deviation is 0, but must be positive and finite");
}

TEST_CASE("denoisers and their pairs that cannot be", "[flows][hostile]") {
  CHECK(error_of<std::invalid_argument>([] {
          Denoiser(Net<double>({2, 4, 2}, pf::Key{1}));
        }) == "Denoiser: input dimension of the network is 2, but must be 3");
  const auto domain = [](auto body) { return error_of<std::domain_error>(body); };
  CHECK(domain([] {
          Denoiser(Net<double>({3, 4, 2}, pf::Key{1}), {.data_deviation = 0});
        }) == "EdmScaling: data_deviation is 0, but must be positive and finite");
  CHECK(domain([] {
          DenoisingPairs(Gaussian<double>(2),
                         {.data_deviation = std::numeric_limits<double>::quiet_NaN()});
        }) == "EdmScaling: data_deviation is nan, but must be positive and finite");
  CHECK(error_of<std::invalid_argument>([] {
          DenoisingPairs(Gaussian<double>(2), {}, Gaussian<double>(2));
        }) == "DenoisingPairs: dimension of the law of q is 2, but must be 1");
}
