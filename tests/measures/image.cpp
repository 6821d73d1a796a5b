#include "pushforward/measures/image.hpp"

#include "pushforward/maps.hpp"
#include "pushforward/measures/gaussian.hpp"
#include "pushforward/measures/mixture.hpp"
#include "pushforward/measures/uniform.hpp"
#include "support/error.hpp"
#include "support/measure_laws.hpp"
#include "support/models.hpp"

namespace pf = pushforward;
using pf::Gaussian, pf::Image, pf::Index, pf::Matrix, pf::Uniform, pf::Vector;

namespace {

/// exp, coordinate by coordinate, and in room of its own.
struct Exp {
  using Scalar = double;
  struct Scratch {
    pf::Block<double> room;
  };
  Index input_dimension() const { return 2; }
  Index output_dimension() const { return 2; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y, Scratch& scratch) const {
    scratch.room = x.exp();
    y = scratch.room;
  }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y, pf::Lane<double>& log_det,
             Scratch& scratch) const {
    apply(x, y, scratch);
    log_det = x.col(0) + x.col(1);
  }
  void inverse(pf::ConstBlockRef<double> y, pf::BlockRef<double> x, Scratch&) const { x = y.log(); }
};

/// Only one way.
struct Square {
  using Scalar = double;
  Index input_dimension() const { return 1; }
  Index output_dimension() const { return 1; }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y) const { y = x.square(); }
};

const Gaussian<double> tilted{Vector<double>{{1, -2}}, Matrix<double>{{0.5, 0}, {-0.3, 0.4}}};

using Lognormal = Image<Exp, Gaussian<double>>;
static_assert(pf::Measure<Lognormal> && pf::HasDensity<Lognormal> && !pf::HasScore<Lognormal>);
static_assert(pf::HasDensity<pf::Mixture<Lognormal>> && !pf::HasScore<pf::Mixture<Lognormal>>);
static_assert(pf::Measure<Image<Square, Gaussian<double>>>);
static_assert(!pf::HasDensity<Image<Square, Gaussian<double>>>);
static_assert(!pf::HasDensity<Image<models::Scale, models::Exponential>>);
static_assert(pf::Described<Image<pf::Identity<float>, Uniform<float>>>);

}  // namespace

TEMPLATE_TEST_CASE("an image is a measure", "[measures][laws]", float, double) {
  using S = TestType;
  laws::measure(Image(pf::Mlp<S>({3, 9, 2}, pf::Key{1}), Gaussian<S>(3)));
  laws::streams(Image(pf::Mlp<S>({3, 9, 2}, pf::Key{1}), Gaussian<S>(3)));
  laws::measure(Image(pf::Identity<S>(2), Uniform<S>(Vector<S>::Zero(2), Vector<S>::Ones(2))));
  laws::measure(Image(Square{}, Image(models::Scale{}, models::Exponential{})));
  laws::measure(Lognormal(Exp{}, tilted));
  laws::measure(
      pf::Mixture<Lognormal>({Lognormal(Exp{}, tilted), Lognormal(Exp{}, tilted)}, {1, 2}));
}

TEST_CASE("an image draws T of what the measure draws", "[measures]") {
  const Matrix<double> x = support::draw(tilted, 300, {1, 2});
  const Matrix<double> y = support::draw(Lognormal(Exp{}, tilted), 300, {1, 2});
  CHECK((y - x.array().exp().matrix()).norm() < 1e-13 * y.norm());
}

TEST_CASE("the density of an image counts the volume", "[measures]") {
  const auto normal = [](double z) { return -z * z / 2 - std::log(2 * std::numbers::pi) / 2; };
  const Lognormal m(Exp{}, tilted);
  pf::Block<double> y(64, 2);
  Lognormal::Scratch scratch;
  m.sample({1, 2}, 0, y, scratch);
  pf::Lane<double> out;
  m.log_density(y, out, scratch);
  for (Index i = 0; i < 64; ++i) {
    const double a = (std::log(y(i, 0)) - 1) / 0.5;
    const double b = (std::log(y(i, 1)) + 2 + 0.3 * a) / 0.4;
    const double expected =
        normal(a) + normal(b) - std::log(0.5 * 0.4) - std::log(y(i, 0)) - std::log(y(i, 1));
    CHECK_THAT(out[i], WithinAbs(expected, 1e-11));
  }
  const auto stretched = pf::Standardize<double>::of(Matrix<double>{{-1, 5}}).inverse_map();
  laws::density(Image(stretched, Gaussian<double>(1)), -40, 44);
}

TEST_CASE("an image of a map that does not fit is refused", "[measures][errors]") {
  CHECK(support::error_of<std::invalid_argument>([] { Image(Square{}, Gaussian<double>(2)); }) ==
        "Image: input dimension of the map is 1, but must be 2");
}
