#pragma once

#include "pushforward/core/detail/reduction.hpp"
#include "pushforward/core/vector_math.hpp"
#include "pushforward/discrepancies/discrepancy.hpp"
#include "pushforward/discrepancies/target_means.hpp"
#include "pushforward/test_functions/concatenate.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

/// max_m u_m; its gradient is 1 at the first of the largest (envelope theorem).
struct HardMaximum {
  static constexpr std::string_view kName = "HardMaximum";
  template <Real Scalar>
  void check() const {}
  template <Real Scalar>
  Scalar operator()(ConstVectorRef<Scalar> u, VectorRef<Scalar> du) const {
    Index first = 0;
    for (Index m = 1; m < u.size(); ++m)
      if (u[m] > u[first]) first = m;
    du.setZero();
    du[first] = 1;
    return u[first];
  }
};

/// T log(mean_m exp(u_m / T)): between the mean, as the temperature T grows, and the maximum, as it
/// falls to 0. T is in the unit of u; positive and finite in its Scalar.
struct SoftMaximum {
  double temperature = 0.01;

  static constexpr std::string_view kName = "SoftMaximum";
  [[nodiscard]] auto description() const { return describe("temperature", temperature); }
  template <Real Scalar>
  void check() const {
    check_positive("SoftMaximum", "temperature", static_cast<Scalar>(temperature));
  }
  template <Real Scalar>
  Scalar operator()(ConstVectorRef<Scalar> u, VectorRef<Scalar> du) const {
    const Scalar largest = HardMaximum{}(u, du), t = static_cast<Scalar>(temperature);
    for (Index m = 0; m < u.size(); ++m) du[m] = exp((u[m] - largest) / t);
    const Scalar sum = detail::sum<Scalar>(du);
    du /= sum;
    return largest + t * log(sum / static_cast<Scalar>(u.size()));
  }
};

/// (mean_m u_m^p)^(1/p): the root of D2^2 with uniform weights at p = 2, the maximum as p grows.
struct PowerMean {
  Index exponent = 8;

  static constexpr std::string_view kName = "PowerMean";
  [[nodiscard]] auto description() const { return describe("exponent", exponent); }
  template <Real Scalar>
  void check() const {
    check_argument(exponent >= 1, "PowerMean", "exponent", exponent, "at least 1");
  }
  template <Real Scalar>
  Scalar operator()(ConstVectorRef<Scalar> u, VectorRef<Scalar> du) const {
    const Scalar largest = HardMaximum{}(u, du);
    if (!(largest > 0)) return du.setZero(), largest;
    for (Index m = 0; m < u.size(); ++m) du[m] = power(u[m] / largest, exponent);
    const Scalar sum = detail::sum<Scalar>(du);
    const Scalar root =
        exp(log(sum / static_cast<Scalar>(u.size())) / static_cast<Scalar>(exponent));
    // dD/du_m = u_m^(p - 1) D / sum u^p, not (u_m / D)^(p - 1): rounding would grow with p
    for (Index m = 0; m < u.size(); ++m) du[m] = root / sum * power(u[m] / largest, exponent - 1);
    return largest * root;
  }
};

namespace requirement {

template <class T, class Scalar>
concept maximum_check = requires(const T& t) {
  { t.template check<Scalar>() } -> std::same_as<void>;
};

template <class T, class Scalar>
concept maximum_value = requires(const T& t, const Vector<Scalar>& u, VectorRef<Scalar> du) {
  { t.template operator()<Scalar>(u, std::move(du)) } -> std::same_as<Scalar>;
};

}  // namespace requirement

/// How the moduli of some functions are one number: `maximum(u, du)` returns a maximum of u, M
/// numbers of at least 0, and sets du, M, to its gradient; allocates nothing. `check<Scalar>()`
/// throws on settings out of range. \code
///   struct MeanOfModuli {                        // a user's: no maximum at all
///     static constexpr std::string_view kName = "MeanOfModuli";
///     template <pf::Real Scalar>
///     void check() const {}
///     template <pf::Real Scalar>
///     Scalar operator()(pf::ConstVectorRef<Scalar> u, pf::VectorRef<Scalar> du) const {
///       Scalar sum = 0;
///       for (pf::Index m = 0; m < u.size(); ++m) sum += u[m];
///       du.setConstant(1 / static_cast<Scalar>(u.size()));
///       return sum / static_cast<Scalar>(u.size());
///     }
///   };
/// \endcode
template <class T, class Scalar>
concept Maximum = requirement::maximum_check<T, Scalar> && requirement::maximum_value<T, Scalar>;

template <class T, class Scalar>
consteval bool explain_maximum() {
  static_assert(requirement::maximum_check<T, Scalar>,
                "a maximum: add public `template <Real Scalar> void check() const`");
  static_assert(requirement::maximum_value<T, Scalar>,
                "a maximum: add public `template <Real Scalar> Scalar "
                "operator()(ConstVectorRef<Scalar> u, VectorRef<Scalar> du) const`");
  return Maximum<T, Scalar>;
}

namespace detail {

/// Calls visit(first, count) for each test function of a family, with the real functions it is
/// made of: a complex exponential is two.
template <class Family, class Visit>
void for_each_function(const Family& f, Visit visit, Index first = 0) {
  if constexpr (TwoFamilies<Family>) {
    for_each_function(f.first(), visit, first);
    for_each_function(f.second(), visit, first + f.first().size());
  } else {
    const Index count = f.size() / function_count(f);
    for (Index k = 0; k < f.size(); k += count) visit(first + k, count);
  }
}

}  // namespace detail

/// The discrepancy D_inf(mu, mu1) = sup_(f in F) |E_mu f - E_mu1 f| over a finite family, an
/// integral probability metric (Mueller 1997; Cabannes & Arnal, arXiv 2311.13845), of a sample
/// y_1 .. y_n of mu against a target mu1 it knows by the expectations t_k = E_mu1 f_k.
///
///   u_m = |r_m|,  r_m = mean_i f_m(y_i) - t_m,     D = max_m u_m,
///   dD/dy_i = 1/n sum_m dD/du_m <r_m / u_m, grad f_m(y_i)>,
///
/// where a complex exponential is one function, so that u_m is the distance of two characteristic
/// functions at w_m. The gradient is exact where one function is the largest; r_m / u_m is 0 where
/// u_m is. D2^2 <= D^2 for all weights tau of sum one. Cost O(K n): sums, then pullback.
///
/// \tparam Family  TestFunctions, K real functions on R^d; with `redraw(key)` to be redrawn
/// \tparam Target  a Measure on R^d, or Expectations
/// \tparam Max     HardMaximum, SoftMaximum, PowerMean, or your own
template <class Family, class Target, class Max = HardMaximum>
class SupremumDiscrepancy {
  using Means = TargetMeans<Family, Target>;
  static_assert(explain_test_functions<Family>());

 public:
  using Scalar = typename Family::Scalar;
  static_assert(std::same_as<Scalar, typename Target::Scalar>,
                "SupremumDiscrepancy: test functions and target must have the same Scalar");
  static_assert(explain_maximum<Max, Scalar>());

  /// Throws what TargetMeans and the maximum's check throw.
  SupremumDiscrepancy(Family family, Target target, Max maximum = {}, MeanOptions options = {})
      : means_("SupremumDiscrepancy", std::move(family), std::move(target), options),
        maximum_(std::move(maximum)) {
    maximum_.template check<Scalar>();
  }

  /// With other options, and the maximum itself.
  SupremumDiscrepancy(Family family, Target target, MeanOptions options)
      : SupremumDiscrepancy(std::move(family), std::move(target), Max{}, options) {}

  static constexpr std::string_view kName = "SupremumDiscrepancy";
  [[nodiscard]] auto description() const {
    return describe("family", family(), "target", target(), "maximum", maximum_, "options",
                    options());
  }
  [[nodiscard]] const Family& family() const { return means_.family(); }
  [[nodiscard]] const Target& target() const { return means_.target(); }
  [[nodiscard]] const Max& maximum() const { return maximum_; }
  [[nodiscard]] const MeanOptions& options() const { return means_.options(); }
  [[nodiscard]] Index dimension() const { return family().dimension(); }

  /// The functions of a step and the sums over a batch, kept from call to call. One serves one
  /// discrepancy.
  struct Workspace : Means::Workspace {
    Vector<Scalar> residual;    ///< r, K
    Vector<Scalar> modulus;     ///< u, M
    Vector<Scalar> derivative;  ///< dD/du, M
    TreeSum<Scalar> sums;
  };

  /// D of a batch y of dimension d. Throws std::invalid_argument if y has another dimension or no
  /// sample.
  Scalar value(const Batch<Scalar>& y, const Step& step, Workspace& work) const {
    check_size("SupremumDiscrepancy", "dimension of the batch", y.dimension(), dimension());
    check_count("SupremumDiscrepancy", "number of samples", y.count());
    means_.prepare(step, work, [](const Family&) {});
    set_size(work.residual, family().size());
    set_size(work.modulus, function_count(family()));
    set_size(work.derivative, function_count(family()));
    const Scalar weight = 1 / static_cast<Scalar>(y.count());
    weighted_means(
        *work.family, y, 0, y.blocks(), [&](Index b) { return y.weight(b, 0, y.count(), weight); },
        step.team, work.sums, work.residual);
    work.residual -= work.t;
    Index m = 0;
    detail::for_each_function(*work.family, [&](Index first, Index count) {
      work.modulus[m++] = detail::norm<Scalar>(work.residual.segment(first, count));
    });
    work.derivative.setZero();
    for (const Scalar u : work.modulus)
      if (!is_finite(u)) return u;
    return maximum_.template operator()<Scalar>(work.modulus, work.derivative);
  }

  /// D of y, and dD/dy in dy, which has the size of y. Throws as value does.
  Scalar value_and_gradient(const Batch<Scalar>& y, const Step& step, Batch<Scalar>& dy,
                            Workspace& work) const {
    const Scalar d = value(y, step, work);
    Index m = 0;
    detail::for_each_function(*work.family, [&](Index first, Index count) {
      const Scalar u = work.modulus[m], slope = work.derivative[m++];
      work.residual.segment(first, count) *= u > 0 ? slope / u : Scalar(0);
    });
    const Scalar weight = 1 / static_cast<Scalar>(y.count());
    for_each_block(step.team, y.blocks(), [&](Index, Index b) {
      dy.block(b).setZero();
      work.family->add_pullback(y.block(b), y.weight(b, 0, y.count(), weight), work.residual,
                                dy.block(b));
    });
    return d;
  }

 private:
  Means means_;
  Max maximum_;
};

template <class Family, class Target>
SupremumDiscrepancy(Family, Target, MeanOptions) -> SupremumDiscrepancy<Family, Target>;

}  // namespace pushforward::inline PUSHFORWARD_ISA
