#include "pushforward/core/batch.hpp"

#include "support/catch.hpp"
#include "support/error.hpp"

#include <limits>

namespace pf = pushforward;
using pf::Batch, pf::Index, pf::kBlockSize, pf::Matrix;
using support::error_of;

namespace {

/// d x n with entry (j, i) = 100 j + i.
template <class Scalar>
Matrix<Scalar> numbered(Index d, Index n) {
  return Matrix<Scalar>::NullaryExpr(
      d, n, [](Index j, Index i) { return static_cast<Scalar>(100 * j + i); });
}

}  // namespace

TEMPLATE_TEST_CASE("a batch gives back the matrix it was made of", "[core]", float, double) {
  using Scalar = TestType;
  const Index d = GENERATE(1, 2, 5), n = GENERATE(0, 1, 63, 64, 65, 200);
  const Matrix<Scalar> x = numbered<Scalar>(d, n);
  const Batch<Scalar> batch(x);
  CHECK(batch.dimension() == d);
  CHECK(batch.count() == n);
  CHECK(batch.blocks() == (n + 63) / 64);
  CHECK(batch.matrix() == x);
  for (Index i = 0; i < n; ++i)
    CHECK(batch.block(i / kBlockSize)(i % kBlockSize, d - 1) == x(d - 1, i));
}

TEST_CASE("a batch takes any storage", "[core]") {
  const Matrix<double> x = numbered<double>(3, 70);
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const RowMajor by_rows = x;
  CHECK(Batch<double>(by_rows).matrix() == x);
  CHECK(Batch<double>(x.block(1, 3, 2, 66)).matrix() == x.block(1, 3, 2, 66));
  CHECK(Batch<double>(x.transpose()).matrix() == x.transpose());
  CHECK(Batch<double>(2 * x).matrix() == 2 * x);

  Eigen::VectorXd memory = Eigen::VectorXd::Constant(1000, -1);
  Eigen::Map<Matrix<double>, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>> strided(
      memory.data(), 3, 70, {10, 3});
  strided = x;
  CHECK(Batch<double>(strided).matrix() == x);
  CHECK(Batch<float>(x).matrix() == x.cast<float>());
  CHECK(Batch<double>(x.cast<int>()).matrix() == x);
}

TEST_CASE("padding is a copy of the last sample, and never leaves a batch", "[core]") {
  for (const Index n : {1, 63, 64, 70, 128}) {
    Batch<double> batch(numbered<double>(2, n));
    const auto is_padded = [&] {
      const Index last = (n - 1) % kBlockSize;
      const auto block = batch.block(batch.blocks() - 1);
      for (Index i = last; i < kBlockSize; ++i)
        if ((block.row(i) != block.row(last)).any()) return false;
      return true;
    };
    CHECK(is_padded());
    CHECK(batch.matrix() == numbered<double>(2, n));
    for (Index b = 0; b < batch.blocks(); ++b)
      for (Index i = 0; i < kBlockSize; ++i) batch.block(b).row(i).setConstant(double(100 * b + i));
    const Matrix<double> written = batch.matrix();
    batch.pad();
    CHECK(is_padded());
    CHECK(batch.matrix() == written);
  }
  Batch<double> none(2, 0);
  none.pad();
  CHECK(none.blocks() == 0);
}

TEST_CASE("a batch keeps its values only when it keeps its size", "[core]") {
  Batch<float> batch(numbered<float>(2, 70));
  batch.resize(2, 70);
  CHECK(batch.matrix() == numbered<float>(2, 70));
  batch.resize(1, 70);
  CHECK(batch.matrix() == Matrix<float>::Zero(1, 70));
  batch.resize(1, 0);
  CHECK(batch.blocks() == 0);
  CHECK(Batch<float>().matrix().size() == 0);
}

TEST_CASE("copied and moved batches", "[core]") {
  Batch<double> one(numbered<double>(2, 70)), two = one;
  two.block(0)(0, 0) = 5;
  CHECK(one.block(0)(0, 0) == 0);
  const Batch<double> three = std::move(two);
  CHECK(three.block(0)(0, 0) == 5);
  two = one;
  CHECK(two.matrix() == one.matrix());
}

TEST_CASE("weights of a block cover the samples of a range", "[core]") {
  const Batch<double> batch(1, 200);
  for (const auto& [begin, end] :
       {std::pair<Index, Index>{0, 200}, {0, 0}, {10, 10}, {63, 65}, {64, 128}, {70, 131}, {9, 5}})
    for (Index b = 0; b < batch.blocks(); ++b) {
      const pf::Lane<double> weight = batch.weight(b, begin, end, 0.25);
      for (Index i = 0; i < kBlockSize; ++i) {
        const Index sample = b * kBlockSize + i;
        CHECK(weight[i] == (sample >= begin && sample < end ? 0.25 : 0));
      }
    }
}

TEST_CASE("sizes that no batch can have", "[core][hostile]") {
  CHECK(error_of<std::invalid_argument>([] { Batch<double>(0, 5); }) ==
        "Batch: dimension is 0, but must be at least 1");
  CHECK(error_of<std::invalid_argument>([] { Batch<double>(2, -1); }) ==
        "Batch: count is -1, but must be at least 0");
  CHECK(error_of<std::invalid_argument>([] { Batch<float>(Matrix<float>(0, 4)); }) ==
        "Batch: dimension is 0, but must be at least 1");
  Batch<double> batch(numbered<double>(2, 70));
  CHECK_THROWS_AS(batch.resize(-2, 70), std::invalid_argument);
  constexpr Index most = (std::numeric_limits<Index>::max)();
  CHECK(error_of<std::length_error>([&] { batch.resize(3, most / 20); }) ==
        "Batch: dimension x count is 3 x 461168601842738790, but must be at most "
        "1152921504606846975 numbers");
  CHECK_THROWS_AS(batch.resize(most / 2, 70), std::length_error);
  CHECK_THROWS_AS(batch.resize(1, most), std::length_error);
  CHECK_THROWS_AS(batch.resize(most / 64, 1), std::length_error);  // as a block of 64
  CHECK(batch.matrix() == numbered<double>(2, 70));
}
