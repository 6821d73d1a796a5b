#pragma once

/// \file
/// Laws with known answers, for tests, examples and benchmarks: measures that are pure functions of
/// (key, i), with density, score and quantile function where they are closed.

#include "pushforward/problems/gaussians.hpp"
#include "pushforward/problems/line.hpp"
#include "pushforward/problems/list.hpp"
#include "pushforward/problems/plane.hpp"
