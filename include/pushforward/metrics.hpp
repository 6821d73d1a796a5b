#pragma once

/// \file
/// How far a sample is from another.

#include "pushforward/metrics/energy_distance.hpp"
#include "pushforward/metrics/sliced_wasserstein.hpp"
