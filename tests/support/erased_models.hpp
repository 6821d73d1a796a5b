#pragma once

#include "pushforward/discrepancies/discrepancy.hpp"
#include "pushforward/maps/map.hpp"
#include "pushforward/test_functions/gradients.hpp"
#include "pushforward/test_functions/test_functions.hpp"
#include "support/erased.hpp"

#include <functional>
#include <limits>

/// \file
/// A map, a family of test functions, a discrepancy of any type.

namespace support {

namespace pf = pushforward;
using pf::Index;

/// What a map may have beside `apply`.
struct MapAbilities {
  bool one = false, invertible = false, trainable = false, cotangent = false, tangent = false,
       tangent_backward = false;
};

template <pf::Real S>
struct MapInterface {
  using X = pf::ConstBlockRef<S>;
  using Y = pf::BlockRef<S>;
  virtual ~MapInterface() = default;
  virtual std::unique_ptr<MapInterface> copy() const = 0;
  virtual MapAbilities abilities() const = 0;
  virtual Index input_dimension() const = 0;
  virtual Index output_dimension() const = 0;
  virtual void apply(X x, Y y, ErasedRoom& scratch) const = 0;
  virtual void apply_one(pf::ConstVectorRef<S> x, pf::VectorRef<S> y,
                         ErasedRoom& scratch) const = 0;
  virtual void apply(X x, Y y, pf::Lane<S>& log_det, ErasedRoom& scratch) const = 0;
  virtual void inverse(X y, Y x, ErasedRoom& scratch) const = 0;
  virtual Index parameter_count() const = 0;
  virtual pf::Vector<S> parameters() const = 0;
  virtual void set_parameters(pf::ConstVectorRef<S> theta) = 0;
  virtual void forward(X x, Y y, ErasedRoom& tape) const = 0;
  virtual void backward(ErasedRoom& tape, X dy, pf::VectorRef<S> dtheta, Y dx) const = 0;
  virtual void forward(X x, Y y, pf::Lane<S>& log_det, ErasedRoom& tape) const = 0;
  virtual void backward(ErasedRoom& tape, X dy, const pf::Lane<S>& dlog_det,
                        pf::VectorRef<S> dtheta, Y dx) const = 0;
  virtual void cotangent(ErasedRoom& tape, X dy, Y dx) const = 0;
  virtual void tangent(ErasedRoom& tape, X dx, Y dy) const = 0;
  virtual void tangent_backward(ErasedRoom& tape, X dx, X dy, pf::VectorRef<S> dtheta,
                                Y ddx) const = 0;
};

template <pf::Map M, pf::Real S = typename M::Scalar>
struct MapModel final : MapInterface<S> {
  using typename MapInterface<S>::X;
  using typename MapInterface<S>::Y;
  using Tape = pf::TapeOf<M>;
  using Scratch = pf::ScratchOf<M>;

  M map;
  explicit MapModel(const M& m) : map(m) {}

  std::unique_ptr<MapInterface<S>> copy() const override { return std::make_unique<MapModel>(map); }
  MapAbilities abilities() const override {
    return {pf::HasApplyOne<M>,  pf::InvertibleMap<M>, pf::TrainableMap<M>,
            pf::HasCotangent<M>, pf::HasTangent<M>,    pf::HasTangentBackward<M>};
  }
  Index input_dimension() const override { return map.input_dimension(); }
  Index output_dimension() const override { return map.output_dimension(); }
  void apply(X x, Y y, ErasedRoom& scratch) const override {
    pf::apply(map, x, y, scratch.as<Scratch>());
  }
  void apply_one(pf::ConstVectorRef<S> x, pf::VectorRef<S> y, ErasedRoom& scratch) const override {
    if constexpr (pf::HasApplyOne<M>)
      map.apply_one(x, y, scratch.as<Scratch>());
    else
      lacks("apply_one");
  }
  void apply(X x, Y y, pf::Lane<S>& log_det, ErasedRoom& scratch) const override {
    if constexpr (pf::InvertibleMap<M>)
      map.apply(x, y, log_det, scratch.as<Scratch>());
    else
      lacks("log_det");
  }
  void inverse(X y, Y x, ErasedRoom& scratch) const override {
    if constexpr (pf::InvertibleMap<M>)
      map.inverse(y, x, scratch.as<Scratch>());
    else
      lacks("inverse");
  }
  Index parameter_count() const override {
    if constexpr (pf::TrainableMap<M>)
      return map.parameter_count();
    else
      lacks("parameters");
  }
  pf::Vector<S> parameters() const override {
    if constexpr (pf::TrainableMap<M>)
      return map.parameters();
    else
      lacks("parameters");
  }
  void set_parameters(pf::ConstVectorRef<S> theta) override {
    if constexpr (pf::TrainableMap<M>)
      map.set_parameters(theta);
    else
      lacks("parameters");
  }
  void forward(X x, Y y, ErasedRoom& tape) const override {
    if constexpr (pf::TrainableMap<M>)
      map.forward(x, y, tape.as<Tape>());
    else
      lacks("forward");
  }
  void backward(ErasedRoom& tape, X dy, pf::VectorRef<S> dtheta, Y dx) const override {
    if constexpr (pf::TrainableMap<M>)
      map.backward(tape.as<Tape>(), dy, dtheta, dx);
    else
      lacks("backward");
  }
  void forward(X x, Y y, pf::Lane<S>& log_det, ErasedRoom& tape) const override {
    if constexpr (pf::TrainableInvertibleMap<M>) {
      map.forward(x, y, log_det, tape.as<Tape>());
    } else {
      forward(x, y, tape);
      log_det.setConstant(-std::numeric_limits<S>::infinity());
    }
  }
  void backward(ErasedRoom& tape, X dy, const pf::Lane<S>& dlog_det, pf::VectorRef<S> dtheta,
                Y dx) const override {
    if constexpr (pf::TrainableInvertibleMap<M>)
      map.backward(tape.as<Tape>(), dy, dlog_det, dtheta, dx);
    else
      lacks("backward with log_det");
  }
  void cotangent(ErasedRoom& tape, X dy, Y dx) const override {
    if constexpr (pf::HasCotangent<M>)
      map.cotangent(tape.as<Tape>(), dy, dx);
    else
      lacks("cotangent");
  }
  void tangent(ErasedRoom& tape, X dx, Y dy) const override {
    if constexpr (pf::HasTangent<M>)
      map.tangent(tape.as<Tape>(), dx, dy);
    else
      lacks("tangent");
  }
  void tangent_backward(ErasedRoom& tape, X dx, X dy, pf::VectorRef<S> dtheta,
                        Y ddx) const override {
    if constexpr (pf::HasTangentBackward<M>)
      map.tangent_backward(tape.as<Tape>(), dx, dy, dtheta, ddx);
    else
      lacks("tangent_backward");
  }
};

/// A map of any type, itself a model of every concept of maps; what its own lacks throws
/// logic_error, but for the log_det of forward, which is that of a singular map.
template <pf::Real S>
class ErasedMap : public Erased<MapInterface<S>> {
 public:
  using Scalar = S;
  using Tape = ErasedRoom;
  using Scratch = ErasedRoom;
  using X = pf::ConstBlockRef<S>;
  using Y = pf::BlockRef<S>;

  template <class M>
  requires(!std::same_as<M, ErasedMap>) && pf::Map<M> explicit ErasedMap(const M& map)
      : Erased<MapInterface<S>>(std::make_unique<MapModel<M>>(map)) {}

  [[nodiscard]] MapAbilities has() const { return this->model().abilities(); }
  [[nodiscard]] Index input_dimension() const { return this->model().input_dimension(); }
  [[nodiscard]] Index output_dimension() const { return this->model().output_dimension(); }
  void apply(X x, Y y, ErasedRoom& scratch) const { this->model().apply(x, y, scratch); }
  void apply_one(pf::ConstVectorRef<S> x, pf::VectorRef<S> y, ErasedRoom& scratch) const {
    this->model().apply_one(x, y, scratch);
  }
  void apply(X x, Y y, pf::Lane<S>& log_det, ErasedRoom& scratch) const {
    this->model().apply(x, y, log_det, scratch);
  }
  void inverse(X y, Y x, ErasedRoom& scratch) const { this->model().inverse(y, x, scratch); }
  [[nodiscard]] Index parameter_count() const { return this->model().parameter_count(); }
  [[nodiscard]] pf::Vector<S> parameters() const { return this->model().parameters(); }
  void set_parameters(pf::ConstVectorRef<S> theta) { this->model().set_parameters(theta); }
  void forward(X x, Y y, ErasedRoom& tape) const { this->model().forward(x, y, tape); }
  void backward(ErasedRoom& tape, X dy, pf::VectorRef<S> dtheta, Y dx) const {
    this->model().backward(tape, dy, dtheta, dx);
  }
  void forward(X x, Y y, pf::Lane<S>& log_det, ErasedRoom& tape) const {
    this->model().forward(x, y, log_det, tape);
  }
  void backward(ErasedRoom& tape, X dy, const pf::Lane<S>& dlog_det, pf::VectorRef<S> dtheta,
                Y dx) const {
    this->model().backward(tape, dy, dlog_det, dtheta, dx);
  }
  void cotangent(ErasedRoom& tape, X dy, Y dx) const { this->model().cotangent(tape, dy, dx); }
  void tangent(ErasedRoom& tape, X dx, Y dy) const { this->model().tangent(tape, dx, dy); }
  void tangent_backward(ErasedRoom& tape, X dx, X dy, pf::VectorRef<S> dtheta, Y ddx) const {
    this->model().tangent_backward(tape, dx, dy, dtheta, ddx);
  }
};

/// Is handed each function's gradient, 64 x d.
template <pf::Real S>
using Visit = std::function<void(Index, pf::BlockRef<S>)>;

template <pf::Real S>
struct FamilyInterface {
  virtual ~FamilyInterface() = default;
  virtual std::unique_ptr<FamilyInterface> copy() const = 0;
  virtual Index dimension() const = 0;
  virtual Index size() const = 0;
  virtual void add_sums(pf::ConstBlockRef<S> y, const pf::Lane<S>& weight,
                        pf::VectorRef<S> sums) const = 0;
  virtual void add_pullback(pf::ConstBlockRef<S> y, const pf::Lane<S>& weight,
                            pf::ConstVectorRef<S> v, pf::BlockRef<S> dy) const = 0;
  virtual void gradients(pf::ConstBlockRef<S> y, const pf::Lane<S>& weight,
                         const pf::Vector<S>& units, pf::BlockRef<S> dy,
                         const Visit<S>& visit) const = 0;
};

template <pf::TestFunctions F, pf::Real S = typename F::Scalar>
struct FamilyModel final : FamilyInterface<S> {
  F f;
  explicit FamilyModel(const F& family) : f(family) {}
  std::unique_ptr<FamilyInterface<S>> copy() const override {
    return std::make_unique<FamilyModel>(f);
  }
  Index dimension() const override { return f.dimension(); }
  Index size() const override { return f.size(); }
  void add_sums(pf::ConstBlockRef<S> y, const pf::Lane<S>& weight,
                pf::VectorRef<S> sums) const override {
    f.add_sums(y, weight, sums);
  }
  void add_pullback(pf::ConstBlockRef<S> y, const pf::Lane<S>& weight, pf::ConstVectorRef<S> v,
                    pf::BlockRef<S> dy) const override {
    f.add_pullback(y, weight, v, dy);
  }
  void gradients(pf::ConstBlockRef<S> y, const pf::Lane<S>& weight, const pf::Vector<S>& units,
                 pf::BlockRef<S> dy, const Visit<S>& visit) const override {
    pf::gradients(f, y, weight, units, dy, visit);
  }
};

/// A family of test functions of any type, itself one.
template <pf::Real S>
class ErasedTestFunctions : public Erased<FamilyInterface<S>> {
 public:
  using Scalar = S;
  template <class F>
  requires(!std::same_as<F, ErasedTestFunctions>) &&
      pf::TestFunctions<F> explicit ErasedTestFunctions(const F& f)
      : Erased<FamilyInterface<S>>(std::make_unique<FamilyModel<F>>(f)) {}

  [[nodiscard]] Index dimension() const { return this->model().dimension(); }
  [[nodiscard]] Index size() const { return this->model().size(); }
  void add_sums(pf::ConstBlockRef<S> y, const pf::Lane<S>& weight, pf::VectorRef<S> sums) const {
    this->model().add_sums(y, weight, sums);
  }
  void add_pullback(pf::ConstBlockRef<S> y, const pf::Lane<S>& weight, pf::ConstVectorRef<S> v,
                    pf::BlockRef<S> dy) const {
    this->model().add_pullback(y, weight, v, dy);
  }
  void gradients(pf::ConstBlockRef<S> y, const pf::Lane<S>& weight, const pf::Vector<S>& units,
                 pf::BlockRef<S> dy, const Visit<S>& visit) const {
    this->model().gradients(y, weight, units, dy, visit);
  }
};

template <pf::Real S>
struct DiscrepancyInterface {
  virtual ~DiscrepancyInterface() = default;
  virtual std::unique_ptr<DiscrepancyInterface> copy() const = 0;
  virtual Index dimension() const = 0;
  virtual S value_and_gradient(const pf::Batch<S>& y, pf::Step step, pf::Batch<S>& dy,
                               ErasedRoom& work) const = 0;
};

template <pf::Discrepancy D, pf::Real S = typename D::Scalar>
struct DiscrepancyModel final : DiscrepancyInterface<S> {
  D d;
  explicit DiscrepancyModel(const D& discrepancy) : d(discrepancy) {}
  std::unique_ptr<DiscrepancyInterface<S>> copy() const override {
    return std::make_unique<DiscrepancyModel>(d);
  }
  Index dimension() const override { return d.dimension(); }
  S value_and_gradient(const pf::Batch<S>& y, pf::Step step, pf::Batch<S>& dy,
                       ErasedRoom& work) const override {
    return d.value_and_gradient(y, step, dy, work.as<typename D::Workspace>());
  }
};

/// A discrepancy of any type, itself one.
template <pf::Real S>
class ErasedDiscrepancy : public Erased<DiscrepancyInterface<S>> {
 public:
  using Scalar = S;
  using Workspace = ErasedRoom;
  template <class D>
  requires(!std::same_as<D, ErasedDiscrepancy>) && pf::Discrepancy<D> explicit ErasedDiscrepancy(
                                                       const D& d)
      : Erased<DiscrepancyInterface<S>>(std::make_unique<DiscrepancyModel<D>>(d)) {}

  [[nodiscard]] Index dimension() const { return this->model().dimension(); }
  S value_and_gradient(const pf::Batch<S>& y, pf::Step step, pf::Batch<S>& dy,
                       ErasedRoom& work) const {
    return this->model().value_and_gradient(y, step, dy, work);
  }
};

}  // namespace support
