#pragma once

/// \file
/// Files: samples as comma-separated values, samplers, and the state of training. What loads a
/// sampler of any type, io/load_any.hpp, is included by whoever wants it.

#include "pushforward/io/checkpoint.hpp"
#include "pushforward/io/csv.hpp"
#include "pushforward/io/file.hpp"
#include "pushforward/io/map_file.hpp"
#include "pushforward/io/outline.hpp"
#include "pushforward/io/text.hpp"
