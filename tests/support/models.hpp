#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/lane.hpp"
#include "pushforward/core/random.hpp"
#include "pushforward/core/step.hpp"
#include "pushforward/discrepancies/discrepancy.hpp"
#include "pushforward/maps/map.hpp"
#include "pushforward/objectives/objective.hpp"
#include "pushforward/test_functions/test_functions.hpp"

/// \file
/// The models in the docstrings of the concepts: what a user writes.

namespace models {

namespace pf = pushforward;

/// A map: T(x) = a x.
struct Scale {
  using Scalar = double;
  struct Tape {
    pf::Lane<double> x;
  };
  double a = 1;
  pf::Index input_dimension() const { return 1; }
  pf::Index output_dimension() const { return 1; }
  pf::Index parameter_count() const { return 1; }
  pf::Vector<double> parameters() const { return pf::Vector<double>::Constant(1, a); }
  void set_parameters(pf::ConstVectorRef<double> theta) {
    pf::check_size("Scale", "size of theta", theta.size(), 1);
    a = theta[0];
  }
  void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y) const { y = a * x; }
  void forward(pf::ConstBlockRef<double> x, pf::BlockRef<double> y, Tape& tape) const {
    tape.x = x.col(0);
    apply(x, y);
  }
  void backward(Tape& tape, pf::ConstBlockRef<double> dy, pf::VectorRef<double> dtheta,
                pf::BlockRef<double> dx) const {
    dtheta[0] += pf::weighted_sum(tape.x, pf::Lane<double>(dy.col(0)));
    dx = a * dy;
  }
};

/// A measure: the exponential law.
struct Exponential {
  using Scalar = double;
  pf::Index dimension() const { return 1; }
  void sample(pf::Key key, std::uint64_t first, pf::BlockRef<double> x) const {
    pf::uniforms<double>(key, first, x);
    x = -x.log();
  }
};

/// A family of test functions: f_k(y) = y_k^2.
struct Squares {
  using Scalar = double;
  pf::Index dimension() const { return 2; }
  pf::Index size() const { return 2; }
  void add_sums(pf::ConstBlockRef<double> y, const pf::Lane<double>& weight,
                pf::VectorRef<double> sums) const {
    for (pf::Index k = 0; k < 2; ++k)
      sums[k] += pf::weighted_sum(weight, pf::Lane<double>(y.col(k).square()));
  }
  void add_pullback(pf::ConstBlockRef<double> y, const pf::Lane<double>& weight,
                    pf::ConstVectorRef<double> v, pf::BlockRef<double> dy) const {
    for (pf::Index k = 0; k < 2; ++k) dy.col(k) += 2 * v[k] * weight * y.col(k);
  }
};

/// A discrepancy: D = mean |y_i|^2.
struct Spread {
  using Scalar = double;
  struct Workspace {};
  pf::Index dimension() const { return 1; }
  double value_and_gradient(const pf::Batch<double>& y, const pf::Step&, pf::Batch<double>& dy,
                            Workspace&) const {
    double sum = 0;
    for (pf::Index b = 0; b < y.blocks(); ++b) {
      const auto weight = y.weight(b, 0, y.count(), 1.0 / double(y.count()));
      sum += pf::weighted_sum(weight, pf::Lane<double>(y.block(b).col(0).square()));
      dy.block(b).col(0) = 2 * weight * y.block(b).col(0);
    }
    return sum;
  }
};

/// An objective: |theta|^2.
struct Shrink {
  using Scalar = double;
  template <class Map>
  struct Workspace {};
  template <class Map>
  void check(const Map&) const {}
  template <class Map>
  double value_and_gradient(const Map& map, const pf::Step&, pf::VectorRef<double> dtheta,
                            Workspace<Map>&) const {
    dtheta = 2 * map.parameters();
    return map.parameters().squaredNorm();
  }
};

}  // namespace models
