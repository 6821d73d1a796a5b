#pragma once

#include "pushforward/io/reader.hpp"
#include "pushforward/io/writer.hpp"
#include "pushforward/maps/activation.hpp"
#include "pushforward/maps/mlp.hpp"

#include <initializer_list>
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
    return *this;
  }
  ~AnyScratch() = default;

  template <class T>
  [[nodiscard]] T& as() {
    const Room* const room = room_.get();
    if (room == nullptr || typeid(*room) != typeid(RoomOf<T>)) room_.reset(new RoomOf<T>);
    return static_cast<RoomOf<T>*>(room_.get())->value;
  }

 private:
  struct Room {
    virtual ~Room() = default;
  };
  template <class T>
  struct RoomOf final : Room {
    T value{};
  };

  std::unique_ptr<Room> room_;
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

/// Throws format_error: the next object is none of those that are known.
[[noreturn]] inline void fail_kind(const Reader& in,
                                   std::initializer_list<std::string_view> known) {
  std::string names;
  for (const std::string_view name : known) names.append(names.empty() ? "" : ", ").append(name);
  in.fail(in.position(), "kind of " + in.path(), token_text(in.kind()),
          "one of " + names + "; load<T> reads others");
}

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
  if (!result) fail_kind(in, {T::kName...});
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

/// Mlp<S, Hidden, Output> of activations known at run time, so that there is one, not 49.
template <Real S>
class MlpOfAnyActivations {
  using Net = Mlp<S, Linear, Linear>;

 public:
  using Scalar = S;
  static constexpr std::string_view kName = Net::kName;
  using Scratch = ScratchOf<Net>;

  MlpOfAnyActivations(AnyActivation<S> hidden, AnyActivation<S> output,
                      const std::vector<Index>& sizes, Vector<Scalar> theta)
      : net_(Linear{}, Linear{}, sizes, std::move(theta)), hidden_(hidden), output_(output) {}
  [[nodiscard]] auto description() const {
    return describe("hidden", hidden_, "output", output_, "sizes", net_.sizes(), "theta",
                    net_.parameters());
  }
  [[nodiscard]] const auto& layers() const { return net_.layers(); }  // as SpectralNorm asks
  [[nodiscard]] const Vector<Scalar>& parameters() const { return net_.parameters(); }
  void set_parameters(ConstVectorRef<Scalar> theta) { net_.set_parameters(theta); }
  [[nodiscard]] Index input_dimension() const { return net_.input_dimension(); }
  [[nodiscard]] Index output_dimension() const { return net_.output_dimension(); }
  void apply(ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Scratch& scratch) const {
    net_.apply_with(hidden_.apply, output_.apply, x, y, scratch);
  }

 private:
  Net net_;
  AnyActivation<S> hidden_, output_;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA::detail
