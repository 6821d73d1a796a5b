#pragma once

#include "pushforward/core/check.hpp"

/// \file
/// What all concepts share. A concept stands in the folder of its models (`maps/map.hpp`, ...). It
/// is a list of small requirements with a name each; `explain_...<T>()` says in a sentence which
/// one a type misses. The argument types are concrete, and temporaries, so that a near miss does
/// not compile.

namespace pushforward::inline PUSHFORWARD_ISA {

namespace requirement {

template <class T>
concept scalar = Real<typename T::Scalar>;

template <class T>
concept dimension = requires(const T& t) {
  { t.dimension() } -> std::same_as<Index>;
};

template <class T>
concept workspace = std::default_initializable<typename T::Workspace>;

}  // namespace requirement

}  // namespace pushforward::inline PUSHFORWARD_ISA
