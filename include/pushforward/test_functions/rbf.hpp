#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/measures/measure.hpp"
#include "pushforward/test_functions/median_distance.hpp"
#include "pushforward/test_functions/test_functions.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// Gaussian bumps x -> exp(-|x - c_m|^2 / (2 s_w^2)), for each centre c_m and each width s_w.
/// Function m W + w belongs to centre m and width w, W the number of widths.
template <Real S>
class Rbf {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = "Rbf";

  /// `centres`, d x M, one centre a column; `widths` in units of x.
  ///
  /// Throws std::invalid_argument if there is no centre or no width, std::domain_error if a centre
  /// is not finite or a width not positive and finite.
  Rbf(Matrix<Scalar> centres, std::vector<Scalar> widths)
      : centres_(std::move(centres)), widths_(std::move(widths)) {
    check_count("Rbf", "size of centres", centres_.size());
    check_count("Rbf", "number of widths", widths_.size());
    check_finite("Rbf", "centres", centres_);
    for (std::size_t w = 0; w < widths_.size(); ++w)
      check_positive("Rbf", "widths[" + to_text(w) + "]", widths_[w]);
  }

  [[nodiscard]] auto description() const {
    return describe("centres", centres_, "widths", widths_);
  }
  [[nodiscard]] Index dimension() const { return centres_.rows(); }
  [[nodiscard]] Index size() const { return centres_.cols() * Index(widths_.size()); }
  [[nodiscard]] const Matrix<Scalar>& centres() const { return centres_; }
  [[nodiscard]] const std::vector<Scalar>& widths() const { return widths_; }

  void add_sums(ConstBlockRef<Scalar> y, const Lane<Scalar>& weight, VectorRef<Scalar> sums) const {
    for_each_bump(y, [&](Index k, Index, Scalar, const Lane<Scalar>& f) {
      sums[k] += weighted_sum(weight, f);
    });
  }

  /// grad f_k(y) = f_k(y) (c - y) / s^2.
  void add_pullback(ConstBlockRef<Scalar> y, const Lane<Scalar>& weight, ConstVectorRef<Scalar> v,
                    BlockRef<Scalar> dy) const {
    for_each_bump(y, [&](Index k, Index m, Scalar s, const Lane<Scalar>& f) {
      const Lane<Scalar> slope = (v[k] / s) * (weight * f);
      for (Index j = 0; j < dimension(); ++j)  // where f is 0, (c - y) / s may be infinite
        dy.col(j) += (f > 0).select(slope * ((centres_(j, m) - y.col(j)) / s), Scalar(0));
    });
  }

  /// Calls visit(k, dy) with dy = weight grad f_k(y).
  template <class Visit>
  void gradients(ConstBlockRef<Scalar> y, const Lane<Scalar>& weight, BlockRef<Scalar> dy,
                 Visit&& visit) const {
    for_each_bump(y, [&](Index k, Index m, Scalar s, const Lane<Scalar>& f) {
      for (Index j = 0; j < dimension(); ++j)
        dy.col(j) = (f > 0).select(weight * f / s * ((centres_(j, m) - y.col(j)) / s), Scalar(0));
      visit(k, dy);
    });
  }

  /// E f_k(Y) = E exp(-|Y - c_m|^2 / (2 s_w^2)), which the measure knows.
  template <HasGaussianMean M>
  void expectation(const M& measure, VectorRef<Scalar> mean) const {
    Index k = 0;
    for (Index m = 0; m < centres_.cols(); ++m)
      for (const Scalar s : widths_) mean[k++] = measure.gaussian_mean(centres_.col(m), s);
  }

 private:
  /// Calls bump(k, m, s, f_k(y)) for every centre m and width s. Distances are taken in units of s,
  /// so that their squares do not overflow before they must.
  template <class Bump>
  void for_each_bump(ConstBlockRef<Scalar> y, Bump bump) const {
    Index k = 0;
    for (Index m = 0; m < centres_.cols(); ++m)
      for (const Scalar s : widths_) {
        Lane<Scalar> f = Lane<Scalar>::Zero();
        for (Index j = 0; j < dimension(); ++j) f += ((y.col(j) - centres_(j, m)) / s).square();
        f *= Scalar(-0.5);
        exp(f);
        bump(k++, m, s, f);
      }
  }

  Matrix<Scalar> centres_;
  std::vector<Scalar> widths_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
