#pragma once

#include "metrics/samples.hpp"
#include "pushforward/transport/pairing.hpp"
#include "support/laws.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace support {

/// The least cost of all permutations of y.
inline double least_cost(const pushforward::Matrix<double>& x,
                         const pushforward::Matrix<double>& y) {
  std::vector<pushforward::Index> partner(static_cast<std::size_t>(x.cols()));
  std::iota(partner.begin(), partner.end(), pushforward::Index(0));
  double least = std::numeric_limits<double>::infinity();
  do {
    double sum = 0;
    for (pushforward::Index i = 0; i < x.cols(); ++i)
      sum += (x.col(i) - y.col(partner[std::size_t(i)])).squaredNorm();
    least = (std::min)(least, sum);
  } while (std::next_permutation(partner.begin(), partner.end()));
  return least / static_cast<double>(x.cols());
}

/// The columns of x in an order that depends on them alone.
template <class Scalar>
pushforward::Matrix<Scalar> in_order(const pushforward::Matrix<Scalar>& x) {
  std::vector<pushforward::Vector<Scalar>> columns;
  for (pushforward::Index i = 0; i < x.cols(); ++i) columns.emplace_back(x.col(i));
  std::sort(columns.begin(), columns.end(), [](const auto& a, const auto& b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  });
  pushforward::Matrix<Scalar> sorted(x.rows(), x.cols());
  for (pushforward::Index i = 0; i < x.cols(); ++i) sorted.col(i) = columns[std::size_t(i)];
  return sorted;
}

}  // namespace support

namespace laws {

/// What every pairing owes.
template <class S>
void pairing(const pf::Pairing<S>& pairing, const pf::Matrix<S>& source) {
  REQUIRE(same_bits(pairing.source, source));
  REQUIRE(pairing.target.rows() == source.rows());
  REQUIRE(pairing.target.cols() == source.cols());
  REQUIRE(pf::all_finite(pairing.target));
  const pf::Matrix<double> x = source.template cast<double>(),
                           y = pairing.target.template cast<double>();
  CHECK_THAT(pairing.cost,
             WithinRel((x - y).squaredNorm() / double(x.cols()), 1e-13) || WithinAbs(0, 1e-300));
  CHECK(pairing.floor >= 0);
  CHECK(pairing.floor <= pairing.cost);
  const auto data = pairing.pairs().data().matrix();
  REQUIRE(data.rows() == 2 * source.rows());
  CHECK(same_bits(data.topRows(source.rows()), source));
  CHECK(same_bits(data.bottomRows(source.rows()), pairing.target));
}

/// What every function from two samples of dimension d to a pairing owes: `pair(x, y)`, called
/// `name` in errors. A `round_off` of 0 says that it moves samples as they are.
template <class Pair>
void pairing_function(const std::string& name, Index d, Pair pair, double round_off = 0) {
  using pf::Matrix;
  using support::gaussian;
  const auto holds = [&](const char* what, const auto& x, const auto& y) {
    INFO(what);
    const auto result = pair(x, y);
    pairing(result, x);
    CHECK(same_bits(pair(x, y).target, result.target));
    return result;
  };
  const Matrix<double> x = gaussian(d, 60, 1), y = 2 * gaussian(d, 60, 2).array() + 1;
  const auto result = holds("normal", x, y);
  const auto single =
      holds("float", Matrix<float>(x.cast<float>()), Matrix<float>(y.cast<float>()));
  CHECK_THAT(single.cost, WithinRel(result.cost, 1e-2));
  holds("one point", Matrix<double>(x.leftCols(1)), Matrix<double>(y.leftCols(1)));
  holds("two points", Matrix<double>(x.leftCols(2)), Matrix<double>(y.leftCols(2)));
  holds("duplicates", Matrix<double>(x.array().round()), Matrix<double>(y.array().round()));
  const Matrix<double> same = Matrix<double>::Constant(d, 9, 3);
  CHECK_THAT(holds("all equal", same, same).cost, WithinAbs(0, round_off));
  CHECK_THAT(holds("to one point", x, Matrix<double>(Matrix<double>::Zero(d, 60))).cost,
             WithinRel(x.squaredNorm() / 60, 1e-12));
  Matrix<double> line = Matrix<double>::Zero(d, 60);
  for (Index i = 0; i < 60; ++i) line.col(i).setConstant(double(i * i % 61));
  holds("collinear", line, Matrix<double>(-2 * line));
  for (const double scale : {0x1p400, 0x1p-300}) {
    INFO("scale " << scale);
    const auto scaled = pair(Matrix<double>(scale * x), Matrix<double>(scale * y));
    CHECK(same_bits(scaled.target, Matrix<double>(scale * result.target)));
    CHECK(scaled.cost == scale * scale * result.cost);
  }
  const Matrix<double> huge = Matrix<double>::Constant(d, 5, 1.7e308);
  CHECK(pair(huge, huge).cost <= round_off * 1e308);
  CHECK(support::error_of<std::domain_error>([&] { (void)pair(huge, Matrix<double>(-huge)); }) ==
        name + ": squared distance is inf, but must be finite");
}

/// What is refused; it holds under -ffast-math.
template <class Pair>
void pairing_errors(const std::string& name, Index d, Pair pair) {
  using pf::Matrix;
  const Matrix<double> x = support::gaussian(d, 20, 1), y = support::gaussian(d, 20, 2);
  const auto argument = [&](Index a, Index n, Index b, Index m) {
    return support::error_of<std::invalid_argument>(
        [&] { (void)pair(Matrix<double>::Zero(a, n).eval(), Matrix<double>::Zero(b, m).eval()); });
  };
  if (d > 1) {
    CHECK(argument(d, 5, d + 1, 5) == name + ": number of rows of y is " + pf::to_text(d + 1) +
                                          ", but must be " + pf::to_text(d));
    CHECK(argument(0, 5, 0, 5) == name + ": number of rows of x is 0, but must be at least 1");
  }
  CHECK(argument(d, 0, d, 5) == name + ": number of columns of x is 0, but must be at least 1");
  CHECK(argument(d, 5, d, 0) == name + ": number of columns of y is 0, but must be at least 1");
  const auto domain = [&](const auto& a, const auto& b) {
    return support::error_of<std::domain_error>([&] { (void)pair(a, b); });
  };
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               infinity = std::numeric_limits<double>::infinity();
  CHECK(domain(support::with_number(x, 0, 7, nan), y) ==
        name + ": x at row 0, column 7 is nan, but must be finite");
  CHECK(domain(x, support::with_number(y, d - 1, 19, -infinity)) ==
        name + ": y at row " + pf::to_text(d - 1) + ", column 19 is -inf, but must be finite");
}

}  // namespace laws
