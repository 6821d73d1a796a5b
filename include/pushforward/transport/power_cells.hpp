#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/maps/map.hpp"
#include "pushforward/transport/detail/log_sum_of_weights.hpp"
#include "pushforward/transport/pairing.hpp"

#include <string_view>

namespace pushforward::inline PUSHFORWARD_ISA {

/// T(x) = the centre y_j that minimises |x - y_j|^2 - v_j, the first of them: x lies in its power
/// cell (Aurenhammer 1987), which grows with the potential v_j.
///
/// T is the gradient of the convex function max_j (x.y_j - (|y_j|^2 - v_j) / 2), and so the optimal
/// map from any law to the law it makes of it, whatever the potentials are. Potentials that give
/// the cells wanted masses are found by semi_discrete(). Cost of a sample O(K d).
template <Real S>
class PowerCells {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = "PowerCells";

  /// centres, d x K, one a column; K potentials, in the square of their unit.
  /// Throws std::invalid_argument if there is no centre or the sizes differ, std::domain_error if a
  /// number is NaN or infinite.
  PowerCells(const Matrix<Scalar>& centres, ConstVectorRef<Scalar> potentials)
      : centres_(checked(centres)) {
    set_potentials(potentials);
  }

  [[nodiscard]] auto description() const {
    return describe("centres", centres_.matrix(), "potentials", potentials_);
  }
  [[nodiscard]] Index input_dimension() const { return centres_.dimension(); }
  [[nodiscard]] Index output_dimension() const { return centres_.dimension(); }
  /// K.
  [[nodiscard]] Index count() const { return centres_.count(); }
  [[nodiscard]] Matrix<Scalar> centres() const { return centres_.matrix(); }
  [[nodiscard]] const Vector<Scalar>& potentials() const { return potentials_; }
  /// Throws as the constructor does, and is then unchanged.
  void set_potentials(ConstVectorRef<Scalar> potentials) {
    check_size("PowerCells", "size of potentials", potentials.size(), count());
    check_finite("PowerCells", "potentials", potentials);
    potentials_ = potentials;
  }

  /// Numbers of cells, 64, as wide as the numbers.
  using Cells = Eigen::Array<detail::Bits<Scalar>, kBlockSize, 1>;

  /// The cell of each row of x, 64 x d, and |x - y_j|^2 - v_j there.
  void locate(ConstBlockRef<Scalar> x, Cells& cell, Lane<Scalar>& least) const {
    Lane<Scalar> q;
    cell.setZero();
    for (Index j = 0; j < count(); ++j) {
      detail::squared_distances<Scalar>(x, centres_.block(j / kBlockSize), j % kBlockSize,
                                        q.data());
      const Scalar potential = potentials_[j];
      const auto number = static_cast<detail::Bits<Scalar>>(j);
      for (Index i = 0; i < kBlockSize; ++i) {
        const Scalar here = q.data()[i] - potential;
        const auto nearer = j == 0 ? detail::Bits<Scalar>{1} : detail::less(here, least.data()[i]);
        const auto mask = detail::Bits<Scalar>{0} - nearer;
        least.data()[i] = detail::select(nearer, here, least.data()[i]);
        cell.data()[i] = (number & mask) | (cell.data()[i] & ~mask);
      }
    }
  }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y) const {
    Cells cell;
    Lane<Scalar> least;
    locate(x, cell, least);
    for (Index i = 0; i < kBlockSize; ++i) {
      const auto j = static_cast<Index>(cell[i]);
      y.row(i) = centres_.block(j / kBlockSize).row(j % kBlockSize);
    }
  }

  /// Samples x, d x n, and where they go. The floor is the cost: T is optimal.
  /// Throws std::invalid_argument if x has other rows than d or no column, std::domain_error if a
  /// number of x is NaN or infinite or the cost too large for a double.
  [[nodiscard]] Pairing<Scalar> pairing(const Matrix<Scalar>& x) const {
    check_size("PowerCells::pairing", "number of rows of x", x.rows(), input_dimension());
    check_count("PowerCells::pairing", "number of columns of x", x.cols());
    const Batch<Scalar> from(x);
    Batch<Scalar> to(x.rows(), x.cols());
    for (Index b = 0; b < from.blocks(); ++b) apply(from.block(b), to.block(b));
    return detail::pairing<Scalar>("PowerCells::pairing", x, to.matrix(),
                                   detail::kInfinity<double>);
  }

 private:
  static Batch<Scalar> checked(const Matrix<Scalar>& centres) {
    check_count("PowerCells", "size of centres", centres.size());
    check_finite("PowerCells", "centres", centres);
    return Batch<Scalar>(centres);
  }

  Batch<Scalar> centres_;
  Vector<Scalar> potentials_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
