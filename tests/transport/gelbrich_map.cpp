#include "pushforward/transport/gelbrich_map.hpp"

#include "pushforward/maps/image.hpp"
#include "transport/pairings.hpp"

namespace pf = pushforward;
using pf::gelbrich_bound, pf::gelbrich_map, pf::Index, pf::Matrix;
using support::gaussian;

TEST_CASE("Gelbrich's map takes moments to moments at the cost of the bound",
          "[transport][identity]") {
  for (const Index d : {1, 2, 7}) {
    INFO("d = " << d);
    const Matrix<double> x = (gaussian(d, d, 3) * gaussian(d, 150, 1)).array() + 2,
                         y = gaussian(d, d, 4) * gaussian(d, 120, 2);
    const auto map = gelbrich_map(x, y);
    const Matrix<double> image = pf::image(map, x);
    CHECK_THAT(gelbrich_bound(image, y), WithinAbs(0, 1e-10));
    CHECK_THAT((image - x).squaredNorm() / 150, WithinRel(gelbrich_bound(x, y), 1e-9));
    const Matrix<double> a = map.parameters().head(d * d).reshaped(d, d);
    CHECK((a - a.transpose()).norm() < 1e-12 * a.norm());
  }
}

TEST_CASE("Gelbrich's map is the affine one between a sample and its image", "[transport]") {
  const Matrix<double> x = gaussian(5, 300, 1), l = gaussian(5, 5, 2), a = l * l.transpose();
  const Matrix<double> y = (a * x).colwise() + pf::Vector<double>::Ones(5);
  CHECK((pf::image(gelbrich_map(x, y), x) - y).norm() < 1e-11 * y.norm());
  // onto fewer dimensions, far away, and between units
  const Matrix<double> flat = gaussian(5, 2, 3) * gaussian(2, 300, 4);
  CHECK_THAT(gelbrich_bound(pf::image(gelbrich_map(x, flat), x), flat), WithinAbs(0, 1e-6));
  const Matrix<double> moved = x.array() + 1e6;
  CHECK((pf::image(gelbrich_map(moved, moved), moved) - moved).norm() < 1e-8 * moved.norm());
  const auto small = gelbrich_map(0x1p-300 * x, 0x1p-200 * y), plain = gelbrich_map(x, y);
  CHECK((0x1p-100 * small.parameters() - plain.parameters()).head(25).norm() <
        1e-10 * plain.parameters().norm());
  const Matrix<float> narrow = x.cast<float>();
  const pf::Affine<float> single = gelbrich_map(narrow, y);
  CHECK((single.parameters().cast<double>() - plain.parameters()).norm() < 1e-4);
}

TEST_CASE("Gelbrich's map refuses a source that is flat", "[transport]") {
  const Matrix<double> flat = gaussian(3, 2, 1) * gaussian(2, 50, 2), y = gaussian(3, 50, 3);
  CHECK_THROWS_AS(gelbrich_map(flat, y), std::domain_error);
  CHECK(support::error_of<std::domain_error>(
            [&] { (void)gelbrich_map(Matrix<double>::Ones(2, 9), y.topRows(2)); }) ==
        "gelbrich_map: least variance of x along an axis over the largest is 0, but must be more "
        "than 1e-14");
}
