#pragma once

#include "pushforward/io/reader.hpp"
#include "pushforward/io/writer.hpp"
#include "pushforward/maps/activation.hpp"
#include "pushforward/maps/mlp.hpp"
#include "pushforward/maps/spectral_norm.hpp"

#include <memory>
#include <optional>
#include <typeinfo>

/// \file
/// What AnyMap and AnyMeasure share: room of any type, and the choice of a type by its name.

namespace pushforward::inline PUSHFORWARD_ISA::detail {

/// Room whose type is chosen by who uses it. A copy starts empty.
class AnyScratch {
 public:
  AnyScratch() = default;
  AnyScratch(AnyScratch&&) = default;
  AnyScratch(const AnyScratch&) noexcept {}
  AnyScratch& operator=(AnyScratch other) noexcept {
    room_.swap(other.room_);
    type_ = other.type_;
    return *this;
  }
  ~AnyScratch() = default;

  template <class T>
  [[nodiscard]] T& as() {
    if (!room_ || *type_ != typeid(T)) {
      room_ = std::make_shared<T>();
      type_ = &typeid(T);
    }
    return *static_cast<T*>(room_.get());
  }

 private:
  std::shared_ptr<void> room_;  // shared only to remember how to delete it
  const std::type_info* type_ = nullptr;
};

struct Holder {
  virtual ~Holder() = default;
  [[nodiscard]] virtual std::string bytes() const = 0;
};

template <class T>
[[nodiscard]] std::string bytes_of(const T& value) {
  std::string bytes;
  Writer(bytes).write(value);
  return bytes;
}

template <class... T>
struct Types {};

using BuiltInActivations = Types<Linear, Tanh, Logistic, Softplus, Silu, Relu, LeakyRelu>;

/// use.operator()<T>() for the T that the next object is by its kind.
/// Throws format_error if it is none of them.
template <class Any, class... T, class Use>
[[nodiscard]] Any with_kind(const Reader& in, Types<T...>, Use use) {
  const std::string_view kind = in.kind();
  std::optional<Any> result;
  const auto try_one = [&]<class One>() {
    if (!result && kind == One::kName) result.emplace(use.template operator()<One>());
  };
  (try_one.template operator()<T>(), ...);
  if (!result) {
    std::string names;
    (names.append(names.empty() ? "" : ", ").append(T::kName), ...);
    in.fail(in.position(), "kind of " + in.path(), token_text(kind),
            "one of " + names + "; load<T> reads others");
  }
  return *std::move(result);
}

/// The object that comes next, which is one of T by its kind, as an Any.
template <class Any, class... T>
[[nodiscard]] Any read_one_of(Reader& in) {
  return with_kind<Any>(in, Types<T...>{}, [&]<class One>() { return Any(in.read<One>()); });
}

/// A built-in activation.
template <Real S>
struct AnyActivation {
  template <class Sink>
  void write(Writer<Sink>& out) const {
    out.object(name, 0);
  }
  [[nodiscard]] static AnyActivation read(Reader& in) {
    return with_kind<AnyActivation>(in, BuiltInActivations{}, [&]<class A>() {
      static_cast<void>(in.read<A>());
      return AnyActivation{A::kName, [](Lane<S>& z) { A::apply(z); }};
    });
  }

  std::string_view name;
  void (*apply)(Lane<S>& z);
};

/// Mlp<S, Hidden, Output> for an Output known at run time, so that there are 7 of them, not 49.
template <Real S, class Hidden>
class MlpOfAnyOutput {
 public:
  using Scalar = S;
  static constexpr std::string_view kName = Mlp<S>::kName;
  using Scratch = ScratchOf<Mlp<S, Hidden, Linear>>;

  MlpOfAnyOutput(Hidden, AnyActivation<S> output, const std::vector<Index>& sizes,
                 Vector<Scalar> theta)
      : net_(Hidden{}, Linear{}, sizes, std::move(theta)), output_(output) {}
  [[nodiscard]] auto description() const {
    return describe("hidden", Hidden{}, "output", output_, "sizes", net_.sizes(), "theta",
                    net_.parameters());
  }
  [[nodiscard]] const auto& layers() const { return net_.layers(); }  // as SpectralNorm asks
  [[nodiscard]] const Vector<Scalar>& parameters() const { return net_.parameters(); }
  void set_parameters(ConstVectorRef<Scalar> theta) { net_.set_parameters(theta); }
  [[nodiscard]] Index input_dimension() const { return net_.input_dimension(); }
  [[nodiscard]] Index output_dimension() const { return net_.output_dimension(); }
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    pushforward::apply(net_, x, y, scratch);
    for (Index o = 0; o < y.cols(); ++o) {
      Lane<Scalar> z = y.col(o);
      output_.apply(z);
      y.col(o) = z;
    }
  }

 private:
  Mlp<S, Hidden, Linear> net_;
  AnyActivation<S> output_;
};

/// The Mlp that comes next, whatever its activations, or the SpectralNorm of one.
template <class Any>
[[nodiscard]] Any read_mlp(Reader& in) {
  const bool normalised = in.kind() == SpectralNorm<Mlp<typename Any::Scalar>>::kName;
  Reader hidden = in;
  for (int depth = normalised ? 2 : 1; depth > 0; --depth) {
    hidden.object();
    hidden.enter_field(hidden.path());
  }
  return with_kind<Any>(hidden, BuiltInActivations{}, [&]<class Hidden>() {
    using Net = MlpOfAnyOutput<typename Any::Scalar, Hidden>;
    return normalised ? Any(in.read<SpectralNorm<Net>>()) : Any(in.read<Net>());
  });
}

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
