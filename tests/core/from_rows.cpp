#include "pushforward/core/from_rows.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"

#include <array>
#include <vector>

namespace pf = pushforward;
using support::error_of;

namespace {

/// The samples 1 2 3 and 4 5 6.
template <class Scalar>
pf::Matrix<Scalar> two_samples() {
  return pf::Matrix<Scalar>{{1, 4}, {2, 5}, {3, 6}};
}

}  // namespace

TEMPLATE_TEST_CASE("samples in rows become columns", "[core]", float, double) {
  using Scalar = TestType;
  const pf::Matrix<Scalar> expected = two_samples<Scalar>();

  const pf::Matrix<Scalar> rows{{1, 2, 3}, {4, 5, 6}};
  CHECK(pf::from_rows(rows) == expected);
  CHECK(pf::from_rows(Eigen::Matrix<Scalar, 2, 3, Eigen::RowMajor>(rows)) == expected);
  CHECK(pf::from_rows(rows.bottomRows(1) - rows.topRows(1)) ==
        pf::Matrix<Scalar>::Constant(3, 1, 3));
  CHECK(pf::from_rows(rows.row(1)) == expected.col(1));
  CHECK(pf::from_rows(rows.col(1)) == expected.row(1));
  CHECK(pf::from_rows(pf::Matrix<Scalar>(0, 3)).rows() == 3);

  const std::vector<Scalar> numbers{1, 2, 3, 4, 5, 6};
  CHECK(pf::from_rows(numbers, 3) == expected);
  CHECK(pf::from_rows(numbers, 1) == pf::Matrix<Scalar>{{1, 2, 3, 4, 5, 6}});
  CHECK(pf::from_rows(std::span(numbers).subspan(2, 2), 2) == pf::Matrix<Scalar>{{3}, {4}});
  CHECK(pf::from_rows(std::array<Scalar, 2>{7, 8}, 1) == pf::Matrix<Scalar>{{7, 8}});
  CHECK(pf::from_rows(std::vector<Scalar>{}, 3).rows() == 3);
  CHECK(pf::from_rows(std::vector<Scalar>{}, 3).cols() == 0);
}

TEST_CASE("numbers that are not whole samples are refused", "[core]") {
  const std::vector<double> numbers(7);
  const auto refused = [&](pf::Index d) {
    return error_of<std::invalid_argument>([&] { (void)pf::from_rows(numbers, d); });
  };
  CHECK(refused(3) ==
        "from_rows: size of numbers is 7, but must be a multiple of 3, the size of a sample");
  CHECK(refused(8).starts_with("from_rows: size of numbers is 7, but must be a multiple of 8"));
  CHECK(refused(0) == "from_rows: d is 0, but must be at least 1");
  CHECK(refused(-7) == "from_rows: d is -7, but must be at least 1");
  CHECK(refused(7) == "nothing was thrown");
}
