#pragma once

#include "pushforward/core/detail/reduction.hpp"
#include "pushforward/core/vector_math.hpp"
#include "pushforward/maps/map.hpp"

#include <algorithm>
#include <cmath>

namespace pushforward::inline PUSHFORWARD_ISA {

/// T(x) = (x - shift) / unit, coordinate by coordinate: from data units to working units, in which
/// every coordinate has mean 0 and standard deviation 1; or back. It has no parameters to train.
///
/// `Compose(map, Standardize<double>::of(data).inverse_map())` trains in working units and returns
/// data units. A constant coordinate has unit 0: it becomes 0, and comes back as the constant.
template <Real S>
class Standardize {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = "Standardize";
  struct Tape {};

  /// From data to working units, or back. Throws std::invalid_argument if shift is empty or unit
  /// has another size, std::domain_error unless all are finite and the units at least 0.
  Standardize(Vector<Scalar> shift, Vector<Scalar> unit, bool back)
      : shift_(std::move(shift)), unit_(std::move(unit)), back_(back) {
    check_count("Standardize", "dimension", shift_.size());
    check_size("Standardize", "size of unit", unit_.size(), shift_.size());
    check_finite("Standardize", "shift", shift_);
    check_finite("Standardize", "unit", unit_);
    for (Index j = 0; j < unit_.size(); ++j)
      check_domain(unit_[j] >= 0, "Standardize", "unit[" + to_text(j) + "]", unit_[j],
                   "at least 0");
  }

  /// Mean and standard deviation of each coordinate of `data`, d x n. Sums are scaled, so that no
  /// finite value overflows. Throws std::invalid_argument if data is empty, std::domain_error if an
  /// entry is not finite.
  template <class Derived>
  [[nodiscard]] static Standardize of(const Eigen::MatrixBase<Derived>& data) {
    check_count("Standardize::of", "size of data", data.size());
    check_finite("Standardize::of", "data", data);
    Vector<Scalar> mean(data.rows()), unit(data.rows());
    Vector<double> row(data.cols());
    for (Index j = 0; j < data.rows(); ++j) {
      double scale = 0;
      bool constant = true;
      for (Index i = 0; i < data.cols(); ++i) {
        row[i] = double(data.derived().coeff(j, i));
        scale = (std::max)(scale, std::abs(row[i]));
        constant = constant && row[i] == row[0];
      }
      if (constant) {
        mean[j] = static_cast<Scalar>(row[0]);
        unit[j] = 0;
        continue;
      }
      const double count = double(row.size());
      row /= scale;
      const double average = detail::sum<double>(row) / count;
      row.array() -= average;
      const double deviation = std::sqrt(detail::dot<double>(row, row) / count);
      mean[j] = static_cast<Scalar>(scale * average);
      unit[j] = static_cast<Scalar>(scale * deviation);
    }
    check_finite("Standardize::of", "mean", mean);
    check_finite("Standardize::of", "unit", unit);
    return Standardize(mean, unit, false);
  }

  /// The map back: x = shift + unit y.
  [[nodiscard]] Standardize inverse_map() const { return Standardize(shift_, unit_, !back_); }

  [[nodiscard]] const Vector<Scalar>& shift() const { return shift_; }
  [[nodiscard]] const Vector<Scalar>& unit() const { return unit_; }
  [[nodiscard]] auto description() const {
    return describe("shift", shift_, "unit", unit_, "back", back_);
  }
  [[nodiscard]] Index input_dimension() const { return shift_.size(); }
  [[nodiscard]] Index output_dimension() const { return shift_.size(); }
  [[nodiscard]] Index parameter_count() const { return 0; }
  [[nodiscard]] Vector<Scalar> parameters() const { return {}; }
  void set_parameters(ConstVectorRef<Scalar> theta) {
    check_size("Standardize::set_parameters", "size of theta", theta.size(), 0);
  }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y) const { transform(x, y, back_); }
  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Tape&) const { apply(x, y); }
  void apply_one(ConstVectorRef<Scalar> x, VectorRef<Scalar> y, NoScratch&) const {
    for (Index j = 0; j < unit_.size(); ++j) transform(j, back_, 1, x.data() + j, y.data() + j);
  }

  /// dy = dx / unit, or dx unit on the way back.
  void tangent(Tape&, ConstBlockRef<Scalar> dx, BlockRef<Scalar> dy) const {
    for (Index j = 0; j < unit_.size(); ++j)
      if (back_)
        dy.col(j) = dx.col(j) * unit_[j];
      else if (unit_[j] == 0)
        dy.col(j).setZero();
      else
        dy.col(j) = dx.col(j) / unit_[j];
  }
  /// The same, since the Jacobian is diagonal.
  void cotangent(Tape& tape, ConstBlockRef<Scalar> dy, BlockRef<Scalar> dx) const {
    tangent(tape, dy, dx);
  }
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar>,
                BlockRef<Scalar> dx) const {
    tangent(tape, dy, dx);
  }
  void tangent_backward(Tape&, ConstBlockRef<Scalar>, ConstBlockRef<Scalar>, VectorRef<Scalar>,
                        BlockRef<Scalar> ddx) const {
    ddx.setZero();
  }

  /// log |det| = -sum_j log unit_j, or sum_j log unit_j on the way back; -infinity if a unit is 0.
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det, NoScratch&) const {
    apply(x, y);
    Scalar sum = 0;
    for (Index j = 0; j < unit_.size(); ++j) {
      const Scalar log_unit = log(unit_[j]);
      sum += back_ || unit_[j] == 0 ? log_unit : -log_unit;
    }
    log_det.setConstant(sum);
  }
  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det, Tape&) const {
    NoScratch none;
    apply(x, y, log_det, none);
  }
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, const Lane<Scalar>&, VectorRef<Scalar>,
                BlockRef<Scalar> dx) const {
    tangent(tape, dy, dx);
  }
  void inverse(ConstBlockRef<Scalar> y, BlockRef<Scalar> x, NoScratch&) const {
    transform(y, x, !back_);
  }

 private:
  void transform(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, bool back) const {
    for (Index j = 0; j < unit_.size(); ++j)
      transform(j, back, kBlockSize, x.col(j).data(), y.col(j).data());
  }

  /// `count` values of coordinate j. Large coordinates are halved on the way, so that x - shift
  /// does not overflow.
  void transform(Index j, bool back, Index count, const Scalar* x, Scalar* y) const {
    const Scalar half = unit_[j] < 1 ? Scalar(1) : Scalar(0.5);
    const Scalar shift = half * shift_[j], unit = half * unit_[j];
    if (back)
      for (Index i = 0; i < count; ++i) y[i] = (shift + unit * x[i]) / half;
    else if (unit == 0)
      std::fill_n(y, count, Scalar(0));
    else
      for (Index i = 0; i < count; ++i) y[i] = (half * x[i] - shift) / unit;
  }

  Vector<Scalar> shift_;
  Vector<Scalar> unit_;
  bool back_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
