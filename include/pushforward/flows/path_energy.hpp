#pragma once

#include "pushforward/core/detail/reduction.hpp"
#include "pushforward/flows/ode_flow.hpp"
#include "pushforward/maps/image.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace pushforward::inline PUSHFORWARD_ISA {

/// How far a flow goes, and how far it need go.
struct PathEnergy {
  double energy = 0;  ///< int E|u(z_t, t)|^2 dt
  double cost = 0;  ///< E|z_1 - z_0|^2 / (t_1 - t_0), the energy of straight lines with these ends

  /// int E|(z_1 - z_0) / (t_1 - t_0) - u(z_t, t)|^2 dt = energy - cost: 0 if and only if each path
  /// is a straight line, gone at constant speed (Liu, Gong & Liu, "Flow straight and fast", ICLR
  /// 2023).
  [[nodiscard]] double straightness() const { return (std::max)(energy - cost, 0.0); }

  /// The normalised path energy |energy - W2^2| / W2^2 over unit time, 0 for the optimal flow (Tong
  /// et al., "Improving and generalizing flow-based generative models with minibatch optimal
  /// transport", TMLR 2024). squared_w2 is that between the laws of z_0 and of z_1.
  /// Throws std::domain_error unless it is positive and finite.
  [[nodiscard]] double normalised(double squared_w2) const {
    check_positive("PathEnergy::normalised", "squared_w2", squared_w2);
    return std::abs(energy - squared_w2) / squared_w2;
  }
};

namespace detail {

/// (x, e, t) -> (u(x, t), |u(x, t)|^2): a field whose flow counts the energy e of that of u.
template <Map U>
class EnergyField {
 public:
  using Scalar = typename U::Scalar;
  struct Scratch {
    ScratchOf<U> field;
    Block<Scalar> input;  ///< [x t]
  };

  explicit EnergyField(const U& field) : field_(field) {}
  [[nodiscard]] Index input_dimension() const { return dimension_of(field_) + 2; }
  [[nodiscard]] Index output_dimension() const { return dimension_of(field_) + 1; }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    const Index d = dimension_of(field_);
    set_size(scratch.input, kBlockSize, d + 1);
    scratch.input.leftCols(d) = x.leftCols(d);
    scratch.input.col(d) = x.col(d + 1);
    pushforward::apply(field_, scratch.input, y.leftCols(d), scratch.field);
    y.col(d).setZero();
    for (Index j = 0; j < d; ++j) y.col(d) += y.col(j).square();
  }

 private:
  const U& field_;
};

}  // namespace detail

/// The energy of a flow from the samples z_0, d x n, and the cost of where it takes them. By
/// Benamou & Brenier (2000), over unit time, energy >= cost >= W2^2 between the laws of z_0 and
/// z_1; all are equal for the optimal flow alone. \code
///   const pf::PathEnergy path = pf::path_energy(flow, pf::draw(source, 10000));
///   const double bent = path.straightness(), npe = path.normalised(w2 * w2);
/// \endcode
/// The energy is integrated beside z by the flow's own grid and method: with those whose weights
/// are positive (Euler, Heun, RungeKutta4) energy >= cost holds for any grid; it says of one step
/// of Euler's that it is straight. The steps of DormandPrince are those that the energy needs, too.
/// A grid that runs down in time counts as one that runs up.
///
/// Throws std::invalid_argument unless z_0 has d rows and a column, std::domain_error if it is NaN
/// or infinite (naming row and column), or energy or cost is, as where a sample does not come
/// through. Cost that of the flow of each sample.
template <class U, class Method, class Div, class Derived>
[[nodiscard]] PathEnergy path_energy(const OdeFlow<U, Method, Div>& flow,
                                     const AnyMatrix<Derived>& start) {
  using Scalar = typename U::Scalar;
  constexpr std::string_view name = "path_energy";
  const Index d = flow.input_dimension(), n = start.cols();
  check_size(name, "number of rows of start", start.rows(), d);
  check_count(name, "number of columns of start", n);
  check_finite(name, "start", start);

  Matrix<Scalar> z = Matrix<Scalar>::Zero(d + 1, n);
  z.topRows(d) = start.template cast<Scalar>();
  const Matrix<Scalar> end =
      image(OdeFlow(detail::EnergyField(flow.field()), flow.grid(), flow.method()), z);
  const Vector<double> energies = end.row(d).transpose().template cast<double>();
  Vector<double> costs = Vector<double>::Zero(n);
  for (Index j = 0; j < d; ++j)
    for (Index i = 0; i < n; ++i) {
      const auto way = static_cast<double>(end(j, i) - z(j, i));
      costs[i] += way * way;
    }
  const Vector<Scalar>& t = flow.grid().times();
  const double time = std::abs(static_cast<double>(t[t.size() - 1]) - static_cast<double>(t[0]));
  const auto count = static_cast<double>(n);
  const PathEnergy path{std::abs(detail::sum<double>(energies)) / count,
                        detail::sum<double>(costs) / count / time};
  check_domain(is_finite(path.energy), name, "energy", path.energy, "finite");
  check_domain(is_finite(path.cost), name, "cost", path.cost, "finite");
  return path;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
