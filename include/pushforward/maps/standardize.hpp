#pragma once

#include "pushforward/core/concepts.hpp"

#include <cmath>

namespace pushforward {

/// T(x) = (x - shift) / unit, coordinate by coordinate: from data units to working units, in which
/// every coordinate has mean 0 and standard deviation 1; or back. It has no parameters to train.
///
/// `Compose(map, Standardize<double>::of(data).inverse_map())` trains in working units and returns
/// data units. A constant coordinate has unit 0: it becomes 0, and comes back as the constant.
template <Real S>
class Standardize {
 public:
  using Scalar = S;
  struct Tape {};

  /// Mean and standard deviation of each coordinate of `data`, d x n. Sums are scaled, so that no
  /// finite value overflows. Throws std::invalid_argument if data is empty, std::domain_error if an
  /// entry is not finite.
  template <class Derived>
  [[nodiscard]] static Standardize of(const Eigen::MatrixBase<Derived>& data) {
    check_count("Standardize::of", "size of data", data.size());
    check_finite("Standardize::of", "data", data);
    Vector<Scalar> mean(data.rows()), unit(data.rows());
    for (Index j = 0; j < data.rows(); ++j) {
      const auto row = data.row(j).template cast<double>().array();
      const double scale = row.abs().maxCoeff();
      if (scale == 0) {
        mean[j] = unit[j] = 0;
        continue;
      }
      const double average = (row / scale).mean();
      const double deviation = std::sqrt((row / scale - average).square().mean());
      const bool constant = (row == row[0]).all();
      mean[j] = constant ? static_cast<Scalar>(row[0]) : static_cast<Scalar>(scale * average);
      unit[j] = constant ? Scalar(0) : static_cast<Scalar>(scale * deviation);
    }
    check_finite("Standardize::of", "mean", mean);
    check_finite("Standardize::of", "unit", unit);
    return Standardize(mean, unit, false);
  }

  /// The map back: x = shift + unit y.
  [[nodiscard]] Standardize inverse_map() const { return Standardize(shift_, unit_, !back_); }

  [[nodiscard]] const Vector<Scalar>& shift() const { return shift_; }
  [[nodiscard]] const Vector<Scalar>& unit() const { return unit_; }
  [[nodiscard]] Index input_dimension() const { return shift_.size(); }
  [[nodiscard]] Index output_dimension() const { return shift_.size(); }
  [[nodiscard]] Index parameter_count() const { return 0; }
  [[nodiscard]] Vector<Scalar> parameters() const { return {}; }
  void set_parameters(ConstVectorRef<Scalar> theta) {
    check_size("Standardize::set_parameters", "size of theta", theta.size(), 0);
  }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y) const { transform(x, y, back_); }
  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Tape&) const { apply(x, y); }

  /// dx = dy / unit, or dy unit on the way back.
  void backward(Tape&, ConstBlockRef<Scalar> dy, VectorRef<Scalar>, BlockRef<Scalar> dx) const {
    for (Index j = 0; j < unit_.size(); ++j)
      if (back_)
        dx.col(j) = dy.col(j) * unit_[j];
      else if (unit_[j] == 0)
        dx.col(j).setZero();
      else
        dx.col(j) = dy.col(j) / unit_[j];
  }

  void inverse(ConstBlockRef<Scalar> y, BlockRef<Scalar> x) const { transform(y, x, !back_); }

  /// -sum_j log unit_j, or sum_j log unit_j on the way back; -infinity if a unit is 0.
  void log_det_jacobian(ConstBlockRef<Scalar>, Lane<Scalar>& out) const {
    Scalar sum = 0;
    for (Index j = 0; j < unit_.size(); ++j)
      sum += back_ || unit_[j] == 0 ? std::log(unit_[j]) : -std::log(unit_[j]);
    out.setConstant(sum);
  }

 private:
  Standardize(Vector<Scalar> shift, Vector<Scalar> unit, bool back)
      : shift_(std::move(shift)), unit_(std::move(unit)), back_(back) {}

  /// Large coordinates are halved on the way, so that x - shift does not overflow.
  void transform(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, bool back) const {
    for (Index j = 0; j < unit_.size(); ++j) {
      const Scalar half = unit_[j] < 1 ? Scalar(1) : Scalar(0.5);
      const Scalar shift = half * shift_[j], unit = half * unit_[j];
      if (back)
        y.col(j) = (shift + unit * x.col(j)) / half;
      else if (unit == 0)
        y.col(j).setZero();
      else
        y.col(j) = (half * x.col(j) - shift) / unit;
    }
  }

  Vector<Scalar> shift_;
  Vector<Scalar> unit_;
  bool back_;
};

}  // namespace pushforward
