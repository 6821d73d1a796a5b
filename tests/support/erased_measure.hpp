#pragma once

#include "pushforward/core/description.hpp"
#include "pushforward/measures/measure.hpp"
#include "support/erased.hpp"

#include <utility>

/// \file
/// A measure of any type.

namespace support {

namespace pf = pushforward;
using pf::Index;

template <pf::Real S>
struct MeasureInterface {
  virtual ~MeasureInterface() = default;
  virtual std::unique_ptr<MeasureInterface> copy() const = 0;
  virtual std::unique_ptr<MeasureInterface> made_of_description() const = 0;  ///< null without one
  virtual bool has_sample_one() const = 0;
  virtual Index dimension() const = 0;
  virtual void sample(pf::Key key, std::uint64_t first, pf::BlockRef<S> x,
                      ErasedRoom& scratch) const = 0;
  virtual void sample_one(pf::Key key, std::uint64_t i, pf::VectorRef<S> x) const = 0;
  virtual void log_density(pf::ConstBlockRef<S> x, pf::Lane<S>& out, ErasedRoom& scratch) const = 0;
  virtual void score(pf::ConstBlockRef<S> x, pf::BlockRef<S> dx, ErasedRoom& scratch) const = 0;
};

template <class T>
[[nodiscard]] T copy_of(const T& value) {
  return value;
}

template <pf::Measure M, pf::Real S = typename M::Scalar>
struct MeasureModel final : MeasureInterface<S> {
  using Scratch = pf::ScratchOf<M>;

  M m;
  explicit MeasureModel(const M& measure) : m(measure) {}

  std::unique_ptr<MeasureInterface<S>> copy() const override {
    return std::make_unique<MeasureModel>(m);
  }
  std::unique_ptr<MeasureInterface<S>> made_of_description() const override {
    if constexpr (pf::Described<M>) {
      const auto fields = pf::fields_of(m);
      return [&]<std::size_t... k>(std::index_sequence<k...>) {
        return std::make_unique<MeasureModel>(
            pf::construct<M>(copy_of(pf::detail::element<k>(fields).value)...));
      }
      (std::make_index_sequence<decltype(fields)::size>());
    } else {
      return nullptr;
    }
  }
  bool has_sample_one() const override { return pf::HasSampleOne<M>; }
  Index dimension() const override { return m.dimension(); }
  void sample(pf::Key key, std::uint64_t first, pf::BlockRef<S> x,
              ErasedRoom& scratch) const override {
    pf::sample(m, key, first, x, scratch.as<Scratch>());
  }
  void sample_one(pf::Key key, std::uint64_t i, pf::VectorRef<S> x) const override {
    if constexpr (pf::HasSampleOne<M>)
      m.sample_one(key, i, x);
    else
      lacks("sample_one");
  }
  void log_density(pf::ConstBlockRef<S> x, pf::Lane<S>& out, ErasedRoom& scratch) const override {
    if constexpr (pf::HasDensity<M>)
      pf::log_density(m, x, out, scratch.as<Scratch>());
    else
      lacks("density");
  }
  void score(pf::ConstBlockRef<S> x, pf::BlockRef<S> dx, ErasedRoom& scratch) const override {
    if constexpr (pf::HasScore<M>)
      pf::score(m, x, dx, scratch.as<Scratch>());
    else
      lacks("score");
  }
};

/// A measure of any type, itself one with a density and a score; what its own lacks throws
/// logic_error.
template <pf::Real S>
class ErasedMeasure : public Erased<MeasureInterface<S>> {
 public:
  using Scalar = S;
  using Scratch = ErasedRoom;

  using Erased<MeasureInterface<S>>::Erased;
  template <class M>
  requires(!std::same_as<M, ErasedMeasure>) && pf::Measure<M> explicit ErasedMeasure(const M& m)
      : Erased<MeasureInterface<S>>(std::make_unique<MeasureModel<M>>(m)) {}

  [[nodiscard]] std::unique_ptr<MeasureInterface<S>> made_of_description() const {
    return this->model().made_of_description();
  }
  [[nodiscard]] bool has_sample_one() const { return this->model().has_sample_one(); }
  [[nodiscard]] Index dimension() const { return this->model().dimension(); }
  void sample(pf::Key key, std::uint64_t first, pf::BlockRef<S> x, ErasedRoom& scratch) const {
    this->model().sample(key, first, x, scratch);
  }
  void sample_one(pf::Key key, std::uint64_t i, pf::VectorRef<S> x) const {
    this->model().sample_one(key, i, x);
  }
  void log_density(pf::ConstBlockRef<S> x, pf::Lane<S>& out, ErasedRoom& scratch) const {
    this->model().log_density(x, out, scratch);
  }
  void score(pf::ConstBlockRef<S> x, pf::BlockRef<S> dx, ErasedRoom& scratch) const {
    this->model().score(x, dx, scratch);
  }
};

}  // namespace support
