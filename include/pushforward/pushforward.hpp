#pragma once

/// \file
/// The whole library.

#include "pushforward/core.hpp"
#include "pushforward/discrepancies.hpp"
#include "pushforward/io.hpp"
#include "pushforward/maps.hpp"
#include "pushforward/measures.hpp"
#include "pushforward/metrics.hpp"
#include "pushforward/objectives.hpp"
#include "pushforward/optimizers.hpp"
#include "pushforward/sampling.hpp"
#include "pushforward/test_functions.hpp"
#include "pushforward/training.hpp"
#include "pushforward/version.hpp"
