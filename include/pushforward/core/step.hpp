#pragma once

#include "pushforward/core/team.hpp"

namespace pushforward::inline PUSHFORWARD_ISA {

/// Where a call stands: which step of the run it is, and who works on it. All that is random in a
/// step is a function of a key of the policy that draws, and of `index`.
struct Step {
  Index index;
  Team& team;
};

}  // namespace pushforward::inline PUSHFORWARD_ISA
