#pragma once

/// \file
/// Room to work in comes with the call.

#include "pushforward/core/instruction_set.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

/// The room of a model that needs none.
struct NoScratch {};

namespace detail {

template <class T>
struct ScratchType {
  using type = NoScratch;
};

template <class T>
requires requires { typename T::Scratch; }
struct ScratchType<T> {
  using type = typename T::Scratch;
};

}  // namespace detail

/// The room that a map or a measure works in: T::Scratch if it names one. Empty at first; it grows
/// at its first use, and nothing is allocated after. One for each thread.
template <class T>
using ScratchOf = typename detail::ScratchType<T>::type;

}  // namespace pushforward::inline PUSHFORWARD_ISA
