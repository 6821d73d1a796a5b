#pragma once

/// \file
/// Flows: velocities of paths from source to target, and ways from many steps to one.

#include "pushforward/flows/bootstrap.hpp"
#include "pushforward/flows/consistency.hpp"
#include "pushforward/flows/mean_velocity.hpp"
#include "pushforward/flows/two_steps.hpp"
