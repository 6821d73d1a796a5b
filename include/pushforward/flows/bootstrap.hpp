#pragma once

#include "pushforward/core/random.hpp"
#include "pushforward/maps/identity.hpp"
#include "pushforward/maps/map.hpp"

#include <utility>

namespace pushforward::inline PUSHFORWARD_ISA {

namespace requirement {

template <class T, class M>
concept bootstrap_room = requires {
  typename T::template Room<M>;
};

template <class T, class M>
concept bootstrap_check = requires(const T& t, const M& map) {
  { t.check(map) } -> std::same_as<void>;
};

template <class T, class M>
concept bootstrap_draw = requires(const T& t, Key key, std::uint64_t first,
                                  BlockRef<typename M::Scalar> x,
                                  typename T::template Room<M>& room) {
  { t.draw(key, first, std::move(x), room) } -> std::same_as<void>;
};

template <class T, class M>
concept bootstrap_target = requires(const T& t, const M& map, typename M::Tape& tape,
                                    ConstBlockRef<typename M::Scalar> x,
                                    BlockRef<typename M::Scalar> y,
                                    typename T::template Room<M>& room) {
  { t.target(map, tape, x, std::move(y), room) } -> std::same_as<void>;
};

}  // namespace requirement

/// Pairs (x, y) for the regression of a map M, where y is made from the map as it stands: what it
/// should give at x for the sake of what it gives elsewhere. The gradient takes y as fixed.
///
/// `draw(key, first, x, room)` sets row i of x, 64 x d, to input first + i of stream `key`, and may
/// leave in the room what target needs. After `map.forward(x, ..., tape)`,
/// `target(map, tape, x, y, room)` sets y, 64 x e. `check(map)` throws if the map does not fit. A
/// Room<M> belongs to one worker; it grows at its first use, and nothing is allocated after. \code
///   struct Odd {                                 // a user's: holds a map to T(x) = -T(-x)
///     using Scalar = double;
///     template <class Map> struct Room {
///       pf::Block<double> mirrored;
///       pf::ScratchOf<Map> scratch;
///     };
///     template <class Map> void check(const Map&) const {}
///     template <class Map>
///     void draw(pf::Key key, std::uint64_t first, pf::BlockRef<double> x, Room<Map>&) const {
///       pf::normals<double>(key, first, x);
///     }
///     template <class Map>
///     void target(const Map& map, typename Map::Tape&, pf::ConstBlockRef<double> x,
///                 pf::BlockRef<double> y, Room<Map>& room) const {
///       room.mirrored = -x;
///       pf::apply(map, room.mirrored, y, room.scratch);
///       y = -y;
///     }
///   };
/// \endcode
template <class T, class M>
concept Bootstrap = requirement::scalar<T> && requirement::bootstrap_room<T, M> &&
    requirement::bootstrap_check<T, M> && requirement::bootstrap_draw<T, M> &&
    requirement::bootstrap_target<T, M>;

namespace requirement {

/// Whether T means to be a bootstrap: it has rooms.
template <class T>
concept is_bootstrap = scalar<T> && bootstrap_room<T, Identity<typename T::Scalar>>;

}  // namespace requirement

template <class T, class M>
consteval bool explain_bootstrap() {
  static_assert(requirement::bootstrap_check<T, M>,
                "a bootstrap: add public `template <class Map> void check(const Map& map) const`");
  static_assert(requirement::bootstrap_draw<T, M>,
                "a bootstrap: add public `template <class Map> void draw(Key key, std::uint64_t "
                "first, BlockRef<Scalar> x, Room<Map>& room) const`");
  static_assert(
      requirement::bootstrap_target<T, M>,
      "a bootstrap: add public `template <class Map> void target(const Map& map, typename "
      "Map::Tape& tape, ConstBlockRef<Scalar> x, BlockRef<Scalar> y, Room<Map>& room) "
      "const`");
  return Bootstrap<T, M>;
}

}  // namespace pushforward::inline PUSHFORWARD_ISA
