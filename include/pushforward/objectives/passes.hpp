#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/step.hpp"
#include "pushforward/maps/map.hpp"
#include "pushforward/objectives/block_sum.hpp"

#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// The passes of a map over a batch, block by block on a team: the one loop that objectives share,
/// with its tapes and the tree in which gradients are added. Nothing is allocated once warm.
///
/// An objective that looks at the whole batch goes `forward`, looks, then `backward`: one tape for
/// each block. One whose loss is a mean over samples goes `through` each block at once: one tape
/// for each worker.
template <TrainableMap M>
class Passes {
 public:
  using Scalar = typename M::Scalar;

  /// x, d x n, and y = T(x), e x n, of the last forward.
  [[nodiscard]] const Batch<Scalar>& x() const { return x_; }
  [[nodiscard]] const Batch<Scalar>& y() const { return y_; }
  /// dL/dy, e x n, to be set before backward.
  [[nodiscard]] Batch<Scalar>& dy() { return dy_; }

  /// y_i = T(x_i) for n samples; draw(worker, b, x) sets block b of x, 64 x d. Padding rows become
  /// copies of sample n - 1.
  template <class Draw>
  void forward(const M& map, Index n, const Step& step, Draw draw) {
    resize(map, n);
    tapes_.resize(static_cast<std::size_t>(x_.blocks()));
    dx_.resize(static_cast<std::size_t>(step.team.threads()));
    for (Block<Scalar>& dx : dx_) set_size(dx, kBlockSize, map.input_dimension());
    for (; drawn_ < step.team.threads(); ++drawn_)  // room of a worker, who may come late
      draw(Index(drawn_), Index(0), x_.block(0));
    for_each_block(step.team, x_.blocks(), [&](Index worker, Index b) {
      draw(worker, b, x_.block(b));
      if (b + 1 == x_.blocks()) x_.pad();
      map.forward(x_.block(b), y_.block(b), tapes_[static_cast<std::size_t>(b)]);
    });
  }

  /// dtheta = sum_i (dT(x_i)/dtheta)' dL/dy_i, P, with dL/dy in dy().
  void backward(const M& map, const Step& step, VectorRef<Scalar> dtheta) {
    tree_sum<Scalar>(step.team, y_.blocks(), sums_, dtheta,
                     [&](Index worker, Index b, VectorRef<Scalar> partial) {
                       map.backward(tapes_[static_cast<std::size_t>(b)], dy_.block(b), partial,
                                    dx_[static_cast<std::size_t>(worker)]);
                     });
  }

  /// Column k of J', P x R: sum_i (dT(x_i)/dtheta)' d rho_k/dy_i. gradients(b, dy, visit) calls
  /// visit(k, dy) for each k < R with dy, 64 x e, set to d rho_k/dy in block b. R backward passes.
  template <class Gradients>
  void jacobian(const M& map, const Step& step, Index residuals, Matrix<Scalar>& jacobian,
                Gradients gradients) {
    const Index p = map.parameter_count();
    set_size(jacobian, p, residuals);
    tree_sum<Scalar>(step.team, y_.blocks(), sums_, jacobian.reshaped(),
                     [&](Index worker, Index b, VectorRef<Scalar> partial) {
                       gradients(b, dy_.block(b), [&](Index k, ConstBlockRef<Scalar> dy) {
                         map.backward(tapes_[static_cast<std::size_t>(b)], dy,
                                      partial.segment(k * p, p),
                                      dx_[static_cast<std::size_t>(worker)]);
                       });
                     });
  }

  /// Forward and backward of each block in turn, while it is in the cache. draw(worker, b, x) as in
  /// forward; loss(worker, b, tape, y, dy) sets dy, 64 x e, to dL/dy, zero on padding rows, and
  /// returns the block's share of L; the tape is that of the forward pass. Returns L, and sets
  /// dtheta, P, to its gradient.
  template <class Draw, class Loss>
  Scalar through(const M& map, Index n, const Step& step, VectorRef<Scalar> dtheta, Draw draw,
                 Loss loss) {
    resize(map, n);
    const Index p = map.parameter_count();
    return blocks_(step, x_.blocks(), dtheta,
                   [&](Index worker, Room& room, Index b, VectorRef<Scalar> partial) {
                     set_size(room.dx, kBlockSize, map.input_dimension());
                     draw(worker, b, x_.block(b));
                     if (b + 1 == x_.blocks()) x_.pad();
                     map.forward(x_.block(b), y_.block(b), room.tape);
                     partial[p] += loss(worker, b, room.tape, y_.block(b), dy_.block(b));
                     map.backward(room.tape, dy_.block(b), partial.head(p), room.dx);
                   });
  }

 private:
  /// Of a worker; the content of dx is not used.
  struct Room {
    typename M::Tape tape;
    Block<Scalar> dx;
  };

  void resize(const M& map, Index n) {
    x_.resize(map.input_dimension(), n);
    y_.resize(map.output_dimension(), n);
    dy_.resize(map.output_dimension(), n);
  }

  Batch<Scalar> x_, y_, dy_;
  std::vector<typename M::Tape> tapes_;
  std::vector<Block<Scalar>> dx_;  ///< one for each worker, for backward; their content is not used
  TreeSum<Scalar> sums_;
  BlockSum<Scalar, Room> blocks_;
  int drawn_ = 0;  ///< workers whose room to draw in has been used
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
