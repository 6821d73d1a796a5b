#include "pushforward/maps/standardize.hpp"

#include "support/laws.hpp"

#include "pushforward/maps/image.hpp"

namespace pf = pushforward;
using pf::Index;

namespace {

/// A column for each sample of one coordinate.
template <pf::Real S = double>
pf::Matrix<S> row(std::initializer_list<S> values) {
  return Eigen::Map<const pf::Matrix<S>>(values.begin(), 1, Index(values.size()));
}

}  // namespace

static_assert(pf::TrainableInvertibleMap<pf::Standardize<float>>);

TEMPLATE_TEST_CASE("Standardize is a map that trains and inverts, there and back", "[maps][laws]",
                   float, double) {
  for (const Index d : {1, 3, 17}) {
    const auto units = pf::Standardize<TestType>::of(support::random_matrix<TestType>(d, 50, 1, 3));
    laws::trainable_invertible_map(units);
    laws::trainable_invertible_map(units.inverse_map());
    laws::one_tape(units, units.inverse_map());
  }
  const auto units = pf::Standardize<double>::of(support::random_matrix(3, 50, 1, 9));
  laws::trainable_invertible_map(units);
  laws::trainable_invertible_map(units.inverse_map());
}

TEST_CASE("Standardize takes data to mean 0 and deviation 1, and back", "[maps]") {
  pf::Matrix<double> data = support::random_matrix(3, 500, 1);
  data.row(0).array() += 1e6;
  data.row(1) *= 1e-9;
  const auto units = pf::Standardize<double>::of(data);
  const pf::Matrix<double> y = pf::image(units, data);
  for (Index j = 0; j < 3; ++j) {
    CHECK_THAT(y.row(j).mean(), WithinAbs(0, 1e-9));
    CHECK_THAT(y.row(j).squaredNorm() / 500, WithinAbs(1, 1e-8));
  }
  CHECK(laws::relative_gap(pf::image(units.inverse_map(), y), data) < 1e-15);
}

TEST_CASE("A constant coordinate becomes 0 and comes back as it was", "[maps]") {
  for (const double constant : {0.1, 0.0, -0.0, 1e308, 1e-308, -3e-320}) {
    const auto units = pf::Standardize<double>::of(row({constant, constant, constant}));
    CHECK(units.unit()[0] == 0);
    CHECK(pf::image(units, row({constant})) == row({0.0}));
    CHECK(pf::image(units, row({constant + 1})) == row({0.0}));
    CHECK(pf::image(units.inverse_map(), row({0.7})) == row({constant}));
  }
}

TEST_CASE("Standardize neither overflows nor underflows", "[maps]") {
  const double largest = (std::numeric_limits<double>::max)();
  for (const double scale : {1.0, 1e154, 1e-154, 1e-308, 1e-310, 0.9 * largest}) {
    INFO("scale " << scale);
    const pf::Matrix<double> data = scale * row({-1.0, 0.5, 1.0, -0.25, -1.0, -1.0});
    const auto units = pf::Standardize<double>::of(data);
    const pf::Matrix<double> y = pf::image(units, data);
    CHECK(pf::all_finite(y));
    CHECK_THAT(y.squaredNorm() / 6, WithinAbs(1, 1e-9));
    const pf::Matrix<double> back = pf::image(units.inverse_map(), y);
    CHECK((back / scale - data / scale).norm() < 1e-9);
  }
}

TEST_CASE("Standardize refuses data it cannot measure", "[maps][errors]") {
  using support::error_of;
  const auto of = [](const pf::Matrix<double>& data) {
    return [data] { (void)pf::Standardize<double>::of(data); };
  };
  CHECK(error_of<std::invalid_argument>(of(pf::Matrix<double>(2, 0))) ==
        "Standardize::of: size of data is 0, but must be at least 1");
  CHECK(error_of<std::domain_error>(of(row({1.0, std::numeric_limits<double>::quiet_NaN()}))) ==
        "Standardize::of: data at row 0, column 1 is nan, but must be finite");
}
