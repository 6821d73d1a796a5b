#pragma once

/// \file
/// The whole library, but for what checks a gradient (pushforward/testing.hpp) and what loads a
/// sampler of any type (pushforward/io/load_any.hpp).

#include "pushforward/core.hpp"
#include "pushforward/discrepancies.hpp"
#include "pushforward/flows.hpp"
#include "pushforward/io.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/measures.hpp"
#include "pushforward/metrics.hpp"
#include "pushforward/objectives.hpp"
#include "pushforward/optimizers.hpp"
#include "pushforward/problems.hpp"
#include "pushforward/recipes.hpp"
#include "pushforward/sampling.hpp"
#include "pushforward/test_functions.hpp"
#include "pushforward/training.hpp"
#include "pushforward/transport.hpp"
#include "pushforward/version.hpp"
