#pragma once

#include "pushforward/core/block.hpp"

#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

/// \file
/// What an object says of itself, so that it can be saved, read, compared and printed: a name, and
/// the arguments of its constructor.

namespace pushforward::inline PUSHFORWARD_ISA {

/// One argument of a constructor under its name: a reference (V is const T&) or a value (V is T).
template <class V>
struct Field {
  std::string_view name;
  V value;
};

namespace detail {

/// Values or references side by side, as in a std::tuple, which takes much longer to compile.
template <std::size_t k, class T>
struct Element {
  T value;
};
template <class Indices, class... T>
struct Elements;
template <std::size_t... k, class... T>
struct Elements<std::index_sequence<k...>, T...> : Element<k, T>... {
  static constexpr std::size_t size = sizeof...(k);
};

template <std::size_t k, class T>
[[nodiscard]] constexpr const T& element(const Element<k, T>& element) {
  return element.value;
}
/// To be passed on: what is no lvalue reference is moved from.
template <std::size_t k, class T>
[[nodiscard]] constexpr T&& forward_element(Element<k, T>& element) {
  return static_cast<T&&>(element.value);
}

/// What a field keeps of argument k, which was passed by forwarding.
template <std::size_t k, class T>
T& kept(const Element<k, T&>&);
template <std::size_t k, class T>
T kept(const Element<k, T&&>&);

}  // namespace detail

/// What `describe` gives: fields side by side.
template <class... V>
using Description = detail::Elements<std::index_sequence_for<V...>, Field<V>...>;

/// `describe("mean", mean_, "factor", factor_)`: a Description. What is an lvalue is referred to
/// and must outlive the description; what is none is kept by value. No copies.
template <class... NameAndValue>
[[nodiscard]] constexpr auto describe(NameAndValue&&... arguments) {
  static_assert(sizeof...(NameAndValue) % 2 == 0, "describe: a name before each value");
  using Arguments = detail::Elements<std::index_sequence_for<NameAndValue...>, NameAndValue&&...>;
  Arguments all{{static_cast<NameAndValue&&>(arguments)}...};
  return [&]<std::size_t... k>(std::index_sequence<k...>) {
    return Description<decltype(detail::kept<2 * k + 1>(all))...>{
        {{detail::forward_element<2 * k>(all), detail::forward_element<2 * k + 1>(all)}}...};
  }
  (std::make_index_sequence<sizeof...(NameAndValue) / 2>());
}

namespace detail {

template <class T>
inline constexpr bool kIsDescription = false;
template <class Indices, class... V>
inline constexpr bool kIsDescription<Elements<Indices, Field<V>...>> = true;

}  // namespace detail

namespace requirement {

template <class T>
concept name = requires {
  { T::kName } -> std::convertible_to<std::string_view>;
};

template <class T>
concept description = requires(const T& t) {
  requires detail::kIsDescription<decltype(t.description())>;
};

template <class T>
concept no_state = std::is_empty_v<T> && std::default_initializable<T>;

}  // namespace requirement

/// The fields of an object, of which one without state has none.
template <class T>
[[nodiscard]] constexpr auto fields_of(const T& object) {
  if constexpr (requirement::description<T>)
    return object.description();
  else
    return describe();
}

namespace detail {

template <class Description>
struct ValuesOf;
template <class Indices, class... V>
struct ValuesOf<Elements<Indices, Field<V>...>> {
  using type = std::tuple<std::remove_cvref_t<V>...>;
};

template <class T, class... V>
concept Constructible = (std::is_aggregate_v<T> && requires(V && ... v) { T{std::move(v)...}; }) ||
                        (!std::is_aggregate_v<T> && std::constructible_from<T, V...>);

template <class T, class Values>
inline constexpr bool kConstructible = false;
template <class T, class... V>
inline constexpr bool kConstructible<T, std::tuple<V...>> = Constructible<T, V...>;

}  // namespace detail

/// Calls visit(field) for each field of a description, in order.
template <std::size_t... k, class... V, class Visit>
constexpr void
for_each_field(const detail::Elements<std::index_sequence<k...>, Field<V>...>& description,
               [[maybe_unused]] Visit visit) {
  (visit(detail::element<k>(description)), ...);
}

/// The types of the values of T's fields, a std::tuple.
template <class T>
using DescribedValues =
    typename detail::ValuesOf<decltype(fields_of(std::declval<const T&>()))>::type;

namespace requirement {

template <class T>
concept constructor = detail::kConstructible<T, DescribedValues<T>>;

}  // namespace requirement

/// A type whose objects can be saved: `kName` says what it is, `description()` gives the arguments
/// of a constructor, which makes the same object of them, or throws if they are none it takes. So
/// what is read from a file is checked as what a program writes. A type without state has a name
/// alone.
///
/// A value is a number, a bool, a std::string, an enum with `enumerators`, a std::vector of values,
/// an Eigen vector or matrix, a Batch, or Described. A template parameter that changes what an
/// object does is a field of its own (an empty object, as the activations of Mlp are); the scalar
/// type is known by the numbers. \code
///   enum class Axis { first, second };
///   constexpr std::array<std::string_view, 2> enumerators(Axis) { return {"first", "second"}; }
///
///   struct Shear {                               // a user's map: shears the plane along an axis
///     using Scalar = double;
///     static constexpr std::string_view kName = "Shear";
///     [[nodiscard]] auto description() const { return pf::describe("along", along, "by", by); }
///     Axis along = Axis::first;
///     double by = 0;
///     pf::Index input_dimension() const { return 2; }
///     pf::Index output_dimension() const { return 2; }
///     void apply(pf::ConstBlockRef<double> x, pf::BlockRef<double> y) const {
///       const pf::Index to = along == Axis::first ? 0 : 1;
///       y = x;
///       y.col(to) += by * x.col(1 - to);
///     }
///   };
/// \endcode
template <class T>
concept Described = requirement::name<T> &&
    (requirement::description<T> || requirement::no_state<T>)&&requirement::constructor<T>;

/// One sentence for what T misses to be Described.
template <class T>
consteval bool explain_described() {
  static_assert(requirement::name<T>,
                "to be saved, a type needs `static constexpr std::string_view kName`");
  static_assert(requirement::description<T> || requirement::no_state<T>,
                "to be saved, a type with state needs `auto description() const { return "
                "describe(\"name\", member_, ...); }`");
  static_assert(requirement::constructor<T>,
                "to be saved, a type needs a constructor that takes the values of its "
                "description() in their order");
  return Described<T>;
}

/// The object that the values of a description make: T(values...), or T{values...}.
template <class T, class... V>
[[nodiscard]] constexpr T construct(V&&... values) {
  if constexpr (std::is_aggregate_v<T>)
    return T{std::forward<V>(values)...};
  else
    return T(std::forward<V>(values)...);
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
