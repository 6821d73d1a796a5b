#pragma once

/// \file
/// How far a sample is from another.

#include "pushforward/metrics/bridge_mass.hpp"
#include "pushforward/metrics/coverage.hpp"
#include "pushforward/metrics/energy_distance.hpp"
#include "pushforward/metrics/kolmogorov_smirnov.hpp"
#include "pushforward/metrics/nearest.hpp"
#include "pushforward/metrics/sinkhorn.hpp"
#include "pushforward/metrics/sliced_wasserstein.hpp"
#include "pushforward/metrics/two_sample_test.hpp"
#include "pushforward/metrics/wasserstein.hpp"
#include "pushforward/metrics/with_floor.hpp"
