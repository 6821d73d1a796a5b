#pragma once

#include "pushforward/core/batch.hpp"
#include "pushforward/core/block.hpp"
#include "pushforward/core/check.hpp"
#include "pushforward/core/concepts.hpp"
#include "pushforward/core/description.hpp"
#include "pushforward/core/from_rows.hpp"
#include "pushforward/core/lane.hpp"
#include "pushforward/core/random.hpp"
#include "pushforward/core/scratch.hpp"
#include "pushforward/core/step.hpp"
#include "pushforward/core/team.hpp"
#include "pushforward/core/vector_math.hpp"
