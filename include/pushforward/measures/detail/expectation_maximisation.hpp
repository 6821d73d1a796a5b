#pragma once

#include "pushforward/core/detail/dense.hpp"
#include "pushforward/core/lane.hpp"
#include "pushforward/core/team.hpp"
#include "pushforward/core/vector_math.hpp"
#include "pushforward/measures/empirical.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// weight N(mean, factor factor'), factor lower triangular.
struct WeightedGaussian {
  double weight;
  Vector<double> mean;
  Matrix<double> factor;
};

/// Expectation-maximisation for a mixture of Gaussians (Dempster, Laird & Rubin 1977): a step
/// raises sum_i w_i log p(x_i), or leaves it, but for what the floor costs.
///
/// With q_ic = p_c N_c(x_i) / p(x_i) and z_ic = L_c^-1 (x_i - m_c), all means over w_i q_ic,
///   p_c = sum_i w_i q_ic,   m_c += L_c E z,   L_c <- L_c chol(E z z' - E z E z'):
/// in the units of the component before, in which nothing cancels however small it is. Pivots are
/// raised to where the variance of each coordinate, given those before it, is the floor.
template <Real S>
class ExpectationMaximisation {
 public:
  struct Room {
    Block<S> centred;  ///< x - m_c, 64 x d
    Block<S> z;        ///< all z_c, 64 x C d
    Block<S> q;        ///< log (p_c N_c), then w q_c, 64 x C
    Lane<S> product;
  };
  ExpectationMaximisation(bool diagonal, double floor, Team& team)
      : diagonal_(diagonal), floor_(floor), team_(team) {
    rooms_.resize(static_cast<std::size_t>(team.threads()));
  }
  [[nodiscard]] const std::vector<WeightedGaussian>& components() const { return components_; }
  void set_components(std::vector<WeightedGaussian> components) {
    components_ = std::move(components);
    set_inverses();
  }

  /// `count` round components of one weight and deviation, at rows of x drawn in proportion to
  /// their squared distance from those before (k-means++, Arthur & Vassilvitskii 2007). Fewer,
  /// where there are no more different rows.
  void start(const Empirical<S>& x, Index count, Key key) {
    const Index d = x.dimension(), blocks = x.data().blocks();
    RandomSequence<double> random(key, 0);
    components_.clear();
    Block<S> mass(kBlockSize, blocks), distance(kBlockSize, blocks);
    for (Index b = 0; b < blocks; ++b) mass.col(b) = x.weight(b);
    double total = 1;
    for (Index c = 0; c < count && total > 0; ++c) {
      const Index chosen = choose(mass, random.uniform());
      const auto row = x.data().block(chosen / kBlockSize).row(chosen % kBlockSize);
      total = 0;
      for (Index b = 0; b < blocks; ++b) {
        Lane<S> squares = Lane<S>::Zero();
        for (Index j = 0; j < d; ++j) squares += (x.data().block(b).col(j) - row[j]).square();
        distance.col(b) = c == 0 ? squares : Lane<S>(distance.col(b).min(squares));
        mass.col(b) = x.weight(b) * distance.col(b);
        for (Index i = 0; i < kBlockSize; ++i) total += double(mass(i, b));
      }
      components_.push_back({1, row.matrix().transpose().template cast<double>(), {}});
    }
    const double deviation = std::sqrt((std::max)(total / double(d), floor_));
    for (WeightedGaussian& component : components_) {
      component.weight = 1 / double(components_.size());
      component.factor.setZero(d, d);
      for (Index j = 0; j < d; ++j) component.factor(j, j) = deviation;
    }
    set_inverses();
  }

  /// sum_i w_i log p(x_i), the weights summing to one.
  [[nodiscard]] double log_likelihood(const Empirical<S>& x) {
    total_.resize(1);
    tree_sum<double>(team_, x.data().blocks(), sums_, total_,
                     [&](Index worker, Index b, VectorRef<double> partial) {
                       partial[0] += expect(x, b, rooms_[std::size_t(worker)]);
                     });
    return total_[0];
  }

  /// One step. Returns the log-likelihood before it. A component left with less than a billionth of
  /// the weight is dropped.
  double step(const Empirical<S>& x) {
    const Index d = x.dimension(), size = statistics_size(d);
    total_.resize(1 + size * Index(components_.size()));
    tree_sum<double>(team_, x.data().blocks(), sums_, total_,
                     [&](Index worker, Index b, VectorRef<double> partial) {
                       Room& room = rooms_[std::size_t(worker)];
                       partial[0] += expect(x, b, room);
                       add_statistics(d, room, partial);
                     });
    std::size_t kept = 0;
    for (std::size_t c = 0; c < components_.size(); ++c) {
      const double* const statistics = total_.data() + 1 + size * Index(c);
      if (!(statistics[0] > 1e-9)) continue;
      maximise(statistics, components_[c]);
      if (kept != c) components_[kept] = std::move(components_[c]);
      ++kept;
    }
    components_.resize(kept);
    set_inverses();
    return total_[0];
  }

 private:
  /// The i that u in (0, 1) falls to, in proportion to the masses.
  [[nodiscard]] static Index choose(const Block<S>& mass, double u) {
    double total = 0, below = 0;
    for (Index i = 0; i < mass.size(); ++i) total += double(mass.data()[i]);
    Index last = 0;
    for (Index i = 0; i < mass.size(); ++i) {
      if (!(mass.data()[i] > 0)) continue;
      last = i;
      below += double(mass.data()[i]);
      if (below > u * total) break;
    }
    return last;
  }

  /// [sum w q | sum w q z | sum w q z z', the lower triangle, or the diagonal]
  [[nodiscard]] Index statistics_size(Index d) const {
    return 1 + d + (diagonal_ ? d : d * (d + 1) / 2);
  }

  /// L_c^-1, m_c and log (p_c (2 pi)^(-d / 2) / det L_c), as S.
  void set_inverses() {
    const Index d = components_.front().mean.size();
    inverses_.resize(components_.size());
    for (std::size_t c = 0; c < components_.size(); ++c) {
      const WeightedGaussian& component = components_[c];
      const Matrix<double>& l = component.factor;
      Matrix<double> inverse = Matrix<double>::Zero(d, d);
      double top = log(component.weight) - double(d) / 2 * log(2 * std::numbers::pi);
      for (Index k = 0; k < d; ++k) {
        top -= log(l(k, k));
        inverse(k, k) = 1 / l(k, k);
        for (Index j = k + 1; j < d; ++j) {
          double sum = 0;
          for (Index m = k; m < j; ++m) sum += l(j, m) * inverse(m, k);
          inverse(j, k) = -sum / l(j, j);
        }
      }
      inverses_[c] = {component.mean.template cast<S>(), inverse.template cast<S>(), S(top)};
    }
  }

  /// z and w q of block b; returns its share of the log-likelihood.
  double expect(const Empirical<S>& x, Index b, Room& room) const {
    const Index d = x.dimension(), count = Index(inverses_.size());
    const auto block = x.data().block(b);
    set_size(room.centred, kBlockSize, d);
    set_size(room.z, kBlockSize, count * d);
    set_size(room.q, kBlockSize, count);
    Lane<S> top, sum = Lane<S>::Zero(), term;
    for (Index c = 0; c < count; ++c) {
      const Inverse& inverse = inverses_[std::size_t(c)];
      auto z = room.z.middleCols(c * d, d);
      for (Index j = 0; j < d; ++j) room.centred.col(j) = block.col(j) - inverse.mean[j];
      if (diagonal_) {
        for (Index j = 0; j < d; ++j) z.col(j) = room.centred.col(j) * inverse.factor(j, j);
      } else {
        constexpr Index some = 8;
        for (Index o = 0; o < d; o += some) {
          const Index outputs = (std::min)(some, d - o);
          scaled_lanes(room.centred.data(), kBlockSize, kBlockSize, o + outputs,
                       {inverse.factor.data() + o, 1, d}, nullptr, outputs, z.col(o).data(),
                       kBlockSize);
        }
      }
      term = z.col(0).square();
      for (Index j = 1; j < d; ++j) term += z.col(j).square();
      room.q.col(c) = inverse.log_top - term / 2;
      if (c == 0) top = room.q.col(0);
      for (Index i = 0; i < kBlockSize; ++i) top[i] = (std::max)(top[i], room.q(i, c));
    }
    for (Index c = 0; c < count; ++c) {
      term = room.q.col(c) - top;
      exp(term);
      room.q.col(c) = term;
      sum += term;
    }
    const Lane<S> weight = x.weight(b);
    term = weight / sum;
    for (Index c = 0; c < count; ++c) room.q.col(c) *= term;
    log(sum);
    return double(weighted_sum<S>(weight, sum + top));
  }

  void add_statistics(Index d, Room& room, VectorRef<double> partial) const {
    const Lane<S> one = Lane<S>::Ones();
    double* next = partial.data() + 1;
    for (Index c = 0; c < room.q.cols(); ++c) {
      const Block<S>& z = room.z;
      *next++ += double(lane_dot(room.q.col(c).data(), one.data()));
      for (Index j = c * d; j < (c + 1) * d; ++j)
        *next++ += double(lane_dot(room.q.col(c).data(), z.col(j).data()));
      for (Index j = c * d; j < (c + 1) * d; ++j) {
        room.product = room.q.col(c) * z.col(j);
        for (Index k = diagonal_ ? j : c * d; k <= j; ++k)
          *next++ += double(lane_dot(room.product.data(), z.col(k).data()));
      }
    }
  }

  void maximise(const double* statistics, WeightedGaussian& component) const {
    const Index d = component.mean.size();
    const double mass = statistics[0];
    const double *const first = statistics + 1, *next = first + d;
    Matrix<double>& l = component.factor;
    Matrix<double> a = Matrix<double>::Zero(d, d);  // the lower triangle, then its factor
    for (Index j = 0; j < d; ++j)
      for (Index k = diagonal_ ? j : 0; k <= j; ++k)
        a(j, k) = *next++ / mass - (first[j] / mass) * (first[k] / mass);
    for (Index k = 0; k < d; ++k) {
      const double pivot = (std::max)(a(k, k), floor_ / (l(k, k) * l(k, k)));
      a(k, k) = std::sqrt(pivot);
      for (Index j = k + 1; j < d; ++j) a(j, k) /= a(k, k);
      for (Index m = k + 1; m < d; ++m)
        for (Index j = m; j < d; ++j) a(j, m) -= a(j, k) * a(m, k);
    }
    component.weight = mass;
    for (Index j = d; j-- > 0;) {  // a row of L at a time, from the last
      for (Index k = 0; k <= j; ++k) component.mean[j] += l(j, k) * (first[k] / mass);
      for (Index k = 0; k <= j; ++k) {
        double sum = 0;
        for (Index m = k; m <= j; ++m) sum += l(j, m) * a(m, k);
        l(j, k) = sum;
      }
    }
  }

  struct Inverse {
    Vector<S> mean;
    Matrix<S> factor;
    S log_top;
  };

  bool diagonal_;
  double floor_;
  Team& team_;
  std::vector<WeightedGaussian> components_;
  std::vector<Inverse> inverses_;
  std::vector<Room> rooms_;
  TreeSum<double> sums_;
  Vector<double> total_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
