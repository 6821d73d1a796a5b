#pragma once

#include "pushforward/maps/map.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace pushforward::inline PUSHFORWARD_ISA {

/// T(x) = t_L(... t_2(t_1(x))): as many maps of one type as the caller has, one after another. The
/// flat parameter vector is that of t_1, then that of t_2, ...
///
/// Where Compose joins two maps of any types, a Chain has its depth at run time: values go back and
/// forth between two blocks, without recursion.
template <class Layer>
class Chain {
  static_assert(explain_map<Layer>());

 public:
  using Scalar = typename Layer::Scalar;
  static constexpr std::string_view kName = "Chain";

  /// Two blocks between which values, or gradients, go back and forth; a lane; and room for each
  /// layer, as they may differ in size.
  struct Scratch {
    std::vector<ScratchOf<Layer>> layers;
    Block<Scalar> values[2];
    Vector<Scalar> one[2];
    std::vector<Lane<Scalar>> log_det;
  };
  struct Tape {
    std::vector<TapeOf<Layer>> layers;
    Block<Scalar> values[2];
    std::vector<Lane<Scalar>> log_det;
    std::vector<Block<Scalar>> tangents;  ///< room of tangent_backward, as are the next
    Block<Scalar> gradients[2], through;
  };

  /// Throws std::invalid_argument if there is no layer, or one that does not take what the one
  /// before gives.
  explicit Chain(std::vector<Layer> layers) : layers_(std::move(layers)) {
    check_count("Chain", "number of layers", layers_.size());
    for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
      check_size("Chain", "input dimension of layer " + to_text(l + 1),
                 layers_[l + 1].input_dimension(), layers_[l].output_dimension());
      widest_ = (std::max)(widest_, layers_[l].output_dimension());
    }
  }

  [[nodiscard]] auto description() const { return describe("layers", layers_); }
  [[nodiscard]] const std::vector<Layer>& layers() const { return layers_; }
  [[nodiscard]] Index input_dimension() const { return layers_.front().input_dimension(); }
  [[nodiscard]] Index output_dimension() const { return layers_.back().output_dimension(); }

  [[nodiscard]] Index parameter_count() const requires TrainableMap<Layer> {
    Index count = 0;
    for (const Layer& layer : layers_) count += layer.parameter_count();
    return count;
  }

  [[nodiscard]] Vector<Scalar> parameters() const requires TrainableMap<Layer> {
    Vector<Scalar> theta(parameter_count());
    Index offset = 0;
    for (const Layer& layer : layers_) {
      theta.segment(offset, layer.parameter_count()) = layer.parameters();
      offset += layer.parameter_count();
    }
    return theta;
  }

  /// Throws std::invalid_argument unless theta has parameter_count() entries.
  void set_parameters(ConstVectorRef<Scalar> theta) requires TrainableMap<Layer> {
    check_size("Chain::set_parameters", "size of theta", theta.size(), parameter_count());
    Index offset = 0;
    for (Layer& layer : layers_) {
      layer.set_parameters(theta.segment(offset, layer.parameter_count()));
      offset += layer.parameter_count();
    }
  }

  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    scratch.layers.resize(layers_.size());
    upward(x, y, scratch.values,
           [&](std::size_t l, ConstBlockRef<Scalar> in, BlockRef<Scalar> out) {
             pushforward::apply(layers_[l], in, out, scratch.layers[l]);
           });
  }

  void apply_one(ConstVectorRef<Scalar> x, VectorRef<Scalar> y,
                 Scratch& scratch) const requires HasApplyOne<Layer> {
    scratch.layers.resize(layers_.size());
    for (Vector<Scalar>& one : scratch.one) set_size(one, widest_);
    const Scalar* in = x.data();
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      const Layer& layer = layers_[l];
      Scalar* out = l + 1 == layers_.size() ? y.data() : scratch.one[l % 2].data();
      layer.apply_one(Eigen::Map<const Vector<Scalar>>(in, layer.input_dimension()),
                      Eigen::Map<Vector<Scalar>>(out, layer.output_dimension()), scratch.layers[l]);
      in = out;
    }
  }

  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y,
               Tape& tape) const requires TrainableMap<Layer> {
    tape.layers.resize(layers_.size());
    upward(x, y, tape.values, [&](std::size_t l, ConstBlockRef<Scalar> in, BlockRef<Scalar> out) {
      layers_[l].forward(in, out, tape.layers[l]);
    });
  }

  /// The chain rule, from the last layer to the first.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dx) const requires TrainableMap<Layer> {
    Index offset = dtheta.size();
    downward(dy, dx, tape.values,
             [&](std::size_t l, ConstBlockRef<Scalar> in, BlockRef<Scalar> out) {
               const Index count = layers_[l].parameter_count();
               offset -= count;
               layers_[l].backward(tape.layers[l], in, dtheta.segment(offset, count), out);
             });
  }

  void tangent(Tape& tape, ConstBlockRef<Scalar> dx,
               BlockRef<Scalar> dy) const requires HasTangent<Layer> {
    upward(dx, dy, tape.values, [&](std::size_t l, ConstBlockRef<Scalar> in, BlockRef<Scalar> out) {
      layers_[l].tangent(tape.layers[l], in, out);
    });
  }

  void cotangent(Tape& tape, ConstBlockRef<Scalar> dy,
                 BlockRef<Scalar> dx) const requires HasCotangent<Layer> {
    downward(dy, dx, tape.values,
             [&](std::size_t l, ConstBlockRef<Scalar> in, BlockRef<Scalar> out) {
               layers_[l].cotangent(tape.layers[l], in, out);
             });
  }

  /// As Compose does it, from the last layer to the first. Layer l takes m_l and, as a tangent,
  /// dm_l; with c_l the cotangent in m_l of dy, ds/dm_l is what <c_(l+1), J_l dm_l> has in it, and
  /// ds/dm_(l+1) taken back.
  void tangent_backward(Tape& tape, ConstBlockRef<Scalar> dx, ConstBlockRef<Scalar> dy,
                        VectorRef<Scalar> dtheta,
                        BlockRef<Scalar> ddx) const requires HasTangentBackward<Layer> {
    const std::size_t last = layers_.size() - 1;
    tape.tangents.resize(last);
    const auto dm = [&](std::size_t l) {
      return l == 0 ? dx : ConstBlockRef<Scalar>(tape.tangents[l - 1]);
    };
    for (std::size_t l = 0; l < last; ++l) {
      set_size(tape.tangents[l], kBlockSize, layers_[l].output_dimension());
      layers_[l].tangent(tape.layers[l], dm(l), tape.tangents[l]);
    }
    prepare(tape.gradients);
    set_size(tape.through, kBlockSize, (std::max)(widest_, input_dimension()));
    Index offset = dtheta.size();
    downward(dy, ddx, tape.values,
             [&](std::size_t l, ConstBlockRef<Scalar> in, BlockRef<Scalar> out) {
               const Layer& layer = layers_[l];
               const Index d = layer.input_dimension(), count = layer.parameter_count();
               offset -= count;
               auto dlayer = dtheta.segment(offset, count);
               BlockRef<Scalar> ds = l == 0 ? ddx : tape.gradients[l % 2].leftCols(d);
               layer.tangent_backward(tape.layers[l], dm(l), in, dlayer, ds);
               if (l < last) {
                 layer.backward(tape.layers[l],
                                tape.gradients[(l + 1) % 2].leftCols(layer.output_dimension()),
                                dlayer, tape.through.leftCols(d));
                 ds += tape.through.leftCols(d);
               }
               if (l > 0) layer.cotangent(tape.layers[l], in, out);
             });
  }

  /// log |det| is the sum of the layers'.
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det,
             Scratch& scratch) const requires InvertibleMap<Layer> {
    scratch.layers.resize(layers_.size());
    scratch.log_det.resize(1);
    log_det.setZero();
    upward(x, y, scratch.values,
           [&](std::size_t l, ConstBlockRef<Scalar> in, BlockRef<Scalar> out) {
             layers_[l].apply(in, out, scratch.log_det[0], scratch.layers[l]);
             log_det += scratch.log_det[0];
           });
  }

  void inverse(ConstBlockRef<Scalar> y, BlockRef<Scalar> x,
               Scratch& scratch) const requires InvertibleMap<Layer> {
    scratch.layers.resize(layers_.size());
    downward(y, x, scratch.values,
             [&](std::size_t l, ConstBlockRef<Scalar> in, BlockRef<Scalar> out) {
               layers_[l].inverse(in, out, scratch.layers[l]);
             });
  }

  void forward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Lane<Scalar>& log_det,
               Tape& tape) const requires TrainableInvertibleMap<Layer> {
    tape.layers.resize(layers_.size());
    tape.log_det.resize(1);
    log_det.setZero();
    upward(x, y, tape.values, [&](std::size_t l, ConstBlockRef<Scalar> in, BlockRef<Scalar> out) {
      layers_[l].forward(in, out, tape.log_det[0], tape.layers[l]);
      log_det += tape.log_det[0];
    });
  }

  /// All layers have the gradient in log |det|.
  void backward(Tape& tape, ConstBlockRef<Scalar> dy, const Lane<Scalar>& dlog_det,
                VectorRef<Scalar> dtheta,
                BlockRef<Scalar> dx) const requires TrainableInvertibleMap<Layer> {
    Index offset = dtheta.size();
    downward(
        dy, dx, tape.values, [&](std::size_t l, ConstBlockRef<Scalar> in, BlockRef<Scalar> out) {
          const Index count = layers_[l].parameter_count();
          offset -= count;
          layers_[l].backward(tape.layers[l], in, dlog_det, dtheta.segment(offset, count), out);
        });
  }

 private:
  void prepare(Block<Scalar> (&values)[2]) const {
    for (Block<Scalar>& block : values) set_size(block, kBlockSize, widest_);
  }

  /// visit(l, in, out) for each layer from the first to the last, from x to y.
  template <class Visit>
  void upward(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Block<Scalar> (&values)[2],
              Visit visit) const {
    prepare(values);
    const std::size_t last = layers_.size() - 1;
    if (last == 0) return visit(0, x, y);
    const auto between = [&](std::size_t l) {  // layers l and l + 1
      return values[l % 2].leftCols(layers_[l].output_dimension());
    };
    visit(0, x, between(0));
    for (std::size_t l = 1; l < last; ++l) visit(l, between(l - 1), between(l));
    visit(last, between(last - 1), y);
  }

  /// visit(l, in, out) for each layer from the last to the first, from y to x.
  template <class Visit>
  void downward(ConstBlockRef<Scalar> y, BlockRef<Scalar> x, Block<Scalar> (&values)[2],
                Visit visit) const {
    prepare(values);
    const std::size_t last = layers_.size() - 1;
    if (last == 0) return visit(0, y, x);
    const auto between = [&](std::size_t l) {
      return values[l % 2].leftCols(layers_[l].output_dimension());
    };
    visit(last, y, between(last - 1));
    for (std::size_t l = last; --l > 0;) visit(l, between(l), between(l - 1));
    visit(0, between(0), x);
  }

  std::vector<Layer> layers_;
  Index widest_ = 1;  ///< dimension between layers
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
