#pragma once

/// \file
/// Direct transport: pairs of samples of a source and of a target.

#include "pushforward/transport/assignment.hpp"
#include "pushforward/transport/cost.hpp"
#include "pushforward/transport/entropic.hpp"
#include "pushforward/transport/entropic_pairing.hpp"
#include "pushforward/transport/gelbrich.hpp"
#include "pushforward/transport/gelbrich_map.hpp"
#include "pushforward/transport/iterative_transfer.hpp"
#include "pushforward/transport/knothe_rosenblatt.hpp"
#include "pushforward/transport/optimal_pairing.hpp"
#include "pushforward/transport/pairing.hpp"
#include "pushforward/transport/power_cells.hpp"
#include "pushforward/transport/semi_discrete.hpp"
#include "pushforward/transport/sorted_pairing.hpp"
