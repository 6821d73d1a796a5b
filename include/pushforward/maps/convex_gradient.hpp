#pragma once

#include "pushforward/core/random.hpp"
#include "pushforward/maps/detail/dense_layer.hpp"
#include "pushforward/maps/detail/lane_cholesky.hpp"
#include "pushforward/maps/detail/lane_newton.hpp"
#include "pushforward/maps/detail/softmax.hpp"
#include "pushforward/maps/map.hpp"

#include <cmath>
#include <limits>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The gradient T = grad phi of the convex potential
///   phi(x) = |L'x|^2 / 2 + t.x + e^-c log sum_m exp(z_m),   z = e^c (W x + b),
///   T(x) = L L'x + t + W'p,                                 p = softmax(z),
///   dT/dx = H = L L' + e^c W'(diag p - p p') W,
/// with L d x r, t d, W K x d, b K and the sharpness c as parameters, in the order [V t b c] with
/// V = [L'; W], (r + K) x d, column by column.
///
/// phi is convex whatever the parameters are, and such phi are dense in the convex functions. So T
/// with T # mu0 = mu1 is the optimal map for the cost |x - y|^2 (Brenier 1991; log-sum-exp
/// networks: Calafiore, Gaubert & Possieri 2020). H is symmetric; it is positive definite, and T a
/// bijection, if L has rank d.
template <Real S>
class ConvexGradient {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = "ConvexGradient";

  /// What is known at some x: h = [L'x p] and z; W'p and H if they are asked for.
  struct Scratch {
    Block<Scalar> hidden;  ///< [L'x p], 64 x (r + K)
    Block<Scalar> z;       ///< 64 x K
    Lane<Scalar> top;      ///< max_m z_m
    Lane<Scalar> share;    ///< max_m p_m
    Block<Scalar> mean;    ///< W'p, 64 x d
    Block<Scalar> part;    ///< e^c p_m (w_mj - (W'p)_j) for one j, 64 x K
    detail::LaneCholesky<Scalar> hessian;
    detail::LaneNewton<Scalar> newton;
    Vector<Scalar> one;  ///< h of one sample, r + K
  };
  struct Tape {
    Scratch at;
    Block<Scalar> x, dx, dy;
    Block<Scalar> dv;               ///< dL/d(Vx + [0; b]), 64 x (r + K)
    Block<Scalar> du, bend;         ///< room of tangent_backward, 64 x (r + K)
    Block<Scalar> inverse_hessian;  ///< 64 x d^2
    Block<Scalar> distance;         ///< (w_m - W'p)' H^-1 (w_m - W'p), 64 x K
    Vector<Scalar> scratch;
  };

  /// Throws std::invalid_argument if L, d x r, or W, K x d, is empty or sizes do not fit,
  /// std::domain_error if an entry is not finite.
  ConvexGradient(const Matrix<Scalar>& l, const Vector<Scalar>& t, const Matrix<Scalar>& w,
                 const Vector<Scalar>& b, Scalar c)
      : d_(l.rows()), r_(l.cols()), k_(w.rows()) {
    check_count("ConvexGradient", "size of L", l.size());
    check_count("ConvexGradient", "rows of W", k_);
    check_size("ConvexGradient", "size of t", t.size(), d_);
    check_size("ConvexGradient", "columns of W", w.cols(), d_);
    check_size("ConvexGradient", "size of b", b.size(), k_);
    Matrix<Scalar> v(rows(), d_);
    v << l.transpose(), w;
    theta_.resize(v.size() + d_ + k_ + 1);
    theta_ << v.reshaped(), t, b, c;
    check_finite("ConvexGradient", "V", v);
    check_finite("ConvexGradient", "[t b c]", theta_.tail(d_ + k_ + 1));
    update();
  }

  /// Near the identity, the more so the larger K = `terms` is: L = I / sqrt(2), W is normal with
  /// variance 1/2, drawn from `key`, t = -W'p at 0, b = 0 and c = 0. As K grows, W'p becomes x / 2.
  /// Throws std::invalid_argument unless dimension and terms are at least 1, std::length_error if
  /// the parameters are more than memory has addresses for.
  ConvexGradient(Index dimension, Index terms, Key key) : d_(dimension), r_(dimension), k_(terms) {
    check_count("ConvexGradient", "dimension", d_);
    check_count("ConvexGradient", "terms", k_);
    check_length<Scalar>("ConvexGradient", "dimension x dimension", d_, d_);
    check_length<Scalar>("ConvexGradient", "terms x dimension", k_, d_ + 1);
    check_length<Scalar>("ConvexGradient", "number of parameters", 1, (d_ + k_ + 1) * d_ + k_ + 1);
    theta_.setZero((d_ + k_ + 1) * d_ + k_ + 1);
    const Scalar half = std::sqrt(Scalar(0.5));
    Block<Scalar> draws(kBlockSize, d_);
    for (Index m = 0; m < k_; ++m) {  // row m of W is sample m of the stream
      if (m % kBlockSize == 0) normals<Scalar>(key, static_cast<std::uint64_t>(m), draws);
      for (Index j = 0; j < d_; ++j) {
        const Scalar w = half * draws(m % kBlockSize, j);
        theta_[j * rows() + r_ + m] = w;
        theta_[t() + j] -= w / static_cast<Scalar>(k_);
      }
    }
    for (Index j = 0; j < d_; ++j) theta_[j * rows() + j] = half;
    update();
  }

  [[nodiscard]] auto description() const {
    const Eigen::Map<const Matrix<Scalar>> v(theta_.data(), rows(), d_);
    return describe("l", Matrix<Scalar>(v.topRows(r_).transpose()), "t",
                    Vector<Scalar>(theta_.segment(t(), d_)), "w", Matrix<Scalar>(v.bottomRows(k_)),
                    "b", Vector<Scalar>(theta_.segment(b(), k_)), "c", Scalar(theta_[c()]));
  }
  [[nodiscard]] Index input_dimension() const { return d_; }
  [[nodiscard]] Index output_dimension() const { return d_; }
  [[nodiscard]] Index parameter_count() const { return theta_.size(); }
  [[nodiscard]] const Vector<Scalar>& parameters() const { return theta_; }

  /// Throws std::invalid_argument unless theta has parameter_count() entries.
  void set_parameters(ConstVectorRef<Scalar> theta) {
    check_size("ConvexGradient::set_parameters", "size of theta", theta.size(), theta_.size());
    theta_ = theta;
    update();
  }

  /// Cost: 2 (r + K) d multiply-adds and K exponentials a sample.
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    set_hidden(x, scratch);
    detail::scaled_lanes(scratch.hidden.data(), kBlockSize, kBlockSize, rows(),
                         {theta_.data(), rows(), 1}, theta_.data() + t(), d_, y.data(),
                         y.outerStride());
  }
  /// y = T(x) of one sample, with the bits of a row of apply.
  void apply_one(ConstVectorRef<Scalar> x, VectorRef<Scalar> y, Scratch& scratch) const {
    set_size(scratch.one, rows());
    auto p = scratch.one.tail(k_);
    scratch.one.head(r_).setZero();
    p = theta_.segment(b(), k_);
    layer().add_one(theta_.data(), x.data(), scratch.one.data());
    p *= sharpness_;
    detail::softmax_one<Scalar>(p);
    y = theta_.segment(t(), d_);
    layer().add_input_one(theta_.data(), scratch.one.data(), y.data());
  }
  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Tape& tape) const {
    tape.x = x;
    set_size(tape.dv, kBlockSize, rows());
    set_size(tape.scratch, columns().scratch_size());
    apply(x, y, tape.at);
  }

  /// With dz = p (W dy - <p, W dy>):
  ///   dV += [L'dy  e^c dz]' x + [L'x  p]' dy,   dt += dy,   db += e^c dz,   dc += <dz, z>,
  ///   dx = [L'dy  e^c dz] V = H dy.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dx) const {
    push(tape.at, dy, tape.dv);
    pull(tape, dy, dtheta, dx);
  }
  /// phi at the x of the last forward, with log sum_m exp(z_m) = max z - log max p.
  void potential(const Tape& tape, Lane<Scalar>& phi) const {
    phi = tape.at.share;
    log(phi);
    phi = (tape.at.top - phi) / sharpness_;
    for (Index i = 0; i < r_; ++i) phi += tape.at.hidden.col(i).square() / 2;
    for (Index j = 0; j < d_; ++j) phi += theta_[t() + j] * tape.x.col(j);
  }
  /// With a = dphi:
  ///   dV += a [L'x  p]' x,   dt += a x,   db += a p,
  ///   dc += a e^-c (<p, z> - log sum exp(z)) = a e^-c (<p, z - max z> + log max p).
  /// Cost: (r + K) d multiply-adds a sample.
  void backward_potential(Tape& tape, const Lane<Scalar>& dphi, VectorRef<Scalar> dtheta) const {
    Lane<Scalar> rest = tape.at.share;
    log(rest);
    for (Index m = 0; m < k_; ++m) {
      const auto p = tape.at.hidden.col(r_ + m);
      rest += p * (tape.at.z.col(m) - tape.at.top);
      dtheta[b() + m] += lane_dot(p.data(), dphi.data());
    }
    dtheta[c()] += weighted_sum(dphi, rest) / sharpness_;
    for (Index j = 0; j < d_; ++j) dtheta[t() + j] += lane_dot(tape.x.col(j).data(), dphi.data());
    for (Index m = 0; m < rows(); ++m) tape.dv.col(m) = dphi * tape.at.hidden.col(m);
    columns().backward_parameters(tape.dv.data(), tape.x.data(), dtheta.data(),
                                  tape.scratch.data());
  }
  /// dy = H dx.
  void tangent(Tape& tape, ConstBlockRef<Scalar> dx, BlockRef<Scalar> dy) const {
    push(tape.at, dx, tape.dv);
    tape.dv.rightCols(k_) *= sharpness_;
    layer().backward_input(theta_.data(), tape.dv.data(), kBlockSize, dy.data(), dy.outerStride());
  }
  /// The same, since H is symmetric.
  void cotangent(Tape& tape, ConstBlockRef<Scalar> dy, BlockRef<Scalar> dx) const {
    tangent(tape, dy, dx);
  }

  /// s = <dy, H dx>. With u = W dx, v = W dy, u^ = u - <p, u>, v^ = v - <p, v>, C = <p, u^ v^> and
  /// ds/dz = e^c p (u^ v^ - C), the third cumulant:
  ///   dV += [L'dx  e^c p u^]' dy + [L'dy  e^c p v^]' dx + [0  e^c ds/dz]' x,   db += e^c ds/dz,
  ///   dc += e^c C + <ds/dz, z>,   ddx = e^c ds/dz W.
  /// Cost: 6 (r + K) d multiply-adds a sample.
  void tangent_backward(Tape& tape, ConstBlockRef<Scalar> dx, ConstBlockRef<Scalar> dy,
                        VectorRef<Scalar> dtheta, BlockRef<Scalar> ddx) const {
    const Lane<Scalar> one = Lane<Scalar>::Ones();
    const auto p = tape.at.hidden.rightCols(k_);
    set_size(tape.du, kBlockSize, rows());
    set_size(tape.bend, kBlockSize, rows());
    tape.dx = dx;
    tape.dy = dy;
    push(tape.at, dx, tape.du);
    layer().tangent(theta_.data(), dy.data(), dy.outerStride(), tape.dv.data(), kBlockSize);
    tape.bend.leftCols(r_).setZero();
    auto v = tape.dv.rightCols(k_), bend = tape.bend.rightCols(k_);
    bend = v;
    const Lane<Scalar> mean = detail::multiply_by_softmax_slope<Scalar>(p, v);
    Lane<Scalar> covariance = Lane<Scalar>::Zero();
    for (Index m = 0; m < k_; ++m) {
      bend.col(m) = tape.du.col(r_ + m) * (bend.col(m) - mean);
      covariance += bend.col(m);
    }
    dtheta[c()] += sharpness_ * lane_dot(covariance.data(), one.data());
    for (Index m = 0; m < k_; ++m) {
      bend.col(m) = sharpness_ * (bend.col(m) - p.col(m) * covariance);  // ds/dz
      dtheta[c()] += lane_dot(bend.col(m).data(), tape.at.z.col(m).data());
      bend.col(m) *= sharpness_;
      dtheta[b() + m] += lane_dot(bend.col(m).data(), one.data());
    }
    tape.du.rightCols(k_) *= sharpness_;
    v *= sharpness_;
    const auto add = [&](const Block<Scalar>& dv, const Block<Scalar>& input) {
      columns().backward_parameters(dv.data(), input.data(), dtheta.data(), tape.scratch.data());
    };
    add(tape.du, tape.dy);
    add(tape.dv, tape.dx);
    add(tape.bend, tape.x);
    layer().backward_input(theta_.data(), tape.bend.data(), kBlockSize, ddx.data(),
                           ddx.outerStride());
  }

  /// log det H, by Cholesky's method; -infinity where H is singular to rounding.
  /// Cost: (K + d / 3) d^2 / 2 multiply-adds a sample.
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det,
             Scratch& scratch) const {
    apply(x, y, scratch);
    set_hessian(scratch);
    scratch.hessian.factorise(log_det);
  }
  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det,
               Tape& tape) const {
    forward(x, y, tape);
    set_hessian(tape.at);
    tape.at.hessian.factorise(log_det);
    tape.at.hessian.invert(tape.inverse_hessian);
  }
  /// d log det H = tr(G dH), G = H^-1. With u_m = w_m - W'p, q_m = u_m' G u_m and a = dlog_det:
  ///   dL += 2 a G L,   dw_m += 2 a e^c p_m G u_m,   dz_m += a e^c p_m (q_m - <p, q>),
  ///   dc += a e^c <p, q>.
  /// Cost: (K + d / 2) d^2 multiply-adds a sample more than without.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, const Lane<Scalar>& dlog_det,
                VectorRef<Scalar> dtheta, BlockRef<Scalar> dx) const {
    push(tape.at, dy, tape.dv);
    add_volume(tape, dlog_det, dtheta);
    pull(tape, dy, dtheta, dx);
  }

  /// x with T(x) = y: the minimum of phi(x) - x.y, by Newton's method from x = y. It ends with a
  /// full step from where |y - T(x)| is at most 16 epsilon times the size of y, t and
  /// W (1 + |z| sum_m p_m (1 - p_m)), so that x is as near as rounding lets it be. Rows that do not
  /// come there in 64 steps are NaN, as those that T does not reach if L has not rank d.
  void inverse(ConstBlockRef<Scalar> y, BlockRef<Scalar> x, Scratch& scratch) const {
    x = y;
    Lane<Scalar> unused;
    const Eigen::Map<const Matrix<Scalar>> v(theta_.data(), rows(), d_);
    const Scalar shift = detail::largest(theta_.segment(t(), d_)),
                 most = detail::largest(v.bottomRows(k_));
    const auto evaluate = [&](const Block<Scalar>& at, Block<Scalar>& rest, Lane<Scalar>& noise) {
      constexpr Scalar unit = 16 * std::numeric_limits<Scalar>::epsilon();
      apply(at, rest, scratch);
      rest = y - rest;
      noise.setZero();
      for (Index m = r_; m < rows(); ++m)
        noise += scratch.hidden.col(m) * (1 - scratch.hidden.col(m));
      for (Index i = 0; i < kBlockSize; ++i)
        noise[i] = unit * (detail::largest(y.row(i)) + shift +
                           most * (1 + noise[i] * detail::largest(scratch.z.row(i))));
    };
    const auto solve = [&](Block<Scalar>& step) {
      set_hessian(scratch);
      scratch.hessian.factorise(unused);
      scratch.hessian.solve(step);
    };
    scratch.newton.minimise(x, evaluate, solve);
  }

 private:
  // where the parts of theta begin, and rows of V
  [[nodiscard]] Index rows() const { return r_ + k_; }
  [[nodiscard]] Index t() const { return rows() * d_; }
  [[nodiscard]] Index b() const { return t() + d_; }
  [[nodiscard]] Index c() const { return b() + k_; }

  /// V as the weights of a layer; and as its weights and bias, which backward_parameters() takes.
  [[nodiscard]] detail::DenseLayer layer() const { return {d_, rows(), 0}; }
  [[nodiscard]] detail::DenseLayer columns() const { return {d_ - 1, rows(), 0}; }
  /// W, entry (m, j) for output m and input j, and its transpose.
  [[nodiscard]] detail::Weights<Scalar> w() const { return {theta_.data() + r_, 1, rows()}; }
  [[nodiscard]] detail::Weights<Scalar> w_transposed() const {
    return {theta_.data() + r_, rows(), 1};
  }
  [[nodiscard]] Scalar w(Index m, Index j) const { return theta_[j * rows() + r_ + m]; }

  void update() {
    sharpness_ = exp(theta_[c()]);
    square_.setZero(d_, d_);
    for (Index k = 0; k < d_; ++k)
      for (Index j = 0; j < d_; ++j)
        for (Index i = 0; i < r_; ++i)
          square_(j, k) += theta_[j * rows() + i] * theta_[k * rows() + i];
  }

  /// h = [L'x p] and z.
  void set_hidden(ConstBlockRef<Scalar> x, Scratch& s) const {
    set_size(s.hidden, kBlockSize, rows());
    set_size(s.z, kBlockSize, k_);
    detail::scaled_lanes(x.data(), x.outerStride(), kBlockSize, d_, {theta_.data(), 1, rows()},
                         nullptr, r_, s.hidden.data(), kBlockSize);
    detail::scaled_lanes(x.data(), x.outerStride(), kBlockSize, d_, w(), theta_.data() + b(), k_,
                         s.z.data(), kBlockSize);
    s.z *= sharpness_;
    detail::softmax<Scalar>(s.z, s.hidden.rightCols(k_), s.top, s.share);
  }

  /// H = L L' + sum_m part_m w_m', part_m = e^c p_m (w_m - W'p): no large numbers cancel.
  void set_hessian(Scratch& s) const {
    const auto p = s.hidden.rightCols(k_);
    set_size(s.mean, kBlockSize, d_);
    set_size(s.part, kBlockSize, k_);
    s.hessian.resize(d_);
    detail::scaled_lanes(p.data(), kBlockSize, kBlockSize, k_, w_transposed(), nullptr, d_,
                         s.mean.data(), kBlockSize);
    for (Index j = 0; j < d_; ++j) {
      for (Index m = 0; m < k_; ++m)
        s.part.col(m) = sharpness_ * p.col(m) * (w(m, j) - s.mean.col(j));
      detail::scaled_lanes(s.part.data(), kBlockSize, kBlockSize, k_, w_transposed(),
                           square_.col(j).data(), j + 1, s.hessian.entry(j, 0), s.hessian.stride());
    }
  }

  /// to = [L'v  p (W v - <p, W v>)], 64 x (r + K).
  void push(const Scratch& at, ConstBlockRef<Scalar> v, Block<Scalar>& to) const {
    layer().tangent(theta_.data(), v.data(), v.outerStride(), to.data(), kBlockSize);
    detail::multiply_by_softmax_slope<Scalar>(at.hidden.rightCols(k_), to.rightCols(k_));
  }

  void pull(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
            BlockRef<Scalar> dx) const {
    const Lane<Scalar> one = Lane<Scalar>::Ones();
    for (Index m = 0; m < k_; ++m)
      dtheta[c()] += lane_dot(tape.dv.col(r_ + m).data(), tape.at.z.col(m).data());
    tape.dv.rightCols(k_) *= sharpness_;
    tape.dy = dy;
    columns().backward_parameters(tape.dv.data(), tape.x.data(), dtheta.data(),
                                  tape.scratch.data());
    columns().backward_parameters(tape.at.hidden.data(), tape.dy.data(), dtheta.data(),
                                  tape.scratch.data());
    for (Index j = 0; j < d_; ++j) dtheta[t() + j] += lane_dot(tape.dy.col(j).data(), one.data());
    for (Index m = 0; m < k_; ++m)
      dtheta[b() + m] += lane_dot(tape.dv.col(r_ + m).data(), one.data());
    layer().backward_input(theta_.data(), tape.dv.data(), kBlockSize, dx.data(), dx.outerStride());
  }

  /// What dlog_det adds to dtheta but for dz, which it adds to tape.dv.
  void add_volume(Tape& tape, const Lane<Scalar>& dlog_det, VectorRef<Scalar> dtheta) const {
    const Scratch& at = tape.at;
    Block<Scalar>&u = tape.at.part, &q = tape.distance;
    set_size(q, kBlockSize, k_);
    q.setZero();
    const Lane<Scalar> weight = sharpness_ * dlog_det;
    Lane<Scalar> middle, twice;
    for (Index j = 0; j < d_; ++j) {  // u_m = row j of G (w_m - W'p)
      const auto g = tape.inverse_hessian.middleCols(j * d_, d_);
      detail::scaled_lanes(g.data(), kBlockSize, kBlockSize, d_, w(), nullptr, k_, u.data(),
                           kBlockSize);
      middle.setZero();
      for (Index k = 0; k < d_; ++k) {
        middle += g.col(k) * at.mean.col(k);
        const Scalar sum = 2 * lane_dot(g.col(k).data(), dlog_det.data());
        for (Index i = 0; i < r_; ++i) dtheta[j * rows() + i] += sum * theta_[k * rows() + i];
      }
      for (Index m = 0; m < k_; ++m) {
        u.col(m) -= middle;
        q.col(m) += (w(m, j) - at.mean.col(j)) * u.col(m);
        twice = 2 * weight * at.hidden.col(r_ + m);
        dtheta[j * rows() + r_ + m] += lane_dot(twice.data(), u.col(m).data());
      }
    }
    const Lane<Scalar> mean = detail::multiply_by_softmax_slope<Scalar>(at.hidden.rightCols(k_), q);
    dtheta[c()] += weighted_sum(weight, mean);
    tape.dv.rightCols(k_) += q.colwise() * weight;
  }

  Index d_, r_, k_;
  Vector<Scalar> theta_;
  Scalar sharpness_ = 1;   ///< e^c
  Matrix<Scalar> square_;  ///< L L'
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
