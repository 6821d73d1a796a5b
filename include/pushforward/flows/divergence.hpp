#pragma once

#include "pushforward/core/random.hpp"
#include "pushforward/flows/velocity.hpp"

#include <string_view>

/// \file
/// How a flow takes the divergence of its field, as a policy: `div.check(function)` throws on
/// settings that make no sense, `div.prepare(u, room)` comes once a pass, then `div.apply(u, x, v,
/// out, scratch, room)` sets v, 64 x d, to u and out to its divergence at the rows of x, 64 x (d +
/// 1).

namespace pushforward::inline PUSHFORWARD_ISA {

/// The divergence itself: of a field that knows it, else by d tangents.
struct ExactDivergence {
  static constexpr std::string_view kName = "ExactDivergence";
  template <class U>
  using Room = detail::TangentTrace<U>;

  static void check(std::string_view) {}
  template <class U>
  static void prepare(const U&, Room<U>&) {}

  template <class U>
  requires HasDivergence<U> || HasTangent<U>
  static void apply(const U& u, ConstBlockRef<typename U::Scalar> x, BlockRef<typename U::Scalar> v,
                    Lane<typename U::Scalar>& out, ScratchOf<U>& scratch, Room<U>& room) {
    pushforward::apply(u, x, v, scratch);
    if constexpr (HasDivergence<U>)
      u.divergence(x, out, scratch);
    else
      room(u, x, out);
  }
};

/// The trace of J = du/dx by probes z_p with entries +-1 (Hutchinson 1989), functions of the key:
///
///   tr J ~ 1/P sum_p z_p' J z_p,
///
/// whose mean over keys is the trace, and whose variance over P probes is that over one by P. The
/// probes are the same for all rows and times (Grathwohl et al., FFJORD, 2019), so that log |det|
/// is a function of the point, off by another function of it. P tangents in whatever dimension.
struct HutchinsonDivergence {
  Index probes = 1;  ///< P, at least 1
  Key key{};         ///< the stream they come from

  static constexpr std::string_view kName = "HutchinsonDivergence";
  [[nodiscard]] auto description() const { return describe("probes", probes, "key", key); }

  template <class U>
  struct Room {
    TapeOf<U> tape;
    Matrix<typename U::Scalar> probes;  ///< d x P
    Vector<typename U::Scalar> normals;
    Block<typename U::Scalar> dx, dv;
  };

  /// Throws std::invalid_argument unless there is a probe.
  void check(std::string_view function) const { check_count(function, "probes", probes); }

  template <class U>
  void prepare(const U& u, Room<U>& room) const {
    using Scalar = typename U::Scalar;
    const Index d = dimension_of(u);
    set_size(room.probes, d, probes);
    set_size(room.normals, d);
    set_size(room.dx, kBlockSize, d + 1);
    set_size(room.dv, kBlockSize, d);
    for (Index p = 0; p < probes; ++p) {
      normals_one<Scalar>(key, static_cast<std::uint64_t>(p), room.normals);
      for (Index j = 0; j < d; ++j)
        room.probes(j, p) = room.normals[j] < 0 ? Scalar(-1) : Scalar(1);
    }
  }

  template <HasTangent U>
  void apply(const U& u, ConstBlockRef<typename U::Scalar> x, BlockRef<typename U::Scalar> v,
             Lane<typename U::Scalar>& out, ScratchOf<U>&, Room<U>& room) const {
    const Index d = room.probes.rows();
    u.forward(x, v, room.tape);
    out.setZero();
    room.dx.col(d).setZero();
    for (Index p = 0; p < probes; ++p) {
      for (Index j = 0; j < d; ++j) room.dx.col(j).setConstant(room.probes(j, p));
      u.tangent(room.tape, room.dx, room.dv);
      for (Index j = 0; j < d; ++j) out += room.probes(j, p) * room.dv.col(j);
    }
    out /= static_cast<typename U::Scalar>(probes);
  }
};

/// A policy D that takes the divergence of the field U.
template <class D, class U>
concept Divergence = requires(const D& div, const U& u, ConstBlockRef<typename U::Scalar> x,
                              BlockRef<typename U::Scalar> v, Lane<typename U::Scalar>& out,
                              ScratchOf<U>& scratch, typename D::template Room<U>& room,
                              std::string_view function) {
  { div.check(function) } -> std::same_as<void>;
  { div.prepare(u, room) } -> std::same_as<void>;
  { div.apply(u, x, std::move(v), out, scratch, room) } -> std::same_as<void>;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
