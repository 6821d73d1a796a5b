#include "pushforward/maps/image.hpp"

#include "support/laws.hpp"
#include "support/models.hpp"

#include "pushforward/maps/mlp.hpp"

namespace pf = pushforward;

TEMPLATE_TEST_CASE("the image of a sample is the map of its columns, in any storage", "[maps]",
                   float, double) {
  using S = TestType;
  const pf::Mlp<S> map({2, 5, 3}, pf::Key{1});
  const pf::Matrix<S> data = support::random_matrix<S>(2, 130, 1, 2.0);
  const pf::Matrix<S> y = pf::image(map, data);
  CHECK(y.rows() == 3);
  CHECK(y.cols() == 130);
  const pf::Block<S> block = data.rightCols(64).transpose().array();
  CHECK(laws::same_bits(y.rightCols(64).transpose(), laws::apply(map, block)));

  const Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = data;
  CHECK(laws::same_bits(pf::image(map, rows), y));
  CHECK(laws::same_bits(pf::image(map, data.leftCols(7)), y.leftCols(7)));
  CHECK(pf::image(map, pf::Matrix<S>(2, 0)).size() == 0);
}

TEST_CASE("the image of a sample of another dimension is refused", "[maps][errors]") {
  CHECK(support::error_of<std::invalid_argument>([] {
          (void)pf::image(models::Scale{2}, pf::Matrix<double>::Zero(3, 5));
        }) == "image: rows of data is 3, but must be 1");
}
