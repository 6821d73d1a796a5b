#pragma once

/// \file
/// Direct transport: pairs of samples of a source and of a target.

#include "pushforward/transport/assignment.hpp"
#include "pushforward/transport/cost.hpp"
#include "pushforward/transport/entropic.hpp"
